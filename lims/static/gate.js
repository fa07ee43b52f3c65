// The gate of a step: its scans one by one, each with what it was; the one that waits stands out. What was typed
// by hand, or filled in beforehand, is asked about as well.
"use strict";
(() => {
  const lims = window.lims, banner = document.querySelector("[data-banner]");

  const gateOf = (form) => {
    const known = new Map(); // of each code, what the server said
    const rows = [...form.querySelectorAll("[data-kinds]")]
      .filter((place) => !place.closest("[data-row]"))
      .map((place, n) => rowOf(place, n + 1));
    if (!rows.length) return;

    const show = () => {
      const waits = rows.find(({ place }) => !place.value.trim() && place.required);
      for (const row of rows) {
        const codes = lims.codesIn(row.place.value), found = codes.filter((code) => known.has(code));
        const torn = row.place !== document.activeElement && codes.some((code) => lims.isTorn(row.place, code));
        const wrong = torn || found.some((code) => known.get(code).tone === "stop");
        const waiting = found.some((code) => known.get(code).tone === "wait"); // right, and something else is first
        const state = row === waits ? "now" : wrong ? "wrong" : codes.length && !waiting ? "done" : "later";
        row.field.className = row.usual + " awaited " + state;
        row.dot.textContent = { done: "✓", wrong: "!" }[state] || row.number;
        row.told.replaceChildren(...found.map((code) => lineOf(code, known.get(code).sentence, codes.length > 1)));
        if (torn) row.told.append(banner.dataset.unknown);
        if (state === "now") row.told.textContent = "▸ " + banner.dataset.waits;
      }
    };
    const ask = async () => {
      show();
      const codes = rows.flatMap(({ place }) => lims.codesIn(place.value));
      const unknown = codes.filter((code) => !known.has(code) && lims.isWellFormed(code));
      if (!unknown.length) return;
      for (const code of unknown) known.set(code, { sentence: "…", tone: "ok" });
      try {
        const answer = await lims.compared(form, unknown);
        for (const code of unknown) known.delete(code);
        for (const each of answer.told || []) known.set(each.code, each);
        if (answer.sentence) {
          lims.halt(answer.code || unknown.join(", "), answer);
          for (const code of answer.code ? [answer.code] : unknown) known.set(code, { sentence: answer.sentence, tone: "stop" });
          if (answer.code && unknown.includes(answer.code) && unknown.length > 1) return ask();
        }
        lims.showBand(answer);
      } catch {
        for (const code of unknown) known.delete(code); // the server is asked again when the form is sent
      }
      show();
    };
    form.lims = { note: (each) => { known.set(each.code, each); show(); }, ask };
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

  const lineOf = (code, sentence, named) => {
    const line = document.createElement("span");
    line.textContent = named ? code + " · " + sentence : sentence;
    return line;
  };

  for (const form of document.querySelectorAll("main form[data-gate]")) gateOf(form);
})();
