// The upload page: choose → confirm → watch it go. After a reload, the same video goes on where it stopped.
import { csrfToken, fetchJson } from "../shared/api.js";
import { follow } from "../shared/follow.js";
import { newId } from "../shared/ids.js";
import { Upload, begin, openUploads } from "./client.js";
import { fingerprint } from "./fingerprint.js";
import { Pace, sayBytes } from "./pace.js";
import * as screen from "./screen.js";
import { insist } from "./waiting.js";
import { Awake } from "./wake.js";

const page = document.getElementById("upload");
const form = document.getElementById("choose");
const input = document.getElementById("file");
const { cycle, coach } = page.dataset;
const awake = new Awake();
const lineIsGone = { tell: screen.waiting };

// The page knows the addresses of clips by the cycle's id in their place.
const clipPage = (clip) => page.dataset.clipPage.replace(cycle, clip);
const chosenPurpose = () => form.elements.purpose.value;
const watchers = (shared) => (shared ? `You and ${coach} will see this` : "Only you will see this");

/** The file that is chosen and not yet on its way: { file, mark, took }. A later choice makes an earlier one void. */
let choice = null;
/** The upload on its way. */
let current = null;

input.addEventListener("change", () => input.files[0] && choose(input.files[0]));
form.addEventListener("change", () => screen.purpose(chosenPurpose()));
form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (choice) startNew(taken());
});
document.getElementById("cancel").addEventListener("click", cancelCurrent);
for (const button of document.querySelectorAll("[data-drop]")) button.addEventListener("click", () => drop(button));
document.getElementById("start").disabled = false;

/** The choice, which now is on its way. */
function taken() {
  const mine = choice;
  choice = null;
  return mine;
}

/** Reads what tells the video from others; one that is partly here already goes on at once. */
async function choose(file) {
  const began = performance.now();
  screen.noProblem();
  screen.chosen(file);
  const mine = { file };
  choice = mine;
  try {
    mine.mark = await fingerprint(file);
    mine.took = (performance.now() - began) / 1000;
    const open = (await openUploads(lineIsGone)).filter((upload) => upload.cycle === cycle);
    if (choice !== mine) return;
    const same = open.find((upload) => upload.fingerprint === mine.mark);
    if (same) await goOn(same, taken());
    else if (open.length) screen.note(differs(open[0]));
  } catch (error) {
    screen.problem(error.message);
  }
}

const differs = ({ title }) =>
  `This is not the video that is partly here as “${title}”, or the iPad has made a new copy of it. ` +
  "It will be sent from the start.";

async function startNew(mine) {
  const shared = document.getElementById("share").checked;
  screen.going(mine.file.name, watchers(shared));
  screen.firstPicture(mine.file);
  screen.stage("preparing");
  try {
    mine.mark ??= await fingerprint(mine.file);
    const begun = await begin(wanted(mine, shared), newId(), lineIsGone);
    await send(begun.id, mine, shared);
  } catch (error) {
    if (error.code === "duplicate" && error.body.upload) await goOnWith(error.body.upload, mine);
    else stopped(error, mine);
  }
}

const wanted = ({ file, mark }, shared) => ({
  cycle,
  purpose: chosenPurpose(),
  name: file.name,
  size: file.size,
  type: file.type,
  fingerprint: mark,
  share_with_coach: shared,
  notice: page.dataset.notice || null,
});

async function goOnWith(id, mine) {
  try {
    const found = (await openUploads(lineIsGone)).find((upload) => upload.id === id);
    await goOn(found ?? { id, title: mine.file.name }, mine);
  } catch (error) {
    stopped(error, mine);
  }
}

async function goOn(upload, mine) {
  screen.going(upload.title, watchers(upload.shared_with_coach));
  screen.firstPicture(mine.file);
  screen.note("This video is partly here already: only what is missing is sent.");
  if (upload.purpose) screen.purpose(upload.purpose);
  await send(upload.id, mine, upload.shared_with_coach);
}

