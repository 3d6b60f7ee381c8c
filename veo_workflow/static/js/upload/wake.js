// Keeps the screen awake where the browser can; an insecure page, and an older iPad, cannot.
export class Awake {
  #wanted = false;
  #lock = null;

  constructor() {
    document.addEventListener("visibilitychange", () => this.#renew());
  }

  /** Whether the screen now stays awake. */
  async hold() {
    this.#wanted = true;
    await this.#renew();
    return this.#lock !== null;
  }

  release() {
    this.#wanted = false;
    this.#lock?.release();
    this.#lock = null;
  }

  // The browser lets go of the lock by itself whenever the page is hidden.
  async #renew() {
    if (!this.#wanted || document.hidden || !navigator.wakeLock) return;
    try {
      this.#lock = await navigator.wakeLock.request("screen");
      if (!this.#wanted) this.release();
    } catch {
      this.#lock = null;
    }
  }
}
