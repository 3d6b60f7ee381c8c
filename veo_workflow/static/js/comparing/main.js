// Then and now on one page: buttons and keys that move both pictures together.
import { announce, byId, keepFocusOnClick, write } from "../studio/dom.js";
import { setUpKeys } from "../studio/keys.js";
import { Player } from "../studio/player.js";
import { setUpTrouble } from "../studio/trouble.js";
import { sayTenths } from "../shared/time.js";
import { Pair } from "./pair.js";

const data = JSON.parse(byId("comparing-data").textContent);
const WORDS = { then: "Then", now: "Now" };

function setUpSide(name) {
  const { start, end, clip: { rate: [numerator, denominator], ...rest } } = data[name];
  const clip = { ...rest, rate: numerator / denominator };
  const video = byId(`${name}-video`);
  const player = new Player(video, byId(`${name}-picture`), clip);
  video.controls = false;
  video.addEventListener("click", () => pair.toggle());
  player.addEventListener("frame", () => write(byId(`${name}-now`), sayTenths(player.ms)));
  setUpTrouble(player, clip, null, { video, box: byId(`${name}-trouble`) });
  return { player, video, start, end, length: clip.duration_ms };
}

const pair = new Pair({ then: setUpSide("then"), now: setUpSide("now") }, data);

function sayOffset() {
  const { offset } = pair;
  const seconds = `${(Math.abs(offset) / 1000).toFixed(1)} s`;
  write(byId("offset"), offset === 0 ? "together" : `${offset < 0 ? "−" : "+"}${seconds}`);
}

/** The address says how the films are lined up, so that the page opens like this again. */
function keepOffset() {
  const address = new URL(location.href);
  address.searchParams.set("offset", pair.offset);
  history.replaceState(null, "", address);
}

function nudge(tenths) {
  pair.nudge(tenths * data.nudge);
  announce(pair.offset === 0 ? "Lined up on the moments" : `Now is ${Math.abs(pair.offset) / 1000} seconds ${pair.offset < 0 ? "earlier" : "later"}`);
}

function choose(name, value) {
  for (const radio of document.querySelectorAll(`input[name=${name}]`)) radio.checked = radio.value === value;
}

function hear(name) {
  pair.hear(name);
  choose("sound", name);
  announce(`Sound from ${WORDS[name].toLowerCase()}`);
}

function setSpeed(speed) {
  pair.setSpeed(speed);
  choose("speed", String(speed));
  announce(speed === 1 ? "Full speed" : "Half speed");
}

function loop() {
  pair.loop = !pair.loop;
  byId("loop").setAttribute("aria-pressed", String(pair.loop));
}

const aSecond = () => Math.round(data.then.clip.rate[0] / data.then.clip.rate[1]);

byId("play").addEventListener("click", () => pair.toggle());
byId("frame-back").addEventListener("click", () => pair.step(-1));
byId("frame-on").addEventListener("click", () => pair.step(1));
byId("again").addEventListener("click", () => pair.toMoment());
byId("loop").addEventListener("click", loop);
byId("keys-open").addEventListener("click", () => byId("keys-help").showModal());
for (const button of document.querySelectorAll("[data-nudge]")) button.addEventListener("click", () => nudge(Number(button.dataset.nudge)));
for (const radio of document.querySelectorAll("input[name=sound]")) radio.addEventListener("change", () => hear(radio.value));
for (const radio of document.querySelectorAll("input[name=speed]")) radio.addEventListener("change", () => setSpeed(Number(radio.value)));

pair.addEventListener("state", () => {
  for (const part of byId("play").children) part.hidden = (part.dataset.when === "playing") !== pair.playing;
});
pair.addEventListener("offset", () => { sayOffset(); keepOffset(); });
setUpKeys({
  does: {
    " ": () => pair.toggle(),
    k: () => pair.toggle(),
    ArrowLeft: () => pair.step(-1),
    ArrowRight: () => pair.step(1),
    "Shift+ArrowLeft": () => pair.step(-aSecond()),
    "Shift+ArrowRight": () => pair.step(aSecond()),
    Home: () => pair.toMoment(),
    "-": () => nudge(-1),
    "+": () => nudge(1),
    "=": () => nudge(1),
    r: loop,
    m: () => hear(pair.heard === "now" ? "then" : "now"),
    s: () => setSpeed(pair.speed === 1 ? 0.5 : 1),
    "?": () => byId("keys-help").showModal(),
  },
});
sayOffset();
choose("sound", pair.heard);
choose("speed", "1");
byId("together").hidden = false;
keepFocusOnClick(byId("together"));
pair.toMoment();
byId("main").dataset.ready = "";
