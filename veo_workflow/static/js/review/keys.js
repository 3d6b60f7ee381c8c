// N and P walk through the moments. Letters in a text, and nothing at all where they are switched off (WCAG 2.1.4).
import { walk } from "./moments.js";

const KEYS = "review keys";
const TEXT = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";
const keys = document.getElementById("keys");

keys.checked = localStorage.getItem(KEYS) !== "off";
keys.addEventListener("change", () => localStorage.setItem(KEYS, keys.checked ? "on" : "off"));
document.addEventListener("keydown", (event) => {
  if (!keys.checked || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest?.(TEXT)) return;
  if (event.key === "n" || event.key === "N") walk(1);
  else if (event.key === "p" || event.key === "P") walk(-1);
});
