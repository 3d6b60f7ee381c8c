// Pressing a step: the moment is on screen and on its way before the picture has moved on.
import { newId } from "../shared/ids.js";
import { sayClock } from "../shared/time.js";
import { announce, byId, colourOf, copyOf, counted, soon } from "./dom.js";
import { closed, extended, extendsMoment, momentAround, snap } from "./presses.js";

/** Says `made` with {id} for a moment that was just made or made longer. */
export class Marking extends EventTarget {
  #data;
  #clip;
  #player;
  #moments;
  #notebook;
  #open = new Map();  // step id → {id, chip}
  #buttons = new Map();

  constructor({ data, clip, player, moments, notebook }) {
    super();
    this.#data = data;
    this.#clip = clip;
    this.#player = player;
    this.#moments = moments;
    this.#notebook = notebook;
    byId("steps").hidden = false;
    for (const button of byId("steps").querySelectorAll(".step-button")) {
      const step = data.steps.find(({ id }) => id === button.dataset.stepId) ?? null;
      this.#buttons.set(step?.id ?? null, button);
      button.addEventListener("click", () => this.press(step));
    }
    moments.addEventListener("changed", ({ detail }) => this.#forgetIfGone(detail.id));
    moments.addEventListener("changed", soon(() => this.#count()));
    player.addEventListener("frame", () => this.#sayHowLong());
    player.addEventListener("end", () => this.#endAll("ended with the clip"));
    addEventListener("pagehide", () => this.#endAll("ended"));
    this.#count();
  }

  /** The step under a key, 1 to 9. */
  pressNumber(number) {
    const step = this.#data.steps.find((one) => one.in_use && one.number === number);
    if (step) this.press(step);
  }

  /** One press on a step, or on none. */
  press(step) {
    this.#player.letGo();
    if (step?.press === "start_end") this.#startOrEnd(step);
    else this.#mark(step);
    this.#flash(step);
  }

  /** A moment from one place to another without a step: what I and O make when nothing is chosen. */
  markSpan(from, to) {
    const at = snap(from, this.#clip);
    this.#make(null, { pressed_ms: at, start_ms: at, end_ms: snap(to, this.#clip) });
  }

  #mark(step) {
    const { ms } = this.#player;
    const lag = step?.lag_ms ?? this.#data.lag_ms;
    const same = this.#moments.all.findLast((one) => one.mine && one.step === (step?.id ?? null) && extendsMoment(one, ms));
    if (same) {
      this.#notebook.write(extended(same, ms, lag, this.#clip));
      this.#made(same.id, `${this.#name(step)} goes on to ${sayClock(this.#moments.get(same.id).end_ms)}`);
      return;
    }
    this.#make(step, momentAround(ms, step?.lead_ms ?? this.#data.lead_ms, lag, this.#clip));
  }

  #make(step, span, open = false) {
    const moment = {
      id: newId(), author: { id: this.#data.me, name: "" }, mine: true, step: step?.id ?? null, kind: "note",
      ...span, note: "", version: 0, shared: false, replies: [], ...(open && { open }),
    };
    this.#notebook.write(moment);
    this.#made(moment.id, `${this.#name(step)} ${open ? "begins" : "marked"} at ${sayClock(span.pressed_ms)}`);
    return moment.id;
  }

  #made(id, sentence) {
    announce(sentence);
    this.dispatchEvent(new CustomEvent("made", { detail: { id } }));
  }

  #name(step) { return step?.name ?? "Moment"; }

  // --- press start, press end

  #startOrEnd(step) {
    if (this.#open.has(step.id)) {
      this.#end(step, "ended");
      return;
    }
    const at = snap(this.#player.ms, this.#clip);
    const { element } = copyOf("open-template");
    element.dataset.step = colourOf(step);
    element.querySelector("b").textContent = step.number;
    element.querySelector("span > span").textContent = `Press ${step.number} to end it.`;
    byId("open-chips").append(element);
    const id = this.#make(step, { pressed_ms: at, start_ms: at, end_ms: at }, true);
    this.#open.set(step.id, { id, step, chip: element });
    this.#count();
  }

  #end(step, words) {
    const { id, chip } = this.#open.get(step.id);
    this.#open.delete(step.id);
    chip.remove();
    const { open: _, ...moment } = this.#moments.get(id);
    this.#notebook.finish(closed(moment, this.#player.ms, this.#clip));
    this.#made(id, `${step.name} ${words} at ${sayClock(this.#player.ms)}`);
  }

  #endAll(words) {
    for (const { step } of [...this.#open.values()]) this.#end(step, words);
  }

  /** Undone or deleted while it was open. */
  #forgetIfGone(id) {
    for (const [stepId, open] of this.#open) {
      if (open.id !== id || this.#moments.get(id)) continue;
      open.chip.remove();
      this.#open.delete(stepId);
    }
  }

  #sayHowLong() {
    for (const { id, step, chip } of this.#open.values()) {
      const long = sayClock(Math.abs(this.#player.ms - this.#moments.get(id).pressed_ms));
      chip.querySelector("strong").textContent = `${step.name} is open, ${long}.`;
      this.#buttons.get(step.id).querySelector(".count").textContent = `Open ${long}`;
    }
  }

  // --- buttons

  #flash(step) {
    const pressed = this.#buttons.get(step?.id ?? null);
    for (const button of this.#buttons.values()) button.classList.toggle("pressed", button === pressed && !this.#open.has(step?.id));
  }

  #count() {
    const counts = new Map();
    for (const { step } of this.#moments.all) counts.set(step, (counts.get(step) ?? 0) + 1);
    for (const [stepId, button] of this.#buttons) {
      const open = this.#open.has(stepId);
      button.classList.toggle("open", open);
      const step = this.#data.steps.find(({ id }) => id === stepId);
      if (step?.press === "start_end") button.setAttribute("aria-pressed", String(open));
      if (open) continue;
      const said = Object.assign(document.createElement("span"), { className: "hidden-words" });
      const count = counts.get(stepId) ?? 0;
      said.textContent = counted(count, " moment").slice(String(count).length);
      button.querySelector(".count").replaceChildren(String(count), said);
    }
    this.#sayHowLong();
  }
}
