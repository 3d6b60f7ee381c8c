// Follows a code that is shown: how long it still counts, and that somebody has used it.
import { fetchJson } from "../shared/api.js";

const shown = document.querySelector("[data-code]");
const said = document.querySelector("[data-code-said]");
const ends = Date.now() + shown.dataset.seconds * 1000;

const finish = (sentence) => {
  clearInterval(timer);
  shown.querySelector(".qr").hidden = true;
  said.textContent = sentence;
};

async function look() {
  const left = Math.max(0, Math.round((ends - Date.now()) / 1000));
  shown.querySelector("[data-left]").textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")} left`;
  try {
    const { used, device, over } = await fetchJson(shown.dataset.code);
    if (used) finish(`You are signed in on ${device || "another device"}. This code is used up.`);
    else if (over) finish("Two minutes are over. Show a new code if you still need one.");
  } catch (error) {
    if (error.status) finish(error.message);
  }
}

const timer = setInterval(look, 2000);
