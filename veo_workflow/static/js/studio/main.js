// The clip's page: the picture for everybody who may watch, tagging for the pair.
import { byId } from "./dom.js";
import { setUpKeys } from "./keys.js";
import { Overview } from "./overview.js";
import { Player } from "./player.js";
import { Tagging } from "./tagging.js";
import { setUpTransport } from "./transport.js";
import { setUpTrouble } from "./trouble.js";

const data = JSON.parse(byId("studio-data").textContent);
const [numerator, denominator] = data.clip.rate;
const clip = { ...data.clip, rate: numerator / denominator };

const player = new Player(byId("video"), byId("picture"), clip);
setUpTransport(player);
byId("timeline").hidden = false;
const overview = new Overview(player, clip);
const tagging = data.may_tag ? new Tagging({ data, clip, player, overview }) : null;

setUpKeys({
  does: {
    " ": () => player.toggle(),
    k: () => player.toggle(),
    j: () => player.backwards(),
    l: () => player.forwards(),
    ArrowLeft: () => player.step(-1),
    ArrowRight: () => player.step(1),
    "Shift+ArrowLeft": () => player.step(-Math.round(player.rate)),
    "Shift+ArrowRight": () => player.step(Math.round(player.rate)),
    "?": () => byId("keys-help").showModal(),
    ...tagging?.keys,
  },
  undo: tagging?.undo,
  redo: tagging?.redo,
});
for (const button of document.querySelectorAll("[data-opens]")) {
  button.addEventListener("click", () => byId(button.dataset.opens).showModal());
}
setUpTrouble(player, clip.media);
byId("main").dataset.ready = "";
