// Each tick is kept as it is made; without a script the button keeps them all.
import { ApiError, fetchJson } from "../shared/api.js";

const said = document.getElementById("ticks-said");

async function keep(box) {
  const ticked = box.checked;
  try {
    await fetchJson(box.dataset.tick, { method: "PUT", body: { ticked } });
    said.textContent = "Kept.";
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (box.checked === ticked) box.checked = !ticked;
    said.textContent = `Not kept. ${error.status ? error.message : "The connection is gone; tick it again once it is back."}`;
  }
}

const form = document.getElementById("checklist");
if (form) {
  document.getElementById("keep-ticks").hidden = true;
  form.addEventListener("change", (event) => {
    if (event.target.dataset.tick) keep(event.target);
  });
}
