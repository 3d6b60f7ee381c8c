// The one clock that all screens of a room go by: the server's, known from small messages there and back.
// The quicker a message was, the more it says; the older it is, the more clocks have gone apart (RFC 5905, section 10).

const KEPT = 64;
const APART = 20e-6;  // how fast two clocks go apart, as a share of the time

export class Clock {
  #heard = [];
  #offset = 0;

  /** How long the message that says most took there and back, in ms. */
  roundTrip = 0;

  /** ms by the server's clock */
  now() { return performance.now() + this.#offset; }

  /** A message left at `sent` and its answer came at `got`, by our own clock; `received` and `answered` by the server's. */
  hear({ sent, got, received, answered }) {
    const offset = ((received - sent) + (answered - got)) / 2;
    this.#heard.push({ offset, got, roundTrip: Math.max(0, (got - sent) - (answered - received)) });
    if (this.#heard.length > KEPT) this.#heard.shift();
    const doubt = (one) => one.roundTrip / 2 + (got - one.got) * APART;
    const best = this.#heard.reduce((one, other) => (doubt(other) < doubt(one) ? other : one));
    this.#offset = best.offset;
    this.roundTrip = best.roundTrip;
  }
}
