// The picture by frames: every position is a frame number, every seek aims at the middle of one.
// Says `frame` when the position has moved, `state` when playing, speed or loop have changed, `end` at the clip's end.
import { frameShown, frameOf, middleMs, middleOf } from "../shared/time.js";

const SPEEDS = [1, 1.5, 2, 3];
const BACKWARDS_EVERY_MS = 125;
const BACKWARDS_SPEEDS = [2, 4, 8];

export class Player extends EventTarget {
  #video;
  #region;
  #frame = 0;
  #queued = null;
  #aimed = -1;  // seconds, where the last seek has to end
  #span = null;
  #starting = null;  // what is about to play, once the frame it begins with is on screen
  #backwards = { timer: 0, speed: 0 };

  loop = false;

  /** `region` says in `data-frame` which frame is on screen. `rate` is frames per second. */
  constructor(video, region, { rate, frames }) {
    super();
    this.#video = video;
    this.#region = region;
    this.measure({ rate, frames });
    for (const name of ["play", "pause", "ratechange"]) video.addEventListener(name, () => this.#say("state"));
    video.addEventListener("seeked", () => this.#goOn());
    video.addEventListener("loadedmetadata", () => this.#goOn());
    video.addEventListener("ended", () => this.#ended());
    this.#watch();
  }

  /** What positions are counted by. */
  measure({ rate, frames }) {
    this.rate = rate;
    this.frames = frames;
  }

  /** The frame on screen, or the one being looked for. */
  get frame() { return this.#frame; }

  get ms() { return middleMs(this.#frame, this.rate); }

  get playing() { return this.#starting !== null || !this.#video.paused; }

  get speed() { return this.#backwards.speed ? -this.#backwards.speed : this.#video.playbackRate; }

  seek(frame) {
    this.letGo();
    this.#go(frame);
  }

  seekMs(ms) { this.seek(frameOf(ms, this.rate)); }

  step(by) {
    this.pause();
    this.seek(this.#frame + by);
  }

  async play() {
    this.#stopBackwards();
    const span = this.#starting?.span ?? this.#span;
    if (this.#frame >= this.frames - 1 && !span) this.seek(0);
    await this.#start(span);
  }

  pause() {
    this.#stopBackwards();
    this.#hold();
    this.#video.playbackRate = 1;
  }

  toggle() {
    if (this.playing || this.#backwards.speed) this.pause();
    else this.play();
  }

  /** L: play, then faster. */
  forwards() {
    if (!this.playing) { this.play(); return; }
    const faster = SPEEDS.find((speed) => speed > this.#video.playbackRate);
    if (faster) this.#video.playbackRate = faster;
  }

  /** J: slower down to normal, then backwards, then faster backwards. No browser plays backwards: it is seeks. */
  backwards() {
    if (this.playing && this.#video.playbackRate > 1) {
      this.#video.playbackRate = SPEEDS.findLast((speed) => speed < this.#video.playbackRate);
      return;
    }
    this.#hold();
    const speed = BACKWARDS_SPEEDS.find((one) => one > this.#backwards.speed) ?? this.#backwards.speed;
    this.#stopBackwards();
    const by = Math.round(this.rate * speed * BACKWARDS_EVERY_MS / 1000);
    this.#backwards = { speed, timer: setInterval(() => this.#rewind(by), BACKWARDS_EVERY_MS) };
    this.#say("state");
  }

  /** Shows the exact first frame of a span (ms), plays it to its end, and rests there or begins again. */
  async playSpan({ start, end }) {
    this.pause();
    this.seek(frameOf(start, this.rate));
    await this.#start({ start, end, last: frameOf(end, this.rate) });
  }

  /** Resolves once the frame that was last asked for is there, or the film has failed. */
  async settled() {
    while (this.#video.seeking || this.#queued !== null) {
      await new Promise((done) => {
        const names = ["seeked", "error", "emptied"];
        const once = () => { names.forEach((name) => this.#video.removeEventListener(name, once)); done(); };
        names.forEach((name) => this.#video.addEventListener(name, once));
      });
      if (this.#video.error) return;
    }
  }

  /** Go on freely: nothing stops at a moment's end any more. */
  letGo() {
    this.#span = null;
    if (this.#starting) this.#starting.span = null;
  }

  /** Changes the file that plays, at the same frame and as fast. */
  async changeSource(address) {
    const frame = this.#frame;
    const { playing } = this;
    const { playbackRate } = this.#video;
    this.#video.src = address;
    this.#video.load();
    this.#go(frame);
    this.#video.playbackRate = playbackRate;
    if (playing) await this.play();
  }

  async #start(span) {
    const mine = { span };
    this.#starting = mine;
    this.#say("state");
    await this.settled();
    if (this.#starting !== mine) return;
    this.#starting = null;
    this.#span = mine.span;
    await this.#video.play().catch(() => this.#say("state"));  // a browser may want a tap first; the play button is it
  }

  #hold() {
    if (this.#starting) {
      this.#starting = null;
      this.#say("state");
    }
    this.#video.pause();
  }

  #say(name) { this.dispatchEvent(new Event(name)); }

  #go(frame) {
    this.#frame = Math.min(Math.max(Math.round(frame), 0), this.frames - 1);
    this.#say("frame");
    const waits = this.#video.readyState < HTMLMediaElement.HAVE_METADATA || this.#video.seeking;
    this.#queued = waits ? this.#frame : null;  // a seek may be over before the browser has said so: what waited is past
    if (!waits) this.#aim(this.#frame);
  }

  /** One seek at a time: of all the places asked for meanwhile, the last one counts. */
  #goOn() {
    if (this.#queued === null) {
      if (this.#restsWhereAimed) this.#shown(this.#frame);
      return;
    }
    const frame = this.#queued;
    this.#queued = null;
    this.#aim(frame);
  }

  #aim(frame) {
    this.#aimed = middleOf(frame, this.rate);
    this.#video.currentTime = this.#aimed;
  }

  get #restsWhereAimed() {
    const { paused, seeking, readyState, currentTime } = this.#video;
    const isThere = !seeking && this.#queued === null && readyState >= HTMLMediaElement.HAVE_CURRENT_DATA;
    return paused && isThere && Math.abs(currentTime - this.#aimed) < 0.001;
  }

  #rewind(by) {
    this.seek(this.#frame - by);
    if (this.#frame === 0) this.pause();
  }

  #stopBackwards() {
    if (!this.#backwards.speed) return;
    clearInterval(this.#backwards.timer);
    this.#backwards = { timer: 0, speed: 0 };
    this.#say("state");
  }

  #watch() {
    const video = this.#video;
    if (!video.requestVideoFrameCallback) {
      video.addEventListener("timeupdate", () => this.#shown(frameOf(video.currentTime * 1000, this.rate)));
      return;
    }
    const seen = (_now, { mediaTime }) => {
      this.#shown(frameShown(mediaTime, this.rate));
      video.requestVideoFrameCallback(seen);
    };
    video.requestVideoFrameCallback(seen);
  }

  /** A busy browser tells late of a frame, or of none that came meanwhile: where a seek has come to rest is known. */
  #shown(told) {
    const frame = this.#restsWhereAimed ? frameOf(this.#aimed * 1000, this.rate) : told;
    this.#region.dataset.frame = frame;
    if (this.#video.seeking || this.#queued !== null) return;
    if (frame !== this.#frame) {
      this.#frame = Math.min(frame, this.frames - 1);
      this.#say("frame");
    }
    if (this.#span && frame >= this.#span.last && this.playing) this.#rest();
  }

  #rest() {
    const span = this.#span;
    if (this.loop) { this.playSpan(span); return; }
    this.#video.pause();
    this.#span = null;
    this.#go(span.last);
  }

  #ended() {
    if (this.#span) { this.#rest(); return; }
    this.#go(this.frames - 1);
    this.#say("end");
  }
}
