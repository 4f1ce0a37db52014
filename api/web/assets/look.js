"use strict";
// Before anything is shown: the scheme that this reader chose, where they chose one.
(() => {
  const root = document.documentElement;
  const chosen = localStorage.getItem("scheme");
  if (chosen) root.dataset.scheme = chosen;
  root.classList.add("scripts");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.scheme ? root.dataset.scheme === "dark" : dark.matches);
  document.addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("scheme");
    if (!button) return;
    const name = () => { button.textContent = isDark() ? "Light page" : "Dark page"; };
    button.hidden = false;
    name();
    button.addEventListener("click", () => {
      root.dataset.scheme = isDark() ? "light" : "dark";
      localStorage.setItem("scheme", root.dataset.scheme);
      name();
      document.dispatchEvent(new Event("scheme"));
    });
    dark.addEventListener("change", () => { name(); document.dispatchEvent(new Event("scheme")); });
  });
})();
