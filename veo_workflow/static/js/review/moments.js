// The queue of moments: a tap plays one, buttons and the keys N and P walk through them.
import { sayClock } from "../shared/time.js";
import { Picture } from "./picture.js";
import { openRoom } from "./room.js";

const byId = (id) => document.getElementById(id);
const links = [...document.querySelectorAll("[data-moment]")];
const picture = new Picture(byId("pictures"));
const KEYS = "review keys";
let present = Math.max(0, links.findIndex((link) => link.closest("li").classList.contains("now")));

function momentOf(link) {
  const { clip, start, end, rate } = link.dataset;
  const [frames, seconds] = rate.split("/").map(Number);
  return { clip, src: `/media/${clip}/playback`, poster: `/media/${clip}/poster`, start: Number(start), end: Number(end), rate: frames / seconds };
}

function choose(index, { play }) {
  present = Math.min(Math.max(index, 0), links.length - 1);
  mark(links[present]);
  return picture.show(momentOf(links[present]), { play });
}

function mark(link) {
  for (const other of links) {
    const chosen = other === link;
    const item = other.closest("li");
    item.classList.toggle("now", chosen);
    if (chosen) item.setAttribute("aria-current", "true"); else item.removeAttribute("aria-current");
    byId(`talk-${other.dataset.moment}`).hidden = !chosen;
  }
  bringIntoList(link.closest("li"));
  byId("stamp").textContent = link.dataset.when[0].toUpperCase() + link.dataset.when.slice(1);
  byId("clip-title").textContent = link.dataset.title;
  byId("clip-made").textContent = link.dataset.made;
  byId("clip-length").textContent = sayClock(Number(link.dataset.length));
  byId("previous").setAttribute("aria-disabled", String(present === 0));
  byId("next").setAttribute("aria-disabled", String(present === links.length - 1));
}

/** Scrolls the list and nothing else: the page stays where the reader left it. */
function bringIntoList(item) {
  const list = item.parentElement;
  const above = list.getBoundingClientRect().top - item.getBoundingClientRect().top;
  const below = item.getBoundingClientRect().bottom - list.getBoundingClientRect().bottom;
  if (above > 0) list.scrollTop -= above;
  else if (below > 0) list.scrollTop += below;
}

function announce(link) {
  const step = link.querySelector(".step").textContent.trim();
  byId("announced").textContent = `Moment ${present + 1} of ${links.length}: ${step}, ${sayClock(Number(link.dataset.start))}`;
}

function walk(by) {
  if (present + by < 0 || present + by >= links.length) return;
  choose(present + by, { play: true });
  announce(links[present]);
}

links.forEach((link, index) => link.addEventListener("click", (event) => {
  if (event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  choose(index, { play: true });
  announce(link);
  byId("pictures").scrollIntoView({ block: "nearest" });
}));
byId("play").addEventListener("click", () => choose(present, { play: true }));
byId("next").addEventListener("click", () => walk(1));
byId("previous").addEventListener("click", () => walk(-1));
byId("loop").addEventListener("click", () => setLoop(!picture.loop));

function setLoop(loop) {
  picture.loop = loop;
  byId("loop").setAttribute("aria-pressed", String(loop));
}

const keys = byId("keys");
keys.checked = localStorage.getItem(KEYS) !== "off";
keys.addEventListener("change", () => localStorage.setItem(KEYS, keys.checked ? "on" : "off"));
document.addEventListener("keydown", (event) => {
  if (!keys.checked || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]")) return;
  if (event.key === "n" || event.key === "N") walk(1);
  else if (event.key === "p" || event.key === "P") walk(-1);
});

picture.video.addEventListener("timeupdate", () => {
  byId("clip-now").textContent = sayClock(picture.video.currentTime * 1000);
});
byId("transport").hidden = false;
choose(present, { play: false });
openRoom(picture, {
  shown: () => ({ id: links[present].dataset.moment, length: Number(links[present].dataset.length), ...momentOf(links[present]) }),
  /** Whether this page has that moment; if so it is on screen when this is done. */
  show: async (id) => {
    const index = links.findIndex((link) => link.dataset.moment === id);
    if (index >= 0) await choose(index, { play: false });
    return index >= 0;
  },
  setLoop,
});
