// The moments in lesson order: the timeline's twin for fingers, keyboards and ears. Says `jump` with {id}.
import { sayClock } from "../shared/time.js";
import { bringIntoList, byId, colourOf, copyOf, counted } from "./dom.js";

export class MomentList extends EventTarget {
  #steps;
  #moments;
  #items = new Map();
  #chosen = null;
  #editor;

  constructor({ steps, moments, editor }) {
    super();
    this.#steps = new Map(steps.map((step) => [step.id, step]));
    this.#moments = moments;
    this.#editor = editor;
    byId("moments").hidden = false;
    for (const id of ["by-step", "by-author"]) byId(id).addEventListener("change", () => this.#filter());
    moments.addEventListener("changed", ({ detail }) => this.#update(detail.id));
    for (const moment of moments.all) this.#draw(moment);
    this.#count();
  }

  /** Ids in lesson order, of those that are not filtered away. */
  get shown() { return this.#moments.all.filter((moment) => this.#passes(moment)).map(({ id }) => id); }

  choose(id) {
    const before = this.#chosen;
    this.#chosen = id;
    for (const one of [before, id]) if (this.#moments.get(one)) this.#draw(this.#moments.get(one));
    const item = this.#items.get(id);
    if (item) bringIntoList(byId("moment-list"), item.element);
  }

  #update(id) {
    const moment = this.#moments.get(id);
    if (moment) this.#draw(moment);
    else {
      this.#items.get(id)?.element.remove();
      this.#items.delete(id);
    }
    this.#count();
  }

  #draw(moment) {
    const item = this.#items.get(moment.id) ?? this.#make(moment.id);
    const { element, parts } = item;
    const step = this.#steps.get(moment.step);
    const chosen = moment.id === this.#chosen;
    element.dataset.step = colourOf(step);
    element.classList.toggle("chosen", chosen);
    element.hidden = !this.#passes(moment);
    parts.start.textContent = sayClock(moment.start_ms);
    parts.step.replaceChildren(...(step ? [Object.assign(document.createElement("b"), { textContent: step.number }), step.name] : ["No step"]));
    for (const kind of element.querySelectorAll("[data-kind]")) kind.hidden = kind.dataset.kind !== moment.kind;
    parts.author.textContent = moment.mine ? "" : moment.author.name;
    parts.author.hidden = moment.mine;
    parts.mark.textContent = moment.shared ? "Shared" : "Draft";
    parts.mark.className = `mark ${moment.shared ? "good" : "draft"}`;
    const editing = chosen && moment.mine;
    parts.note.textContent = moment.note;
    parts.note.hidden = editing || !moment.note;
    if (editing) this.#editor.edit(moment, element);
    else if (this.#editor.element.parentNode === element) this.#editor.close();
    this.#place(moment, element);
  }

  #make(id) {
    const item = copyOf("moment-template");
    item.element.dataset.id = id;
    item.element.querySelector(".jump").addEventListener("click", () => {
      this.dispatchEvent(new CustomEvent("jump", { detail: { id } }));
    });
    this.#items.set(id, item);
    return item;
  }

  /** Moves an item only if it stands in the wrong place: moving one that holds the focus would lose it. */
  #place(moment, element) {
    const list = byId("moment-list");
    const all = this.#moments.all;
    const next = all[all.indexOf(moment) + 1];
    const follower = (next && this.#items.get(next.id)?.element) ?? null;
    if (element.parentNode !== list || element.nextElementSibling !== follower) {
      if (follower && follower.parentNode !== list) list.append(element);
      else list.insertBefore(element, follower);
    }
  }

  #passes(moment) {
    const step = byId("by-step").value;
    const author = byId("by-author").value;
    if (step && step !== (moment.step ?? "none")) return false;
    return !author || (author === "mine") === moment.mine;
  }

  #filter() {
    for (const moment of this.#moments.all) this.#items.get(moment.id).element.hidden = !this.#passes(moment);
    this.#count();
  }

  #count() {
    const shown = this.#moments.all.filter((moment) => this.#passes(moment));
    const drafts = shown.filter((moment) => !moment.shared).length;
    byId("moments-count").textContent = counted(shown.length, "moment");
    byId("drafts-count").textContent = drafts ? `, ${drafts} of them ${drafts === 1 ? "a draft" : "drafts"} only you can see` : "";
    byId("no-moments").hidden = shown.length > 0;
    byId("moment-list").hidden = shown.length === 0;
    byId("no-moments").textContent = this.#moments.all.length
      ? "No moment fits. Choose another step or author."
      : "Press a step while you watch, and its moment appears here.";
  }
}
