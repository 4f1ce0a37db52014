"use strict";
// Keys: / filters, g and a letter goes to a page, ? lists them.
(() => {
  const pages = { c: "/", m: "/market", b: "/bid", t: "/teams", o: "/operations", f: "/finance", s: "/simulations" };
  let going = 0;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, select, textarea, dialog")) return;
    const goes = Date.now() - going < 1500;
    going = 0;
    if (goes && document.querySelector(`nav a[href="${pages[event.key]}"]`)) location.assign(pages[event.key]);
    else if (event.key === "g") going = Date.now();
    else if (event.key === "?") document.getElementById("keys").showModal();
    else if (event.key === "/" && document.getElementById("filter")) {
      event.preventDefault();
      document.getElementById("filter").focus();
    }
  });
})();
