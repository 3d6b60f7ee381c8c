// The chosen moment: its note, its two ends, its step. Typing pauses; Enter saves and goes on; Esc asks first.
import { announce, byId, copyOf } from "./dom.js";
import { sayTenths } from "../shared/time.js";

const SAVE_AFTER_MS = 1200;

/** Says `nudge` with {edge, by, unit}, `here` with {edge}, `step` with {step}, `delete`. */
export class Editor extends EventTarget {
  element;
  #note;
  #times;
  #step;
  #player;
  #notebook;
  #moment = null;
  #typing = null;  // {before, resume} from the first character until it is saved or discarded
  #asking = false;
  #timer = 0;

  constructor({ player, notebook }) {
    super();
    this.#player = player;
    this.#notebook = notebook;
    this.element = copyOf("edit-template").element;
    this.#note = this.element.querySelector("textarea");
    this.#step = this.element.querySelector("select");
    this.#times = this.element.querySelectorAll("[data-time]");
    this.#note.addEventListener("input", () => this.#typed());
    this.#note.addEventListener("keydown", (event) => this.#key(event));
    this.#note.addEventListener("blur", () => this.#finish());
    addEventListener("pagehide", () => this.#finish());
    this.#step.addEventListener("change", () => this.#say("step", { step: this.#step.value || null }));
    this.element.addEventListener("click", ({ target }) => this.#clicked(target.closest("button")));
  }

  /** Shows `moment` inside `item`; what is being typed is never replaced. */
  edit(moment, item) {
    const other = this.#moment?.id !== moment.id;
    if (other) this.#finish();
    this.#moment = moment;
    if (other || !this.#typing) this.#note.value = moment.note;
    for (const time of this.#times) time.textContent = sayTenths(moment[time.dataset.time]);
    const known = [...this.#step.options].some((option) => option.value === (moment.step ?? ""));
    this.#step.hidden = !known;  // a step no longer in use stays what it is
    if (known) this.#step.value = moment.step ?? "";
    if (this.element.parentNode !== item) item.append(this.element);
  }

  /** Nothing is chosen any more; what was typed is kept. */
  close() {
    this.#finish();
    this.element.remove();
  }

  /** N: the picture waits while somebody writes. */
  write() {
    this.#begin();
    this.#note.focus({ preventScroll: true });
    this.#note.setSelectionRange(this.#note.value.length, this.#note.value.length);
  }

  #begin() {
    this.#typing ??= { before: this.#moment, resume: this.#player.playing };
    this.#player.pause();
  }

  #typed() {
    this.#begin();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#save(), SAVE_AFTER_MS);
  }

  #save() {
    clearTimeout(this.#timer);
    const note = this.#note.value.trim();
    if (note === this.#moment.note) return;
    this.#moment = { ...this.#moment, note };
    this.#notebook.save(this.#moment);
  }

  /** Saved for good, as one change to undo. */
  #finish() {
    if (!this.#typing || this.#asking) return;
    const { before } = this.#typing;
    this.#typing = null;
    this.#save();
    if (this.#moment.note !== before.note) this.#notebook.record(before, this.#moment);
  }

  #key(event) {
    if (event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) this.#enter(event);
    else if (event.key === "Escape") this.#escape(event);
  }

  #enter(event) {
    event.preventDefault();
    this.#leave();
    announce("Note saved");
  }

  #leave() {
    const resume = this.#typing?.resume;
    this.#finish();
    this.#note.blur();
    if (resume) this.#player.play();
  }

  async #escape(event) {
    event.preventDefault();
    event.stopPropagation();
    if (this.#note.value.trim() === (this.#typing?.before ?? this.#moment).note) { this.#leave(); return; }
    const question = byId("discard");
    const again = this.#asking;  // before the browser has said that the last question is closed
    this.#asking = true;
    question.returnValue = "keep";
    if (!question.open) question.showModal();
    if (again) return;
    if (await this.#answer(question) !== "discard") { this.#note.focus(); return; }
    this.#note.value = this.#typing.before.note;
    this.#leave();
    announce("Note discarded");
  }

  /** While the question is open the note does not count as left. */
  async #answer(question) {
    clearTimeout(this.#timer);
    do await new Promise((closed) => question.addEventListener("close", closed, { once: true }));
    while (question.open);
    this.#asking = false;
    return question.returnValue;
  }

  #clicked(button) {
    if (!button) return;
    const { nudge, by, unit, here } = button.dataset;
    if (nudge) this.#say("nudge", { edge: nudge, by: Number(by), unit });
    else if (here) this.#say("here", { edge: here });
    else if (button.id === "delete") this.#say("delete");
  }

  #say(name, detail) { this.dispatchEvent(new CustomEvent(name, { detail })); }
}
