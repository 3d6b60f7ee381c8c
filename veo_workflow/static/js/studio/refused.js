// What the server would not take, with its reason, until the person has decided: nothing typed is lost.
import { sayClock } from "../shared/time.js";
import { byId, copyOf } from "./dom.js";

export class Refused {
  #outbox;
  #refresh;

  /** `refresh` brings the moments back to what the server has. */
  constructor(outbox, refresh) {
    this.#outbox = outbox;
    this.#refresh = refresh;
    outbox.addEventListener("refused", () => { this.#draw(); refresh(); });
    this.#draw();
  }

  #draw() {
    const entries = this.#outbox.entries.filter((entry) => entry.refused);
    byId("refused").hidden = entries.length === 0;
    byId("refused").replaceChildren(...entries.map((entry) => this.#card(entry)));
  }

  #card({ key, body, refused }) {
    const { element, parts } = copyOf("refused-template");
    const both = refused.theirs !== undefined;
    const mine = refused.mine?.note ?? body?.note ?? body?.text ?? "";
    parts.when.textContent = `Not saved${body?.start_ms === undefined ? "" : `, ${sayClock(body.start_ms)}`}.`;
    parts.reason.textContent = refused.message;
    parts.texts.hidden = !both && !mine;
    parts.mine.textContent = mine || "No note";
    parts.theirs.textContent = refused.theirs?.note || "No note";
    for (const name of ["theirs", "theirs-word"]) parts[name].hidden = !both;
    for (const button of element.querySelectorAll("[data-do]")) {
      button.hidden = both === (button.dataset.do === "dismiss");
      button.addEventListener("click", () => this.#decide(button.dataset.do, key, refused));
    }
    return element;
  }

  #decide(choice, key, { theirs }) {
    if (choice === "mine") this.#outbox.insist(key, theirs.version);
    else this.#outbox.drop(key);
    this.#draw();
    if (choice !== "mine") this.#refresh();
  }
}
