"use strict";
(() => {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const narrow = matchMedia("(max-width: 32rem)");
  const charts = [...document.querySelectorAll(".chart")];
  const figures = new Map(
    charts.map((div) => [div, JSON.parse(document.getElementById(`${div.id}-data`).textContent)]),
  );

  // On a narrow page long names take two short lines, so that bars keep their room.
  const short = (name) => {
    const lines = [""];
    for (const word of String(name).replaceAll("<br>", " ").split(" ")) {
      const last = lines.length - 1;
      if (lines[last] && lines[last].length + word.length > 13) lines.push(word);
      else lines[last] = `${lines[last]} ${word}`.trim();
    }
    return lines.length > 2 ? `${lines[0]}<br>${lines[1]} …` : lines.join("<br>");
  };

  const named = (data, layout) => {
    const rows = [...new Set(data.flatMap((t) => (t.orientation === "h" || t.type === "heatmap" ? t.y : [])))];
    if (!rows.length) return layout;
    const ticks = narrow.matches
      ? { tickmode: "array", tickvals: rows, ticktext: rows.map(short) }
      : { tickmode: "auto", tickvals: null, ticktext: null };
    return { ...layout, yaxis: { ...layout.yaxis, ...ticks } };
  };

  const narrowed = (data) =>
    data.map((trace) => {
      if (!narrow.matches || !trace.colorbar) return trace;
      const bar = { ...trace.colorbar, orientation: "h", y: -0.12, yanchor: "top", len: 1, x: 0.5 };
      return { ...trace, colorbar: { ...bar, title: { ...bar.title, side: "bottom" } } };
    });

  const options = { responsive: true, displaylogo: false, displayModeBar: false };
  // Always anew: a chart that is only changed keeps the colour bar, and the margins, of the width
  // that it was drawn for.
  const draw = () => {
    for (const [div, figure] of figures) {
      const layout = inked(figure.layout, narrow.matches ? 11 : 13, narrow.matches);
      Plotly.newPlot(div, narrowed(figure.data), named(figure.data, layout), options);
    }
  };
  draw();
  dark.addEventListener("change", draw);
  narrow.addEventListener("change", draw);

  // Paper is narrower than most windows, and what lies beyond its edge would be cut off.
  const PAPER = 640;
  addEventListener("beforeprint", () => {
    for (const div of figures.keys()) {
      if (div.clientWidth > PAPER) Plotly.relayout(div, { width: PAPER });
    }
  });
  addEventListener("afterprint", draw);

  const keyOf = (row, column) => {
    const cell = row.cells[column];
    const data = cell.querySelector("data, time");
    return data ? (data.value ?? data.dateTime) : cell.textContent;
  };
  const compare = (a, b) => {
    const [x, y] = [Number(a), Number(b)];
    if (a !== "" && b !== "" && !Number.isNaN(x) && !Number.isNaN(y)) return x - y;
    return a.localeCompare(b);
  };

  for (const table of document.querySelectorAll("table.sortable")) {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending"
          || (!head.hasAttribute("aria-sort") && head.classList.contains("number"));
        const order = down ? "descending" : "ascending";
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", order);
        const rows = [...table.tBodies[0].rows];
        rows.sort((a, b) => compare(keyOf(a, column), keyOf(b, column)) * (down ? -1 : 1));
        table.tBodies[0].append(...rows);
      });
    });
  }

  for (const input of document.querySelectorAll("input[data-searches]")) {
    const table = document.getElementById(input.dataset.searches);
    const told = document.getElementById(`${table.id}-count`);
    const rows = [...table.tBodies[0].rows];
    const texts = rows.map((row) => row.textContent.toLowerCase());
    input.closest(".tools").hidden = false;
    input.addEventListener("input", () => {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      rows.forEach((row, number) => {
        row.hidden = !words.every((word) => texts[number].includes(word));
        shown += row.hidden ? 0 : 1;
      });
      told.textContent = `${shown} of ${rows.length} shown`;
    });
  }
})();
