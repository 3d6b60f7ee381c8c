// Another order by hand: the grip of a card is dragged, by mouse or finger, or moved with the arrow keys.
import { wish } from "./queue.js";

const list = document.getElementById("queue-list");
let drag = null;

const itemOf = (grip) => grip.closest("li");
const idOf = (item) => item.querySelector("[data-moment]").dataset.moment;

/** Where a card dropped at height `y` would go: beside which card, before or after it. */
function target(y) {
  for (const item of list.querySelectorAll(".queue > li")) {
    const { top, height } = item.getBoundingClientRect();
    if (y < top + height / 2) return { item, do: "before" };
  }
  const last = list.querySelector(".queue > li:last-child");
  return { item: last, do: "after" };
}

function show(place) {
  for (const item of list.querySelectorAll(".drop-before, .drop-after")) item.classList.remove("drop-before", "drop-after");
  if (place) place.item.classList.add(`drop-${place.do}`);
}

/** A list longer than its window goes on while the finger rests near its edge. */
function scrollAlong(y) {
  const scroller = list.querySelector(".queue");
  const { top, bottom } = scroller.getBoundingClientRect();
  if (y < top + 40) scroller.scrollTop -= 12;
  else if (y > bottom - 40) scroller.scrollTop += 12;
}

function stop() {
  drag?.item.classList.remove("dragged");
  show(null);
  drag = null;
}

list.addEventListener("pointerdown", (event) => {
  const grip = event.target.closest("[data-grip]");
  if (!grip || event.button !== 0) return;
  event.preventDefault();
  grip.focus({ preventScroll: true });
  grip.setPointerCapture(event.pointerId);
  drag = { item: itemOf(grip), place: null };
  drag.item.classList.add("dragged");
});
list.addEventListener("pointermove", ({ clientY }) => {
  if (!drag) return;
  scrollAlong(clientY);
  drag.place = target(clientY);
  show(drag.place);
});
list.addEventListener("pointerup", () => {
  const { item, place } = drag ?? {};
  stop();
  if (place && place.item !== item) wish(idOf(item), { do: place.do, beside: idOf(place.item) });
});
list.addEventListener("pointercancel", stop);
list.addEventListener("keydown", (event) => {
  if (event.key === "Escape") stop();
  const way = { ArrowUp: "earlier", ArrowDown: "later" }[event.key];
  const grip = event.target.closest("[data-grip]");
  if (!way || !grip) return;
  event.preventDefault();
  wish(grip.dataset.grip, { do: way });
});
