/* Keeps the cards of clips on their way up to date: one stream for the page, or asking now and again where the server
   refuses one. A clip that has arrived or failed gets its new card, and what else on the page depends on it. */

import { STAGES, sayHowFar, setBar } from "../shared/progress.js";
import { Stream } from "../shared/stream.js";

const ASK_EVERY = 4000;
const ASK_AGAIN_AFTER_ERROR = 15000;
const CLIPS_AT_ONCE = 20;
const PLACES_EVERY = 30000;

const cards = new Map(Array.from(document.querySelectorAll("[data-clip]"), (card) => [card.dataset.clip, card]));
const said = document.querySelector("[data-progress-said]");
let stream;
let asking = 0;

if (cards.size) listen();

function address(kind) {
  const asked = new URLSearchParams(Array.from(cards.keys()).slice(0, CLIPS_AT_ONCE).map((id) => ["id", id]));
  return `/api/clips/${kind}?${asked}`;
}

function listen() {
  stream = new Stream(address("stream"), { progress: show }, () => {
    clearTimeout(asking);
    if (stream.refused) ask();
  });
  // Who moves up in the queue is told by no event: a page that shows a place asks for it now and again.
  setInterval(() => !stream.refused && somebodyWaits() && tell().catch(() => null), PLACES_EVERY);
  // A page that comes back out of the browser's memory shows what was, not what is.
  addEventListener("pageshow", (event) => event.persisted && location.reload());
}

async function ask() {
  let wait = ASK_EVERY;
  try {
    await tell();
  } catch {
    wait = ASK_AGAIN_AFTER_ERROR;
  }
  clearTimeout(asking);
  if (cards.size && stream.refused) asking = setTimeout(ask, wait);
}

async function tell() {
  const answer = await fetch(address("progress"), { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(answer.statusText);
  (await answer.json()).forEach(show);
}

const somebodyWaits = () => Array.from(cards.values()).some((card) => !part(card, "place").hidden);

function show(heard) {
  const card = cards.get(heard.id);
  if (!card) return;
  if (heard.stage === "ready" || heard.stage === "failed") {
    cards.delete(heard.id);
    if (!cards.size) stream.close();
    renew(heard, card);
    return;
  }
  const words = STAGES[heard.stage] ?? "Converting";
  part(card, "stage").textContent = words;
  part(card, "left").textContent = sayHowFar(heard);
  const bar = part(card, "bar");
  bar.setAttribute("aria-label", `${words} ${title(card)}`);
  setBar(bar, heard);
  part(card, "place").textContent = heard.place ? `${heard.place}.` : "";
  part(card, "place").hidden = !heard.place;
  if (heard.watchable) offerToWatch(card);
}

function offerToWatch(card) {
  const link = part(card, "watch");
  if (!link.hidden) return;
  link.hidden = false;
  if (said) said.textContent = `${title(card)} can be watched now, while it is converted.`;
}

function part(card, name) {
  return card.querySelector(`[data-progress="${name}"]`);
}

function title(card) {
  return card.querySelector("h2, h3, h4").textContent.trim();
}

async function renew(heard, card) {
  const name = title(card);
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok) throw new Error(answer.statusText);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    swap(card, fresh.getElementById(card.id));
    for (const old of document.querySelectorAll("[data-refresh]")) swap(old, fresh.getElementById(old.id));
  } catch {
    location.reload();
    return;
  }
  if (said) said.textContent = heard.stage === "ready" ? `${name} is ready.` : `${name} could not be converted.`;
}

/* Never under somebody's finger: a part that holds the focus stays as it is until the next page. */
function swap(old, fresh) {
  if (fresh && !old.contains(document.activeElement)) old.replaceWith(document.adoptNode(fresh));
}
