// The page on which the owner of a clip chooses the span that stays.
import { byId, keepFocusOnClick } from "../studio/dom.js";
import { playing, setUpKeys } from "../studio/keys.js";
import { Overview } from "../studio/overview.js";
import { Player } from "../studio/player.js";
import { setUpTransport } from "../studio/transport.js";
import { setUpTrouble } from "../studio/trouble.js";
import { middleMs } from "../shared/time.js";
import { setUpEnds } from "./ends.js";
import { Span } from "./span.js";
import { setUpWarning } from "./warning.js";

const data = JSON.parse(byId("trim-data").textContent);
const [numerator, denominator] = data.clip.rate;
const clip = { ...data.clip, rate: numerator / denominator };

const player = new Player(byId("video"), byId("picture"), clip);
setUpTransport(player);
byId("timeline").hidden = false;
const overview = new Overview(player, clip);
const span = new Span({ frames: clip.frames, shortest: data.shortest });
const here = (edge) => span.move(edge, player.frame);

span.addEventListener("changed", () => overview.showWindow({
  start: 1000 * span.first / clip.rate,
  length: 1000 * span.length / clip.rate,
}));
setUpWarning(span, data.asks);
setUpEnds({ span, player, clip, here });
byId("play-span").addEventListener("click", () => {
  player.playSpan({ start: middleMs(span.first, clip.rate), end: middleMs(span.last, clip.rate) });
});
setUpKeys({
  does: {
    ...playing(player),
    i: () => here("first"),
    o: () => here("last"),
    "?": () => byId("keys-help").showModal(),
  },
});
for (const button of document.querySelectorAll("[data-opens]")) {
  button.addEventListener("click", () => byId(button.dataset.opens).showModal());
}
keepFocusOnClick(byId("transport"));
setUpTrouble(player, clip);
byId("main").dataset.ready = "";
