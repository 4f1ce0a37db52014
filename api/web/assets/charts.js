"use strict";
// Draws the figures of a page, in the ink of its scheme.
(() => {
  const narrow = matchMedia("(max-width: 700px)");
  const ink = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const pen = document.createElement("canvas").getContext("2d");
  // Room for the names of rows from the start: the library draws a figure twice when it finds too little.
  const room = (figure) => {
    pen.font = `12px ${figure.layout.font.family}`;
    const names = new Set(figure.data.flatMap(({ y }) => (typeof y?.[0] === "string" ? y : [])));
    return Math.ceil(Math.max(0, ...[...names].map((name) => pen.measureText(name).width)));
  };
  const inked = (figure) => {
    const { layout } = figure;
    const out = { ...layout, font: { ...layout.font, color: ink("--soft"), size: 12 } };
    for (const key of Object.keys(layout)) {
      if (!/^[xy]axis\d*$/.test(key)) continue;
      const grid = ink("--grid");
      out[key] = { ...layout[key], gridcolor: grid, zerolinecolor: grid, linecolor: grid };
    }
    out.margin = { ...layout.margin, l: layout.margin.l + room(figure) + 10 };
    if (narrow.matches) out.margin.r = 4;
    const ground = { line: { color: ink("--card"), width: 3 } };
    out.shapes = layout.shapes?.map((one) => (one.name === "between" ? { ...one, ...ground } : one));
    out.hoverlabel = { bgcolor: ink("--card"), bordercolor: ink("--edge"), font: { color: ink("--ink") } };
    return out;
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
      Plotly.react(div, figure.data, inked(figure), options).then(() => {
        div.dataset.drawn = "yes";
        div.dispatchEvent(new Event("drawn", { bubbles: true }));
      });
    }
  };
  draw();
  document.addEventListener("scheme", () => draw());
  document.addEventListener("fresh", (event) => draw(event.detail));
})();
