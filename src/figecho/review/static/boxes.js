"use strict";
// Boxes on a picture. The numbers in the form are the truth: what is drawn follows them, and drawing changes them.
const SIDES = ["x", "y", "width", "height"];
const EDGE = 9; // so near to an edge, in pixels of the screen, a box is resized and not moved
const STEP = 10; // pixels of the picture that an arrow key moves

for (const board of document.querySelectorAll(".board")) {
  const rows = document.getElementById(board.dataset.rows);
  const size = { width: Number(board.dataset.width), height: Number(board.dataset.height) };
  setUp({ board, rows, size, single: "single" in board.dataset, drawn: new Map() });
}

function setUp(easel) {
  const { board, rows } = easel;
  redraw(easel);
  rows.addEventListener("input", () => changed(easel));
  rows.addEventListener("focusin", (event) => mark(easel, event.target.closest(".boxed")));
  rows.addEventListener("click", (event) => {
    if (event.target.closest("[data-remove]")) remove(easel, event.target.closest(".boxed"));
  });
  for (const button of document.querySelectorAll(`[data-add="${rows.id}"]`)) {
    button.addEventListener("click", () => focusOn(easel, add(easel, middle(easel.size))));
  }
  for (const button of document.querySelectorAll(`[data-whole="${rows.id}"]`)) {
    button.addEventListener("click", () => {
      for (const row of [...rows.querySelectorAll(".boxed")]) row.remove();
      focusOn(easel, add(easel, { x: 0, y: 0, ...easel.size }));
    });
  }
  board.addEventListener("pointerdown", (event) => drag(easel, event));
  board.addEventListener("keydown", (event) => press(easel, event));
}

// ---- the numbers ----

function read(row) {
  return Object.fromEntries(SIDES.map((side) => [side, Number(row.querySelector(`[name=${side}]`).value)]));
}

function write(easel, row, box) {
  const width = clamp(Math.round(box.width), 1, easel.size.width);
  const height = clamp(Math.round(box.height), 1, easel.size.height);
  const x = clamp(Math.round(box.x), 0, easel.size.width - width);
  const y = clamp(Math.round(box.y), 0, easel.size.height - height);
  for (const [side, value] of Object.entries({ x, y, width, height })) row.querySelector(`[name=${side}]`).value = value;
  changed(easel);
}

function add(easel, box) {
  let row = easel.single ? easel.rows.querySelector(".boxed") : null;
  if (!row) {
    row = easel.rows.querySelector("template").content.querySelector(".boxed").cloneNode(true);
    easel.rows.append(row);
  }
  write(easel, row, box);
  return row;
}

function remove(easel, row) {
  if (easel.single) for (const input of row.querySelectorAll("input")) input.value = "";
  else row.remove();
  changed(easel);
}

function changed(easel) {
  redraw(easel);
  const note = document.getElementById("unsaved");
  if (note) note.hidden = false;
}

// ---- what is drawn ----

function redraw(easel) {
  const { board, rows, size, drawn } = easel;
  const live = [...rows.querySelectorAll(".boxed")].filter((row) => Number(row.querySelector("[name=width]").value) > 0);
  for (const [row, element] of drawn) {
    if (!live.includes(row)) {
      element.remove();
      drawn.delete(row);
    }
  }
  for (const row of live) {
    if (!drawn.has(row)) drawn.set(row, board.appendChild(makeBox()));
    const element = drawn.get(row);
    const { x, y, width, height } = read(row);
    element.style.left = `${(100 * x) / size.width}%`;
    element.style.top = `${(100 * y) / size.height}%`;
    element.style.width = `${(100 * width) / size.width}%`;
    element.style.height = `${(100 * height) / size.height}%`;
    const name = row.querySelector("[name=panel]")?.value ?? "";
    element.firstChild.textContent = name;
    element.setAttribute("aria-label", `Box ${name} at ${x}, ${y}, ${width} by ${height} pixels; arrow keys move it`);
  }
}

