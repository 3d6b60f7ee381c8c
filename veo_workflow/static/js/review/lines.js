// The next actions, one line each: lines are added here without asking the server.

const NAMES = ["action_what", "action_owner", "action_due"];

export class Lines {
  #body;

  constructor(body) { this.#body = body; }

  /** An empty line at the end; returns the field to type into. */
  add() {
    const line = this.#body.rows[this.#body.rows.length - 1].cloneNode(true);
    const number = String(this.#body.rows.length + 1);
    for (const field of line.querySelectorAll("input, select")) {
      if (field.tagName === "INPUT") field.value = "";
      field.setAttribute("aria-label", field.getAttribute("aria-label").replace(/\d+$/, number));
    }
    line.querySelector(".done").replaceChildren();
    this.#body.append(line);
    return line.querySelector("input");
  }

  /** The server's lines instead of these. */
  replace(html) { this.#body.innerHTML = html; }

  /** `values`: a list of texts for each of the three names. */
  fill(values) {
    const count = values.action_what?.length ?? 0;
    while (this.#body.rows.length < count) this.add();
    for (const name of NAMES) {
      [...this.#body.querySelectorAll(`[name="${name}"]`)].forEach((field, line) => {
        if (line < count) field.value = values[name][line];
      });
    }
  }
}
