// The moments: the timeline's twin for fingers, keyboards and ears. Says `jump` with {id}.
//
// However many there are, a page of them stands in the document at a time: the one around what is chosen.
import { sayClock } from "../shared/time.js";
import { bringIntoList, byId, colourOf, copyOf, counted, inOrder, soon } from "./dom.js";
import { Filter } from "./filter.js";

const PAGE = 40;
const FIRST = 20;  // of the clip's beginning, more than fit on a screen

export class MomentList extends EventTarget {
  #steps;
  #moments;
  #filter;
  #editor;
  #replies;
  #items = new Map();  // id → {element, parts}, of those that are in the document
  #headings = new Map();
  #earlier = this.#moreButton(-1);
  #later = this.#moreButton(1);
  #chosen = null;
  #from = 0;
  #to = FIRST;
  #showSoon = soon(() => this.#show());

  constructor({ steps, moments, editor, replies }) {
    super();
    this.#steps = new Map(steps.map((step) => [step.id, step]));
    this.#moments = moments;
    this.#editor = editor;
    this.#replies = replies;
    this.#filter = new Filter(steps);
    byId("moments").hidden = false;
    this.#filter.addEventListener("changed", () => this.#turnTo(this.#placeOf(this.#chosen)));
    moments.addEventListener("changed", () => this.#showSoon());
    this.#show();
  }

  /** Ids as they are listed, of those that are not filtered away. */
  get shown() { return this.#filter.apply(this.#moments.all).map(({ id }) => id); }

  choose(id) {
    this.#chosen = id;
    if (this.#moments.get(id) && this.#placeOf(id) < 0) this.#filter.clear();  // what was just made is never out of sight
    const place = this.#placeOf(id);
    if (place >= 0 && (place < this.#from || place >= this.#to)) this.#turnTo(place);
    else this.#show();
    const item = this.#items.get(id);
    if (item) bringIntoList(byId("moment-list"), item.element);
  }

  #placeOf(id) { return id === null ? -1 : this.shown.indexOf(id); }

  /** The page that has `place` in its middle; the first one where there is none. */
  #turnTo(place) {
    this.#from = Math.max(0, place - PAGE / 2);
    this.#to = this.#from + PAGE;
    this.#show();
  }

  #more(by) {
    const list = byId("moment-list");
    const below = list.scrollHeight - list.scrollTop;
    if (by < 0) this.#from = Math.max(0, this.#from - PAGE);
    else this.#to += PAGE;
    this.#show();
    if (by < 0) list.scrollTop = list.scrollHeight - below;
    list.focus({ preventScroll: true });
  }

  #show() {
    const shown = this.#filter.apply(this.#moments.all);
    const page = shown.slice(this.#from, this.#to);
    const ids = new Set(page.map(({ id }) => id));
    for (const id of [...this.#items.keys()]) if (!ids.has(id)) this.#forget(id);
    const after = shown.length - this.#to;
    this.#earlier.firstElementChild.textContent = `${counted(this.#from, "moment")} before these`;
    this.#later.firstElementChild.textContent = `${counted(after, "moment")} after these`;
    inOrder(byId("moment-list"), [
      ...(this.#from > 0 ? [this.#earlier] : []), ...this.#elementsOf(page), ...(after > 0 ? [this.#later] : []),
    ]);
    for (const moment of page) this.#draw(moment);
    this.#count(shown);
  }

  #moreButton(by) {
    const { element } = copyOf("more-template");
    element.firstElementChild.addEventListener("click", () => this.#more(by));
    return element;
  }

  #elementsOf(page) {
    const elements = [];
    let group = null;
    for (const moment of page) {
      const next = this.#filter.groupOf(moment);
      if (next !== null && next !== group) elements.push(this.#heading(next));
      group = next;
      elements.push((this.#items.get(moment.id) ?? this.#make(moment.id)).element);
    }
    return elements;
  }

  #heading(words) {
    const present = this.#headings.get(words);
    if (present) return present;
    const heading = Object.assign(document.createElement("h3"), { textContent: words });
    const element = Object.assign(document.createElement("li"), { className: "group" });
    element.append(heading);
    this.#headings.set(words, element);
    return element;
  }

  #forget(id) {
    const { element } = this.#items.get(id);
    if (this.#editor.element.parentNode === element) this.#editor.close();
    if (this.#replies.element.parentNode === element) this.#replies.withdraw();
    this.#items.delete(id);
  }

  #draw(moment) {
    const { element, parts, drawn } = this.#items.get(moment.id);
    const step = this.#steps.get(moment.step);
    const chosen = moment.id === this.#chosen;
    const editing = chosen && moment.mine;
    element.classList.toggle("chosen", chosen);
    if (editing) this.#editor.edit(moment, element);
    else if (this.#editor.element.parentNode === element) this.#editor.close();
    if (chosen && moment.shared) this.#replies.offer(moment, element);
    else if (this.#replies.element.parentNode === element) this.#replies.withdraw();
    parts.note.hidden = editing || !moment.note;
    if (drawn === moment) return;
    this.#items.get(moment.id).drawn = moment;
    element.dataset.step = colourOf(step);
    parts.start.textContent = sayClock(moment.start_ms);
    parts.step.replaceChildren(...(step ? [Object.assign(document.createElement("b"), { textContent: step.number }), step.name] : ["No step"]));
    parts.kind.replaceChildren(copyOf(`${moment.kind}-template`).element);
    parts.author.textContent = moment.mine ? "" : moment.author.name;
    parts.author.hidden = moment.mine;
    parts.mark.textContent = moment.shared ? "Shared" : "Draft";
    parts.mark.className = `mark ${moment.shared ? "good" : "draft"}`;
    parts.note.textContent = moment.note;
    this.#replies.draw(moment, parts.replies);
  }

  #make(id) {
    const item = { ...copyOf("moment-template"), drawn: null };
    item.element.dataset.id = id;
    item.element.querySelector(".jump").addEventListener("click", () => {
      this.dispatchEvent(new CustomEvent("jump", { detail: { id } }));
    });
    this.#items.set(id, item);
    return item;
  }

  #count(shown) {
    byId("moments-count").textContent = counted(shown.length, "moment");
    byId("no-moments").hidden = shown.length > 0;
    byId("moment-list").hidden = shown.length === 0;
    byId("no-moments").textContent = this.#moments.all.length
      ? "No moment fits. Choose another step, kind or author."
      : "Press a step while you watch, and its moment appears here.";
  }
}
