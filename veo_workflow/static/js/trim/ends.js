// The two ends of what stays: by dragging, by "here", by nudges. The picture shows the end that is being moved.
import { middleMs, sayAloud, sayClock, sayTenths } from "../shared/time.js";
import { announce, byId } from "../studio/dom.js";

const EDGES = { first: "Start", last: "End" };

/** `here` moves an edge to the frame on screen. */
export function setUpEnds({ span, player, clip, here }) {
  const show = (edge) => {
    player.pause();
    player.seek(span[edge]);
  };
  const move = (edge, frame) => {
    span.move(edge, frame);
    show(edge);
  };
  for (const edge of Object.keys(EDGES)) {
    byId(edge).addEventListener("input", () => move(edge, Number(byId(edge).value)));
    byId(edge).addEventListener("keydown", keepArrows);
  }
  for (const button of document.querySelectorAll("[data-here]")) button.addEventListener("click", () => here(button.dataset.here));
  for (const button of document.querySelectorAll("[data-nudge]")) {
    const { nudge: edge, by, unit } = button.dataset;
    const frames = Number(by) * (unit === "s" ? Math.round(clip.rate) : 1);
    button.addEventListener("click", () => {
      move(edge, span[edge] + frames);
      announce(`${EDGES[edge]} at ${sayTenths(middleMs(span[edge], clip.rate))}`);
    });
  }
  span.addEventListener("changed", () => draw(span, clip));
  // What a refused form brings back stands in the ranges already.
  const [first, last] = Object.keys(EDGES).map((edge) => Number(byId(edge).value));
  span.move("first", first);
  span.move("last", last);
}

/** On an end an arrow moves that end, by one frame; everywhere else it moves the picture. */
function keepArrows(event) {
  if (event.key.startsWith("Arrow")) event.stopPropagation();
}

function draw(span, clip) {
  for (const edge of Object.keys(EDGES)) {
    const ms = middleMs(span[edge], clip.rate);
    byId(edge).value = span[edge];
    byId(edge).setAttribute("aria-valuetext", sayAloud(ms));
    document.querySelector(`[data-time="${edge}"]`).textContent = sayTenths(ms);
  }
  byId("length").textContent = `${sayClock(1000 * span.length / clip.rate)} of ${sayClock(clip.duration_ms)}`;
}
