// How fast it goes, and how that is said.
const WINDOW = 20_000;

export class Pace {
  #seen = [];

  /** So many bytes had been sent at this moment. */
  note(sent, at = performance.now()) {
    this.#seen.push({ sent, at });
    while (this.#seen[0].at < at - WINDOW) this.#seen.shift();
  }

  /** What came before a pause says nothing about what comes after it. */
  forget() {
    this.#seen = [];
  }

  /** Seconds left for `rest` bytes at the pace of the last moments; null while that cannot be told. */
  secondsLeft(rest) {
    const first = this.#seen[0];
    const last = this.#seen.at(-1);
    if (!first || last.at - first.at < 2000 || last.sent <= first.sent) return null;
    return (rest * (last.at - first.at)) / (last.sent - first.sent) / 1000;
  }
}

/** `2 min left`; empty while nobody knows. */
export function sayLeft(seconds) {
  if (seconds === null || seconds === undefined) return "";
  if (seconds < 55) return "less than a minute left";
  return `${Math.round(seconds / 60) || 1} min left`;
}

/** `433 MB`, `1.2 GB`, as the server says them. */
export const sayBytes = (bytes) => (bytes >= 1e9 ? `${gigabytes(bytes)} GB` : `${Math.max(1, megabytes(bytes))} MB`);

/** `186 of 433 MB` */
export const sayOf = (sent, size) => `${size >= 1e9 ? gigabytes(sent) : megabytes(sent)} of ${sayBytes(size)}`;

const gigabytes = (bytes) => (bytes / 1e9).toFixed(1);
const megabytes = (bytes) => Math.round(bytes / 1e6);