function makeBox() {
  const element = document.createElement("button");
  element.type = "button";
  element.className = "box";
  element.append(document.createElement("span"));
  return element;
}

function mark(easel, row) {
  for (const [each, element] of easel.drawn) element.classList.toggle("marked", each === row);
}

function focusOn(easel, row) {
  easel.drawn.get(row).focus();
}

function rowOf(easel, element) {
  return [...easel.drawn].find(([, drawn]) => drawn === element)?.[0];
}

// ---- by mouse, pen or finger ----

function drag(easel, event) {
  if (event.button !== 0) return;
  event.preventDefault();
  const { board } = easel;
  const start = at(easel, event);
  const touched = event.shiftKey ? null : event.target.closest(".box");
  const grabbed = touched && !fills(easel, rowOf(easel, touched)) ? touched : null;
  const row = grabbed ? rowOf(easel, grabbed) : add(easel, { ...start, width: 1, height: 1 });
  const before = read(row);
  const edges = grabbed ? edgesAt(grabbed.getBoundingClientRect(), event) : { right: true, bottom: true };
  focusOn(easel, row);
  const move = (moved) => write(easel, row, dragged(before, edges, start, at(easel, moved)));
  const end = () => {
    board.removeEventListener("pointermove", move);
    const { width, height } = read(row);
    if (!grabbed && Math.min(width, height) < 4) remove(easel, row); // a click and no box
  };
  board.setPointerCapture(event.pointerId);
  board.addEventListener("pointermove", move);
  board.addEventListener("pointerup", end, { once: true });
  board.addEventListener("pointercancel", end, { once: true });
}

// A box round the whole picture cannot be moved; drawing in it takes the picture apart.
function fills(easel, row) {
  const { width, height } = read(row);
  return width * height > 0.95 * easel.size.width * easel.size.height;
}

function at({ board, size }, event) {
  const frame = board.getBoundingClientRect();
  return {
    x: clamp(((event.clientX - frame.left) / frame.width) * size.width, 0, size.width),
    y: clamp(((event.clientY - frame.top) / frame.height) * size.height, 0, size.height),
  };
}

function edgesAt(frame, { clientX, clientY }) {
  const edges = { left: clientX - frame.left < EDGE, top: clientY - frame.top < EDGE };
  return { ...edges, right: frame.right - clientX < EDGE, bottom: frame.bottom - clientY < EDGE };
}

function dragged(box, edges, from, to) {
  const dx = to.x - from.x;
  const dy = to.y - from.y;
  if (!Object.values(edges).some(Boolean)) return { ...box, x: box.x + dx, y: box.y + dy };
  const [x, width] = stretched(box.x, box.width, edges.left, edges.right, dx);
  const [y, height] = stretched(box.y, box.height, edges.top, edges.bottom, dy);
  return { x, y, width, height };
}

// One direction of a box of which the low or the high edge moves; dragged beyond the other, the two change places.
function stretched(start, length, low, high, by) {
  const ends = [start + (low ? by : 0), start + length + (high && !low ? by : 0)].sort((p, q) => p - q);
  return [ends[0], ends[1] - ends[0]];
}

// ---- by keyboard ----

function press(easel, event) {
  const row = rowOf(easel, event.target.closest(".box"));
  if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
  const by = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] }[event.key];
  if (by) {
    const box = read(row);
    if (event.shiftKey) write(easel, row, { ...box, width: box.width + by[0], height: box.height + by[1] });
    else write(easel, row, { ...box, x: box.x + by[0], y: box.y + by[1] });
  } else if (event.key === "Delete" || event.key === "Backspace") remove(easel, row);
  else if (event.key === "Enter") name(row);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

function name(row) {
  const first = row.querySelector("input");
  first.focus();
  first.select();
}

function middle({ width, height }) {
  return { x: width / 4, y: height / 4, width: width / 2, height: height / 2 };
}

function clamp(value, least, most) {
  return Math.min(Math.max(value, least), Math.max(least, most));
}
