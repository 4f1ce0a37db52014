"use strict";
// A simulation that runs is looked at again every few seconds, for as long as it does.
(() => {
  const look = async () => {
    if (!document.querySelector("[data-running]")) return;
    if (!document.hidden) {
      try { await window.market.show(location.href); } catch { /* the next look tells */ }
    }
    setTimeout(look, 3000);
  };
  setTimeout(look, 3000);
})();
