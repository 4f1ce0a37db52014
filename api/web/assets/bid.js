"use strict";
// While somebody types, the page says what the bid would come to: it asks for itself again.
(() => {
  const form = document.getElementById("bid") ?? document.getElementById("spot");
  const amount = form.querySelector("#value, #limit");
  const slider = document.getElementById("slider");
  let soon = 0;
  const parts = new Set(["answer", "trouble", "preview", "place", "exact", "asked"]);
  const address = () => {
    const query = new URLSearchParams();
    for (const [name, text] of new FormData(form)) {
      if (text && !["form", "key", "team"].includes(name)) query.append(name, text);
    }
    return `${form.getAttribute("action")}?${query}`;
  };
  const look = () => {
    clearTimeout(soon);
    soon = setTimeout(async () => {
      const asked = address();
      history.replaceState(null, "", asked);
      try { await window.market.show(asked, parts); } catch { form.requestSubmit(document.getElementById("look")); }
    }, 250);
  };
  if (slider) {
    slider.hidden = false;
    slider.addEventListener("input", () => { amount.value = Number(slider.value).toFixed(2); });
    amount.addEventListener("input", () => {
      if (Number(amount.value) > Number(slider.max)) slider.max = 1.25 * Number(amount.value);
      slider.value = amount.value;
    });
  }
  form.addEventListener("input", look);
  // Another pool may have another block size: the page is loaded anew.
  form.querySelector("#pool").addEventListener("change", () => { clearTimeout(soon); location.assign(address()); });
  const takes = (div) => {
    if (div.id !== "starts" || div.dataset.takes) return;
    div.dataset.takes = "yes";
    div.on("plotly_click", ({ points }) => {
      const at = String(points[0].x).slice(0, 16).replace(" ", "T");
      form.querySelector("#start").value = at;
      form.querySelector("#latest").value = at;
      look();
    });
  };
  document.addEventListener("drawn", (event) => takes(event.target));
  for (const div of document.querySelectorAll(".chart[data-drawn]")) takes(div);
})();
