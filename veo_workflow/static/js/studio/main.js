// The clip's page: the picture, and tagging.
import { announce, byId } from "./dom.js";
import { playing, setUpKeys } from "./keys.js";
import { Overview } from "./overview.js";
import { Player } from "./player.js";
import { Preview, plays } from "./preview.js";
import { Tagging } from "./tagging.js";
import { setUpTransport } from "./transport.js";
import { setUpTrouble } from "./trouble.js";

const data = JSON.parse(byId("studio-data").textContent);
const withRate = (clip) => ({ ...clip, rate: clip.rate[0] / clip.rate[1] });
const clip = withRate(data.clip);
const preview = data.converting && new Preview(clip, data.converting);

for (const button of document.querySelectorAll("[data-opens]")) {
  button.addEventListener("click", () => byId(button.dataset.opens).showModal());
}
if (preview && !plays(data.converting.type)) wait();
else open();
byId("main").dataset.ready = "";

/** Nothing can be watched here yet; nothing is lost by coming in anew when it can. */
function wait() {
  byId("main").classList.add("only-watching");
  byId("video").hidden = true;
  byId("not-yet").hidden = false;
  byId("converting").querySelector("[data-part=meanwhile]").hidden = true;
  preview.addEventListener("ready", () => location.reload());
}

function open() {
  if (preview) byId("video").src = clip.media.preview;  // from now on, what goes wrong with it is heard on the video
  const player = new Player(byId("video"), byId("picture"), clip);
  setUpTransport(player);
  byId("timeline").hidden = false;
  const overview = new Overview(player, clip);
  const tagging = new Tagging({ data, clip, player, overview });

  setUpKeys({
    does: {
      ...playing(player),
      "?": () => byId("keys-help").showModal(),
      ...tagging.keys,
    },
    undo: tagging.undo,
    redo: tagging.redo,
  });
  setUpTrouble(player, clip, preview);
  preview?.addEventListener("gone", () => player.pause());
  preview?.addEventListener("ready", ({ detail }) => takeOver(detail.data, { player, overview, tagging }));
}

/** The rendition takes the preview's place: the same frame on screen, the same moments on it, and it goes on playing. */
async function takeOver(fresh, { player, overview, tagging }) {
  Object.assign(clip, withRate(fresh.clip));
  byId("converting").remove();
  player.measure(clip);
  overview.show(clip);
  tagging.refresh();
  await player.changeSource(clip.media.playback);
  announce("The clip is converted.");
}
