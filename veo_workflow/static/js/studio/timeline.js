// One lane a step, over a window of the clip. The list beside it is the accessible twin: a lane reads as one sentence.
import { sayClock } from "../shared/time.js";
import { afterPaint, byId, colourOf, set, soon, svg } from "./dom.js";
import { withEdge } from "./presses.js";

const RULER_STEPS = [5, 10, 15, 30, 60, 120, 300];  // seconds
const NO_STEP = "none";
const SAID_AT_ONCE = 8;
const DRAWN_AT_ONCE = 60;  // what is on the clip already; with more, steps can be pressed before all of it is drawn
const EDGES = ["start_ms", "end_ms"];

/** Says `choose` with {id}, `seek` with {ms}, `dragging` and `dragged` with {moment}, `window` with {start, length}. */
export class Timeline extends EventTarget {
  #clip;
  #steps;
  #moments;
  #player;
  #lanes = new Map();
  #marks = new Map();
  #chosen = null;
  #window;
  #undescribed = new Set();
  #describeSoon = soon(() => this.#describeAll());

  constructor({ clip, steps, moments, player }) {
    super();
    this.#clip = clip;
    this.#steps = new Map(steps.map((step) => [step.id, step]));
    this.#moments = moments;
    this.#player = player;
    this.#window = { start: 0, length: clip.duration_ms };
    byId("timeline").hidden = false;
    for (const step of steps) if (step.in_use) this.#lane(step.id);
    this.#setUpZoom();
    this.#setUpPointer();
    moments.addEventListener("changed", ({ detail }) => this.#draw(detail.id));
    player.addEventListener("frame", () => this.#follow());
    const drawAll = () => { for (const moment of moments.all) this.#draw(moment.id); };
    if (moments.all.length > DRAWN_AT_ONCE) afterPaint(drawAll);
    else drawAll();
    this.#drawRuler();
    this.#follow();
  }

  choose(id) {
    const before = this.#chosen;
    this.#chosen = id;
    for (const one of [before, id]) if (one) this.#draw(one);
  }

  #x(ms) { return 100 * (ms - this.#window.start) / this.#window.length; }

  #percent(ms) { return `${this.#x(ms).toFixed(3)}%`; }

  // --- lanes

  /** The lane of a step; made when it is first needed, in the order of the steps, "No step" last. */
  #lane(stepId) {
    const key = stepId ?? NO_STEP;
    const present = this.#lanes.get(key);
    if (present) return present;
    const step = this.#steps.get(key);
    const label = Object.assign(document.createElement("span"), { className: "step" });
    if (step) label.append(Object.assign(document.createElement("b"), { textContent: step.number }), step.name);
    else label.append("No step");
    const picture = svg("svg", { role: "img" });
    const row = Object.assign(document.createElement("div"), { className: "lane" });
    row.dataset.step = colourOf(step);
    row.append(label, picture);
    const lane = { row, picture, name: step?.name ?? "No step", number: step?.number ?? Infinity, ids: new Set() };
    this.#lanes.set(key, lane);
    const after = [...this.#lanes.values()].filter((one) => one.number > lane.number).sort((a, b) => a.number - b.number)[0];
    byId("lanes").insertBefore(row, after?.row ?? byId("playhead"));
    this.#describe(lane);
    return lane;
  }

  #describe(lane) {
    this.#undescribed.add(lane);
    this.#describeSoon();
  }

  #describeAll() {
    for (const lane of this.#undescribed) this.#say(lane);
    this.#undescribed.clear();
  }

  #say(lane) {
    const moments = this.#moments.all.filter(({ id }) => lane.ids.has(id));
    const said = moments.slice(0, SAID_AT_ONCE).map((moment) => {
      const state = moment.open ? "open" : moment.shared ? "shared" : "draft";
      return `${sayClock(moment.start_ms)} to ${sayClock(moment.end_ms)}, ${state}${moment.id === this.#chosen ? ", chosen" : ""}`;
    });
    if (moments.length > SAID_AT_ONCE) said.push(`and ${moments.length - SAID_AT_ONCE} more`);
    lane.picture.setAttribute("aria-label", `${lane.name}: ${said.join("; ") || "no moments"}`);
  }

  // --- moments

  #draw(id) {
    const moment = this.#moments.get(id);
    const mark = this.#marks.get(id);
    const lane = moment && this.#lane(moment.step);
    if (mark && mark.lane !== lane) {
      mark.group.remove();
      mark.lane.ids.delete(id);
      this.#marks.delete(id);
      this.#describe(mark.lane);
    }
    if (!moment) return;
    const group = this.#marks.get(id)?.group ?? svg("g", { "data-id": id });
    lane.ids.add(id);
    this.#marks.set(id, { group, lane });
    const chosen = id === this.#chosen;
    group.replaceChildren(...this.#shapes(moment, chosen));
    if (chosen || !group.parentNode) lane.picture.append(group);
    this.#describe(lane);
  }

  #shapes(moment, chosen) {
    const end = moment.open ? Math.max(this.#player.ms, moment.start_ms) : moment.end_ms;
    const width = this.#x(end) - this.#x(moment.start_ms);
    const name = moment.open ? "open" : `m${moment.shared ? "" : " draft"}${chosen ? " chosen" : ""}`;
    const rect = svg("rect", { class: name, x: this.#percent(moment.start_ms), y: "12%", width: `${Math.max(width, 0.2).toFixed(3)}%`, height: "76%", rx: 5 });
    if (moment.open) return [rect];
    const press = svg("circle", { class: moment.shared || chosen ? "press" : "draft-press", cx: this.#percent(moment.pressed_ms), cy: "50%", r: 3 });
    if (!chosen || !moment.mine) return [rect, press];
    return [rect, press, ...EDGES.flatMap((edge) => this.#handle(moment, edge))];
  }

  /** A thin bar one sees, and a wide one that a finger hits. */
  #handle(moment, edge) {
    const at = { x: this.#percent(moment[edge]), y: "2%", height: "96%", "data-edge": edge };
    return [
      svg("rect", { ...at, class: "handle", width: 6, rx: 3, transform: "translate(-3 0)" }),
      svg("rect", { ...at, class: "grip", width: 24, transform: `translate(${edge === "start_ms" ? -20 : -4} 0)` }),
    ];
  }

  // --- the window and the playhead

  #setUpZoom() {
    const zoom = byId("zoom");
    for (const input of zoom.querySelectorAll("input")) {
      input.closest("label").hidden = Number(input.value) >= this.#clip.duration_ms;
      input.addEventListener("change", () => this.#zoomTo(Number(input.value) || this.#clip.duration_ms));
    }
    zoom.hidden = zoom.querySelectorAll("label:not([hidden])").length < 2;
  }

  #zoomTo(length) {
    this.#moveTo(this.#player.ms - length / 2, length);
  }

  #moveTo(start, length) {
    const latest = this.#clip.duration_ms - length;
    this.#window = { start: Math.min(Math.max(start, 0), latest), length };
    this.#drawRuler();
    for (const id of this.#marks.keys()) this.#draw(id);
    this.dispatchEvent(new CustomEvent("window", { detail: this.#window }));
  }

  #follow() {
    const { ms } = this.#player;
    const { start, length } = this.#window;
    if (ms < start || ms > start + length) this.#moveTo(ms - length / 10, length);
    const [line, dot] = byId("playhead").children;
    const x = this.#percent(ms);
    set(line, { x1: x, x2: x });
    set(dot, { cx: x });
    for (const [id, { group }] of this.#marks) {
      if (group.firstElementChild.classList.contains("open")) this.#draw(id);
    }
  }

  #drawRuler() {
    const ruler = byId("ruler").querySelector("svg");
    const { start, length } = this.#window;
    const step = 1000 * (RULER_STEPS.find((seconds) => length / (seconds * 1000) <= 9) ?? 600);
    const labels = [];
    for (let ms = Math.ceil(start / step) * step; ms <= start + length; ms += step) {
      const x = this.#x(ms);
      const anchor = x < 2 ? "start" : x > 98 ? "end" : "middle";
      labels.push(svg("text", { x: this.#percent(ms), y: 15, "text-anchor": anchor }, [sayClock(ms)]));
    }
    ruler.replaceChildren(...labels);
  }

  // --- pointer: a tap chooses or seeks, a drag on an edge moves it

  #setUpPointer() {
    const lanes = byId("lanes");
    lanes.addEventListener("pointerdown", (event) => {
      const edge = event.target.dataset?.edge;
      if (edge) this.#drag(event, edge);
    });
    lanes.addEventListener("click", (event) => {
      const picture = event.target.closest(".lane > svg");
      if (!picture || event.target.dataset.edge) return;
      const id = event.target.closest("g")?.dataset.id;
      if (id) this.dispatchEvent(new CustomEvent("choose", { detail: { id } }));
      else this.dispatchEvent(new CustomEvent("seek", { detail: { ms: this.#at(event, picture) } }));
    });
  }

  #at(event, picture) {
    const box = picture.getBoundingClientRect();
    return this.#window.start + this.#window.length * (event.clientX - box.left) / box.width;
  }

  #drag(event, edge) {
    event.preventDefault();
    const before = this.#moments.get(this.#chosen);
    const { picture } = this.#marks.get(before.id).lane;
    const lanes = byId("lanes");
    lanes.setPointerCapture(event.pointerId);
    let moment = before;
    const move = (moved) => {
      moment = withEdge(before, edge, this.#at(moved, picture), this.#clip);
      this.dispatchEvent(new CustomEvent("dragging", { detail: { moment, edge } }));
    };
    const end = () => {
      for (const [name, does] of [["pointermove", move], ["pointerup", end], ["pointercancel", end]]) lanes.removeEventListener(name, does);
      this.dispatchEvent(new CustomEvent("dragged", { detail: { before, moment } }));
    };
    for (const [name, does] of [["pointermove", move], ["pointerup", end], ["pointercancel", end]]) lanes.addEventListener(name, does);
  }
}
