// Writing a strategy: its steps are moved without the page being loaded anew, and nothing typed is lost.
// The server draws the form in every case, so that both roads lead to the same page.

const form = document.querySelector("form[data-kept]");
const key = `veo:${form.dataset.kept}`;
const status = form.querySelector("[data-kept-said]");

form.addEventListener("input", keep);
form.addEventListener("change", (event) => {
  if (event.target.name === "step_colour") paint(event.target);
  keep();
});
form.addEventListener("click", (event) => {
  const button = event.target.closest("button[name=do]");
  if (!button || button.value === "save") return;
  event.preventDefault();
  rearrange(button);
});
if ("returned" in form.dataset) keep();
else bringBack();

function words() {
  return [...new FormData(form)].filter(([name]) => name !== "csrf_token");
}

function keep() {
  sessionStorage.setItem(key, JSON.stringify(words()));
}

async function bringBack() {
  const kept = JSON.parse(sessionStorage.getItem(key) ?? "null");
  if (!kept || JSON.stringify(kept) === JSON.stringify(words())) return;
  // Another `after` means that it has been saved since: what is kept here has done its work.
  if (Object.fromEntries(kept).after !== form.elements.after.value) {
    sessionStorage.removeItem(key);
    return;
  }
  const sent = new FormData();
  sent.append("csrf_token", form.elements.csrf_token.value);
  for (const [name, value] of kept) sent.append(name, value);
  sent.append("do", "show");
  if (await drawn(sent)) status.textContent = "What you had typed is back. It is not saved yet.";
}

async function rearrange(button) {
  const sent = new FormData(form);
  sent.append("do", button.value);
  if (await drawn(sent)) keep();
  else form.requestSubmit(button);
}

/** Puts the form as the server draws it from `sent` in the place of this one; false where there was no answer. */
async function drawn(sent) {
  let page;
  try {
    const response = await fetch(location.pathname, { method: "POST", body: sent, credentials: "same-origin" });
    if (!response.ok) return false;
    page = new DOMParser().parseFromString(await response.text(), "text/html");
  } catch {
    return false;
  }
  const parts = page.getElementById("parts");
  if (!parts) return false;
  document.getElementById("parts").replaceWith(document.adoptNode(parts));
  status.textContent = parts.querySelector("[data-happened]").textContent;
  const next = parts.querySelector("[autofocus]");
  next?.focus();
  next?.closest("fieldset")?.scrollIntoView({ block: "nearest" });
  return true;
}

/** The card takes the colour that was chosen for its step: those after the first option are in order. */
function paint(select) {
  const card = select.closest("fieldset");
  const number = [...document.querySelectorAll("fieldset[data-step]")].indexOf(card);
  card.dataset.step = select.selectedIndex || number % (select.options.length - 1) + 1;
}
