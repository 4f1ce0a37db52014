"use strict";
// Draws the figures of a page, in the ink of its scheme.
(() => {
  const narrow = matchMedia("(max-width: 700px)");
  const pen = document.createElement("canvas").getContext("2d");
  // Room for the names of rows from the start: the library draws a figure twice when it finds too little.
  const room = (figure) => {
    pen.font = `12px ${figure.layout.font.family}`;
    const names = new Set(figure.data.flatMap(({ y }) => (typeof y?.[0] === "string" ? y : [])));
    const widest = Math.max(0, ...[...names].map((name) => pen.measureText(name).width));
    return widest && Math.ceil(widest) + 10;
  };
  const shown = (figure) => {
    const out = inked(figure.layout, 12, narrow.matches);
    return { ...out, margin: { ...out.margin, l: out.margin.l + room(figure) } };
  };
  const options = { responsive: true, displaylogo: false, displayModeBar: "hover", modeBarButtonsToRemove: ["lasso2d", "select2d", "autoScale2d"] };
  // Words of a map come each once, with their numbers row by row.
  const unpacked = (told) => (told?.words ? told.rows.map((row) => row.map((one) => told.words[one])) : told);
  const draw = (part = document) => {
    for (const div of part.querySelectorAll(".chart")) {
      const data = document.getElementById(`${div.id}-data`);
      const figure = JSON.parse(data.textContent);
      for (const trace of figure.data) {
        trace.text = unpacked(trace.text);
        trace.customdata = unpacked(trace.customdata);
      }
      div.style.height = `${figure.layout.height}px`;
      Plotly.react(div, figure.data, shown(figure), options).then(() => {
        div.dataset.drawn = "yes";
        div.dispatchEvent(new Event("drawn", { bubbles: true }));
      });
    }
  };
  if (!window.Plotly) {
    for (const div of document.querySelectorAll(".chart")) {
      div.textContent = "This chart did not load; the tables say the same. Load the page again to see it.";
      div.style.height = "auto";
    }
    return;
  }
  draw();
  document.addEventListener("scheme", () => draw());
  document.addEventListener("fresh", (event) => draw(event.detail));
})();