/** From the first part to the moment the server has it all. */
async function send(id, mine, shared) {
  const { file, took } = mine;
  screen.meaning("preparing", took >= 2 ? `Took ${Math.round(took)} seconds.` : "Done.");
  document.querySelector(`[data-waiting="${id}"]`)?.remove();
  const pace = new Pace();
  const upload = new Upload(id, file, (news) => {
    if (current !== upload) return;
    if (news.waiting) {
      pace.forget();
      screen.waiting(news.waiting);
      return;
    }
    pace.note(news.sent);
    screen.uploading({ ...news, left: pace.secondsLeft(news.size - news.sent) });
  });
  current = upload;
  screen.uploading({ sent: 0, size: file.size, left: null });
  sayTitle(id, shared);
  const stays = await awake.hold();
  const light = stays ? "The screen stays awake." : "Do not let the screen go dark.";
  screen.meaning("uploading", `Please keep this page open. ${light}`);
  try {
    await upload.run();
    screen.meaning("uploading", `${sayBytes(file.size)} sent.`);
    watch(id);
  } catch (error) {
    if (current === upload) stopped(error, mine);
  } finally {
    awake.release();
  }
}

/** The clip's title is the server's to give; a page that does not hear it keeps the file's name. */
async function sayTitle(id, shared) {
  const found = (await openUploads().catch(() => [])).find((upload) => upload.id === id);
  if (found && current?.id === id) screen.going(found.title, watchers(shared));
}

function watch(clip) {
  current = null;
  screen.note("");
  screen.onTheServer("checking");
  follow(clip, (news) => {
    if (news.watchable) screen.watchable(clipPage(clip));
    if (news.state === "ready") screen.ready(clipPage(clip), `/media/${clip}/poster`);
    else if (news.stage === "checking" || news.state === "queued") screen.onTheServer("checking", { place: news.place });
    else if (news.state === "processing") converting(news);
    else screen.problem(news.sentence ?? "This clip is not there any more.", { retry: () => tryAgain(clip) });
  });
}

const converting = (news) =>
  screen.onTheServer("converting", { fraction: news.fraction, left: news.seconds_left });

async function tryAgain(clip) {
  const answer = await fetch(page.dataset.retry.replace(cycle, clip), {
    method: "POST",
    headers: { "X-CSRFToken": csrfToken() },
    redirect: "manual",  // where it leads is for pages without this script
  }).catch(() => null);
  if (answer?.type === "opaqueredirect") {
    screen.noProblem();
    screen.going(document.getElementById("clip-name").textContent, document.getElementById("watchers").textContent);
    watch(clip);
  } else if (answer === null) {
    screen.problem("The connection is gone for the moment.", { retry: () => tryAgain(clip) });
  } else {
    screen.problem("Trying again does not help with this one. Choose the video again, or film it once more.");
  }
}

/** Back to the form, everything still filled in, with what only the person can mend. */
function stopped(error, mine) {
  current = null;
  choice = mine;
  screen.note("");
  screen.choosing();
  const existing = error.code === "duplicate" || error.code === "completed" ? error.body.clip : null;
  screen.problem(error.message, { existing: existing ? clipPage(existing.id ?? existing) : "" });
}

async function cancelCurrent() {
  const upload = current;
  if (!upload || !(await screen.sure()) || current !== upload) return;
  current = null;
  await upload.cancel().catch(() => null);
  reset("The upload is cancelled. Nothing of it is kept here.");
}

function reset(words) {
  choice = null;
  form.reset();
  screen.choosing();
  screen.note(words);
  document.getElementById("clip-name").focus();
}

/** Gives up an upload that was begun earlier. */
async function drop(button) {
  if (!(await screen.sure())) return;
  const id = button.dataset.drop;
  await insist(() => fetchJson(`/api/uploads/${id}`, { method: "DELETE" }), lineIsGone).catch(() => null);
  document.querySelector(`[data-waiting="${id}"]`)?.remove();
  screen.note("That upload is cancelled. Nothing of it is kept here.");
}
