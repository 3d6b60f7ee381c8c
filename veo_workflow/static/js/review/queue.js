// What is done with the moments: each press is one small wish ("a star", "earlier by one") that the server carries out
// on the queue as it stands, so that two who press at once both get theirs. The words under a moment save themselves.
import { ApiError, fetchJson } from "../shared/api.js";
import { sayOver } from "./over.js";
import { picture, presentId, redrawn, say } from "./moments.js";

const PAUSE = 1500;
const LISTEN = 10_000;
const RETRY = 10_000;
const CHOOSE = "Not saved yet: choose which text stays.";
const SAID = {
  star: "Starred.", unstar: "The star is gone.", leave_out: "Left out. You find it under Left out.",
  bring_back: "Back in the list.", talked: "Talked about.", not_yet: "Still to talk about.",
  first: "Moved to the front.", earlier: "Moved earlier.", later: "Moved later.", before: "Moved.", after: "Moved.",
};

const byId = (id) => document.getElementById(id);
const side = document.querySelector("[data-queue]");
const list = byId("queue-list");
const talk = byId("talk-list");
const timers = new Map();
const waiting = new Map();  // wishes not carried out yet, by their moment: sent again in this order
let known = side.dataset.known;
let underway = Promise.resolve();
let listening = 0;

/** The record hears of it too: how the review "stands", and that it is "gone" for whoever looks at it. */
const tell = (name, detail) => document.dispatchEvent(new CustomEvent(`review:${name}`, { detail }));

const formOf = (id) => talk.querySelector(`[data-moment-form="${id}"]`);
const words = (form) => ({ taken: form.elements.taken.value, mark_taken: form.elements.mark_taken.value });
const draftOf = (id) => `moment ${id}`;

/** Carries out one wish, after those before it. Resolves with whether the server has done it. */
export function wish(id, asked) {
  underway = underway.then(() => send(id, asked));
  return underway;
}

async function send(id, asked) {
  const form = formOf(id);
  const body = { ...words(form), ...asked };
  clearTimeout(timers.get(id));
  try {
    const answer = await fetchJson(form.dataset.change, { method: "PUT", body, keepalive: true });
    if (asked.keep_taken) letGo(id, body);
    draw(answer);
    kept(id, body);
    if (SAID[asked.do]) say(SAID[asked.do]);
    return true;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    refused(id, asked, error);
    return false;
  }
}

/** Of two texts one was chosen: the answer has it, and stands in place of what was typed, unless that went on. */
function letGo(id, sent) {
  const form = formOf(id);
  if (form?.elements.taken.value === sent.taken) delete form.dataset.typed;
}

function kept(id, sent) {
  trouble("");
  if (waiting.has(id)) again(id);
  const form = formOf(id);
  if (!form) return;
  form.querySelector(".both-texts").hidden = true;
  if ("typed" in form.dataset && form.elements.taken.value !== sent.taken) { soon(id); return; }
  delete form.dataset.typed;
  sessionStorage.removeItem(draftOf(id));
  note(form, form.elements.taken.value ? "Saved." : "");
}

function refused(id, asked, error) {
  const form = formOf(id);
  if (error.body.html) {
    const both = form.querySelector(".both-texts");
    both.innerHTML = error.body.html;
    both.hidden = false;
    note(form, CHOOSE);
    keepWish(id, asked);
  } else if (error.retryable) {
    trouble(error.message);
    keepWish(id, asked);
    timers.set(id, setTimeout(() => again(id), RETRY));
  } else if ([403, 404].includes(error.status)) over(error);
  else trouble(`${error.message} What you typed stays here.`);
}

/** The pair has ended or the review was closed meanwhile. What was typed stays on the page, to be copied. */
function over(error) {
  clearInterval(listening);
  const sentence = sayOver(error);
  trouble(sentence);
  for (const field of talk.querySelectorAll("textarea")) field.readOnly = true;
  for (const button of talk.querySelectorAll('[name="do"]')) button.disabled = true;
  for (const grip of list.querySelectorAll("[data-grip]")) grip.hidden = true;
  tell("gone", { sentence });
}

function keepWish(id, asked) {
  if (asked.do && asked.do !== "save") waiting.set(id, [...(waiting.get(id) ?? []), asked]);
}

function again(id) {
  const wishes = waiting.get(id) ?? [{ do: "save" }];
  waiting.delete(id);
  for (const asked of wishes) wish(id, asked);
}

const note = (form, sentence) => { form.querySelector("[data-saved]").textContent = sentence; };

function trouble(sentence) {
  byId("queue-trouble").hidden = !sentence;
  byId("queue-trouble").lastElementChild.textContent = sentence;
  if (sentence) say(sentence);
}

