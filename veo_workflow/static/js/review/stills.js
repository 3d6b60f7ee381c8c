// Each moment's first picture. Where it cannot be had the clip's poster stands in for it, or else a plain field.

function standIn(image) {
  const { otherwise } = image.dataset;
  delete image.dataset.otherwise;
  image.alt = "";
  if (otherwise) image.src = otherwise;
  else image.hidden = true;
}

export function fillStills(list) {
  for (const image of list.querySelectorAll(".thumb img:not([data-watched])")) {
    image.dataset.watched = "";
    image.addEventListener("error", () => standIn(image));
    if (image.complete && !image.naturalWidth) standIn(image);  // it failed before this module was here
  }
}
