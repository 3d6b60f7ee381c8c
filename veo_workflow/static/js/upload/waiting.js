// Waiting for a better moment: longer after each failure, shorter when the line or the page comes back.
const LONGEST = 30_000;

/** How long to wait after so many failures in a row, in milliseconds. */
export const patience = (failures) => Math.min(LONGEST, 1000 * 2 ** failures);

/** Resolves after `ms`, or as soon as the line comes back, the page is looked at again, or `signal` aborts. */
export function untilBetter(ms, signal) {
  return new Promise((done) => {
    const over = new AbortController();
    const listening = { signal: over.signal };
    const end = () => {
      clearTimeout(timer);
      over.abort();
      done();
    };
    const timer = setTimeout(end, ms);
    addEventListener("online", end, listening);
    document.addEventListener("visibilitychange", () => document.hidden || end(), listening);
    signal?.addEventListener("abort", end, listening);
  });
}

/** Does `ask` until it is answered; what the server refuses for good is thrown. `tell` hears each failure. */
export async function insist(ask, { signal, tell } = {}) {
  for (let failures = 0; ; failures += 1) {
    try {
      return await ask();
    } catch (error) {
      if (signal?.aborted || isFinal(error)) throw error;
      tell?.(error);
      await untilBetter(patience(failures), signal);
      if (signal?.aborted) throw error;
    }
  }
}

/** An answer that asking again will not change; a line that failed and a server in trouble are not among them. */
export function isFinal(error) {
  if (error.final) return true;
  return error.status >= 400 && error.status < 500 && !error.retryable;
}
