// Follows a clip after it has arrived: by a stream of events, and now and again by asking, should the stream be silent.
import { fetchJson } from "./api.js";
import { Stream } from "./stream.js";

const ENDS = new Set(["ready", "failed", "quarantined", "withdrawn", "expired"]);
const BESIDE_THE_STREAM = 10_000;
const INSTEAD_OF_IT = 3_000;
const GONE = { state: "withdrawn", stage: "failed", sentence: null };

/**
 * `tell` hears { state, stage, fraction, seconds_left, sentence, watchable } until the clip has come to an end; one that
 * may not be seen any more counts as withdrawn. Returns what asks at once, for whoever cannot wait.
 */
export function follow(clip, tell) {
  const address = (what) => `/api/clips/${what}?id=${encodeURIComponent(clip)}`;
  let timer;
  let over = false;

  const stop = () => {
    over = true;
    clearTimeout(timer);
    stream.close();
  };
  const hear = (news) => {
    if (over) return;
    if (ENDS.has(news.state)) stop();
    tell(news);
  };
  const later = () => {
    const apart = stream.refused ? INSTEAD_OF_IT : BESIDE_THE_STREAM;
    clearTimeout(timer);
    if (!over) timer = setTimeout(ask, apart);
  };
  const ask = async () => {
    try {
      const [news] = await fetchJson(address("progress"));
      hear(news ?? GONE);
    } catch {
      // asked again soon
    }
    later();
  };

  const stream = new Stream(address("stream"), { progress: hear }, later);
  later();
  return ask;
}
