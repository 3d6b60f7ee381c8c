// What the other one writes appears while the page is looked at; without a script it is there at the next visit.
import { ApiError, fetchJson } from "../shared/api.js";

const EVERY = 8000;
const list = document.getElementById("messages");

async function ask() {
  if (document.hidden || list.contains(document.activeElement)) return;
  try {
    const news = await fetchJson(`${list.dataset.latest}?mark=${encodeURIComponent(list.dataset.mark)}`);
    list.dataset.mark = news.mark;
    if (news.html === null) return;
    list.innerHTML = news.html;
    document.getElementById("nothing-yet")?.remove();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error; // asked again soon
  }
}

setInterval(ask, EVERY);
document.addEventListener("visibilitychange", ask);
