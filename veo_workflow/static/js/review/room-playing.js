// The picture by the room's clock. What the room says is done here; what a hand does to the picture meanwhile is noticed
// by comparing what it does with what it was told. Says `ready` (detail: the gate), `stray` when a hand has moved it,
// `moved` (detail: the place) once it has come to rest after that, and `blocked` when the browser waits for a tap.
import { frameOf, middleMs } from "../shared/time.js";

const KEEP_MS = 100;
const NUDGE_FROM_MS = 12;
const NUDGE_UNTIL_MS = 4;
const NUDGE_WITHIN_MS = 800;  // a drift is made good in about so long
const NUDGE_AT_MOST = 0.1;
const SEEK_FROM_MS = 350;
const AHEAD_MS = 350;  // a seek on the way aims so far ahead, to be there in time; where that was too little, twice as far
const AHEAD_AT_MOST_MS = 6_000;
const LAG_AT_MOST = 150;
const QUIET_MS = 80;

const EVENTS = ["seeked", "error", "emptied", "canplay", "loadeddata"];
const later = (ms) => new Promise((done) => { setTimeout(done, ms); });

export class Playing extends EventTarget {
  #picture;
  #video;
  #clock;
  #moments;
  #room = null;
  #gate = null;   // the place that the picture was told last
  #at = null;     // the frame it is told to be at while it does not play
  #plays = false; // whether it is told to play
  #speed;         // what was chosen, by the room or by the hand of who leads
  #rate;          // what the picture was given last, a little more or less where it drifts
  #settling = 0;  // how many of our own ways to a place are not at their end
  #turn = 0;
  #keeper = 0;
  #quiet = 0;
  #handMoves = false;  // who leads has begun something that the room does not know of yet
  #playsNext = false;
  #blocked = false;
  #leading = false;
  #lag = 0;       // ms from play() until the picture moves, as it was the last times

  /** Whether the room moves the picture. */
  following = false;

  /** Until `signal` says that it is over. */
  constructor(picture, clock, moments, signal) {
    super();
    this.#picture = picture;
    this.#video = picture.video;
    this.#clock = clock;
    this.#moments = moments;
    this.#speed = this.#rate = this.#video.playbackRate;
    picture.playsForUs = () => this.#isAsked();
    signal.addEventListener("abort", () => { picture.playsForUs = () => false; });
    this.#video.addEventListener("play", () => this.#played(), { signal });
    this.#video.addEventListener("pause", () => this.#paused(), { signal });
    this.#video.addEventListener("seeking", () => this.#sought(), { signal });
    this.#video.addEventListener("ratechange", () => this.#changedSpeed(), { signal });
  }

