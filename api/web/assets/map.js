"use strict";
// The map of what is free: a click or an arrow key chooses a slot, which is told under it.
(() => {
  const spoken = () => document.getElementById("spoken");
  let row = 0;
  let column = -1;
  const choose = async (div, ask) => {
    const trace = div.data[0];
    const at = trace.x[column];
    const words = `${trace.text[row][column]}; ${trace.customdata[row][column]}`;
    const step = new Date(`${trace.x[1]}Z`) - new Date(`${trace.x[0]}Z`);
    const start = new Date(new Date(`${at}Z`) - step / 2);
    spoken().textContent = `${trace.y[row]}, ${start.toUTCString().slice(0, 22)} UTC: ${words}`;
    const half = (date) => new Date(date).toISOString().slice(0, 16);
    const box = { type: "rect", name: "chosen", xref: "x", yref: "y", x0: half(start), x1: half(+start + step), y0: row - 0.5, y1: row + 0.5, line: { color: "#d55e00", width: 3 } };
    const others = (div.layout.shapes ?? []).filter((one) => one.name !== "chosen");
    Plotly.relayout(div, { shapes: [...others, box] });
    if (!ask) return;
    const address = new URL(location.href);
    address.searchParams.set("cell_pool", trace.meta[row]);
    address.searchParams.set("cell_at", start.toISOString().slice(0, 19) + "Z");
    history.replaceState(null, "", address);
    await window.market.show(address, new Set(["chosen"]));
  };
  const walk = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  const ready = (div) => {
    if (div.id !== "map" || div.dataset.walks) return;
    div.dataset.walks = "yes";
    div.tabIndex = 0;
    div.setAttribute("role", "application");
    div.on("plotly_click", (event) => {
      const point = event.points[0];
      const place = point.pointIndex ?? point.pointNumber;
      if (!Array.isArray(place)) return;
      [row, column] = place;
      choose(div, true);
    });
    div.addEventListener("keydown", (event) => {
      const step = walk[event.key];
      if (!step && event.key !== "Enter") return;
      event.preventDefault();
      const trace = div.data[0];
      const past = trace.x.findIndex((at) => new Date(`${at}Z`) > Date.now());
      if (column < 0) column = Math.max(past, 0);
      else if (step) {
        row = Math.min(Math.max(row + step[0], 0), trace.y.length - 1);
        column = Math.min(Math.max(column + step[1], 0), trace.x.length - 1);
      }
      choose(div, event.key === "Enter");
    });
  };
  document.addEventListener("drawn", (event) => ready(event.target));
  for (const div of document.querySelectorAll(".chart[data-drawn]")) ready(div);
})();
