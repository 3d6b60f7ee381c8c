// What both have marked: each line plays its moment in the picture beside it.
import { announce, bringIntoList, byId, keepFocusOnClick } from "../studio/dom.js";
import { playing, setUpKeys } from "../studio/keys.js";
import { Player } from "../studio/player.js";
import { setUpTransport } from "../studio/transport.js";
import { setUpTrouble } from "../studio/trouble.js";
import { frameOf } from "../shared/time.js";

const { clip: { rate: [numerator, denominator], ...rest } } = JSON.parse(byId("agreement-data").textContent);
const clip = { ...rest, rate: numerator / denominator };
const player = new Player(byId("video"), byId("picture"), clip);
const links = [...document.querySelectorAll("[data-moment]")];
let present = links.findIndex((link) => link.closest("li").classList.contains("now"));

const spanOf = ({ dataset }) => ({ start: Number(dataset.start), end: Number(dataset.end) });

function choose(index) {
  if (index < 0 || index >= links.length) return;
  present = index;
  for (const link of links) {
    const item = link.closest("li");
    item.classList.toggle("now", link === links[present]);
    if (link === links[present]) item.setAttribute("aria-current", "true"); else item.removeAttribute("aria-current");
  }
  const item = links[present].closest("li");
  bringIntoList(item.parentElement, item);
  announce(`${links[present].textContent.replace(/\s+/g, " ").trim()}, moment ${present + 1} of ${links.length}`);
  player.playSpan(spanOf(links[present]));
}

links.forEach((link, index) => link.addEventListener("click", (event) => {
  if (event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  choose(index);
  byId("pictures").scrollIntoView({ block: "nearest" });
}));
for (const button of document.querySelectorAll("[data-opens]")) {
  button.hidden = false;
  button.addEventListener("click", () => byId(button.dataset.opens).showModal());
}
setUpTransport(player);
setUpTrouble(player, clip);
setUpKeys({
  does: {
    ...playing(player),
    "[": () => choose(present - 1),
    "]": () => choose(present + 1),
    "?": () => byId("keys-help").showModal(),
  },
});
keepFocusOnClick(byId("transport"));
if (present >= 0) player.seek(frameOf(spanOf(links[present]).start, clip.rate));
byId("main").dataset.ready = "";
