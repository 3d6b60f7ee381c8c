// On a shared iPad somebody who has walked away is signed out here too, not only at the next tap.
const strip = document.querySelector("form[data-idle]");
const SIGNS_OF_LIFE = ["pointerdown", "keydown", "scroll", "timeupdate"];
let last = Date.now();

for (const sign of SIGNS_OF_LIFE) {
  document.addEventListener(sign, () => { last = Date.now(); }, { capture: true, passive: true });
}

setInterval(() => {
  if (Date.now() - last >= strip.dataset.idle * 1000) strip.submit();
}, 1000);
