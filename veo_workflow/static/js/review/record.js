// "What we agree" saves itself a little after the last key, takes over what the other person wrote, and shows both
// texts where both wrote. Until the server has it, what was typed is kept in this tab.
import { ApiError, fetchJson } from "../shared/api.js";
import { Lines } from "./lines.js";
import { sayOver } from "./over.js";

const PAUSE = 2000;
const CHOSEN = 200;
const RETRY = 10_000;
const TEXTS = ["celebrate", "improve"];
const CHOOSE = "Not saved yet: choose which text stays.";

const byId = (id) => document.getElementById(id);
const form = byId("record");
const bothTexts = byId("both-texts");
const lines = new Lines(byId("actions"));
const draft = form.dataset.draft;

let timer = 0;
let underway = null;  // the save that is being answered, so that two never cross
let changed = false;  // typed in since it was last sent
let agreeing = false;
let agreement = "";
let ended = false;

/** Every named field as the server reads them: lists of texts. */
function fields() {
  const all = {};
  for (const [name, value] of new FormData(form)) {
    if (name !== "csrf_token") (all[name] ??= []).push(value);
  }
  return all;
}

const asking = () => !bothTexts.hidden;
const outcome = () => form.elements.outcome.value;

function say(sentence, { unsaved = false } = {}) {
  if (byId("saved").textContent !== sentence) byId("saved").textContent = sentence;
  byId("saved").classList.toggle("unsaved", unsaved);
}

function soon(pause = PAUSE) {
  clearTimeout(timer);
  if (ended) return;
  timer = setTimeout(save, pause);
}

function touched(event) {
  changed = true;
  sessionStorage.setItem(draft, JSON.stringify(fields()));
  if (asking()) say(CHOOSE, { unsaved: true });
  else soon(event?.target.type === "radio" ? CHOSEN : PAUSE);
}

/** Resolves with whether the server now has everything; `choice` settles a part that both have changed. */
async function save(choice = {}) {
  while (underway) await underway;
  clearTimeout(timer);
  underway = send(choice).finally(() => { underway = null; });
  const saved = await underway;
  if (changed && saved) soon();
  return saved && !changed;
}

async function send(choice) {
  changed = false;
  const sent = { ...fields(), ...choice };
  try {
    const keepalive = document.hidden;
    takeOver(await fetchJson(form.dataset.save, { method: "PUT", body: sent, keepalive }), sent);
    return true;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    changed = true;
    refused(error);
    return false;
  }
}

function refused(error) {
  if (error.body.html) {
    bothTexts.innerHTML = error.body.html;
    bothTexts.hidden = false;
    say(CHOOSE, { unsaved: true });
    return;
  }
  if ([403, 404].includes(error.status)) { over(sayOver(error)); return; }
  const [first] = Object.values(error.body.fields ?? {});
  say(`Not saved yet. ${first ?? error.message}`, { unsaved: true });
  if (error.retryable) soon(RETRY);
}

/** Nobody here may write any more. What was typed stays to be read and copied. */
function over(sentence) {
  clearTimeout(timer);
  ended = true;
  say(`Not saved. ${sentence}`, { unsaved: true });
  for (const field of form.querySelectorAll("input:not([type=hidden]), textarea")) field.readOnly = true;
  for (const button of form.querySelectorAll("button, select, [type=radio]")) button.disabled = true;
}

/** How the review stands on the server: the other one's words are taken over, an end of it is shown. */
function hear({ version, state }) {
  if (ended || agreeing || asking()) return;
  if (state !== "open" && !changed) location.reload();
  else if (state !== "open" || version > Number(form.elements.version.value)) save();
}

/**
 * The record as it stands on the server. A part that somebody went on typing in keeps the mark it was opened with, and
 * the page its version: so the other person's words in it come back as a question, and are never written over.
 */
function takeOver(answer, sent) {
  bothTexts.hidden = true;
  bothTexts.replaceChildren();
  const left = answer.taken_over.filter((part) => !show(part, answer, sent));
  if (!left.length) form.elements.version.value = answer.version;
  for (const [part, mark] of Object.entries(answer.marks)) {
    if (!left.includes(part)) form.elements[`mark_${part}`].value = mark;
  }
  showActions(answer.actions, left);
  if (!changed) {
    sessionStorage.removeItem(draft);
    say(answer.saved.trim());
  }
  showAgreement(answer.agree);
}

/** Puts the other person's words on the page unless this part was typed in meanwhile; says whether it did. */
function show(part, answer, sent) {
  const now = fields();
  const same = (name) => JSON.stringify(now[name]) === JSON.stringify(sent[name]);
  if (part === "actions") {
    if (!["action_what", "action_owner", "action_due"].every(same)) return false;
    lines.replace(answer.actions);
    return true;
  }
  if (!same(part)) return false;
  if (TEXTS.includes(part)) form.elements[part].value = answer.record[part];
  else choose(answer.record.outcome);
  return true;
}

/** What has been saved can be done; a line that somebody is in, or has begun, is left alone. */
function showActions(html, left) {
  const empty = [...byId("actions").querySelectorAll('[name="action_what"]')].filter((field) => !field.value.trim());
  if (left.includes("actions") || changed || empty.length > 1 || byId("actions").contains(document.activeElement)) return;
  lines.replace(html);
}

function choose(wanted) {
  for (const radio of form.elements.outcome) radio.checked = radio.value === wanted;
}

function showAgreement(html) {
  if (html === agreement) return;
  agreement = html;
  const focused = document.activeElement.id === "i-agree";
  byId("agree").innerHTML = html;
  if (focused) byId("i-agree")?.focus();
}

/** What an earlier visit to this page typed and could not send; its marks say what it was written on top of. */
function restoreDraft() {
  const kept = JSON.parse(sessionStorage.getItem(draft) ?? "null");
  if (!kept) return;
  lines.fill(kept);
  choose(kept.outcome?.[0]);
  const single = Object.keys(kept).filter((name) => TEXTS.includes(name) || name === "version" || name.startsWith("mark_"));
  for (const name of single) form.elements[name].value = kept[name][0];
  touched();
}

async function settle(button) {
  const part = button.name.slice("keep_".length);
  if (await save({ [button.name]: [button.value] })) byId(`${part}-text`)?.focus();
}

/** Words first: nobody agrees to an outcome that the other person has just replaced. */
async function agree() {
  const seen = outcome();
  if (!await save() || outcome() !== seen || !byId("i-agree")) return;
  agreeing = true;
  form.requestSubmit(byId("i-agree"));
}

/** Words first here too: the page comes back with what is done. */
async function mark({ value, formAction }) {
  if (!await save()) return;
  const button = [...form.querySelectorAll('[name="done"]')].find((one) => one.formAction === formAction && one.value === value);
  if (!button) return;
  agreeing = true;
  form.requestSubmit(button);
}

form.addEventListener("input", touched);
form.addEventListener("submit", (event) => {
  if (agreeing) return;
  event.preventDefault();
  const button = event.submitter;
  if (button?.name.startsWith("keep_")) settle(button);
  else if (button?.id === "add-action") lines.add().focus();
  else if (button?.id === "i-agree") agree();
  else if (button?.name === "done") mark(button);
  else save();
});
document.addEventListener("visibilitychange", () => { if (document.hidden && changed && !asking()) save(); });
window.addEventListener("online", () => { if (changed && !asking()) save(); });
document.addEventListener("review:stands", ({ detail }) => hear(detail));
document.addEventListener("review:gone", ({ detail }) => over(detail.sentence));

byId("save").hidden = true;
restoreDraft();
