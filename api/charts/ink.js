"use strict";
// A figure's layout in the ink of the page that shows it: charts come with neutral colours of their own.
globalThis.inked = (layout, size, narrow) => {
  const style = getComputedStyle(document.documentElement);
  const ink = (name) => style.getPropertyValue(name).trim();
  const [soft, grid] = [ink("--soft"), ink("--grid")];
  const out = { ...layout, font: { ...layout.font, color: soft, size } };
  for (const key of Object.keys(layout)) {
    if (!/^[xy]axis\d*$/.test(key)) continue;
    out[key] = { ...layout[key], gridcolor: grid, zerolinecolor: grid, linecolor: grid };
  }
  if (narrow && layout.margin) out.margin = { ...layout.margin, r: 4 };
  out.hoverlabel = { bgcolor: ink("--card"), bordercolor: soft, font: { color: ink("--ink") } };
  const ground = { line: { color: ink("--card"), width: 3 } };
  out.shapes = layout.shapes?.map((one) => (one.name === "between" ? { ...one, ...ground } : one));
  return out;
};
