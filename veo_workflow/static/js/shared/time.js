// Times on a clip. `rate` is frames per second as a number, `ms` whole milliseconds on the playback rendition.
// The same arithmetic as tags/rules.py: frame = floor(ms × rate / 1000), and a time is the middle of its frame.

// A rate such as 30000/1001 is not exact in floating point; frames are told apart by far more than this.
const LOST = 1e-7;

export const frameOf = (ms, rate) => Math.floor(ms * rate / 1000 + LOST);

/** The frame behind a video frame callback's mediaTime: its start in Chromium, the place that was sought in WebKit. */
export const frameShown = (mediaTime, rate) => Math.floor(mediaTime * rate + 0.25);

/** The middle of a frame in seconds, which is where a seek has to aim: a frame's start often shows the one before. */
export const middleOf = (frame, rate) => (frame + 0.5) / rate;

/** The middle of a frame in whole ms, as tags are stored. */
export const middleMs = (frame, rate) => Math.floor((frame + 0.5) * 1000 / rate + 0.5 + LOST);

/** m:ss */
export function sayClock(ms) {
  const seconds = Math.floor(Math.max(0, ms) / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** m:ss.t */
export const sayTenths = (ms) => `${sayClock(ms)}.${Math.floor((Math.max(0, ms) % 1000) / 100)}`;

/** A time as it is read aloud: "3 minutes 42 seconds". */
export function sayAloud(ms) {
  const seconds = Math.floor(Math.max(0, ms) / 1000);
  const counted = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;
  const minutes = Math.floor(seconds / 60);
  const rest = counted(seconds % 60, "second");
  return minutes ? `${counted(minutes, "minute")} ${rest}` : rest;
}
