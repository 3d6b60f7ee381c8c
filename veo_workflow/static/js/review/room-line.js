// The line to the room: what is said goes by small POSTs, what happens comes by a stream of events; where there is no
// stream to be had, by asking every second. Every answer carries the whole room, so whatever was missed is made good.
// Says `room` and, once it is back, `up` (detail: the room), `down`, `pace` (there is no stream to be had, or there is
// one again), `refused` and `closed` (detail: why).
import { fetchJson } from "../shared/api.js";
import { Stream } from "../shared/stream.js";

const BEAT_MS = 10_000;
const ASK_MS = 1_000;
const RETRY_MS = 2_000;
const PATIENCE_MS = 8_000;
const FIRST_SAMPLES = 4;
const EARLY_BEATS = 10;  // as often as one asks: the clock has to be set well, and soon
const OVER = new Set([401, 403, 404, 422]);

export class Line extends EventTarget {
  #address;
  #seat;
  #clock;
  #stream = null;
  #timer = 0;
  #last = null;
  #beats = 0;
  #over = false;

  down = false;
  slow = false;

  constructor(cycle, seat, clock) {
    super();
    this.#address = `/api/cycles/${cycle}/room`;
    this.#seat = seat;
    this.#clock = clock;
  }

  /** Takes the seat and sets the clock; then listens. */
  async open() {
    for (let sample = 0; sample < FIRST_SAMPLES && !this.#over && !this.down; sample += 1) await this.say("here");
    if (this.#over || this.down) return;
    this.#listen();
    this.#beatLater();
  }

  /** `deed` is one of rules.Deed; `more` goes with it. Resolves when it has been answered, or could not be. */
  async say(deed, more = {}) {
    const sent = performance.now();
    const body = { deed, seat: this.#seat, round_trip: Math.round(this.#clock.roundTrip), ...more };
    try {
      const answer = await fetchJson(this.#address, { method: "POST", body, signal: AbortSignal.timeout(PATIENCE_MS) });
      this.#clock.hear({ sent, got: performance.now(), ...answer });
      this.#isUp(answer.room);
      this.#hear(answer.room);
    } catch (error) {
      await this.#failed(error, deed);
    }
  }

  /** Gives the seat up, also when the page is going. */
  close() {
    if (this.#over) return;
    this.#end();
    fetchJson(this.#address, { method: "POST", body: { deed: "leave", seat: this.#seat }, keepalive: true }).catch(() => {});
  }

  #listen() {
    this.#stream?.close();
    const hears = { room: (room) => this.#hear(room), closed: ({ message }) => this.#close(message) };
    this.#stream = new Stream(`${this.#address}/stream`, hears, () => this.#changed());
  }

  /** Whether a stream that broke off was refused, or the line is down: asking tells which it is. */
  #changed() {
    if (this.#over) return;
    const slow = this.#stream.refused && !this.down;
    if (slow !== this.slow) {
      this.slow = slow;
      this.#tell("pace");
    }
    this.#beat();
  }

  async #beat() {
    clearTimeout(this.#timer);
    this.#beats += 1;
    await this.say("here");
    this.#beatLater();
  }

  #beatLater() {
    clearTimeout(this.#timer);
    const often = this.slow || this.#beats < EARLY_BEATS;
    const apart = this.down ? RETRY_MS : often ? ASK_MS : BEAT_MS;
    if (!this.#over) this.#timer = setTimeout(() => this.#beat(), apart);
  }

  #isUp(room) {
    if (!this.down || this.#over) return;
    this.down = false;
    this.#last = room;
    this.#tell("up", room);
    this.#listen();
    this.#beatLater();
  }

  /** A room that was forgotten begins again as a younger one, with its own count. */
  #hear(room) {
    const last = this.#last;
    if (this.#over || (last && (room.born < last.born || (room.born === last.born && room.seq <= last.seq)))) return;
    this.#last = room;
    this.#tell("room", room);
  }

  async #failed(error, deed) {
    if (this.#over) return;
    if (OVER.has(error.status)) this.#close(error.message);
    else if (error.status === 409) {
      this.#tell("refused", error.message);
      if (deed !== "here") await this.say("here");
    } else if (!this.down) {
      this.down = true;
      this.#tell("down");
      this.#beatLater();
    }
  }

  #close(message) {
    if (this.#over) return;
    this.#end();
    this.#tell("closed", message);
  }

  #end() {
    this.#over = true;
    clearTimeout(this.#timer);
    this.#stream?.close();
  }

  #tell(name, detail = null) { this.dispatchEvent(new CustomEvent(name, { detail })); }
}