/** The queue as the server has it. What is being typed stays as it is, on top of the text it was begun on. */
function draw(answer) {
  known = String(answer.queue_version);
  if (answer.queue === undefined) return;
  const held = holding();
  drawList(answer.queue);
  const fresh = document.createElement("template");
  fresh.innerHTML = answer.talk;
  for (const form of talk.querySelectorAll("[data-typed]")) keepTyped(form, fresh.content);
  talk.replaceChildren(fresh.content);
  if (!list.querySelector("[data-moment]")) { location.reload(); return; }
  dress();
  redrawn();
  held();
}

/** Pictures that are there already stay, so that nothing flickers and nothing is fetched twice. */
function drawList(html) {
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  for (const item of fresh.content.querySelectorAll(".queue > li")) {
    const present = byId(item.id)?.querySelector(".thumb");
    if (present) item.querySelector(".thumb").replaceWith(present);
  }
  list.replaceChildren(fresh.content);
}

function keepTyped(form, fresh) {
  const drawn = fresh.querySelector(`[data-moment-form="${form.dataset.momentForm}"]`);
  if (!drawn) return;
  for (const name of ["taken", "mark_taken"]) drawn.elements[name].value = form.elements[name].value;
  drawn.dataset.typed = "";
  drawn.querySelector(".both-texts").replaceWith(form.querySelector(".both-texts"));
  note(drawn, form.querySelector("[data-saved]").textContent);
}

/** Remembers where the focus is and how far the list is scrolled; the answer puts both back. */
function holding() {
  const at = document.activeElement;
  const inside = list.contains(at) || talk.contains(at);
  const { id, name, value, dataset, selectionStart: from, selectionEnd: to } = at;
  const moment = at.closest("[data-moment-form]")?.dataset.momentForm;
  const top = list.querySelector(".queue")?.scrollTop ?? 0;
  return () => {
    const scroller = list.querySelector(".queue");
    if (scroller) scroller.scrollTop = top;
    if (!inside) return;
    const found = (id && byId(id)) || (dataset.grip && list.querySelector(`[data-grip="${dataset.grip}"]`))
      || (dataset.moment && list.querySelector(`[data-moment="${dataset.moment}"]`)) || sameButton(moment, name, value);
    found?.focus({ preventScroll: true });
    if (found?.tagName === "TEXTAREA") found.setSelectionRange(from, to);
  };
}

/** The button that was pressed or, when it has turned into its opposite or is gone, one that stands for it. */
function sameButton(moment, name, value) {
  const form = moment && (formOf(moment)?.closest("article").hidden === false ? formOf(moment) : formOf(presentId()));
  if (!form || name !== "do") return null;
  const turned = { star: "unstar", unstar: "star", talked: "not_yet", not_yet: "talked" }[value];
  return form.querySelector(`[name="do"][value="${value}"]`) ?? form.querySelector(`[name="do"][value="${turned}"]`);
}

/** What only works with a script is shown, what only works without one is hidden. */
function dress() {
  for (const shown of document.querySelectorAll("[data-next], [data-grip]")) shown.hidden = false;
  for (const plain of talk.querySelectorAll("[data-plain]")) plain.hidden = true;
}

function soon(id) {
  clearTimeout(timers.get(id));
  timers.set(id, setTimeout(() => wish(id, { do: "save" }), PAUSE));
}

talk.addEventListener("input", ({ target }) => {
  const form = target.closest("[data-moment-form]");
  const id = form.dataset.momentForm;
  form.dataset.typed = "";
  sessionStorage.setItem(draftOf(id), JSON.stringify(words(form)));
  if (form.querySelector(".both-texts").hidden) soon(id);
  else note(form, CHOOSE);
});
talk.addEventListener("submit", (event) => {
  event.preventDefault();
  const { name, value } = event.submitter;
  const form = event.target;
  if (name === "do") { wish(form.dataset.momentForm, { do: value }); return; }
  form.dataset.typed = "";
  const over = form.elements.over_taken.value;
  wish(form.dataset.momentForm, { keep_taken: value, over_taken: over }).then((done) => {
    if (done) byId(`taken-${form.dataset.momentForm}`)?.focus();
  });
});

/** What an earlier visit typed and could not send. */
function restoreDrafts() {
  for (const form of talk.querySelectorAll("[data-moment-form]")) {
    const draft = JSON.parse(sessionStorage.getItem(draftOf(form.dataset.momentForm)) ?? "null");
    if (!draft) continue;
    for (const [name, value] of Object.entries(draft)) form.elements[name].value = value;
    form.dataset.typed = "";
    soon(form.dataset.momentForm);
  }
}

/** What the other one did meanwhile; asked now and again while the page is looked at, and not while it plays. */
export async function listen() {
  if (document.hidden || !picture.video.paused || list.querySelector(".dragged")) return;
  const address = new URL(side.dataset.queue, location.href);
  address.searchParams.set("known", known);
  try {
    const answer = await fetchJson(address);
    draw(answer);
    tell("stands", answer);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (!error.retryable) over(error);
  }
}

dress();
restoreDrafts();
listening = setInterval(listen, LISTEN);
document.addEventListener("visibilitychange", listen);
window.addEventListener("online", () => { for (const id of waiting.keys()) again(id); listen(); });
