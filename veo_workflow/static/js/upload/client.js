// Sends one file by the upload contract: every round begins with what the server has, and sends what it has not.
// A line that fails, an abort that nobody asked for, an address that ran out: all of them lead to the next round.
import { fetchJson } from "../shared/api.js";
import { insist, isFinal, patience, untilBetter } from "./waiting.js";

const LANES = 3;
const SIGNED_AHEAD = 6;  // few, so that no address gets old on a slow line
const SILENCE = 60_000;
const SILENCE_AFTER_RETURN = 5_000;

/** A part that did not arrive. `status` is 0 when nobody answered, and `message` what was answered, if anything. */
class PartLost extends Error {
  constructor({ status, responseText }) {
    super();
    this.status = status;
    try {
      this.message = JSON.parse(responseText).message;
    } catch {
      // a store other than our own answers in its own words, which are not for people
    }
  }
}

class Unreadable extends Error {
  final = true;
  constructor() {
    super("The video cannot be read any more. Choose it again: what has arrived is kept.");
  }
}

/** The person's uploads that can go on. `options` are those of `insist`. */
export const openUploads = (options) => insist(async () => (await fetchJson("/api/uploads")).uploads, options);

/** Begins an upload; asked again after a lost answer it is still the same one. */
export function begin(wanted, key, options) {
  const asking = { method: "POST", body: wanted, headers: { "Idempotency-Key": key } };
  return insist(() => fetchJson("/api/uploads", asking), options);
}

export class Upload {
  #file;
  #tell;
  #stop = new AbortController();
  #sending = new Map();  // part number → { request, loaded, listen }
  #addresses = new Map();
  #arrived = 0;
  #moved = false;

  /** `tell` hears { sent, size } in bytes as it goes, and { waiting }, an error, while that has to pass first. */
  constructor(id, file, tell) {
    this.id = id;
    this.#file = file;
    this.#tell = tell;
  }

  /** Resolves with the clip's id when the whole file has arrived. Rejects with what only the person can mend. */
  async run() {
    const over = { signal: this.#stop.signal };
    document.addEventListener("visibilitychange", () => document.hidden || this.#listenClosely(), over);
    try {
      for (let failures = 0; ; failures += 1) {
        try {
          const clip = await this.#round();
          if (clip) return clip;
          failures = -1;
        } catch (error) {
          if (this.#stop.signal.aborted) throw error;
          if (error instanceof PartLost) await this.#checkReadable();
          else if (isFinal(error)) throw error;
          if (this.#moved) failures = 0;
          this.#tell({ waiting: error });
          await untilBetter(patience(failures), this.#stop.signal);
        }
      }
    } finally {
      this.#stop.abort();
    }
  }

  /** The person's own wish: stops sending, and has the server forget it. */
  async cancel() {
    this.#stop.abort();
    for (const { request } of this.#sending.values()) request.abort();
    await insist(() => fetchJson(`/api/uploads/${this.id}`, { method: "DELETE" }));
  }

  async #round() {
    this.#moved = false;
    this.#addresses.clear();
    const has = await this.#ask("");
    if (has.state === "completed") return this.id;
    if (has.state === "completing") {
      await untilBetter(1000, this.#stop.signal);
      return null;
    }
    const plan = this.#plan(has.part_count, has.part_size);
    const missing = this.#missing(plan, has.parts);
    this.#say();
    await this.#send(missing, plan);
    const done = await this.#ask("/complete", { method: "POST", body: {} });
    return done.state === "completed" ? done.clip : null;
  }

  #ask(path, options = {}) {
    return fetchJson(`/api/uploads/${this.id}${path}`, { ...options, signal: this.#stop.signal });
  }

  /** Part number → its piece of the file. */
  #plan(count, size) {
    const piece = (index) => [index + 1, this.#file.slice(index * size, (index + 1) * size)];
    return new Map(Array.from({ length: count }, (_, index) => piece(index)));
  }

  #missing(plan, parts) {
    const sizes = new Map(parts.map(({ n, size }) => [n, size]));
    const missing = [...plan.keys()].filter((n) => sizes.get(n) !== plan.get(n).size);
    this.#arrived = this.#file.size - missing.reduce((sum, n) => sum + plan.get(n).size, 0);
    return missing;
  }

  async #send(missing, plan) {
    const waiting = [...missing];
    let failure = null;
    const lane = async () => {
      while (waiting.length && !failure) {
        const n = waiting.shift();
        try {
          await this.#put(n, plan.get(n), await this.#address(n, waiting, plan));
        } catch (error) {
          failure ??= error;
        }
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    if (failure) throw failure;
  }

  async #address(n, following, plan) {
    if (!this.#addresses.has(n)) {
      const wanted = [n, ...following.slice(0, SIGNED_AHEAD - 1)];
      const parts = wanted.map((each) => ({ n: each, size: plan.get(each).size }));
      const { urls } = await this.#ask("/parts/sign", { method: "POST", body: { parts } });
      for (const address of urls) this.#addresses.set(address.n, address);
    }
    return this.#addresses.get(n);
  }

  #put(n, part, { method, url, headers }) {
    return new Promise((done, fail) => {
      const request = new XMLHttpRequest();
      let quiet;
      const listen = (ms = SILENCE) => {
        clearTimeout(quiet);
        quiet = setTimeout(() => request.abort(), ms);
      };
      const sending = { request, listen, loaded: 0 };
      request.upload.addEventListener("progress", ({ loaded }) => {
        listen();
        sending.loaded = loaded;
        this.#say();
      });
      request.addEventListener("loadend", () => {
        clearTimeout(quiet);
        this.#sending.delete(n);
        if (request.status < 200 || request.status > 299) {
          fail(new PartLost(request));
          return;
        }
        this.#arrived += part.size;
        this.#moved = true;
        this.#say();
        done();
      });
      request.open(method, url);
      for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
      this.#sending.set(n, sending);
      listen();
      request.send(part);
    });
  }

  /** Safari stops what it sends in the background without always saying so. */
  #listenClosely() {
    for (const { listen } of this.#sending.values()) listen(SILENCE_AFTER_RETURN);
  }

  /** A file that the device has taken away fails just like a line; reading one byte tells them apart. */
  async #checkReadable() {
    try {
      await this.#file.slice(0, 1).arrayBuffer();
    } catch {
      throw new Unreadable();
    }
  }

  #say() {
    const moving = [...this.#sending.values()].reduce((sum, { loaded }) => sum + loaded, 0);
    this.#tell({ sent: Math.min(this.#file.size, this.#arrived + moving), size: this.#file.size });
  }
}
