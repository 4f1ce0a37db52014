"use strict";
// Exactly what a form sends: it follows what is typed, and is copied by a button.
(() => {
  const quoted = (text) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`);
  const read = (kind, text) => {
    if (kind === "number" && /^\d{1,11}$/.test(text)) return Number(text);
    return kind === "time" ? `${text}Z` : text;
  };
  const told = (part, form) => {
    const { head, fixed, words, typed } = JSON.parse(part.dataset.spec);
    const flags = [];
    for (const [name, at, flag, kind] of typed) {
      const text = form.elements[name]?.value.trim();
      if (!text) continue;
      const value = read(kind, text);
      const place = at.split(".");
      const last = place.pop();
      place.reduce((body, step) => body[step], fixed)[last] = value;
      flags.push(...(flag ? [flag] : []), quoted(String(value)));
    }
    part.querySelector("[data-exact=request]").textContent = `${head} \\\n  -d ${quoted(JSON.stringify(fixed))}`;
    const line = part.querySelector("[data-exact=line]");
    if (line) line.textContent = [words, ...flags].join(" ");
  };
  document.addEventListener("input", ({ target }) => {
    const id = target.form?.getAttribute("id");  // a form may have a field of the name "id"
    const part = id && document.querySelector(`[data-spec][data-form="${CSS.escape(id)}"]`);
    if (part) told(part, target.form);
  });
  const copied = async (text) => {
    if (navigator.clipboard) return navigator.clipboard.writeText(text);
    // Without encryption a browser has no clipboard for scripts but this old way.
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
    return null;
  };
  document.addEventListener("click", async ({ target }) => {
    if (!target.matches?.("button[data-copy]")) return;
    await copied(target.parentElement.querySelector("pre").textContent);
    target.focus();
    target.textContent = "Copied";
    setTimeout(() => { target.textContent = "Copy"; }, 2000);
  });
})();
