// What the page shows: stages by name, one bar, one sentence. Decides nothing.
import { sayClock } from "../shared/time.js";
import { sayBytes, sayLeft, sayOf } from "./pace.js";

const STAGES = ["preparing", "uploading", "checking", "converting", "ready"];
const WORDS = {
  preparing: "Preparing on this iPad",
  uploading: "Uploading",
  checking: "Checking",
  converting: "Converting",
  ready: "Ready",
};
const MAY_LEAVE = "You can leave this page; you may delete the clip from the iPad once it says Ready.";

const part = (id) => document.getElementById(id);
const show = (id, wanted = true) => { part(id).hidden = !wanted; };
const pageTitle = document.title;

/** Speaks to people who listen rather than look: when a stage begins, and not at every per cent. */
function announce(words) {
  if (part("announce").textContent !== words) part("announce").textContent = words;
}

export function choosing() {
  part("upload").classList.add("choosing");
  for (const id of ["going", "picture", "side", "problem"]) show(id, false);
  for (const id of ["choose", "lead"]) show(id);
  part("clip-name").textContent = "Upload a clip";
  document.title = pageTitle;
  mark("");
}

/** The page of an upload on its way: its title, who will see it, and its first picture if the browser can show it. */
export function going(title, watchers) {
  part("upload").classList.remove("choosing");
  for (const id of ["choose", "lead", "problem"]) show(id, false);
  for (const id of ["going", "picture", "side", "cancel"]) show(id);
  part("clip-name").textContent = title;
  part("watchers").textContent = watchers;
}

export const purpose = (words) => { part("purpose-words").textContent = `${words} clip`; };

export function chosen(file) {
  part("file-words").textContent = "Choose another";
  part("file-words").parentElement.classList.remove("primary");
  part("file-chosen").textContent = `${file.name}, ${sayBytes(file.size)}`;
}

export function firstPicture(file) {
  const video = part("first");
  video.addEventListener("loadeddata", () => {
    part("picture").classList.remove("blank");
    part("picture").querySelector(".icon").setAttribute("hidden", "");
    show("first");
    if (!Number.isFinite(video.duration)) return;
    part("length").textContent = sayClock(video.duration * 1000);
    show("length");
  }, { once: true });
  video.src = `${URL.createObjectURL(file)}#t=0.1`;
}

/** `fraction` 0 to 1, or null while nobody knows; `left` in seconds; `beneath` one sentence under the bar. */
export function stage(name, { fraction = null, left = null, beneath = "" } = {}) {
  const said = sayLeft(left);
  const percent = fraction === null ? "" : `${Math.floor(fraction * 100)} %`;
  part("words").textContent = said ? `${WORDS[name]}, ${said}` : WORDS[name];
  part("percent").textContent = percent;
  part("beneath").textContent = beneath;
  if (fraction === null) part("bar").removeAttribute("value");
  else part("bar").value = fraction * 100;
  document.title = [WORDS[name], percent].filter(Boolean).join(" ") + pageTitle.slice(pageTitle.indexOf(" – "));
  announce(WORDS[name]);
  mark(name);
}

export function uploading({ sent, size, left }) {
  const beneath = `${sayOf(sent, size)} sent. If the line drops, it carries on by itself.`;
  stage("uploading", { fraction: size ? sent / size : 0, left, beneath });
}

/** Nothing moves: the line is gone, or the server says in `error` why it cannot take more just now. */
export function waiting(error) {
  const words = error.status >= 500 ? "Waiting for the school’s server" : "Waiting for the line";
  const why = error.status >= 500 ? error.message : "";
  part("words").textContent = words;
  part("beneath").textContent = `${why} What has arrived is safe, and it carries on by itself.`.trim();
  announce(words);
}

/** From here on the person may go: the server has it all. */
export function onTheServer(name, { fraction, left, place } = {}) {
  show("cancel", false);
  stage(name, { fraction, left, beneath: place ? `${place}. ${MAY_LEAVE}` : MAY_LEAVE });
}

/** It can be watched already, while it is converted. */
export function watchable(clipPage) {
  show("watch-now");
  part("watch-now").href = clipPage;
}

export function ready(clipPage, poster) {
  stage("ready", { fraction: 1, beneath: "You may delete the clip from the iPad now." });
  for (const id of ["open-clip", "another"]) show(id);
  for (const id of ["cancel", "watch-now"]) show(id, false);
  part("open-clip").href = clipPage;
  showPoster(poster);
}

function showPoster(address) {
  const image = part("poster");
  image.addEventListener("load", () => {
    part("picture").classList.remove("blank");
    part("picture").querySelector(".icon").setAttribute("hidden", "");
    show("first", false);
    show("poster");
  }, { once: true });
  image.src = address;
}

/** A note about what is going on, which nothing has to be done about. */
export function note(words) {
  part("note-words").textContent = words;
  show("note", Boolean(words));
}

/** Something the person has to decide: the sentence, and what can be done. */
export function problem(words, { existing = "", retry = null } = {}) {
  part("problem-words").textContent = words;
  show("problem");
  show("open-existing", Boolean(existing));
  if (existing) part("open-existing").href = existing;
  show("try-again", Boolean(retry));
  part("try-again").onclick = retry;
  show("going", false);
}

export const noProblem = () => show("problem", false);

/** Whether the person means it; asked once. */
export function sure() {
  const dialog = part("ask");
  dialog.returnValue = "keep";
  dialog.showModal();
  return new Promise((done) => {
    dialog.addEventListener("close", () => done(dialog.returnValue === "cancel"), { once: true });
  });
}

/** What is said of a stage once it is known, such as how long it took. */
export function meaning(name, words) {
  document.querySelector(`[data-stage="${name}"] [data-meaning]`).textContent = words;
}

function mark(name) {
  const at = STAGES.indexOf(name);
  for (const item of document.querySelectorAll("[data-stage]")) {
    const place = STAGES.indexOf(item.dataset.stage);
    const done = at >= 0 && (place < at || name === "ready");
    const state = done ? "done" : place === at ? "now" : "later";
    item.className = state;
    item.querySelector("[data-said]").textContent = { done: ", done", now: ", now", later: "" }[state];
    if (state === "now") item.setAttribute("aria-current", "step");
    else item.removeAttribute("aria-current");
  }
}
