// The span that stays, in frames, both ends included. Says `changed`.

export class Span extends EventTarget {
  #frames;
  #shortest;

  /** `frames` is how many the clip has, `shortest` how few can stay. */
  constructor({ frames, shortest }) {
    super();
    this.#frames = frames;
    this.#shortest = Math.min(shortest, frames);
    this.first = 0;
    this.last = frames - 1;
  }

  get length() { return this.last - this.first + 1; }

  get isWhole() { return this.length === this.#frames; }

  /** Moves one end, "first" or "last"; the other one gives way rather than coming too close. */
  move(edge, frame) {
    if (edge === "first") {
      this.first = Math.min(Math.max(frame, 0), this.#frames - this.#shortest);
      this.last = Math.max(this.last, this.first + this.#shortest - 1);
    } else {
      this.last = Math.max(Math.min(frame, this.#frames - 1), this.#shortest - 1);
      this.first = Math.min(this.first, this.last - this.#shortest + 1);
    }
    this.dispatchEvent(new Event("changed"));
  }
}
