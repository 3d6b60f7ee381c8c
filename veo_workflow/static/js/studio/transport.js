// Play, pause, one frame, and the time beside them.
import { sayTenths } from "../shared/time.js";
import { byId } from "./dom.js";

export function setUpTransport(player) {
  byId("video").controls = false;
  byId("transport").hidden = false;
  byId("play").addEventListener("click", () => player.toggle());
  byId("video").addEventListener("click", () => player.toggle());
  byId("frame-back").addEventListener("click", () => player.step(-1));
  byId("frame-on").addEventListener("click", () => player.step(1));
  player.addEventListener("frame", () => { byId("now").textContent = sayTenths(player.ms); });
  player.addEventListener("state", () => {
    const moving = player.playing || player.speed < 0;
    for (const part of byId("play").children) part.hidden = (part.dataset.when === "playing") !== moving;
    byId("speed").hidden = player.speed === 1;
    byId("speed").textContent = player.speed < 0 ? `${-player.speed}× back` : `${player.speed}×`;
  });
}
