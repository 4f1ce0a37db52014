"use strict";
// What stands on a page stays true: times count down, and what has changed is fetched again.
(() => {
  const local = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  const left = (ms) => {
    const minutes = Math.max(0, Math.floor(ms / 60000));
    if (minutes < 1) return "in less than a minute";
    const [days, hours] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60)];
    if (days) return `in ${days} d ${hours} h`;
    return hours ? `in ${hours} h ${minutes % 60} min` : `in ${minutes} min`;
  };
  const tell = () => {
    for (const time of document.querySelectorAll("time[datetime]")) {
      const at = new Date(time.dateTime);
      if (!time.title) time.title = `${local.format(at)} where you are`;
      if ("countdown" in time.dataset) time.textContent = left(at - Date.now());
    }
  };

  // The parts of the page at an address take the places of those of the same name here.
  const show = async (address, names) => {
    const answer = await fetch(address, { headers: { "X-Fragment": "1" } });
    if (!answer.ok || answer.redirected) throw new Error(`status ${answer.status}`);
    const there = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const fresh of there.querySelectorAll("[data-region]")) {
      const name = fresh.dataset.region;
      const here = document.querySelector(`[data-region="${CSS.escape(name)}"]`);
      if (!here || (names && !names.has(name))) continue;
      if (here.innerHTML === fresh.innerHTML || here.contains(document.activeElement)) continue;
      for (const style of fresh.querySelectorAll("style")) style.remove();
      here.replaceChildren(...fresh.childNodes);
      here.classList.add("fresh");
      here.addEventListener("animationend", () => here.classList.remove("fresh"), { once: true });
      document.dispatchEvent(new CustomEvent("fresh", { detail: here }));
    }
    tell();
  };

  const waiting = new Set();
  let soon = 0;
  const changed = (nouns) => {
    for (const part of document.querySelectorAll("[data-live]")) {
      if (part.dataset.live.split(" ").some((noun) => nouns.includes(noun))) waiting.add(part.dataset.region);
    }
    if (!waiting.size || soon) return;
    soon = setTimeout(async () => {
      const names = new Set(waiting);
      waiting.clear();
      soon = 0;
      try { await show(location.href, names); } catch { stale(); }
    }, 250);
  };

  const told = document.getElementById("live");
  let since = null;
  const stale = () => {
    since ??= new Date();
    told.textContent = `not live since ${since.toISOString().slice(11, 16)} UTC`;
    told.classList.add("attention");
  };
  const follow = () => {
    const source = new EventSource("/live");
    source.addEventListener("open", () => {
      told.textContent = "● live";
      told.classList.remove("attention");
      if (since) changed([...document.querySelectorAll("[data-live]")].flatMap((one) => one.dataset.live.split(" ")));
      since = null;
    });
    source.addEventListener("changed", (event) => changed(event.data.split(" ")));
    source.addEventListener("error", stale);
    addEventListener("pagehide", () => source.close());
  };

  tell();
  setInterval(tell, 15000);
  if (told) follow();
  window.market = { show, tell };
})();
