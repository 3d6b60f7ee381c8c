// A slow line or a lost permission: the small picture on request, or one plain sentence.
import { byId } from "./dom.js";

const PATIENCE_MS = 4000;
const SLOW = new Set(["slow-2g", "2g", "3g"]);

/**
 * `clip.media` may change under way; `preview` is what plays until there is something better, if anything. A page with
 * two pictures names each one's `video` and the `box` that its trouble is said in.
 */
export function setUpTrouble(player, clip, preview, { video = byId("video"), box = byId("picture-trouble") } = {}) {
  const [words, button] = box.children;
  let timer = 0;
  let small = false;

  const say = (sentence, offer, work) => {
    words.textContent = sentence;
    button.textContent = offer;
    button.onclick = () => { box.hidden = true; work(); };
    box.hidden = false;
  };
  const useSmall = () => { small = true; return player.changeSource(clip.media.small); };
  const calm = () => { clearTimeout(timer); box.hidden = true; };

  video.addEventListener("waiting", () => {
    clearTimeout(timer);
    if (!clip.media.small || small) return;
    timer = setTimeout(() => say("The line is slow.", "Use the small picture", useSmall), PATIENCE_MS);
  });
  video.addEventListener("playing", calm);
  video.addEventListener("seeked", calm);
  video.addEventListener("error", async () => {
    clearTimeout(timer);
    if (await preview?.isOver()) return;
    const address = small ? clip.media.small : clip.media.playback ?? clip.media.preview;
    say("The picture does not arrive. It may no longer be shared with you, or the line is gone.", "Try again", () => player.changeSource(address));
  });
  const line = navigator.connection;
  if (clip.media.small && (line?.saveData || SLOW.has(line?.effectiveType))) useSmall();
}
