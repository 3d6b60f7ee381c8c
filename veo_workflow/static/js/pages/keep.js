/* Nothing typed is lost: a form marked data-keep is kept in this tab until the server has it. */

for (const saved of document.querySelectorAll("[data-kept]")) sessionStorage.removeItem(`veo:${saved.dataset.kept}`);
const form = document.querySelector("form[data-keep]");
if (form) keep(form, `veo:${form.dataset.keep}`);

function keep(form, key) {
  const note = form.querySelector("[data-keep-said]");
  bringBack();
  form.addEventListener("input", () => sessionStorage.setItem(key, JSON.stringify(words())));

  function fields() {
    return Array.from(form.elements).filter((field) => field.name && field.name !== "csrf_token" && field.type !== "file");
  }

  function isBox(field) {
    return field.type === "checkbox" || field.type === "radio";
  }

  /* Boxes share a name, so each goes by its value too; what is kept of it is whether it is ticked. */
  function nameOf(field) {
    return isBox(field) ? `${field.name}=${field.value}` : field.name;
  }

  function words() {
    return Object.fromEntries(fields().map((field) => [nameOf(field), isBox(field) ? field.checked : field.value]));
  }

  function bringBack() {
    const kept = JSON.parse(sessionStorage.getItem(key) ?? "null");
    if (!kept) return;
    // Another `after` means that the form has been saved since: what is kept here has done its work.
    if (kept.after !== form.elements.after.value) {
      sessionStorage.removeItem(key);
      return;
    }
    let changed = false;
    for (const field of fields()) {
      const property = isBox(field) ? "checked" : "value";
      if (nameOf(field) in kept && field[property] !== kept[nameOf(field)]) {
        field[property] = kept[nameOf(field)];
        changed = true;
      }
    }
    if (changed) note.textContent = "What you had typed is back. It is not saved yet.";
  }
}
