// A clip that is watched as the camera made it: how far its conversion has come, and what happens when that has ended.
import { follow } from "../shared/follow.js";
import { STAGES, sayHowFar, setBar } from "../shared/progress.js";
import { announce, byId, partsOf } from "./dom.js";
import { GONE } from "./outbox.js";

const TRY_AGAIN_MS = 3000;

/** Whether this browser says that it plays files of that type. */
export const plays = (type) => byId("video").canPlayType(type) !== "";

/** Says `ready` with {data} of the page as it would be now, and `gone` when nothing will come of it. */
export class Preview extends EventTarget {
  #ask;
  #over = false;

  constructor(clip, { progress }) {
    super();
    this.#show(progress);
    this.#ask = follow(clip.id, (news) => this.#hear(news));
  }

  /** The picture has stopped coming: whether that is because something else takes its place, or because all is over. */
  async isOver() {
    await this.#ask();
    return this.#over;
  }

  #hear(news) {
    if (news.state === "ready") this.#end(() => this.#fetchPage());
    else if (news.state === "processing" || news.state === "queued") this.#show(news);
    else this.#end(() => this.#say(news.sentence ?? GONE));
  }

  #show(news) {
    const { stage, left, bar } = partsOf(byId("converting"));
    const words = STAGES[news.stage] ?? "Converting";
    stage.textContent = words;
    left.textContent = sayHowFar(news);
    setBar(bar, news);
  }

  #end(work) {
    if (this.#over) return;
    this.#over = true;
    work();
  }

  #say(sentence) {
    const { stage, left, meanwhile, bar } = partsOf(byId("converting"));
    for (const part of [left, meanwhile, bar]) part.remove();
    stage.textContent = sentence;
    announce(sentence);
    this.dispatchEvent(new Event("gone"));
  }

  async #fetchPage() {
    try {
      const answer = await fetch(location.href, { credentials: "same-origin", cache: "no-store" });
      if (answer.ok) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const data = JSON.parse(page.getElementById("studio-data").textContent);
        this.dispatchEvent(new CustomEvent("ready", { detail: { data } }));
        return;
      }
      if (answer.status === 404) {
        this.#say(GONE);
        return;
      }
    } catch {
      // the line is gone for the moment
    }
    setTimeout(() => this.#fetchPage(), TRY_AGAIN_MS);
  }
}
