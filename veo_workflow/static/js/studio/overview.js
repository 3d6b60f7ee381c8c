// The strip of the whole clip: a real range input over the waveform, with a picture of where the pointer is.
import { fetchJson } from "../shared/api.js";
import { middleMs, sayClock } from "../shared/time.js";
import { byId, set } from "./dom.js";

const COLUMNS = 400;

export class Overview {
  #player;
  #duration;
  #storyboard = null;
  #saidSecond = -1;
  #left = 0;  // how often: a picture that arrives after that is not shown any more
  #dragged = false;  // by a finger: some browsers tell the slider alone where it is

  constructor(player, clip) {
    this.#player = player;
    const scrub = byId("scrub");
    scrub.addEventListener("input", () => player.seek(Number(scrub.value)));
    player.addEventListener("frame", () => this.#follow());
    this.show(clip);
  }

  /** How long the clip is, and what it has to show of itself. */
  show(clip) {
    this.#duration = clip.duration_ms;
    byId("scrub").max = clip.frames - 1;
    if (clip.media.waveform) this.#drawWave(clip.media.waveform);
    if (clip.media.storyboard && clip.media.storyboard_vtt) this.#previewFrom(clip.media);
  }

  /** What the timeline below shows, in ms. */
  showWindow({ start, length }) {
    const part = (ms) => `${(100 * ms / this.#duration).toFixed(3)}%`;
    set(byId("window"), { x: part(start), width: part(Math.min(length, this.#duration)) });
  }

  #follow() {
    const { frame, ms } = this.#player;
    const scrub = byId("scrub");
    if (Number(scrub.value) !== frame) scrub.value = frame;
    const second = Math.floor(ms / 1000);
    if (second === this.#saidSecond) return;
    this.#saidSecond = second;
    scrub.setAttribute("aria-valuetext", `${sayClock(ms)} of ${sayClock(this.#duration)}`);
  }

  async #drawWave(address) {
    const peaks = await fetchJson(address).catch(() => null);  // a strip without a waveform still works
    if (!peaks) return;
    const top = 2 ** (peaks.bits - 1);
    const columns = Math.min(COLUMNS, peaks.length);
    let path = "";
    for (let column = 0; column < columns; column += 1) {
      const from = Math.floor(column * peaks.length / columns);
      const to = Math.max(from + 1, Math.floor((column + 1) * peaks.length / columns));
      let low = 0;
      let high = 0;
      for (let place = from; place < to; place += 1) {
        low = Math.min(low, peaks.data[2 * place]);
        high = Math.max(high, peaks.data[2 * place + 1]);
      }
      path += `M${column} ${(100 - 100 * Math.max(high / top, 0.01)).toFixed(1)}V${(100 - 100 * Math.min(low / top, -0.01)).toFixed(1)}`;
    }
    set(byId("wave"), { viewBox: `-0.5 0 ${columns} 200` });
    byId("wave").firstElementChild.setAttribute("d", path);
  }

  #previewFrom(media) {
    const track = byId("overview-track");
    const scrub = byId("scrub");
    track.addEventListener("pointermove", ({ clientX }) => this.#previewSoon(media, this.#partAt(clientX)));
    scrub.addEventListener("input", () => this.#dragged && this.#previewSoon(media, scrub.value / scrub.max));
    scrub.addEventListener("touchstart", () => { this.#dragged = true; }, { passive: true });
    for (const name of ["touchend", "touchcancel"]) {
      scrub.addEventListener(name, () => { this.#dragged = false; this.#leave(); });
    }
    for (const name of ["pointerleave", "pointerup", "pointercancel"]) {
      track.addEventListener(name, (event) => {
        if (name === "pointerleave" || event.pointerType !== "mouse") this.#leave();
      });
    }
  }

  #leave() {
    this.#left += 1;
    byId("storyboard").hidden = true;
  }

  #partAt(clientX) {
    const track = byId("overview-track").getBoundingClientRect();
    return Math.min(Math.max((clientX - track.left) / track.width, 0), 1);
  }

  async #previewSoon(media, part) {
    this.#storyboard ??= readStoryboard(media);
    const asked = this.#left;
    const tiles = await this.#storyboard;
    if (asked === this.#left) this.#preview(part, tiles);
  }

  #preview(part, tiles) {
    const track = byId("overview-track").getBoundingClientRect();
    const ms = middleMs(Math.round(part * (this.#player.frames - 1)), this.#player.rate);
    const tile = tiles.findLast((one) => one.start <= ms) ?? tiles[0];
    if (!tile) return;
    const box = byId("storyboard");
    const [picture, words] = box.children;
    set(picture, { viewBox: `${tile.x} ${tile.y} ${tile.width} ${tile.height}` });
    set(picture.firstElementChild, { href: tile.sheet, width: tile.sheetWidth, height: tile.sheetHeight });
    words.textContent = sayClock(ms);
    box.hidden = false;
    const half = box.offsetWidth / 2;
    const middle = Math.min(Math.max(part * track.width, half), track.width - half);
    box.style.setProperty("left", `${middle}px`);
    box.style.setProperty("--at", `${part * track.width - middle + half}px`);
  }
}

/** The tiles of a storyboard: WebVTT whose cues name a rectangle of one picture. */
async function readStoryboard({ storyboard, storyboard_vtt: index }) {
  const sheet = new Image();
  sheet.src = storyboard;
  try {
    const [answer] = await Promise.all([fetch(index, { credentials: "same-origin" }), sheet.decode()]);
    return answer.ok ? readCues(await answer.text(), sheet) : [];
  } catch {
    return [];
  }
}

function readCues(text, sheet) {
  const cues = text.matchAll(/(\d+):(\d\d):(\d\d)\.(\d{3}) -->[^\n]*\n[^\n]*#xywh=(\d+),(\d+),(\d+),(\d+)/g);
  return Array.from(cues, (cue) => {
    const [hours, minutes, seconds, ms, x, y, width, height] = cue.slice(1).map(Number);
    return {
      start: ((hours * 60 + minutes) * 60 + seconds) * 1000 + ms, x, y, width, height,
      sheet: sheet.src, sheetWidth: sheet.naturalWidth, sheetHeight: sheet.naturalHeight,
    };
  });
}
