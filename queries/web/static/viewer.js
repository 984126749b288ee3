// Drawings that one zooms into (any SVG in a `data-zoom` part), and the layers of the image viewer.
"use strict";

// Show a part of the drawing: `by` times closer around a point of it, 0 for all; never beyond its edges.
function zoom(state, by, x, y) {
  const { svg, whole } = state;
  if (!by) state.box = { ...whole };
  else {
    const box = state.box, width = Math.min(whole.width, Math.max(whole.width / 60, box.width / by));
    const factor = width / box.width;
    state.box = { x: x - (x - box.x) * factor, y: y - (y - box.y) * factor, width, height: box.height * factor };
  }
  move(state, 0, 0);
  svg.dataset.closer = (whole.width / state.box.width).toFixed(2);
}

function move(state, dx, dy) {
  const { svg, whole, box } = state;
  box.x = Math.min(Math.max(box.x + dx, whole.x), whole.x + whole.width - box.width);
  box.y = Math.min(Math.max(box.y + dy, whole.y), whole.y + whole.height - box.height);
  svg.setAttribute("viewBox", [box.x, box.y, box.width, box.height].join(" "));
}

// Where a pointer is, in the units of the drawing.
function place(svg, event) {
  return new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
}

function zoomable(part) {
  const svg = part.querySelector("svg"), whole = { ...rectangle(svg) };
  const state = { svg, whole, box: { ...whole } };
  part.querySelectorAll("[data-by]").forEach((button) => button.addEventListener("click", () => {
    zoom(state, Number(button.dataset.by), state.box.x + state.box.width / 2, state.box.y + state.box.height / 2);
  }));
  svg.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return; // the page scrolls
    event.preventDefault();
    const at = place(svg, event);
    zoom(state, event.deltaY < 0 ? 1.25 : 0.8, at.x, at.y);
  }, { passive: false });
  let held = null;
  svg.addEventListener("pointerdown", (event) => { held = place(svg, event); });
  addEventListener("pointerup", () => { held = null; });
  svg.addEventListener("pointermove", (event) => {
    if (!held || !event.buttons) return;
    const now = place(svg, event);
    move(state, held.x - now.x, held.y - now.y);
  });
  svg.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!step || state.box.width >= whole.width) return;
    event.preventDefault();
    move(state, step[0] * state.box.width / 8, step[1] * state.box.height / 8);
  });
}

function rectangle(svg) {
  const { x, y, width, height } = svg.viewBox.baseVal;
  return { x, y, width, height };
}

function layers(part) {
  const svg = part.querySelector("svg");
  part.querySelector(".show-sources")?.addEventListener("change", (event) => {
    svg.querySelector(".sources").setAttribute("visibility", event.target.checked ? "visible" : "hidden");
  });
  part.querySelector(".flag")?.addEventListener("change", (event) => {
    svg.querySelectorAll("circle").forEach((circle) => {
      circle.classList.toggle("flagged", event.target.value !== "" && circle.dataset.flags.split(" ").includes(event.target.value));
    });
  });
  part.querySelectorAll(".show-plane").forEach((box) => box.addEventListener("change", () => {
    const plane = svg.querySelector(`[data-plane="${box.value}"]`);
    if (!plane.getAttribute("href")) plane.setAttribute("href", plane.dataset.href);
    plane.setAttribute("visibility", box.checked ? "visible" : "hidden");
  }));
}

// What is under the pointer or has the focus is said below the drawing; a title alone shows after a second.
function read(part) {
  const readout = part.querySelector(".readout"), idle = readout.textContent;
  const say = (event) => { readout.textContent = event.target.closest?.("circle, polygon, path")?.querySelector("title")?.textContent ?? idle; };
  part.querySelector("svg").addEventListener("pointerover", say);
  part.querySelector("svg").addEventListener("focusin", say);
}

document.querySelectorAll("[data-zoom]").forEach((part) => { zoomable(part); layers(part); read(part); });
