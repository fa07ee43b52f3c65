// The gate of a step: its scans one by one, each with what it was; the one that waits stands out. What was typed
// by hand, or filled in beforehand, is asked about as well.
"use strict";
(() => {
  const lims = window.lims, banner = document.querySelector("[data-banner]");

  const gateOf = (form) => {
    const known = new Map(); // of each code, by what its place takes, what the server said
    const key = (place, code) => (place.dataset.takes || "") + " " + code;
    const rows = [...form.querySelectorAll("[data-kinds]")]
      .filter((place) => !place.closest("[data-row]"))
      .map((place, n) => rowOf(place, n + 1));
    if (!rows.length) return;

    const show = () => {
      const waits = rows.find(({ place }) => !place.value.trim() && place.required);
      for (const row of rows) {
        const codes = lims.codesIn(row.place.value), about = (code) => known.get(key(row.place, code)), found = codes.filter(about);
        const torn = row.place !== document.activeElement && codes.some((code) => lims.isTorn(row.place, code));
        const wrong = torn || found.some((code) => about(code).tone === "stop");
        const waiting = found.some((code) => about(code).tone === "wait"); // right, and something else is first
        const state = row === waits ? "now" : wrong ? "wrong" : codes.length && !waiting ? "done" : "later";
        row.field.className = row.usual + " awaited " + state;
        row.dot.textContent = { done: "✓", wrong: "!" }[state] || row.number;
        row.told.replaceChildren(...found.map((code) => lineOf(code, about(code), codes.length > 1)));
        if (torn) row.told.append(banner.dataset.unknown);
        if (state === "now") row.told.textContent = "▸ " + (row.place.dataset.kinds.startsWith("US") ? banner.dataset.waitsBadge : banner.dataset.waits);
      }
    };
    const ask = async () => {
      show();
      const unknown = new Map(); // by what places take: the codes that stand there
      for (const { place } of rows) {
        const codes = lims.codesIn(place.value).filter((code) => !known.has(key(place, code)) && lims.isWellFormed(code));
        if (codes.length) unknown.set(place.dataset.takes || "", [...(unknown.get(place.dataset.takes || "") || []), ...codes]);
      }
      for (const [takes, codes] of unknown) for (const code of codes) known.set(takes + " " + code, { sentence: "…", tone: "ok" });
      for (const [takes, codes] of unknown) await learn(takes, codes);
      show();
    };
    const learn = async (takes, codes) => {
      const keep = (code, told) => known.set(takes + " " + code, told);
      const forget = () => codes.forEach((code) => known.delete(takes + " " + code));
      try {
        const answer = await lims.compared(form, codes, takes);
        forget();
        for (const each of answer.told || []) keep(each.code, each);
        if (answer.sentence) {
          lims.halt(answer.code || codes.join(", "), answer);
          for (const code of answer.code ? [answer.code] : codes) keep(code, { sentence: answer.sentence, tone: "stop" });
          const others = codes.filter((code) => code !== answer.code);
          if (others.length && others.length < codes.length) await learn(takes, others);
        }
        lims.showBand(answer);
      } catch {
        forget(); // the server is asked again when the form is sent
      }
    };
    const note = ({ place, ...each }) => { known.set(key(place, each.code), each); show(); };
    form.lims = { note, ask };
    form.addEventListener("input", show);
    form.addEventListener("change", ask);
    ask();
  };

  const rowOf = (place, number) => {
    const field = place.closest(".field"), dot = document.createElement("span"), told = document.createElement("p");
    dot.className = "dot";
    dot.setAttribute("aria-hidden", "true");
    told.className = "told";
    field.prepend(dot);
    field.append(told);
    return { place, field, dot, told, number, usual: field.className };
  };

  const lineOf = (code, { sentence, address }, named) => {
    const line = document.createElement("span"), link = document.createElement("a");
    line.textContent = named && !sentence.includes(code) ? code + " · " + sentence : sentence;
    Object.assign(link, { href: address, className: "btn small", textContent: banner.dataset.look });
    if (address) line.append(" ", link);
    return line;
  };

  for (const form of document.querySelectorAll("main form[data-gate]")) gateOf(form);
})();
