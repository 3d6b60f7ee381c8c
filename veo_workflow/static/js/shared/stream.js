// A stream of events. The browser brings one that broke off back by itself, but not one that was refused because too
// many pages listen at once: that one is asked for again now and again, and meanwhile its page asks instead.

const AGAIN_MS = 30_000;

export class Stream {
  #address;
  #hears;
  #changed;
  #source;
  #timer = 0;

  /** There is none to be had for the moment. */
  refused = false;

  /** `hears` takes what is said by the event's name; `changed` is called after it has opened, or has not. */
  constructor(address, hears, changed) {
    this.#address = address;
    this.#hears = hears;
    this.#changed = changed;
    this.#open();
  }

  close() {
    clearTimeout(this.#timer);
    this.#source.close();
  }

  #open() {
    this.#source = new EventSource(this.#address);
    for (const [name, hear] of Object.entries(this.#hears)) {
      this.#source.addEventListener(name, (event) => hear(JSON.parse(event.data)));
    }
    this.#source.addEventListener("open", () => this.#is({ refused: false }));
    this.#source.addEventListener("error", () => {
      const refused = this.#source.readyState === EventSource.CLOSED;
      if (refused) this.#timer = setTimeout(() => this.#open(), AGAIN_MS);
      this.#is({ refused });
    });
  }

  #is({ refused }) {
    this.refused = refused;
    this.#changed();
  }
}
