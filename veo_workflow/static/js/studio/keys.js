// Keys for hands that stay on the keyboard. Inert where somebody types or chooses, and can be switched off.
import { byId } from "./dom.js";

const SWITCH = "veo studio keys";
const TYPING = "textarea, select, input:not([type=range], [type=radio], [type=checkbox]), [contenteditable]";
const NATIVE = { button: [" ", "Enter"], radio: [" ", "ArrowLeft", "ArrowRight"] };

/** `does` maps a key, "Shift+" before it where Shift counts, to what it does; `undo` and `redo` go with Ctrl or ⌘. */
export function setUpKeys({ does, undo, redo }) {
  const keysOn = byId("keys-on");
  keysOn.checked = localStorage.getItem(SWITCH) !== "off";
  keysOn.addEventListener("change", () => localStorage.setItem(SWITCH, keysOn.checked ? "on" : "off"));
  document.addEventListener("keydown", (event) => {
    const work = findWork(event, { does, undo, redo, on: keysOn.checked });
    if (!work) return;
    event.preventDefault();
    work();
  });
}

function findWork(event, { does, undo, redo, on }) {
  if (event.defaultPrevented || event.repeat || event.isComposing || event.altKey) return null;
  if (event.target.closest?.(TYPING) || document.querySelector("dialog[open]")) return null;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (event.ctrlKey || event.metaKey) {
    if (key === "z") return event.shiftKey ? redo : undo;
    return key === "y" && !event.shiftKey ? redo : null;
  }
  if (!on || isNative(event)) return null;
  return (event.shiftKey && does[`Shift+${key}`]) || does[key] || null;
}

/** What a focused button or choice does by itself with this key. */
function isNative({ target, key }) {
  if (target.closest?.("button, summary, a")) return NATIVE.button.includes(key);
  return target.matches?.("input[type=radio], input[type=checkbox]") && NATIVE.radio.includes(key);
}

/** What the keys do on every page that plays one film. */
export function playing(player) {
  const toggle = () => player.toggle();
  const second = () => Math.round(player.rate);
  return {
    " ": toggle,
    k: toggle,
    j: () => player.backwards(),
    l: () => player.forwards(),
    ArrowLeft: () => player.step(-1),
    ArrowRight: () => player.step(1),
    "Shift+ArrowLeft": () => player.step(-second()),
    "Shift+ArrowRight": () => player.step(second()),
  };
}
