// How far a clip has come, as it is said: a stage by its name, per cent, and the time that is left.

export const STAGES = { uploading: "Uploading", checking: "Checking", converting: "Converting", finishing: "Converting", trimming: "Trimming", ready: "Ready", failed: "Failed" };

/** ` 43 %, about 2 min left`, after the name of the stage; as much of it as is known. */
export function sayHowFar({ stage, fraction, seconds_left: seconds }) {
  const percent = isMeasured(stage, fraction) ? ` ${Math.floor(fraction * 100)} %` : "";
  if (seconds === null || seconds === undefined) return percent;
  return `${percent}, ${seconds < 60 ? "less than a minute" : `about ${Math.round(seconds / 60)} min`} left`;
}

/** Sets a <progress>; a bar without a value says that nobody knows. */
export function setBar(bar, { stage, fraction }) {
  if (isMeasured(stage, fraction)) bar.value = fraction;
  else bar.removeAttribute("value");
}

const isMeasured = (stage, fraction) => stage === "converting" || fraction > 0;