  get leading() { return this.#leading; }

  /** Who leads tells the room what the hand does, and it is their picture that ends a span. */
  set leading(leading) {
    if (leading === this.#leading) return;
    this.#leading = leading;
    this.#leaveTheHand();
    if (this.following && this.#room?.place) this.#picture.bound = leading && this.#room.place.until !== null;
  }

  /** Does what the room says, if it says something new. False where this page does not have the moment. */
  async hear(room) {
    this.#room = room;
    if (!this.following || !room.place) return true;
    const gate = `${room.born} ${room.gate}`;
    if (gate === this.#gate) {
      if (this.#at !== null && !this.#settling) this.#begin();
      return true;
    }
    this.#gate = gate;
    if (this.#leading && this.#isOutdated(room.place)) return true;
    return this.#goThere(room);
  }

  /** The picture goes on as it does, and the hand is free; the room's place is taken anew by who follows again. */
  letGo() {
    this.#turn += 1;
    this.#gate = null;
    this.#at = null;
    this.#plays = false;
    this.#blocked = false;
    this.following = false;
    clearInterval(this.#keeper);
    this.#leaveTheHand();
    this.#setRate(this.#speed);
  }

  #leaveTheHand() {
    clearTimeout(this.#quiet);
    this.#handMoves = false;
  }

  /** Where the picture is now, as the room is told. */
  place(playing = this.#plays && !this.#video.paused) {
    const { id, clip, end, rate } = this.#moments.shown();
    const frame = frameOf(this.#video.currentTime * 1000, rate);
    const last = frameOf(end, rate);
    const bound = playing && this.#picture.bound && frame < last;
    return {
      moment: id, clip, at: middleMs(frame, rate), until: bound ? middleMs(last, rate) : null,
      playing, speed: this.#speed, loop: this.#picture.loop,
    };
  }

  /** ms on the clip that the room's clock says for `now`, at the end of a span no further. */
  #position(now) {
    const { place, since } = this.#room;
    return Math.min(place.at + Math.max(0, now - since) * place.speed, place.until ?? this.#moments.shown().length);
  }

  /** A place of one's own that comes back when the hand has moved on: what it does now is told in a moment. */
  #isOutdated(place) {
    const moves = this.#handMoves || this.#moments.shown().id !== place.moment;
    if (moves && !this.#handMoves) this.#strays(false);
    return moves;
  }

  async #goThere(room) {
    const turn = ++this.#turn;
    this.#settling += 1;
    this.#at = null;
    this.#rest();
    try {
      const { place } = room;
      if (this.#moments.shown().id !== place.moment && !(await this.#moments.show(place.moment))) return false;
      if (turn !== this.#turn) return true;
      this.#moments.setLoop(place.loop);
      this.#speed = place.speed;
      this.#setRate(place.speed);
      this.#picture.bound = this.#leading && place.until !== null;
      this.#at = frameOf(place.at, this.#moments.shown().rate);
      if (!this.#isUnderWay()) await this.#seek(this.#at);
      if (turn !== this.#turn) return true;
      if (place.playing) this.dispatchEvent(new CustomEvent("ready", { detail: room.gate }));
    } finally {
      this.#settling -= 1;
    }
    if (turn === this.#turn) this.#begin();
    return true;
  }

  #isUnderWay() {
    const { place, since } = this.#room;
    return place.playing && since !== null && since < this.#clock.now();
  }

  /** Plays from the agreed moment on, or, where that is past, from a place that the others reach shortly. */
  async #begin() {
    const { place, since } = this.#room;
    if (!place.playing || since === null || this.#plays) return;
    const turn = ++this.#turn;
    let when = since;
    for (let early = AHEAD_MS; when - this.#lag < this.#clock.now(); early = Math.min(2 * early, AHEAD_AT_MOST_MS)) {
      const { rate } = this.#moments.shown();
      const ahead = this.#position(this.#clock.now() + early);
      const frame = frameOf(ahead, rate);
      await this.#seekQuietly(frame);
      if (turn !== this.#turn) return;
      if (this.#isSpent(ahead)) return;
      when = since + (middleMs(frame, rate) - place.at) / place.speed;
    }
    await later(when - this.#lag - this.#clock.now());
    if (turn !== this.#turn) return;
    this.#plays = true;
    this.#at = null;
    this.#keeper = setInterval(() => this.#keep(), KEEP_MS);
    this.#video.play().then(() => this.#learn(turn), (error) => this.#cannotPlay(error, turn));
  }

  #isSpent(ms) {
    const { place } = this.#room;
    return place.until !== null ? ms >= place.until : ms >= this.#moments.shown().length;
  }

  /** How late it was off, halfway into what it will reckon with next time. */
  async #learn(turn) {
    await new Promise((done) => { this.#video.requestVideoFrameCallback?.(done) ?? setTimeout(done, KEEP_MS); });
    if (turn !== this.#turn || !this.#plays) return;
    this.#lag = Math.min(LAG_AT_MOST, Math.max(0, this.#lag - this.#drift() / 2));
  }

  #cannotPlay(error, turn) {
    if (turn !== this.#turn || error.name !== "NotAllowedError") return;
    this.#rest();
    this.#blocked = true;
    this.dispatchEvent(new CustomEvent("blocked"));
  }

  /** ms that the picture is ahead of the room */
  #drift() { return this.#video.currentTime * 1000 - this.#position(this.#clock.now()); }

  /** Gently: a little faster or slower; only what is far away is sought anew, behind a gate of its own. */
  #keep() {
    const { place } = this.#room;
    if (this.#video.paused || this.#video.seeking) return;
    if (this.#isChosenByHand(this.#video.playbackRate)) {
      this.#changedSpeed();
      return;
    }
    if (!this.#leading && this.#isSpent(this.#position(this.#clock.now()))) {
      this.#rest();
      if (place.until !== null) this.#seekQuietly(frameOf(place.until, this.#moments.shown().rate));
      return;
    }
    const drift = this.#drift();
    if (Math.abs(drift) > SEEK_FROM_MS) {
      this.#rest();
      this.#begin();
      return;
    }
    const nudging = this.#rate !== place.speed;
    if (Math.abs(drift) < (nudging ? NUDGE_UNTIL_MS : NUDGE_FROM_MS)) this.#setRate(place.speed);
    else this.#setRate(place.speed * (1 - Math.min(NUDGE_AT_MOST, Math.max(-NUDGE_AT_MOST, drift / NUDGE_WITHIN_MS))));
  }

  #rest() {
    clearInterval(this.#keeper);
    this.#plays = false;
    this.#video.pause();
  }

  #setRate(rate) {
    this.#rate = Math.round(rate * 1000) / 1000;
    if (this.#video.playbackRate !== this.#rate) this.#video.playbackRate = this.#rate;
  }

  async #seekQuietly(frame) {
    this.#settling += 1;
    this.#at = frame;
    try { await this.#seek(frame); } finally { this.#settling -= 1; }
  }

  /** Done when the frame is there to be shown. */
  async #seek(frame) {
    await this.#picture.seek(frame);
    while (this.#video.readyState < HTMLMediaElement.HAVE_FUTURE_DATA && !this.#video.ended && !this.#video.error) {
      await Promise.race([...EVENTS.map((name) => new Promise((done) => {
        this.#video.addEventListener(name, done, { once: true });
      })), later(500)]);
      if (this.#video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) return;
    }
  }

  /** A moment is about to play: who leads waits for the others, who follows goes their own way. */
  #isAsked() {
    if (!this.following) return false;
    this.#strays(true);
    return this.following;
  }

  #played() {
    if (this.#plays || !this.following) return;
    if (!this.#blocked) { this.#strays(true); return; }
    this.#blocked = false;  // that was the tap which the browser had waited for
    this.#video.pause();
    this.#begin();
  }

  #paused() {
    if (!this.#plays || !this.#video.paused) return;
    if (this.#video.ended && !this.#leading) this.#rest();
    else this.#strays(false);
  }

  #sought() {
    if (!this.#room?.place) return;
    const { rate } = this.#moments.shown();
    const here = this.#video.currentTime * 1000;
    if (this.#plays && Math.abs(here - this.#position(this.#clock.now())) < SEEK_FROM_MS) return;
    if (!this.#plays && this.#isTold(frameOf(here, rate))) return;
    this.#strays(this.#plays || this.#playsNext);
  }

  /** Whether it is we who sent the picture there; on our own way it may come to rest on the film's last frame instead. */
  #isTold(frame) {
    if (!this.#settling) return frame === this.#at;
    return this.#at === null || Math.abs(frame - this.#at) <= 1;
  }

  #changedSpeed() {
    const speed = this.#video.playbackRate;
    if (!this.#isChosenByHand(speed)) return;
    this.#speed = this.#rate = speed;
    this.#strays(this.#plays);
  }

  #isChosenByHand(speed) {
    return this.#leading && this.#room?.place && speed !== this.#rate && speed !== this.#speed;
  }

  /** A hand has moved the picture. Who leads waits until it rests, then tells; who follows looks around freely. */
  #strays(playing) {
    if (!this.following) return;
    this.#turn += 1;
    clearInterval(this.#keeper);
    this.#plays = false;
    this.#at = null;
    this.#playsNext = playing;
    if (!this.#leading) { this.dispatchEvent(new CustomEvent("stray")); return; }
    if (playing) this.#video.pause();
    this.#handMoves = true;
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => this.#tellWhenAtRest(), QUIET_MS);
  }

  #tellWhenAtRest() {
    if (this.#video.seeking || this.#video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) {
      this.#quiet = setTimeout(() => this.#tellWhenAtRest(), QUIET_MS);
      return;
    }
    const playing = this.#playsNext || !this.#video.paused;
    this.#handMoves = this.#playsNext = false;
    this.#video.pause();
    this.dispatchEvent(new CustomEvent("moved", { detail: this.place(playing) }));
  }
}
