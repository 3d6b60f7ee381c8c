// Every change a person makes goes through here: on screen at once, into the outbox, and onto the list for undo.

export class Notebook extends EventTarget {
  #moments;
  #outbox;
  #done = [];
  #undone = [];

  constructor(moments, outbox) {
    super();
    this.#moments = moments;
    this.#outbox = outbox;
  }

  get canUndo() { return this.#done.length > 0; }

  get canRedo() { return this.#undone.length > 0; }

  /** Makes a moment or changes one. */
  write(moment) {
    this.record(this.#moments.get(moment.id) ?? null, moment);
    this.#apply(moment.id, moment);
  }

  erase(id) {
    this.record(this.#moments.get(id), null);
    this.#apply(id, null);
  }

  /** On screen only, while something is being dragged. */
  preview(moment) { this.#moments.put(moment); }

  /** On screen and to the server, without a line for undo: for typing, which `record` closes as one change. */
  save(moment) { this.#apply(moment.id, moment); }

  record(before, after) {
    this.#done.push({ before, after });
    this.#undone = [];
    this.#tell();
  }

  /** The moment just made turned out like this: making it stays one change. */
  finish(moment) {
    const made = this.#done.findLast(({ before, after }) => before === null && after.id === moment.id);
    if (made) made.after = moment;
    this.#apply(moment.id, moment);
  }

  /** What was undone: {id, moment} with null for one that is gone; undefined when there is nothing. */
  undo() { return this.#turnBack(this.#done, this.#undone, "before"); }

  redo() { return this.#turnBack(this.#undone, this.#done, "after"); }

  #turnBack(from, to, side) {
    const change = from.pop();
    if (!change) return undefined;
    to.push(change);
    const { id } = change.before ?? change.after;
    this.#apply(id, change[side]);
    this.#tell();
    return { id, moment: change[side] };
  }

  #apply(id, moment) {
    if (!moment) {
      this.#moments.remove(id);
      this.#outbox.delete(id);
      return;
    }
    // Whether it is shared is the server's to say: a deleted moment that comes back is a draft again.
    const shared = this.#moments.get(id)?.shared ?? false;
    this.#moments.put({ ...moment, shared, unsent: true });
    this.#outbox.put(moment);
  }

  #tell() { this.dispatchEvent(new Event("changed")); }
}
