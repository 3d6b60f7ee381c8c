// What the pair say to each other under a shared moment. What is typed is kept until it is sent.
import { newId } from "../shared/ids.js";
import { announce, copyOf, write } from "./dom.js";
import { forget, keep, read } from "./shelf.js";

/** One form for the chosen moment; it changes moments, and leaves the sending to the outbox. */
export class Replies {
  element;
  #me;
  #kept;
  #text;
  #moments;
  #outbox;
  #player;
  #moment = null;
  #resume = false;

  constructor({ me, moments, outbox, player }) {
    this.#me = me;
    this.#kept = `veo reply ${me} `;
    this.#moments = moments;
    this.#outbox = outbox;
    this.#player = player;
    this.element = copyOf("reply-template").element;
    this.#text = this.element.querySelector("textarea");
    this.#text.addEventListener("input", () => this.#typed());
    this.#text.addEventListener("keydown", (event) => this.#key(event));
    this.element.addEventListener("submit", (event) => { event.preventDefault(); this.#send(); });
  }

  /** The form at the end of `item`, for a moment that both see. */
  offer(moment, item) {
    if (this.#moment?.id !== moment.id) this.#text.value = read(this.#kept + moment.id) ?? "";
    this.#moment = moment;
    if (item.lastElementChild !== this.element) item.append(this.element);
  }

  withdraw() {
    this.element.remove();
    this.#moment = null;
  }

  /** A: words for the other one, while the picture waits. */
  write() {
    if (!this.#moment) { announce("Only a shared moment is replied to."); return; }
    this.#wait();
    this.#text.focus({ preventScroll: true });
  }

  /** The replies of a moment, as lines of a list. */
  draw(moment, list) {
    list.hidden = !moment.replies.length;
    list.replaceChildren(...moment.replies.map((reply) => this.#line(moment, reply)));
  }

  #line(moment, { id, author, text }) {
    const { element, parts } = copyOf("reply-line-template");
    const mine = author.id === this.#me;
    write(parts.who, mine ? "You" : author.name);
    write(parts.words, text);
    parts.back.hidden = !mine;
    parts.back.addEventListener("click", () => this.#takeBack(moment.id, id));
    return element;
  }

  #typed() {
    this.#wait();
    const { value } = this.#text;
    if (value) keep(this.#kept + this.#moment.id, value);
    else forget(this.#kept + this.#moment.id);
  }

  #wait() {
    this.#resume ||= this.#player.playing;
    this.#player.pause();
  }

  #key(event) {
    if (event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); this.#send(); }
    if (event.key === "Escape") { event.stopPropagation(); this.#leave(); }
  }

  #send() {
    const text = this.#text.value.trim();
    if (!text) { this.#leave(); return; }
    const moment = this.#moments.get(this.#moment.id);
    const reply = { id: newId(), author: { id: this.#me, name: "" }, text };
    forget(this.#kept + moment.id);
    this.#text.value = "";
    this.#outbox.reply(moment.id, reply.id, text);
    this.#moments.put({ ...moment, replies: [...moment.replies, reply] });
    announce("Reply sent");
    this.#leave();
  }

  #takeBack(momentId, id) {
    const moment = this.#moments.get(momentId);
    this.#outbox.takeBack(momentId, id);
    this.#moments.put({ ...moment, replies: moment.replies.filter((reply) => reply.id !== id) });
    announce("Reply taken back");
  }

  #leave() {
    this.#text.blur();
    if (this.#resume) this.#player.play();
    this.#resume = false;
  }
}

/** A moment with an unsent reply on it, or without one that is on its way out. */
export function withUnsent(moment, { id, method, body }, me) {
  const others = moment.replies.filter((reply) => reply.id !== id);
  if (method === "DELETE") return { ...moment, replies: others };
  return { ...moment, replies: [...others, { id, author: { id: me, name: "" }, text: body.text }] };
}
