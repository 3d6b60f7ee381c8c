// What a press marks, as sums alone; the same as in tags/rules.py. Times are ms, a clip is {rate, frames}.
import { frameOf, middleMs } from "../shared/time.js";

export function snap(ms, { rate, frames }) {
  return middleMs(Math.min(Math.max(frameOf(ms, rate), 0), frames - 1), rate);
}

/** One press: from `lead` before it to `lag` after it, people press after they have seen it. */
export function momentAround(pressed, lead, lag, clip) {
  const press = snap(pressed, clip);
  return { pressed_ms: press, start_ms: snap(press - lead, clip), end_ms: snap(press + lag, clip) };
}

/** A second press belongs to a moment when it comes after the first, and inside its lag. */
export const extendsMoment = (moment, pressed) => moment.pressed_ms <= pressed && pressed <= moment.end_ms;

export const extended = (moment, pressed, lag, clip) =>
  ({ ...moment, end_ms: Math.max(moment.end_ms, snap(pressed + lag, clip)) });

/** From the press that started it to the one that ended it, whichever came first on the clip. */
export function closed(moment, pressed, clip) {
  const at = snap(pressed, clip);
  return { ...moment, start_ms: Math.min(moment.pressed_ms, at), end_ms: Math.max(moment.pressed_ms, at) };
}

/** One edge moved to `ms`; the other one gives way rather than being crossed. */
export function withEdge(moment, edge, ms, clip) {
  const at = snap(ms, clip);
  if (edge === "start_ms") return { ...moment, start_ms: at, end_ms: Math.max(at, moment.end_ms) };
  return { ...moment, end_ms: at, start_ms: Math.min(at, moment.start_ms) };
}

/** An edge moved by whole frames. */
export const nudged = (moment, edge, frames, clip) =>
  withEdge(moment, edge, middleMs(frameOf(moment[edge], clip.rate) + frames, clip.rate), clip);
