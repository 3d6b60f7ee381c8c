// Drafts become the pair's: when their author shares them, or, where the pair tags self first, both sets at once.
import { ApiError, fetchJson } from "../shared/api.js";
import { announce, byId, counted, soon, write } from "./dom.js";

/** Says `answered` with {tags} of what the server has after it was asked to share, to finish or to go on. */
export class Sharing extends EventTarget {
  #data;
  #moments;
  #outbox;
  #turn;
  #trouble = "";

  /** The two lines in the head, and what the button beside them does. */
  say = soon(() => this.#say());

  constructor({ data, moments, outbox }) {
    super();
    this.#data = data;
    this.#moments = moments;
    this.#outbox = outbox;
    this.#turn = data.turn;
    byId("share")?.addEventListener("click", () => this.#pressed());
    byId("finish").addEventListener("close", () => byId("finish").returnValue === "finish" && this.#finish());
    this.say();
  }

  /** Whose turn it is, as the server has just said. */
  take(turn) {
    const revealed = this.#turn.held && this.#turn.finished && !turn.held && turn.other_finished;
    this.#turn = turn;
    if (revealed) announce("Both sets are revealed.");
    this.say();
  }

  #say() {
    const { held, finished } = this.#turn;
    const mine = this.#moments.all.filter((moment) => moment.mine);
    const drafts = mine.filter((moment) => !moment.shared).length;
    const [first, second] = byId("state").children;
    write(first, held && finished ? `You have finished, ${counted(mine.length, "moment")}` : sayMine(mine.length, drafts));
    write(second, this.#trouble || this.#sayTheirs(this.#moments.all.length - mine.length));
    const share = byId("share");
    if (!share) return;
    share.disabled = !held && drafts === 0;
    share.classList.toggle("primary", !(held && finished));
    write(share, !held ? `Share with ${this.#data.other}` : finished ? "Go on tagging" : "I have finished");
  }

  /** One sentence beside the button, until something else is known. */
  complain(sentence) {
    this.#trouble = sentence;
    this.say();
  }

  #sayTheirs(count) {
    const { other } = this.#data;
    if (this.#data.alone) return `${other} cannot see this clip yet`;
    if (this.#turn.held) return this.#turn.other_finished ? `${other} has finished, it is your turn` : `${other} has not finished tagging`;
    return count ? `${counted(count, "moment")} from ${other}` : `Nothing from ${other} yet`;
  }

  #pressed() {
    if (!this.#turn.held) this.#send(`Shared with ${this.#data.other}`, this.#data.share_url, "POST");
    else if (this.#turn.finished) this.#send("Go on; nothing is revealed yet.", this.#data.finish_url, "DELETE");
    else this.#ask();
  }

  #ask() {
    const { other } = this.#data;
    byId("finish").querySelector("p").textContent = this.#turn.other_finished
      ? `${other} has finished too. Both sets are revealed the moment you say so.`
      : `${other} sees nothing yet. Once ${other} has finished too, both sets are revealed together.`;
    byId("finish").returnValue = "";
    byId("finish").showModal();
  }

  #finish() { this.#send("You have finished.", this.#data.finish_url, "PUT"); }

  async #send(done, address, method) {
    byId("share").disabled = true;
    await this.#outbox.send();
    if (this.#outbox.count) announce("That waits until everything is sent.");
    else await this.#request(done, address, method);
    this.say();
  }

  async #request(done, address, method) {
    try {
      const answer = await fetchJson(address, { method, body: {} });
      this.#trouble = "";
      this.dispatchEvent(new CustomEvent("answered", { detail: answer }));
      announce(done);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#trouble = error.message;
    }
  }
}

const sayMine = (mine, drafts) => drafts ? `${counted(drafts, "draft")}, only yours` : mine ? "All yours are shared" : "Nothing marked yet";
