// A scan from anywhere: key strokes faster than any hand are taken out of the field they fell into and
// queued; one is answered before the next begins, so a slow page loses none and doubles none.
"use strict";
(() => {
  const FAST_MS = 35, LEAST = 6, END_MS = 120, SAME_MS = 500;
  const form = document.querySelector("[data-scan-form]");
  const banner = document.querySelector("[data-banner]");
  if (!form || !banner) return;
  const field = form.elements.code;
  const queue = [];
  let burst = [], before = null, busy = false, last = { code: "", at: -Infinity };

  const say = (text, tone) => {
    banner.textContent = text;
    banner.className = "banner " + tone;
    banner.hidden = false;
  };

  const remember = (target) => {
    before = "value" in target ? { target, value: target.value, at: caret(target) } : null;
  };
  const caret = (target) => { try { return target.selectionStart; } catch { return null; } };
  const restore = () => {
    if (!before || before.target === field) return;
    before.target.value = before.value;
    if (before.at !== null) { try { before.target.setSelectionRange(before.at, before.at); } catch { /* a date has no caret */ } }
  };
  const isEnd = (event) => event.key === "Enter" || event.key === "Tab" || (event.ctrlKey && event.code === "KeyD");

  document.addEventListener("keydown", (event) => {
    const now = event.timeStamp, gap = burst.length ? now - burst.at(-1).at : Infinity;
    if (isEnd(event)) {
      if (burst.length >= LEAST && gap < END_MS) {
        event.preventDefault();
        event.stopImmediatePropagation();
        take(burst);
      }
      burst = [];
      return;
    }
    if (event.key.length !== 1 || event.ctrlKey || event.altKey || event.metaKey) return;
    if (gap > FAST_MS) { burst = []; remember(event.target); }
    burst.push({ key: event.key, code: event.code, at: now });
  }, true);

  const take = (strokes) => {
    const found = window.lims.readings(strokes), raw = strokes.map((stroke) => stroke.key).join("");
    const target = before ? before.target : null;
    if (!found.length && target && target.dataset.scan === "any") return;
    const at = strokes.at(-1).at;
    restore();
    if (target === field) field.value = "";
    if (found.length > 1) return say(raw + " · " + banner.dataset.ambiguous, "stop");
    const code = found[0] || raw;
    if (code === last.code && at - last.at < SAME_MS) return;
    last = { code, at };
    queue.push({ code, known: found.length === 1, open: target === field });
    next();
  };

  // The first place that waits for this kind: the one in focus, else the first still empty.
  const placeFor = (code) => {
    const kind = code.slice(0, 2);
    const fits = (place) => !place.dataset.kinds || place.dataset.kinds.split(" ").includes(kind);
    const places = [...document.querySelectorAll("main [data-kinds]")].filter((place) => !place.disabled);
    const waits = places.filter(fits).filter((place) => place.tagName === "TEXTAREA" || !place.value.trim());
    const wanted = [...new Set(places.map((place) => place.dataset.waitsFor).filter(Boolean))].join(", ");
    return { any: places.length > 0, wanted, place: waits.find((place) => place === document.activeElement) || waits[0] };
  };

  const fill = (place, code) => {
    if (place.tagName === "TEXTAREA") {
      const lines = place.value.split("\n").map((line) => line.trim()).filter(Boolean);
      if (lines.includes(code)) return say(code + " · " + banner.dataset.twice, "stop");
      place.value = [...lines, code].join("\n") + "\n";
    } else {
      place.value = code;
    }
    place.dispatchEvent(new Event("input", { bubbles: true }));
    say("✓ " + code, "ok");
  };

  const next = async () => {
    if (busy || !queue.length) return;
    busy = true;
    const scan = queue.shift();
    const { any, place, wanted } = scan.known && !scan.open ? placeFor(scan.code) : { any: false };
    if (place) fill(place, scan.code);
    else if (any) say(scan.code + " · " + banner.dataset.misplaced + wanted, "stop");
    else await open(scan.code);
    busy = false;
    next();
  };

  const open = async (code) => {
    say(code + " …", "ok");
    try {
      const answer = await fetch(form.action, {
        method: "POST", headers: { Accept: "application/json", "X-CSRFToken": form.elements.csrf_token.value },
        body: new URLSearchParams({ code }),
      });
      const told = await answer.json();
      if (told.address) { location.assign(told.address); busy = true; queue.length = 0; return await new Promise(() => {}); }
      stop(code, told.sentence);
    } catch {
      stop(code, banner.dataset.unreached);
    }
  };

  // After a stop, what was still queued is named and dropped: nobody meant it for what comes next.
  const stop = (code, sentence) => {
    const dropped = queue.splice(0).map((scan) => scan.code);
    say(code + " · " + sentence + (dropped.length ? " " + banner.dataset.dropped + dropped.join(", ") : ""), "stop");
  };
})();
