// Small things every part of the studio does to the page.

export const byId = (id) => document.getElementById(id);

const SVG = "http://www.w3.org/2000/svg";

export function svg(name, attributes = {}, children = []) {
  const element = document.createElementNS(SVG, name);
  set(element, attributes);
  element.append(...children);
  return element;
}

export function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null) element.removeAttribute(name);
    else element.setAttribute(name, value);
  }
}

/** What is marked in an element as a part of it, by name. */
export const partsOf = (element) =>
  Object.fromEntries(Array.from(element.querySelectorAll("[data-part]"), (part) => [part.dataset.part, part]));

/** A copy of a <template>'s one element, and its parts by name. */
export function copyOf(id) {
  const element = byId(id).content.firstElementChild.cloneNode(true);
  return { element, parts: partsOf(element) };
}

/** Says something to people who listen instead of looking. */
export function announce(sentence) { byId("announced").textContent = sentence; }

/** Only what differs: a place that is read aloud is announced whenever it changes. */
export function write(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

export const counted = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;

/** One of eight colours; 0 for no step. */
export const colourOf = (step) => step?.colour ?? 0;

/** `work` once, after everything that is happening now: a hundred changes are drawn once, and still before the next frame. */
export function soon(work) {
  let waits = false;
  return () => {
    if (waits) return;
    waits = true;
    queueMicrotask(() => { waits = false; work(); });
  };
}

/** `work` once the page has been painted as it is now: for what nobody waits for. */
export const afterPaint = (work) => requestAnimationFrame(() => setTimeout(work));

/** Makes `elements` the children of `list`. The one that holds the focus stays where it is and the others move round it. */
export function inOrder(list, elements) {
  const wanted = new Set(elements);
  for (const child of [...list.children]) if (!wanted.has(child)) child.remove();
  let next = list.firstElementChild;
  for (const element of elements) {
    if (element.contains(document.activeElement)) while (next !== element) {
      const between = next;
      next = next.nextElementSibling;
      between.remove();
    }
    if (element === next) next = next.nextElementSibling;
    else list.insertBefore(element, next);
  }
}

/** Scrolls `list` just as far as `item` needs, and nothing else on the page; a tall item shows its top. */
export function bringIntoList(list, item) {
  const [outer, inner] = [list.getBoundingClientRect(), item.getBoundingClientRect()];
  const above = outer.top - inner.top;
  const below = inner.bottom - outer.bottom;
  if (above > 0 || inner.height > outer.height) list.scrollTop -= above;
  else if (below > 0) list.scrollTop += below + 8;
}

/** A click leaves the focus where it was, so that Space goes on to play and does not press the button again. */
export function keepFocusOnClick(region) {
  region.addEventListener("mousedown", (event) => {
    if (event.target.closest("button") && !document.activeElement.closest("textarea, input[type=text], select")) {
      event.preventDefault();
    }
  });
}
