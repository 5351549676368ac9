"use strict";
// Keyboard: a key clicks (or focuses) the element that names it in data-key. Typing is left alone.
const FIELDS = "input:not([type=radio]):not([type=range]), textarea, select";
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.target.matches(FIELDS)) {
    if (event.key === "Escape") event.target.blur();
    if (event.key === "Enter" && event.target.matches("[data-enter]")) {
      event.preventDefault();
      document.querySelector(event.target.dataset.enter).click();
    }
    return;
  }
  const wanted = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`) || neighbour(event.key);
  if (!wanted) return;
  event.preventDefault();
  if (wanted.matches(FIELDS) || wanted.matches(".open")) wanted.focus();
  else wanted.click();
});

// In the queue, j and k move the focus from finding to finding.
function neighbour(key) {
  if (key !== "j" && key !== "k") return null;
  const rows = [...document.querySelectorAll(".row .open")];
  const here = rows.indexOf(document.activeElement);
  return rows[here + (key === "j" ? 1 : -1)];
}

// Files that are dropped on the drop area are chosen and sent; elsewhere the browser would open them.
const area = document.querySelector(".drop");
for (const kind of ["dragover", "drop"]) document.addEventListener(kind, (event) => event.preventDefault());
if (area) {
  area.addEventListener("dragover", () => area.classList.add("over"));
  for (const kind of ["dragleave", "drop"]) area.addEventListener(kind, () => area.classList.remove("over"));
  area.addEventListener("drop", (event) => {
    if (!event.dataTransfer.files.length) return;
    area.querySelector("input[type=file]").files = event.dataTransfer.files;
    area.requestSubmit();
  });
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) document.getElementById(opener.dataset.dialog).showModal();
  const tool = event.target.closest("[data-adjust]");
  if (tool) adjust(tool.closest(".views"), tool.dataset);
});

// Turning, mirroring and nudging the first picture: a CSS transform, nothing is computed or stored.
const adjusted = { turn: 0, mirror: 1, x: 0, y: 0 };
function adjust(views, { adjust: what, by }) {
  if (what === "reset") Object.assign(adjusted, { turn: 0, mirror: 1, x: 0, y: 0 });
  else if (what === "mirror") adjusted.mirror *= -1;
  else adjusted[what] += Number(by);
  const { turn, mirror, x, y } = adjusted;
  views.querySelector(".moved img").style.transform = `translate(${x}px, ${y}px) rotate(${turn}deg) scaleX(${mirror})`;
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
  if (event.target.matches("#look")) {
    for (const image of document.querySelectorAll("img[data-src]")) {
      image.src = `${image.dataset.src}&look=${event.target.value}`;
    }
  }
  if (event.target.matches(".views > .zoom")) deepen(event.target.parentElement.querySelector(".deep"));
});

// Two viewers of the same frame; each follows the other.
function deepen(deep) {
  if (deep.dataset.ready) return;
  deep.dataset.ready = "yes";
  const viewers = ["left", "right"].map((side) =>
    OpenSeadragon({
      element: deep.querySelector(`.${side}`),
      tileSources: { type: "image", url: deep.dataset[side] },
      showNavigationControl: false,
      animationTime: 0.3,
      maxZoomPixelRatio: 12,
      drawer: "canvas",
      imageSmoothingEnabled: false,
    }),
  );
  let following = false;
  for (const [number, viewer] of viewers.entries()) {
    viewer.addHandler("viewport-change", () => {
      if (following) return;
      following = true;
      const other = viewers[1 - number].viewport;
      other.zoomTo(viewer.viewport.getZoom(true), null, true);
      other.panTo(viewer.viewport.getCenter(true), true);
      following = false;
    });
  }
}
