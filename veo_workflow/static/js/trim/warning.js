// What goes, counted by the server, because it also counts the moments its reader may not see. One question before it goes.
import { ApiError, fetchJson } from "../shared/api.js";
import { byId } from "../studio/dom.js";

const ASK_AFTER_MS = 200;
const ALL_STAYS = "All of it stays so far. Move the start or the end.";

export function setUpWarning(span, address) {
  let timer = 0;
  let asked = null;

  const say = (sentence, moments, words = 0) => {
    byId("goes").textContent = sentence;
    byId("ask").disabled = moments === null;
    byId("told").value = moments ?? 0;
    byId("words").value = words;
  };
  const ask = async () => {
    asked = new AbortController();
    try {
      const query = new URLSearchParams({ first: span.first, last: span.last });
      const { sentence, moments, words } = await fetchJson(`${address}?${query}`, { signal: asked.signal });
      say(sentence, moments, words);
    } catch (error) {
      if (error.name === "AbortError") return;
      if (!(error instanceof ApiError)) throw error;
      say(error.message, null);
    }
  };

  span.addEventListener("changed", () => {
    clearTimeout(timer);
    asked?.abort();
    byId("ask").disabled = true;
    if (span.isWhole) say(ALL_STAYS, null);
    else timer = setTimeout(ask, ASK_AFTER_MS);
  });
  byId("ask").addEventListener("click", () => {
    byId("sure-goes").textContent = byId("goes").textContent;
    byId("sure").showModal();
  });
}
