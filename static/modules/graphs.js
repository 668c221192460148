// The values under the pointer, in every graph at once. The numbers are those of the table below the graphs.

import { showTimes } from "./times.js";

const WIDTH = 1000;

export function readGraphs() {
  document.addEventListener("pointermove", ({ target, clientX }) => {
    const plot = target.closest?.(".graph-plot");
    for (const panel of document.querySelectorAll("[data-graphs].is-read")) {
      if (!plot || !panel.contains(plot)) rest(panel);
    }
    if (plot) read(plot.closest("[data-graphs]"), plot, clientX);
  });
}

function read(panel, plot, clientX) {
  const box = plot.getBoundingClientRect();
  const row = nearest(panel, ((clientX - box.left) / box.width) * WIDTH);
  if (!row) return rest(panel);
  panel.classList.add("is-read");
  for (const graph of panel.querySelectorAll("[data-graph]")) {
    const cursor = graph.querySelector("[data-cursor]");
    const place = `${row.dataset.x / (WIDTH / 100)}%`;
    cursor.setAttribute("x1", place);
    cursor.setAttribute("x2", place);
    say(graph.querySelector("[data-readout]"), row, graph.dataset.graph);
  }
}

function say(readout, row, key) {
  readout.dataset.told ??= readout.textContent;
  const cells = [...row.querySelectorAll(`[data-of="${key}"]`)];
  const values = cells.map((cell) => (cells.length > 1 ? `${cell.dataset.label} ${cell.textContent}` : cell.textContent));
  const time = row.querySelector("time").cloneNode(true);
  readout.replaceChildren(time, ` · ${values.join(", ")}`);
  showTimes(readout);
}

function rest(panel) {
  panel.classList.remove("is-read");
  for (const readout of panel.querySelectorAll("[data-readout][data-told]")) {
    readout.textContent = readout.dataset.told;
    delete readout.dataset.told;
  }
}

// Farther away than one step and a half nothing was measured.
function nearest(panel, x) {
  const rows = [...panel.querySelectorAll("[data-x]")];
  const reach = (1.5 * WIDTH) / Number(panel.dataset.steps);
  let found = null;
  let distance = reach;
  for (const row of rows) {
    const apart = Math.abs(row.dataset.x - x);
    if (apart < distance) [found, distance] = [row, apart];
  }
  return found;
}
