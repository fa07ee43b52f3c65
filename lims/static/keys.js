// Key strokes, from the very first on a page that is still opening: which of them are a scan, and what they
// left in a field is taken out again. What is still to be applied when the page is left goes on to the next.
"use strict";
(() => {
  const FAST_MS = 35, END_MS = 120, SAME_MS = 500, LEAST = 6, REMNANT = 3, LENGTH = 11, KEPT = 200, CARRIED_MS = 1000;
  const SLOWEST_MS = 250; // of a scanner that says by its preamble that it is one
  const lims = window.lims, here = document.querySelector("meta[name=terminal]"), registered = [...(here ? here.dataset.preamble : "")].map((key) => ({ key }));
  // What was set at this browser, else what the terminal was registered with.
  const kept = "lims.preamble", preamble = lims.preamble = JSON.parse(localStorage.getItem(kept) || "null") || registered;
  Object.assign(lims, { FAST_MS, LENGTH, setPreamble: (strokes) => localStorage.setItem(kept, JSON.stringify(strokes)) });
  const carried = JSON.parse(sessionStorage.getItem("scans") || "{}");
  sessionStorage.removeItem("scans");
  let strokes = carried.strokes || [], last = carried.last || { code: "", at: -Infinity };
  if (strokes.length && Date.now() - strokes.at(-1).at > CARRIED_MS) strokes = [];
  const queue = lims.scans = (carried.queue || []).map((scan) => ({ ...scan, carried: true }));

  addEventListener("pagehide", () => {
    const rest = strokes.map(({ key, code, at }) => ({ key, code, at }));
    const waiting = lims.asking ? [lims.asking, ...queue] : queue; // the server was still asked about the first
    sessionStorage.setItem("scans", JSON.stringify({ queue: waiting, last, strokes: rest }));
  });
  addEventListener("pageshow", (event) => { if (event.persisted) sessionStorage.removeItem("scans"); });

  const caret = (target) => { try { return target.selectionStart; } catch { return null; } };
  const isEnd = lims.isEnd = (event) => event.key === "Enter" || event.key === "Tab" || (event.ctrlKey && event.code === "KeyD");

  document.addEventListener("keydown", (event) => {
    const at = performance.timeOrigin + event.timeStamp, target = event.target;
    if (isEnd(event)) {
      const found = preamble.length ? announced(strokes) : scanIn(strokes, at);
      strokes = [];
      if (!found) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      return take(found, preamble.length);
    }
    if (event.key.length !== 1 || event.ctrlKey || event.altKey || event.metaKey) return;
    strokes.push({ key: event.key, code: event.code, at, target, value: target.value, caret: caret(target) });
    if (strokes.length > KEPT) strokes.shift();
  }, true);

  const fastOf = (all) => all.map((stroke, n) => n > 0 && stroke.at - all[n - 1].at <= FAST_MS);
  const lastRun = (all) => all.slice(Math.max(0, fastOf(all).lastIndexOf(false)));

  // A run of fast strokes; or one of our codes most of whose strokes were fast: a busy machine may be slow
  // with some. A short run that ended as fast is what is left of a scan whose beginning was lost.
  const scanIn = (all, at) => {
    const fast = fastOf(all), run = lastRun(all), tail = all.slice(-LENGTH);
    const paced = fast.slice(-LENGTH).slice(1).filter(Boolean).length >= LEAST - 1;
    if (run.length <= LENGTH && paced && lims.readings(tail).length) return tail;
    const pause = all.length ? at - all.at(-1).at : Infinity;
    return run.length >= LEAST && pause < END_MS || run.length >= REMNANT && pause <= FAST_MS ? run : null;
  };

  // Where a preamble is set, what follows it is a scan, and nothing else is. The same key under another layout
  // prints another sign.
  const announced = (all) => {
    const same = (sign, stroke) => (sign.code && sign.code === stroke.code) || sign.key === stroke.key;
    const paced = (n) => all.slice(n + 1).every((stroke, i) => stroke.at - all[n + i].at <= SLOWEST_MS);
    for (let n = all.length - preamble.length - 1; n >= 0; n--) {
      if (preamble.every((sign, i) => same(sign, all[n + i]))) return paced(n) ? all.slice(n) : null;
    }
    return null;
  };

  const take = (strokes, before) => {
    const scan = strokes.slice(before), found = lims.readings(scan), raw = scan.map((stroke) => stroke.key).join("");
    const { target } = strokes[0];
    if (!found.length && target && target.dataset.scan === "any") return;
    const open = Boolean(target && target.id === "scan");
    for (const stroke of [...strokes].reverse()) restore(stroke);
    if (open) target.value = "";
    const code = found[0] || raw, { at } = scan.at(-1);
    const stuttered = code === last.code && at - last.at < SAME_MS;
    last = { code, at };
    if (stuttered) return;
    queue.push({ code: found.length > 1 ? raw : code, known: found.length === 1, ambiguous: found.length > 1, open });
    if (lims.apply) lims.apply();
  };

  // A scan may be applied while the next is half typed: what is there of it in a place fills no place yet. It is
  // set aside meanwhile, and stands behind the change then.
  lims.settled = (act) => {
    const half = lastRun(strokes).filter(({ target }) => target && target.matches("[data-kinds]"));
    for (const stroke of [...half].reverse()) restore(stroke);
    const found = act();
    for (const stroke of half) {
      const { target } = stroke;
      Object.assign(stroke, { value: target.value, caret: target.value.length });
      target.value += stroke.key;
    }
    return found;
  };

  const restore = ({ target, value, caret: was }) => {
    if (!target || value === undefined || target.value === value) return;
    target.value = value;
    if (was !== null) { try { target.setSelectionRange(was, was); } catch { /* a date has no caret */ } }
    target.dispatchEvent(new Event("input", { bubbles: true }));
  };
})();
