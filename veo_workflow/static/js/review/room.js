// The review on two screens: one leads, the other follows or looks around, and both see the same frame.
import { newId } from "../shared/ids.js";
import { Clock } from "./room-clock.js";
import { Line } from "./room-line.js";
import { Playing } from "./room-playing.js";
import { Strip } from "./room-strip.js";

const SLOW = "Many pages are listening at once, so this one looks every second instead.";
const ELSEWHERE = "That moment is not in your list: show all moments to follow again.";
const BLOCKED = "Press play once, so that this browser lets the picture follow.";

/** `moments`: `shown()` is the one on screen, `show(id)` brings one there, `setLoop(loop)`. */
export function openRoom(picture, moments) {
  if (document.getElementById("room")) new Meeting(picture, moments).wait();
}

class Meeting {
  #picture;
  #moments;
  #strip = new Strip();
  #seat = null;
  #line = null;
  #clock;
  #playing;
  #over;
  #room = null;
  #note = "";
  #strayed = false;  // a hand has the picture, and the room has not heard of it yet
  #opening = 0;

  constructor(picture, moments) {
    this.#picture = picture;
    this.#moments = moments;
    this.#strip.on("join", () => this.#join());
    this.#strip.on("leave", () => this.#leave());
    this.#strip.on("lead", () => this.#say("lead", { term: this.#room.term }));
    this.#strip.on("follow", () => { this.#strayed = false; this.#say("follow"); });
    addEventListener("pagehide", () => this.#goOut());
    addEventListener("pageshow", ({ persisted }) => { if (persisted) this.wait(); });
  }

  /** Outside the room, unless this page was in it a moment ago and has only been loaded anew. */
  wait() {
    if (sessionStorage.getItem(this.#key)) this.#join();
    else this.#strip.showOutside();
  }

  get #key() { return `room ${this.#strip.cycle}`; }

  #join() {
    if (this.#line) return;
    sessionStorage.setItem(this.#key, "in");
    this.#seat = newId();
    this.#note = "";
    this.#strayed = false;
    this.#over = new AbortController();
    this.#clock = new Clock();
    this.#line = new Line(this.#strip.cycle, this.#seat, this.#clock);
    this.#playing = new Playing(this.#picture, this.#clock, this.#moments, this.#over.signal);
    this.#playing.addEventListener("ready", ({ detail }) => this.#line?.say("ready", { gate: detail }));
    this.#playing.addEventListener("moved", ({ detail }) => this.#move(detail));
    this.#playing.addEventListener("stray", () => this.#lookAround(""));
    this.#playing.addEventListener("blocked", () => this.#remark(BLOCKED));
    this.#line.addEventListener("room", ({ detail }) => this.#hear(detail));
    this.#line.addEventListener("up", ({ detail }) => this.#comeBack(detail));
    this.#line.addEventListener("down", () => { this.#playing.letGo(); this.#strip.showDown(); });
    this.#line.addEventListener("pace", () => this.#remark(this.#note));
    this.#line.addEventListener("refused", ({ detail }) => this.#remark(detail));
    this.#line.addEventListener("closed", ({ detail }) => this.#close(detail));
    this.#line.open();
  }

  #say(deed, more) {
    this.#note = "";
    this.#line.say(deed, more);
  }

  #move(place) {
    if (this.#line && !this.#line.down) this.#line.say("move", { term: this.#room.term, place });
  }

  /** What is done by hand when it is done alone is what the room sees, once one leads. */
  async #hear(room) {
    const { leading, following } = this.#playing;
    const leads = room.leader === this.#seat;
    if (room.term !== this.#room?.term) this.#note = "";
    this.#room = room;
    this.#playing.leading = leads;
    const follows = leads || room.seats[this.#seat]?.follows !== false;
    if (leads || !follows) this.#strayed = false;
    this.#playing.following = follows && !this.#strayed;
    this.#remark(this.#note);
    this.#openInTime(room);
    if (leads && (!room.place || (!leading && !following))) this.#move(this.#playing.place(!this.#picture.video.paused));
    else if (!(await this.#playing.hear(room))) this.#lookAround(ELSEWHERE);
  }

  /** A gate that has waited long enough opens with the next word that is said. */
  #openInTime({ place, since, shut_until: until }) {
    clearTimeout(this.#opening);
    if (!place?.playing || since !== null) return;
    this.#opening = setTimeout(() => this.#line?.say("here"), Math.max(0, until - this.#clock.now()) + 50);
  }

  #lookAround(note) {
    this.#playing.letGo();
    this.#strayed = true;
    this.#note = note;
    this.#line.say("explore");
  }

  /** The line is back: who still leads goes on leading from where the picture is now. */
  #comeBack(room) {
    this.#playing.leading = false;
    this.#strayed = false;
    this.#hear(room);
  }

  #remark(note) {
    this.#note = note;
    if (this.#room) this.#strip.showRoom(this.#room, this.#seat, note || (this.#line.slow ? SLOW : ""));
  }

  #leave() {
    sessionStorage.removeItem(this.#key);
    this.#goOut();
    this.#strip.showOutside();
  }

  #close(why) {
    sessionStorage.removeItem(this.#key);
    this.#forget();
    this.#strip.showClosed(why);
  }

  #goOut() {
    this.#line?.close();
    this.#forget();
  }

  #forget() {
    if (!this.#line) return;
    this.#playing.letGo();
    this.#over.abort();
    clearTimeout(this.#opening);
    this.#line = null;
    this.#room = null;
  }
}
