// One picture that shows moments of several clips: the right clip, the exact frame, the span and no more.
import { frameShown, frameOf, middleOf } from "../shared/time.js";

const once = (video, name) => new Promise((done) => video.addEventListener(name, done, { once: true }));

/**
 * Tells, as events whose `detail` is where it stands ({clip, ms, playing}): "shown" when another moment's first frame is
 * on screen, "playing", "paused" and "sought" whoever did it, "rested" when a span has been seen to its end.
 */
export class Picture extends EventTarget {
  #region;
  #video;
  #moment = null;
  #turn = 0;
  #target = 0;
  #armed = false;

  loop = false;

  /** Asked before a moment plays; true where whoever answers sees to it, in time. */
  playsForUs = () => false;

  /** `region` holds the video and says in `data-frame` which frame is on screen. */
  constructor(region) {
    super();
    this.#region = region;
    this.#video = region.querySelector("video");
    this.#video.addEventListener("seeking", () => this.#letGo());
    this.#video.addEventListener("ended", () => this.#finish());
    this.#video.addEventListener("timeupdate", () => this.#look(this.#video.currentTime));
    for (const [heard, told] of [["playing", "playing"], ["pause", "paused"], ["seeked", "sought"]]) {
      this.#video.addEventListener(heard, () => this.#tell(told));
    }
    this.#watch();
  }

  get video() { return this.#video; }

  /** Whether it rests at the moment's end: while its span plays, and until somebody moves away by hand. */
  get bound() { return this.#armed; }

  set bound(bound) { this.#armed = bound; }

  /** Where it stands: the clip, whole ms on it, and whether it plays. */
  get stands() {
    return { clip: this.#moment?.clip ?? null, ms: Math.round(this.#video.currentTime * 1000), playing: !this.#video.paused };
  }

  /** Shows the first frame of `moment` {clip, src, poster, start, end (ms), rate}, and plays its span if asked to. */
  async show(moment, { play }) {
    const turn = ++this.#turn;
    this.#armed = false;
    this.#video.pause();
    const other = this.#moment?.clip !== moment.clip;
    this.#moment = moment;
    if (other) await this.#load(moment);
    if (turn === this.#turn) await this.seek(frameOf(moment.start, moment.rate));
    if (turn !== this.#turn) return;
    this.#tell("shown");
    if (!play) return;
    this.#armed = true;
    if (!this.playsForUs()) await this.play();
  }

  /** Plays on from here. A browser may want a tap first: resolves with whether it plays. */
  play() { return this.#video.play().then(() => true, () => false); }

  pause() { this.#video.pause(); }

  async #load(moment) {
    delete this.#region.dataset.frame;
    this.#video.preload = "auto";
    this.#video.poster = moment.poster;
    this.#video.src = moment.src;
    this.#video.load();
    await Promise.race([once(this.#video, "loadedmetadata"), once(this.#video, "error")]);
  }

  /** To the middle of a frame of the moment's clip; done when the picture is at rest there. */
  async seek(frame) {
    this.#target = middleOf(frame, this.#moment.rate);
    this.#video.currentTime = this.#target;
    while (this.#video.seeking) {
      await Promise.race(["seeked", "error", "emptied"].map((name) => once(this.#video, name)));
    }
    this.#rests(frame);
  }

  /** A browser tells of no frame that came while it was telling of the one before: here it is known anyway. */
  #rests(frame) {
    const { paused, readyState, currentTime } = this.#video;
    const isThere = readyState >= HTMLMediaElement.HAVE_CURRENT_DATA && Math.abs(currentTime - this.#target) < 0.001;
    if (isThere && paused) this.#region.dataset.frame = frame;
  }

  /** Somebody has moved to another place by hand: from there it plays on freely. */
  #letGo() {
    if (Math.abs(this.#video.currentTime - this.#target) > 0.001) this.#armed = false;
  }

  #watch() {
    if (!this.#video.requestVideoFrameCallback) return;
    const seen = (_now, { mediaTime }) => {
      if (this.#moment) this.#region.dataset.frame = frameShown(mediaTime, this.#moment.rate);
      this.#look(mediaTime);
      this.#video.requestVideoFrameCallback(seen);
    };
    this.#video.requestVideoFrameCallback(seen);
  }

  /** A tenth of a frame is left for what floating point loses. */
  #look(seconds) {
    if (this.#armed && seconds * this.#moment.rate >= frameOf(this.#moment.end, this.#moment.rate) - 0.1) this.#finish();
  }

  /** The span has been seen: rest on its last frame, or begin again. */
  async #finish() {
    if (!this.#armed) return;
    this.#armed = false;
    if (this.loop) { await this.show(this.#moment, { play: true }); return; }
    const turn = this.#turn;
    this.#video.pause();
    await this.seek(frameOf(this.#moment.end, this.#moment.rate));
    if (turn === this.#turn) this.#tell("rested");
  }

  #tell(name) { this.dispatchEvent(new CustomEvent(name, { detail: this.stands })); }
}
