// The one clock that all screens of a room go by: the server's, known from small messages there and back.
// Of the last messages the quickest says most about it (RFC 5905, sections 8 and 10).

const KEPT = 12;

export class Clock {
  #heard = [];
  #offset = 0;

  /** How long the quickest of the last messages took there and back, in ms. */
  roundTrip = 0;

  /** ms by the server's clock */
  now() { return performance.now() + this.#offset; }

  /** A message left at `sent` and its answer came at `got`, by our own clock; `received` and `answered` by the server's. */
  hear({ sent, got, received, answered }) {
    const offset = ((received - sent) + (answered - got)) / 2;
    this.#heard.push({ offset, roundTrip: Math.max(0, (got - sent) - (answered - received)) });
    if (this.#heard.length > KEPT) this.#heard.shift();
    const best = this.#heard.reduce((one, other) => (other.roundTrip < one.roundTrip ? other : one));
    this.#offset = best.offset;
    this.roundTrip = best.roundTrip;
  }
}
