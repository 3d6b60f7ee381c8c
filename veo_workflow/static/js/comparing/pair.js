// Two pictures that move as one. A place is ms from the moments on which the two films are lined up; `offset` is how
// much further than that the later film is. Says `place`, `state`, `offset`.
//
// Every start is gated: both films seek, both have their frame on screen, both play. Under way the film that is not
// heard keeps up with the one that is, a little faster or slower, and anew from one place where that is not enough.
import { frameOf, middleMs } from "../shared/time.js";

const ALIKE_MS = 25;
const LOST_MS = 350;
const GENTLY = 0.06;

export class Pair extends EventTarget {
  #sides;
  #offset;
  #furthest;
  #heard = "now";
  #speed = 1;
  #turn = 0;
  #plays = false;
  #stops = true;  // at the end of the moment, unless somebody has gone past it

  loop = false;

  /** `then` and `now` are { player, video, start, end, length }: times in ms on their own film. */
  constructor({ then, now }, { offset, furthest }) {
    super();
    this.#sides = { then, now };
    this.#offset = offset;
    this.#furthest = furthest;
    this.hear(this.#heard);
    then.player.addEventListener("frame", () => this.#look());
    for (const { player } of Object.values(this.#sides)) player.addEventListener("end", () => { if (this.#plays) this.pause(); });
    now.player.addEventListener("frame", () => this.#say("place"));
  }

  get playing() { return this.#plays; }

  get offset() { return this.#offset; }

  get heard() { return this.#heard; }

  get speed() { return this.#speed; }

  /** Where the film that is heard is. */
  get place() { return this.#placeOf(this.#heard); }

  /** Where both moments have ended. */
  get #rest() {
    const { then, now } = this.#sides;
    return this.#within(Math.max(then.end - then.start, now.end - now.start));
  }

  toggle() {
    if (this.#plays) this.pause();
    else this.play();
  }

  async play() {
    const from = this.#isOver() ? 0 : this.place;
    this.#stops = from < this.#rest;
    this.#plays = true;
    this.#say("state");
    await this.#startAt(from);
  }

  pause() {
    this.#hold();
    this.#show(this.place);
  }

  /** Both at a place, at rest. */
  seek(place) {
    this.#hold();
    this.#show(place);
  }

  toMoment() { this.seek(0); }

  /** Both so many frames of the earlier film on. */
  step(frames) {
    this.#hold();
    const { player, start } = this.#sides.then;
    this.#show(middleMs(frameOf(start + this.#placeOf("then"), player.rate) + frames, player.rate) - start);
  }

  nudge(ms) {
    const from = this.#placeOf("then");
    this.#offset = Math.min(Math.max(this.#offset + ms, -this.#furthest), this.#furthest);
    this.#say("offset");
    if (this.#plays) this.#startAt(from);
    else this.#show(from);
  }

  hear(name) {
    this.#heard = name;
    for (const [side, { video }] of Object.entries(this.#sides)) video.muted = side !== name;
    this.#say("state");
  }

  setSpeed(speed) {
    this.#speed = speed;
    if (this.#plays) this.#setSpeeds();
    this.#say("state");
  }

  async #startAt(place) {
    const turn = ++this.#turn;
    const players = Object.values(this.#sides).map(({ player }) => player);
    for (const player of players) player.pause();
    this.#show(place);
    await Promise.all(players.map((player) => player.settled()));
    if (turn !== this.#turn) return;
    this.#setSpeeds();
    await Promise.all(players.map((player) => player.play()));
    if (turn !== this.#turn) return;
    if (Object.values(this.#sides).some(({ video }) => video.paused)) this.pause();  // one may want a tap of its own
  }

  #hold() {
    this.#turn += 1;
    this.#plays = false;
    for (const { player } of Object.values(this.#sides)) player.pause();
    this.#say("state");
  }

  #show(place) {
    const at = this.#within(place);
    for (const [name, { player }] of Object.entries(this.#sides)) player.seek(frameOf(this.#msAt(name, at), player.rate));
    this.#say("place");
  }

  #setSpeeds() { for (const { video } of Object.values(this.#sides)) video.playbackRate = this.#speed; }

  #msAt(name, place) { return this.#sides[name].start + place + (name === "now" ? this.#offset : 0); }

  #placeOf(name) { return this.#sides[name].player.ms - this.#msAt(name, 0); }

  /** Only where both films have a picture. */
  #within(place) {
    const names = Object.keys(this.#sides);
    const first = Math.max(...names.map((name) => -this.#msAt(name, 0)));
    const last = Math.min(...names.map((name) => this.#sides[name].length - 1 - this.#msAt(name, 0)));
    return Math.max(first, Math.min(last, place));
  }

  #isOver() { return Object.values(this.#sides).some(({ player }) => player.frame >= player.frames - 1); }

  #look() {
    this.#say("place");
    if (!this.#plays || Object.values(this.#sides).some(({ video }) => video.seeking || video.paused)) return;
    if (this.#stops && this.#placeOf("then") >= this.#rest) this.#finish();
    else this.#keepUp();
  }

  #finish() {
    if (this.loop) this.#startAt(0);
    else this.seek(this.#rest);
  }

  #keepUp() {
    const [heard, other] = this.#heard === "now" ? ["now", "then"] : ["then", "now"];
    const placeNow = (name) => this.#sides[name].video.currentTime * 1000 - this.#msAt(name, 0);
    const ahead = placeNow(other) - placeNow(heard);
    if (Math.abs(ahead) > LOST_MS) { this.#startAt(this.#placeOf(heard)); return; }
    const correction = Math.abs(ahead) < ALIKE_MS ? 0 : -Math.sign(ahead) * GENTLY;
    const wanted = this.#speed * (1 + correction);
    const { video } = this.#sides[other];
    if (video.playbackRate !== wanted) video.playbackRate = wanted;
  }

  #say(name) { this.dispatchEvent(new Event(name)); }
}
