// Puts the parts of tagging together: moments, outbox, timeline, list, steps and keys.
import { fetchJson } from "../shared/api.js";
import { sayClock } from "../shared/time.js";
import { announce, byId, keepFocusOnClick, write } from "./dom.js";
import { Editor } from "./editor.js";
import { MomentList } from "./list.js";
import { Marking } from "./marking.js";
import { Moments } from "./moments.js";
import { Notebook } from "./notebook.js";
import { GONE, Outbox } from "./outbox.js";
import { nudged, withEdge } from "./presses.js";
import { Refused } from "./refused.js";
import { Replies, withUnsent } from "./replies.js";
import { Sharing } from "./sharing.js";
import { Timeline } from "./timeline.js";

const NEWS_EVERY_MS = 20_000;

/** Everything a person does to moments; the keys it understands are in `keys`. */
export class Tagging {
  #data;
  #clip;
  #player;
  #moments = new Moments();
  #outbox;
  #notebook;
  #editor;
  #list;
  #timeline;
  #marking;
  #sharing;
  #replies;
  #chosen = null;
  #inMark = null;
  #over = false;

  constructor({ data, clip, player, overview }) {
    this.#data = data;
    this.#clip = clip;
    this.#player = player;
    const versions = new Map(data.tags.map(({ id, version }) => [id, version]));
    this.#outbox = new Outbox({ person: data.me, clip: data.clip, address: data.tags_url, versions });
    this.#notebook = new Notebook(this.#moments, this.#outbox);
    this.#take(data.tags);
    this.#takeUnsent();
    this.#editor = new Editor({ player, notebook: this.#notebook });
    this.#replies = new Replies({ me: data.me, moments: this.#moments, outbox: this.#outbox, player });
    this.#list = new MomentList({ steps: data.steps, moments: this.#moments, editor: this.#editor, replies: this.#replies });
    this.#timeline = new Timeline({ clip, steps: data.steps, moments: this.#moments, player });
    this.#marking = new Marking({ data, clip, player, moments: this.#moments, notebook: this.#notebook });
    this.#sharing = new Sharing({ data, moments: this.#moments, outbox: this.#outbox });
    this.#timeline.addEventListener("window", ({ detail }) => overview.showWindow(detail));
    new Refused(this.#outbox, () => this.refresh());
    this.#listen();
    this.#setUpButtons();
    this.#sayUnsent();
    this.#outbox.send();
    this.#chooseFromAddress();
  }

  get keys() {
    const kinds = { s: "strength", q: "question", g: "suggestion", t: "note" };
    return {
      ...Object.fromEntries([1, 2, 3, 4, 5, 6, 7, 8, 9].map((number) => [number, () => this.#marking.pressNumber(number)])),
      ...Object.fromEntries(Object.entries(kinds).map(([key, kind]) => [key, () => this.#setKind(kind)])),
      0: () => this.#marking.press(null),
      n: () => this.#writeNote(),
      a: () => this.#replies.write(),
      i: () => this.#edge("start_ms"),
      o: () => this.#edge("end_ms"),
      "[": () => this.#walk(-1),
      "]": () => this.#walk(1),
      r: () => this.#toggleLoop(),
      Escape: () => this.#cancel(),
    };
  }

  undo = () => this.#turnBack(this.#notebook.undo(), "Undone");

  redo = () => this.#turnBack(this.#notebook.redo(), "Done again");

  // --- what the server knows

  #take(tags) {
    const moments = tags.map((tag) => ({ ...tag, mine: tag.author.id === this.#data.me }));
    const ours = this.#outbox.ids;
    for (const { id, version } of tags) if (!ours.has(id)) this.#outbox.know(id, version);
    this.#moments.replace(moments, ours);
  }

  /** What an earlier visit could not send stands on the page as if it had been sent. */
  #takeUnsent() {
    for (const entry of this.#outbox.entries) {
      const { id, under, method, body, refused } = entry;
      if (under && !refused && this.#moments.get(under)) this.#moments.put(withUnsent(this.#moments.get(under), entry, this.#data.me));
      if (under || refused || (body && (body.edition ?? 0) !== this.#clip.edition)) continue;
      if (method === "DELETE") this.#moments.remove(id);
      else {
        const known = this.#data.tags.find((tag) => tag.id === id);
        const fresh = { version: 0, shared: false, replies: [], author: { id: this.#data.me, name: "" } };
        this.#moments.put({ ...(known ?? fresh), id, mine: true, ...body, version: this.#outbox.versionOf(id), unsent: true });
      }
    }
  }

  /** What the server knows, taken over but for what is still on its way there. */
  async refresh() {
    try {
      this.#hear(await fetchJson(this.#data.tags_url));
    } catch (error) {
      if (error.status === 404) this.#end();  // anything else: it is asked again the next time
    }
  }

  /** The clip has been withdrawn or taken back, or the pair has ended, while somebody was marking it. */
  #end() {
    if (this.#over) return;
    this.#over = true;
    this.#player.pause();
    this.#sharing.complain(GONE);
    announce(GONE);
  }

  #hear({ tags, turn }) {
    this.#take(tags);
    this.#sharing.take(turn);
  }

  #arrived({ id, tag }) {
    const present = this.#moments.get(id);
    if (!tag || !present || this.#outbox.ids.has(id)) return;
    const { open, mine } = present;
    this.#moments.put({ ...tag, mine, ...(open && { open }) });
  }

  // --- choosing

  #choose(id) {
    this.#chosen = id;
    this.#list.choose(id);
    this.#timeline.choose(id);
    this.#showKind();
  }

  get #mine() {
    const moment = this.#moments.get(this.#chosen);
    return moment?.mine ? moment : null;
  }

  #jump(id) {
    const { start_ms: start, end_ms: end } = this.#moments.get(id);
    this.#choose(id);
    this.#player.playSpan({ start, end });
  }

  /** `[` and `]`: the picture stops on the exact first frame. */
  #walk(by) {
    const ids = this.#list.shown;
    const at = ids.indexOf(this.#chosen);
    const beside = at >= 0 ? ids[at + by] : this.#nearest(ids, by);
    if (!beside) return;
    const moment = this.#moments.get(beside);
    this.#choose(beside);
    this.#player.pause();
    this.#player.seekMs(moment.start_ms);
    announce(`${this.#data.steps.find(({ id }) => id === moment.step)?.name ?? "Moment"}, ${sayClock(moment.start_ms)}`);
  }

  #nearest(ids, by) {
    const { ms } = this.#player;
    const starts = (id) => this.#moments.get(id).start_ms;
    return by > 0 ? ids.find((id) => starts(id) > ms) : ids.findLast((id) => starts(id) < ms);
  }

  #chooseFromAddress() {
    const id = new URLSearchParams(location.hash.slice(1)).get("moment");
    if (!this.#moments.get(id)) return;
    this.#choose(id);
    this.#player.seekMs(this.#moments.get(id).start_ms);
  }

  #cancel() {
    if (this.#inMark !== null) { this.#inMark = null; announce("In point left out"); }
    else if (this.#chosen) this.#choose(null);
  }

  // --- changing

  #setKind(kind) {
    const moment = this.#mine;
    if (!moment || moment.kind === kind) return;
    this.#notebook.write({ ...moment, kind });
    announce(byId("kinds").querySelector(`[value="${kind}"]`).closest("label").textContent.trim());
  }

  #showKind() {
    const moment = this.#mine;
    byId("kinds").disabled = !moment;
    for (const input of byId("kinds").querySelectorAll("input")) input.checked = input.value === moment?.kind;
  }

  #writeNote() {
    if (!this.#mine) this.#marking.press(null);
    this.#editor.write();
  }

  #edge(edge) {
    const { ms } = this.#player;
    if (this.#mine) { this.#moveEdge(edge, () => withEdge(this.#mine, edge, ms, this.#clip)); return; }
    if (edge === "start_ms") {
      this.#inMark = ms;
      announce(`In at ${sayClock(ms)}; O sets the end`);
    } else if (this.#inMark !== null) {
      this.#marking.markSpan(Math.min(this.#inMark, ms), Math.max(this.#inMark, ms));
      this.#inMark = null;
    }
  }

  #nudge({ edge, by, unit }) {
    const frames = unit === "s" ? by * Math.round(this.#player.rate) : by;
    this.#moveEdge(edge, () => nudged(this.#mine, edge, frames, this.#clip));
    this.#player.pause();
    this.#player.seekMs(this.#mine[edge]);
  }

  #moveEdge(edge, moved) {
    this.#notebook.write(moved());
    announce(`${edge === "start_ms" ? "In" : "Out"} at ${sayClock(this.#mine[edge])}`);
  }

  #erase() {
    const id = this.#chosen;
    const ids = this.#list.shown;
    this.#choose(ids[ids.indexOf(id) + 1] ?? null);
    this.#notebook.erase(id);
    announce("Moment deleted. Undo brings it back.");
    byId("moment-list").focus({ preventScroll: true });
  }

  #turnBack(change, word) {
    if (!change) { announce("There is nothing to undo."); return; }
    this.#choose(change.moment ? change.id : null);
    announce(word);
  }

  #offerUndo() {
    byId("undo").disabled = !this.#notebook.canUndo;
    byId("redo").disabled = !this.#notebook.canRedo;
  }

  #toggleLoop() {
    this.#player.loop = !this.#player.loop;
    byId("loop").setAttribute("aria-pressed", String(this.#player.loop));
    announce(this.#player.loop ? "Loop on" : "Loop off");
    if (this.#player.loop && this.#chosen) this.#jump(this.#chosen);
  }

  // --- wiring

  #listen() {
    this.#list.addEventListener("jump", ({ detail }) => this.#jump(detail.id));
    this.#marking.addEventListener("made", ({ detail }) => this.#choose(detail.id));
    this.#timeline.addEventListener("choose", ({ detail }) => this.#jump(detail.id));
    this.#timeline.addEventListener("seek", ({ detail }) => this.#player.seekMs(detail.ms));
    this.#timeline.addEventListener("dragging", ({ detail }) => {
      this.#notebook.preview(detail.moment);
      this.#player.seekMs(detail.moment[detail.edge]);
    });
    this.#timeline.addEventListener("dragged", ({ detail: { before, moment } }) => {
      this.#notebook.preview(before);
      if (moment !== before) this.#notebook.write(moment);
    });
    this.#editor.addEventListener("nudge", ({ detail }) => this.#nudge(detail));
    this.#editor.addEventListener("here", ({ detail }) => this.#edge(detail.edge));
    this.#editor.addEventListener("step", ({ detail }) => this.#notebook.write({ ...this.#mine, ...detail }));
    this.#editor.addEventListener("delete", () => this.#erase());
    this.#moments.addEventListener("changed", ({ detail }) => this.#changed(detail.id));
    this.#notebook.addEventListener("changed", () => this.#offerUndo());
    this.#outbox.addEventListener("arrived", ({ detail }) => this.#arrived(detail));
    this.#outbox.addEventListener("changed", () => this.#sayUnsent());
    this.#outbox.addEventListener("needs", ({ detail }) => this.#sharing.complain(`${detail.error.message} What you did is kept here.`));
    this.#sharing.addEventListener("answered", ({ detail }) => this.#hear(detail));
    document.addEventListener("visibilitychange", () => document.hidden || this.refresh());
    setInterval(() => document.hidden || this.refresh(), NEWS_EVERY_MS);
  }

  #setUpButtons() {
    byId("undo").addEventListener("click", this.undo);
    byId("redo").addEventListener("click", this.redo);
    byId("loop").addEventListener("click", () => this.#toggleLoop());
    byId("kinds").addEventListener("change", ({ target }) => this.#setKind(target.value));
    for (const id of ["steps", "transport", "moments"]) keepFocusOnClick(byId(id));
  }

  #changed(id) {
    if (id === this.#chosen) {
      if (!this.#moments.get(id)) this.#chosen = null;
      this.#showKind();
    }
    this.#sharing.say();
  }

  #sayUnsent() {
    const unsent = byId("unsent");
    const waiting = this.#outbox.count;
    unsent.hidden = !waiting || (navigator.onLine && !this.#outbox.isWaiting);  // not for the blink of an ordinary save
    write(unsent.lastElementChild, `${waiting} unsent`);
  }
}
