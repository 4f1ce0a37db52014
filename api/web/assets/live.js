"use strict";
// What stands on a page stays true: times count down, and what has changed is fetched again.
(() => {
  const local = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  // As pages have it: Wed 25 Nov 09:48 UTC.
  const moment = (at) => {
    const text = at.toUTCString();
    return `${text.slice(0, 3)} ${text.slice(5, 11)} ${text.slice(17, 22)} UTC`;
  };
  const left = (ms) => {
    if (ms <= 0) return "now";
    const minutes = Math.max(0, Math.floor(ms / 60000));
    if (minutes < 1) return "in less than a minute";
    const [days, hours] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60)];
    if (days) return `in ${days} d ${hours} h`;
    return hours ? `in ${hours} h ${minutes % 60} min` : `in ${minutes} min`;
  };
  // The market's time goes on from what the server said, whatever this machine's clock says.
  let ahead = 0;
  const heard = new WeakSet();
  const tell = () => {
    const clock = document.querySelector("time[data-now]");
    if (clock && !heard.has(clock)) {
      ahead = new Date(clock.dateTime) - Date.now();
      heard.add(clock);
    }
    const now = new Date(Date.now() + ahead);
    if (clock) {
      clock.dateTime = `${now.toISOString().slice(0, 19)}Z`;
      clock.textContent = moment(now);
      clock.title = "";
    }
    for (const time of document.querySelectorAll("time[datetime]")) {
      const at = new Date(time.dateTime);
      if (!time.title) time.title = `${local.format(at)} where you are`;
      if ("countdown" in time.dataset) time.textContent = left(at - now);
    }
  };

  // The parts of the page at an address take the places of those of the same name here.
  const show = async (address, names) => {
    const answer = await fetch(address, { headers: { "X-Fragment": "1" } });
    if (!answer.ok || answer.redirected) throw new Error(`status ${answer.status}`);
    // Its styles have a nonce that is not this page's; the charts' script sets the heights again.
    const text = (await answer.text()).replace(/<style[^]*?<\/style>/g, "");
    const there = new DOMParser().parseFromString(text, "text/html");
    for (const fresh of there.querySelectorAll("[data-region]")) {
      const name = fresh.dataset.region;
      const here = document.querySelector(`[data-region="${CSS.escape(name)}"]`);
      if (!here || (names && !names.has(name))) continue;
      if (here.innerHTML === fresh.innerHTML || here.contains(document.activeElement)) continue;
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
    if (!waiting.size || soon || document.hidden) return;
    soon = setTimeout(async () => {
      const names = new Set(waiting);
      waiting.clear();
      soon = 0;
      try { await show(location.href, names); } catch { stale(); }
    }, 250);
  };

  document.addEventListener("visibilitychange", () => changed([]));
  const everything = () => changed([...document.querySelectorAll("[data-live]")].flatMap((one) => one.dataset.live.split(" ")));
  const told = document.getElementById("live");
  let last = Number(document.body.dataset.event);
  let since = null;
  const stale = () => {
    since ??= new Date();
    told.textContent = `not live since ${since.toISOString().slice(11, 16)} UTC`;
    told.classList.add("attention");
  };
  const fine = () => {
    told.textContent = "● live";
    told.classList.remove("attention");
    if (since) everything();
    since = null;
  };

  // One tab listens for all tabs of this browser, which would else wait for each other's streams.
  const channel = new BroadcastChannel("gpumarket");
  let source = null;
  const hear = ({ kind, id, nouns }) => {
    if (kind === "hello" && source) {
      const state = source.readyState === EventSource.OPEN ? "fine" : "stale";
      channel.postMessage({ kind: state, id: last });
    } else if (kind === "changed") {
      last = Math.max(last, id);
      changed(nouns.split(" "));
    } else if (kind === "fine") {
      if (id > last) everything();
      last = Math.max(last, id);
      fine();
    } else if (kind === "stale") stale();
  };
  const listen = () => {
    source = new EventSource(`/live?after=${last}`);
    const both = (message) => { hear(message); channel.postMessage(message); };
    source.addEventListener("open", () => both({ kind: "fine", id: last }));
    source.addEventListener("changed", (event) => both({ kind: "changed", id: Number(event.lastEventId), nouns: event.data }));
    source.addEventListener("error", () => both({ kind: "stale" }));
    addEventListener("pagehide", () => source.close());
    return new Promise(() => {});
  };

  // Where pages have no locks, which is on plain http: the tab that claimed last listens, for as
  // long as it says so. One that is looked at claims after a silence.
  const claimed = () => {
    let mine = 0;
    let heard = -Infinity;
    const say = () => channel.postMessage({ kind: "lead", claim: mine });
    const look = () => {
      if (!source && !document.hidden && performance.now() - heard > 5000) {
        mine = Date.now() + Math.random();
        listen();
      }
      if (source) say();
    };
    channel.addEventListener("message", ({ data: { kind, claim } }) => {
      if (kind === "hello" && source) say();
      if (kind === "gone") heard = -Infinity;
      if (kind !== "lead") return;
      heard = performance.now();
      if (source && claim > mine) {
        source.close();
        source = null;
      }
    });
    setTimeout(look, 100 + 200 * Math.random());
    setInterval(look, 2000);
    document.addEventListener("visibilitychange", look);
    addEventListener("pagehide", () => { if (source) channel.postMessage({ kind: "gone" }); });
  };

  tell();
  setInterval(tell, 15000);
  channel.addEventListener("message", (event) => hear(event.data));
  channel.postMessage({ kind: "hello" });
  if (navigator.locks) navigator.locks.request("gpumarket-live", listen);
  else claimed();
  window.market = { show, tell };
})();
