/* Keeps the page of one's own archive up to date while it is made: asks for the page now and again and puts the new
   part in place of the old. */

const ASK_EVERY = 3000;
const ASK_AGAIN_AFTER_ERROR = 15000;
const SAID = { ready: "Your archive is ready.", failed: "Your archive could not be made." };

const said = document.getElementById("archive-said");

const state = () => document.getElementById("archive-state");

if (isUnderWay()) setTimeout(ask, ASK_EVERY);

function isUnderWay() {
  return state().hasAttribute("data-under-way");
}

async function ask() {
  let wait = ASK_EVERY;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok) throw new Error(answer.statusText);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("archive-state");
    if (!fresh) throw new Error("signed out");
    state().replaceWith(document.adoptNode(fresh));
    said.textContent = SAID[state().dataset.state] ?? "";
  } catch {
    wait = ASK_AGAIN_AFTER_ERROR;
  }
  if (isUnderWay()) setTimeout(ask, wait);
}
