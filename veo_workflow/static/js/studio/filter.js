// Which moments are listed, and in which order: by step, kind and author. Says `changed`.
import { byId } from "./dom.js";

const NARROWING = ["by-step", "by-kind", "by-author"];
const CHOICES = [...NARROWING, "grouped"];

export class Filter extends EventTarget {
  #steps;

  constructor(steps) {
    super();
    this.#steps = new Map(steps.map((step) => [step.id, step]));
    for (const id of CHOICES) byId(id).addEventListener("change", () => this.#changed());
    byId("filter-open").addEventListener("click", () => this.#open(byId("filter").hidden));
    this.#say();
  }

  /** Of moments in lesson order those that pass; step by step where they are grouped so. */
  apply(moments) {
    const passing = moments.filter(this.#asked());
    if (byId("grouped").value !== "step") return passing;
    return passing.sort((a, b) => this.#numberOf(a) - this.#numberOf(b));  // a stable sort keeps lesson order within
  }

  /** The heading over a moment, null where there are none. */
  groupOf(moment) {
    if (byId("grouped").value !== "step") return null;
    const step = this.#steps.get(moment.step);
    return step ? `${step.number} ${step.name}` : "No step";
  }

  /** Everything passes again. */
  clear() {
    for (const id of NARROWING) byId(id).value = "";
    this.#say();
  }

  #changed() {
    this.#say();
    this.dispatchEvent(new Event("changed"));
  }

  #open(open) {
    byId("filter").hidden = !open;
    byId("filter-open").setAttribute("aria-expanded", String(open));
  }

  /** Closed, it still says that something is left out. */
  #say() {
    const narrowed = NARROWING.some((id) => byId(id).value);
    byId("filter-open").firstElementChild.textContent = narrowed ? "Filtered" : "Filter";
  }

  #numberOf({ step }) { return this.#steps.get(step)?.number ?? Infinity; }

  #asked() {
    const [step, kind, author] = NARROWING.map((id) => byId(id).value);
    return (moment) => (!step || step === (moment.step ?? "none")) && (!kind || kind === moment.kind)
      && (!author || (author === "mine") === moment.mine);
  }
}
