"use strict";
// A strip of cells is one stop of the tab key: the arrow keys walk it.
(() => {
  const steps = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };
  const links = (strip) => [...strip.querySelectorAll("a")];
  const stop = (strip, chosen) => { for (const one of links(strip)) one.tabIndex = one === chosen ? 0 : -1; };
  const ready = (part) => {
    for (const strip of part.querySelectorAll(".strip")) {
      stop(strip, strip.querySelector(".now a") ?? strip.querySelector("a"));
    }
  };
  document.addEventListener("keydown", (event) => {
    const strip = event.target.closest(".strip");
    if (!strip || !(event.key in steps) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const all = links(strip);
    const next = Math.min(Math.max(all.indexOf(event.target) + steps[event.key], 0), all.length - 1);
    stop(strip, all[next]);
    all[next].focus();
  });
  document.addEventListener("fresh", (event) => ready(event.detail));
  ready(document);
})();
