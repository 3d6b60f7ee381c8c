/* Nothing typed is lost: a form marked data-keep is kept in this tab until the server has it. */

for (const saved of document.querySelectorAll("[data-kept]")) sessionStorage.removeItem(`veo:${saved.dataset.kept}`);
const form = document.querySelector("form[data-keep]");
if (form) keep(form, `veo:${form.dataset.keep}`);

function keep(form, key) {
  const note = form.querySelector("[data-keep-said]");
  bringBack();
  form.addEventListener("input", () => sessionStorage.setItem(key, JSON.stringify(words())));

  function fields() {
    return Array.from(form.elements).filter((field) => field.name && field.name !== "csrf_token");
  }

  function words() {
    const filled = fields().filter((field) => field.type !== "radio" || field.checked);
    return Object.fromEntries(filled.map((field) => [field.name, field.value]));
  }

  function bringBack() {
    const kept = JSON.parse(sessionStorage.getItem(key) ?? "null");
    if (!kept) return;
    // Another `after` means that it has been saved since: what is kept here has done its work.
    if (kept.after !== form.elements.after.value) {
      sessionStorage.removeItem(key);
      return;
    }
    let changed = false;
    for (const field of fields()) {
      if (!(field.name in kept)) continue;
      if (field.type === "radio") {
        changed ||= field.checked !== (field.value === kept[field.name]);
        field.checked = field.value === kept[field.name];
      } else if (field.value !== kept[field.name]) {
        field.value = kept[field.name];
        changed = true;
      }
    }
    if (changed) note.textContent = "What you had typed is back. It is not saved yet.";
  }
}
