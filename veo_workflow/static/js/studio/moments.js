// The moments on this clip as the page knows them. Says `changed` with {id} at once, so that the next frame shows it.
//
// A moment is what the server calls a tag, with two marks of our own: `unsent` (not with the server yet) and `open`
// (its end has not been pressed yet).

export class Moments extends EventTarget {
  #all = new Map();
  #sorted = null;

  /** In lesson order. */
  get all() {
    this.#sorted ??= [...this.#all.values()].sort((a, b) => a.start_ms - b.start_ms || (a.id < b.id ? -1 : 1));
    return this.#sorted;
  }

  get(id) { return this.#all.get(id); }

  put(moment) {
    this.#all.set(moment.id, moment);
    this.#changed(moment.id);
  }

  remove(id) {
    if (this.#all.delete(id)) this.#changed(id);
  }

  /** What the server knows; moments in `ours` (ids) are newer here and stay as they are. */
  replace(moments, ours = new Set()) {
    const theirs = new Map(moments.map((moment) => [moment.id, moment]));
    for (const id of [...this.#all.keys()]) if (!theirs.has(id) && !ours.has(id)) this.remove(id);
    for (const [id, moment] of theirs) {
      if (ours.has(id)) continue;
      const present = this.#all.get(id);
      const fresh = present?.open ? { ...moment, open: true } : moment;  // the server knows no open end
      if (JSON.stringify(present) !== JSON.stringify(fresh)) this.put(fresh);
    }
  }

  #changed(id) {
    this.#sorted = null;
    this.dispatchEvent(new CustomEvent("changed", { detail: { id } }));
  }
}
