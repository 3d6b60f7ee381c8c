// The strip above the review: who is here, who leads, and what one can do about it. In words, which are announced.

const byId = (id) => document.getElementById(id);

export class Strip {
  #region = byId("room");
  #words = byId("room-words");

  get cycle() { return this.#region.dataset.cycle; }

  on(button, work) { byId(`room-${button}`).addEventListener("click", work); }

  /** What is said and which buttons are there; each once, so that nothing is announced twice. */
  #show(words, ...buttons) {
    if (this.#words.textContent !== words) this.#words.textContent = words;
    const held = this.#region.contains(document.activeElement);
    for (const name of ["join", "follow", "lead", "leave"]) byId(`room-${name}`).hidden = !buttons.includes(name);
    if (held && !this.#region.contains(document.activeElement)) byId(`room-${buttons[0] ?? "join"}`).focus();
    this.#region.hidden = false;
  }

  showOutside() { this.#show(this.#region.dataset.outside, "join"); this.#showPeople([]); }

  showClosed(why) { this.#show(why); this.#showPeople([]); }

  showDown() {
    this.#show("The line is down. You go on here by yourself; the room catches up when it is back.", "leave");
  }

  /** `seat` is this screen's; `note` is one more sentence. */
  showRoom(room, seat, note = "") {
    const { me, name } = this.#region.dataset;
    const seats = Object.entries(room.seats);
    const mine = room.seats[seat];
    const theirs = seats.filter(([, one]) => one.person !== me).map(([, one]) => one);
    this.#showPeople(seats.map(([, one]) => one.person));
    const leads = room.leader === seat;
    const elsewhere = room.seats[room.leader]?.person === me;
    const leader = elsewhere ? "You are leading on another screen." : `${name} is leading.`;
    const follows = elsewhere ? "This one follows." : "You follow.";
    const own = mine?.follows === false ? "You look around freely." : follows;
    const words = leads ? this.#besideTheLeader(theirs, name) : `${leader} ${own}`;
    const buttons = leads ? ["leave"] : mine?.follows === false ? ["follow", "lead", "leave"] : ["lead", "leave"];
    this.#show(note ? `${words} ${note}` : words, ...buttons);
  }

  #besideTheLeader(theirs, name) {
    if (!theirs.length) return `You are leading. ${name} is not here yet.`;
    if (theirs.some((one) => one.follows)) return `You are leading. ${name} follows.`;
    return `You are leading. ${name} is here and looks around freely.`;
  }

  #showPeople(here) {
    for (const initial of this.#region.querySelectorAll("[data-person]")) {
      initial.hidden = !here.includes(initial.dataset.person);
    }
  }
}
