// What still has to reach the server, kept in the browser so that closing the page loses nothing.
//
// Every change is one entry under a key of its own, so that two pages of one clip do not overwrite each other's. They
// are sent one after the other, oldest first; one that has been tried is never altered, since its reply may only have
// been lost. Each carries the clip's edition its times are on: after a trim they are other times. Says `changed` when the number of unsent entries moves, `arrived` with {id, tag} (tag null: deleted),
// `refused` with {entry, error}, and `needs` with {error} when the person has to do something first.
import { ApiError, fetchJson } from "../shared/api.js";
import { forget, keep, keys, read } from "./shelf.js";

const LONGEST_WAIT_MS = 30_000;
// Of a moment the server says no more than that nothing is there: its clip was withdrawn, taken back, or the pair has ended.
export const GONE = "This clip is not there any more, or no longer shared with you.";
const WAITS_FOR_PERSON = new Set([400, 401]);

export class Outbox extends EventTarget {
  #prefix;
  #address;
  #edition;
  #versions;
  #sending = null;
  #again = false;
  #wait = 0;
  #timer = 0;
  #count = 0;

  /** `versions` maps a tag's id to the version the server gave it. */
  constructor({ person, clip, address, versions }) {
    super();
    this.#prefix = `veo unsent ${person} ${clip.id} `;
    this.#edition = clip.edition;
    this.#address = address;
    this.#versions = versions;
    addEventListener("online", () => this.#hurry());
    document.addEventListener("visibilitychange", () => document.hidden || this.#hurry());
  }

  /** Unsent entries, oldest first. */
  get entries() {
    return keys(this.#prefix).map((key) => JSON.parse(read(key)));
  }

  get count() { return this.entries.filter((entry) => !entry.refused).length; }

  /** Ids of tags about which the server does not know the latest. */
  get ids() { return new Set(this.entries.filter((entry) => !entry.refused).map((entry) => entry.under ?? entry.id)); }

  /** Whether sending has failed and is tried again by and by. */
  get isWaiting() { return this.#wait > 0; }

  versionOf(id) { return this.#versions.get(id) ?? 0; }

  know(id, version) { this.#versions.set(id, version); }

  put(tag) {
    const { id, pressed_ms, start_ms, end_ms, step, kind, note } = tag;
    this.#add({ id, method: "PUT", body: { pressed_ms, start_ms, end_ms, step, kind, note, edition: this.#edition } });
  }

  delete(id) { this.#add({ id, method: "DELETE" }); }

  /** A reply has an id of its own, and `under` is the moment's. */
  reply(under, id, text) { this.#add({ id, under, method: "PUT", body: { text } }); }

  takeBack(under, id) { this.#add({ id, under, method: "DELETE" }); }

  /** Sends what there is; resolves when nothing is under way any more. */
  send() {
    if (this.#sending) {
      this.#again = true;
      return this.#sending;
    }
    this.#again = false;
    this.#sending = Promise.resolve(this.#alone(() => this.#sendAll())).finally(() => {
      this.#sending = null;
      if (this.#again) this.send();
    });
    return this.#sending;
  }

  /** A refused entry is sent again, against what the server has now. */
  insist(key, version) {
    const entry = JSON.parse(read(key));
    this.#versions.set(entry.id, version);
    this.#keep({ ...entry, refused: undefined, tried: false });
    this.#tell();
    this.send();
  }

  drop(key) {
    forget(key);
    this.#tell();
  }

  #add(entry) {
    const last = this.entries.filter((one) => one.id === entry.id && !one.refused).at(-1);
    const overwrites = last && !last.tried && last.method === "PUT" && entry.method === "PUT";
    this.#count += 1;
    const order = `${String(Date.now()).padStart(15, "0")}-${String(this.#count).padStart(6, "0")}`;
    this.#keep({ ...entry, key: overwrites ? last.key : this.#prefix + order, tried: false });
    this.#tell();
    this.send();
  }

  #keep(entry) { keep(entry.key, JSON.stringify(entry)); }

  /** One page at a time: two that share the entries would send them in two orders. */
  #alone(work) {
    return navigator.locks ? navigator.locks.request(this.#prefix, work) : work();
  }

  async #sendAll() {
    for (;;) {
      const entry = this.entries.find((one) => !one.refused);
      if (!entry) return;
      if (!await this.#sendOne(entry)) return;
    }
  }

  /** True when the next entry may follow. */
  async #sendOne(entry) {
    if (!entry.tried && entry.body && !entry.under) entry.body.version = this.versionOf(entry.id);
    entry.tried = true;
    this.#keep(entry);
    try {
      const place = entry.under ? `${entry.under}/replies/${entry.id}` : entry.id;
      const tag = await fetchJson(`${this.#address}/${place}`, { method: entry.method, body: entry.body, keepalive: true });
      this.#arrived(entry, tag);
      return true;
    } catch (error) {
      return this.#failed(entry, error);
    }
  }

  #arrived(entry, tag) {
    this.#wait = 0;
    forget(entry.key);
    if (entry.under) { this.#tell(); return; }
    if (tag) this.#versions.set(entry.id, tag.version);
    else this.#versions.delete(entry.id);
    this.#tell();
    this.dispatchEvent(new CustomEvent("arrived", { detail: { id: entry.id, tag } }));
  }

  #failed(entry, error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 0 || error.retryable) { this.#later(); return false; }
    if (WAITS_FOR_PERSON.has(error.status)) {
      this.dispatchEvent(new CustomEvent("needs", { detail: { error } }));
      return false;
    }
    const message = error.status === 404 && !entry.under ? GONE : error.message;
    const refused = { message, code: error.code, mine: error.body.mine, theirs: error.body.theirs };
    this.#keep({ ...entry, refused });
    this.#tell();
    this.dispatchEvent(new CustomEvent("refused", { detail: { id: entry.id } }));
    return true;
  }

  #later() {
    this.#wait = Math.min(this.#wait ? this.#wait * 2 : 1000, LONGEST_WAIT_MS);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.send(), this.#wait);
    this.#tell();
  }

  #hurry() {
    clearTimeout(this.#timer);
    this.send();
  }

  #tell() { this.dispatchEvent(new Event("changed")); }
}
