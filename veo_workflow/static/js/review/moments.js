// Which moment is on screen: a tap plays one, buttons walk through them, and after its span it stops for talk.
import { sayClock } from "../shared/time.js";
import { Picture } from "./picture.js";
import { openRoom } from "./room.js";
import { fillStills } from "./stills.js";

const byId = (id) => document.getElementById(id);
const list = byId("queue-list");
let links = [];
let present = 0;

export const picture = new Picture(byId("pictures"));

/** For whoever leads the picture from elsewhere. */
const stage = {
  /** The moment on screen, with its id and its clip's length in ms. */
  shown: () => ({ id: presentId(), length: Number(links[present].dataset.length), ...momentOf(links[present]) }),
  /** Whether this page has that moment; if so it is on screen when this is done. */
  show: async (id) => {
    const index = links.findIndex((link) => link.dataset.moment === id);
    if (index >= 0) await go(index, { play: false });
    return index >= 0;
  },
  setLoop: (loop) => {
    picture.loop = loop;
    byId("loop").setAttribute("aria-pressed", String(loop));
  },
};

/** The id of the moment on screen. */
export const presentId = () => links[present]?.dataset.moment;

/** One moment on or back, as far as the list goes. */
export function walk(by) {
  if (present + by < 0 || present + by >= links.length) return;
  wanted(present + by);
}

/** After the list was drawn anew: the same moment stays on screen or, if it is gone, the one that took its place. */
export function redrawn() {
  const before = presentId();
  links = [...list.querySelectorAll("[data-moment]")];
  fillStills(list);
  if (!links.length) return;
  const still = links.findIndex((link) => link.dataset.moment === before);
  if (still < 0) go(present, { play: false });
  else { present = still; mark(links[present]); }
}

export function say(sentence) { byId("announced").textContent = sentence; }

function momentOf(link) {
  const { clip, start, end, rate } = link.dataset;
  const [frames, seconds] = rate.split("/").map(Number);
  return { clip, src: `/media/${clip}/playback`, poster: `/media/${clip}/poster`, start: Number(start), end: Number(end), rate: frames / seconds };
}

function go(index, { play }) {
  present = Math.min(Math.max(index, 0), links.length - 1);
  mark(links[present]);
  return picture.show(momentOf(links[present]), { play });
}

function wanted(index) {
  go(index, { play: true });
  const step = links[present].querySelector(".step").textContent.trim();
  say(`Moment ${present + 1} of ${links.length}: ${step}, ${sayClock(Number(links[present].dataset.start))}`);
}

function mark(link) {
  for (const other of links) {
    const chosen = other === link;
    const item = other.closest("li");
    item.classList.toggle("now", chosen);
    if (chosen) item.setAttribute("aria-current", "true"); else item.removeAttribute("aria-current");
    byId(`talk-${other.dataset.moment}`).hidden = !chosen;
  }
  byId("talk").classList.remove("asking");
  bringIntoList(link.closest("li"));
  byId("stamp").textContent = link.dataset.when[0].toUpperCase() + link.dataset.when.slice(1);
  byId("clip-title").textContent = link.dataset.title;
  byId("clip-made").textContent = link.dataset.made;
  byId("clip-length").textContent = sayClock(Number(link.dataset.length));
  picture.video.setAttribute("aria-label", link.dataset.title);
  byId("previous").setAttribute("aria-disabled", String(present === 0));
  byId("next").setAttribute("aria-disabled", String(present === links.length - 1));
}

/** Scrolls the list and nothing else: the page stays where the reader left it. */
function bringIntoList(item) {
  const scroller = item.parentElement;
  const above = scroller.getBoundingClientRect().top - item.getBoundingClientRect().top;
  const below = item.getBoundingClientRect().bottom - scroller.getBoundingClientRect().bottom;
  if (above > 0) scroller.scrollTop -= above;
  else if (below > 0) scroller.scrollTop += below;
}

/** The span has been seen: now the two of you talk. */
function stopForTalk() {
  byId("talk").classList.add("asking");
  say(`Time to talk. ${byId(`talk-${presentId()}`).querySelector(".prompt").textContent}`);
}

list.addEventListener("click", (event) => {
  const link = event.target.closest("[data-moment]");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  wanted(links.indexOf(link));
  byId("pictures").scrollIntoView({ block: "nearest" });
});
byId("talk-list").addEventListener("click", (event) => { if (event.target.closest("[data-next]")) walk(1); });
byId("play").addEventListener("click", () => wanted(present));
byId("next").addEventListener("click", () => walk(1));
byId("previous").addEventListener("click", () => walk(-1));
byId("loop").addEventListener("click", () => stage.setLoop(!picture.loop));
picture.addEventListener("rested", stopForTalk);
picture.addEventListener("playing", () => byId("talk").classList.remove("asking"));
picture.video.addEventListener("timeupdate", () => {
  byId("clip-now").textContent = sayClock(picture.video.currentTime * 1000);
});
byId("transport").hidden = false;
links = [...list.querySelectorAll("[data-moment]")];
present = Math.max(0, links.findIndex((link) => link.closest("li").classList.contains("now")));
fillStills(list);
go(present, { play: false });
openRoom(picture, stage);
