// How many of the sheet's stills are here: paper shows only those. What cannot be had leaves a plain field.

const stills = [...document.querySelectorAll("img.still")];
const told = document.getElementById("stills");
let here = 0;

function say() {
  const all = here === stills.length;
  told.hidden = false;
  told.querySelector("p").textContent = all ? "Every still is here." : `${here} of ${stills.length} stills are here. Wait for the rest before you print.`;
  told.querySelector("progress").value = here / stills.length;
  told.querySelector("progress").hidden = all;
}

function arrived() {
  here += 1;
  if (here === stills.length || here % 5 === 0) say();
}

function standIn(still) {
  const field = document.createElement("p");
  field.className = "still gone";
  field.textContent = "No picture";
  still.replaceWith(field);
  arrived();
}

if (stills.length) say();
for (const still of stills) {
  if (still.complete && still.naturalWidth) arrived();
  else if (still.complete) standIn(still);
  else {
    still.addEventListener("load", arrived, { once: true });
    still.addEventListener("error", () => standIn(still), { once: true });
  }
}
