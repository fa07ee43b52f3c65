// A scan goes to the place that waits for it, or opens what it names; one is answered before the next begins,
// so a slow page loses none and doubles none.
"use strict";
(() => {
  const LEAVING_MS = 30000; // a download leaves no page
  const form = document.querySelector("[data-scan-form]");
  const banner = document.querySelector("[data-banner]");
  if (!form || !banner) return;
  const queue = window.lims.scans;
  let busy = false, leaving = false;

  const say = (text, tone) => {
    banner.textContent = text;
    banner.className = "banner " + tone;
    banner.hidden = false;
  };

  // The first place that waits for this code: the one in focus, else the first still empty. A place that
  // expects codes by name takes these alone, and no other place takes them.
  const placeFor = (code) => {
    const kind = code.slice(0, 2);
    const places = [...document.querySelectorAll("main [data-kinds]")].filter((place) => !place.disabled);
    const expects = (place) => (place.dataset.expects || "").split(" ").includes(code);
    const takes = ({ dataset }) => !dataset.expects && (!dataset.kinds || dataset.kinds.split(" ").includes(kind));
    const fitting = places.filter(places.some(expects) ? expects : takes);
    const waits = fitting.filter((place) => place.tagName === "TEXTAREA" || !place.value.trim());
    const strange = !fitting.length && places.some(({ dataset }) => dataset.expects && dataset.kinds.split(" ").includes(kind));
    const wanted = [...new Set(places.map((place) => place.dataset.waitsFor).filter(Boolean))].join(", ");
    return {
      any: places.some(({ dataset }) => dataset.kinds !== "US"), strange, wanted, there: fitting.find((place) => place.value === code), taken: fitting[0],
      place: waits.find((place) => place === document.activeElement) || waits[0],
    };
  };

  // The number, from 1, of the row that a code given out for this page stands in: it is taken once.
  const rowOf = (place) => {
    const row = place && place.dataset.expects && place.closest("[data-row]");
    return row && [...row.parentElement.querySelectorAll(":scope > [data-row]")].indexOf(row) + 1;
  };

  // A code read twice at once is a scanner that stuttered, but where a second person reads the same after the first.
  const readAgain = (code) => [...document.querySelectorAll("main [data-again]")].some((place) =>
    !place.disabled && !place.value.trim() && [...place.form.querySelectorAll("[data-kinds]")].some(({ value }) => value === code));

  // What was filled in beforehand is confirmed by its scan: how many of how many.
  const confirms = (place, code) => {
    const given = window.lims.codesIn(place.defaultValue);
    const seen = new Set((place.dataset.confirmed || "").split(" ").filter(Boolean));
    if (!given.includes(code) || seen.has(code) || !place.value.includes(code)) return false;
    place.dataset.confirmed = [...seen.add(code)].join(" ");
    say("✓ " + code + " · " + seen.size + " / " + given.length, "ok");
    return true;
  };

  // The record says which codes were typed by hand: all that are not noted here.
  const note = (place, code) => {
    const read = place.form.elements.by_scanner;
    if (read) read.value = [...new Set([...read.value.split(" ").filter(Boolean), code])].join(" ");
  };

  const fill = (place, code) => {
    note(place, code);
    if (place.tagName === "TEXTAREA") {
      const codes = window.lims.codesIn(place.value);
      if (confirms(place, code)) return;
      if (codes.includes(code)) return say(code + " · " + banner.dataset.twice, "stop");
      place.value = [...codes, code].join("\n") + "\n";
    } else {
      place.value = code;
    }
    if (sends(place, code.slice(0, 2))) for (const each of place.form.querySelectorAll(".problems, .error")) each.remove();
    const folded = place.closest("details");
    if (folded) folded.open = true;
    place.dispatchEvent(new Event("input", { bubbles: true }));
    say("✓ " + code, "ok");
    onward(place, code.slice(0, 2));
  };

  // Whether a scan of this kind sends the form of its place.
  const sends = (place, kind) => {
    const kinds = place.form.dataset.scanSends;
    return kinds !== undefined && (!kinds || kinds.split(" ").includes(kind));
  };

  // Whether something typed, chosen or refused on this page would be lost if it were left.
  const begun = () => [...document.querySelectorAll("main form[method=post]")].some((form) =>
    form.querySelector(".problems") || [...form.elements].some((each) => each.type !== "hidden" && (
      each.matches("[type=radio], [type=checkbox]") ? each.checked !== each.defaultChecked
        : each.matches("textarea, input") && each.value !== each.defaultValue)));

  // What was scanned into another form of the page and would be lost if this one were sent.
  const unsent = (form) => [...document.querySelectorAll("main [data-kinds]")]
    .find((place) => place.form !== form && place.value.trim() && place.value !== place.defaultValue);

  // Where one scan is all there is to say, it says it; where a number belongs to it, that is typed next.
  const onward = (place, kind) => {
    if (place.form.dataset.scanSends === undefined) return;
    if (sends(place, kind) && !window.lims.missing(place.form)) return place.form.requestSubmit();
    const next = window.lims.nextEmpty(place);
    if (next) next.focus();
  };

  const apply = window.lims.apply = async () => {
    if (busy || leaving || !queue.length) return;
    if (document.querySelector("dialog[open]")) return stop("", "");
    const scan = queue.shift();
    if (scan.again && !readAgain(scan.code)) return apply();
    busy = true;
    const { any, place, strange, wanted, there, taken } = scan.known && !scan.open ? placeFor(scan.code) : { any: false };
    const row = rowOf(there), first = place && sends(place, scan.code.slice(0, 2)) && unsent(place.form);
    if (scan.ambiguous) stop(scan.code, banner.dataset.ambiguous);
    else if (first) {
      stop(scan.code, banner.dataset.unsent + first.value.trim());
      (window.lims.nextEmpty(first) || first).focus();
    }
    else if (there && (row || !place)) {
      note(there, scan.code);
      say(scan.code + " · " + (row ? banner.dataset.row + row + "." : banner.dataset.twice), "stop");
    }
    else if (place) fill(place, scan.code);
    else if (form.dataset.badges !== undefined && scan.code.startsWith("US")) await open(scan);
    else if (taken) say(scan.code + " · " + banner.dataset.taken + taken.value, "stop");
    else if (strange) await judge(scan.code);
    else if (!any && scan.known && !scan.open && begun()) stop(scan.code, banner.dataset.begun);
    else if (any) say(scan.code + " · " + banner.dataset.misplaced + wanted, "stop");
    else await open(scan);
    busy = false;
    apply();
  };

  // A page about to be left applies nothing: what comes now is the next page's.
  const leave = () => {
    leaving = true;
    setTimeout(stay, LEAVING_MS);
  };
  const stay = () => {
    leaving = false;
    apply();
  };

  const ask = async (address, said) => {
    say(said.code + " …", "ok");
    const answer = await fetch(address, {
      method: "POST", headers: { Accept: "application/json", "X-CSRFToken": form.elements.csrf_token.value },
      body: new URLSearchParams(said),
    });
    return answer.json();
  };

  // An old number that a vial bears instead of a label of ours means its code, wherever that is waited for.
  const open = async (scan) => {
    const { code } = scan;
    try {
      const told = await ask(form.action, { code });
      if (!told.address) return stop(code, told.sentence);
      if (!scan.known && !scan.open) return queue.unshift({ ...scan, code: told.code, known: true });
      leave();
      location.assign(told.address);
    } catch {
      stop(code, banner.dataset.unreached);
    }
  };

  // Of a kind that is waited for, but another one: whose it is, the server knows; another patient's fills the screen.
  const judge = async (code) => {
    try {
      const { patient } = document.querySelector("[data-patient]").dataset;
      const told = await ask(form.dataset.misplaced, { code, patient });
      stop(code, told.sentence);
      if (!told.stop) return;
      document.body.insertAdjacentHTML("beforeend", told.stop);
      document.body.lastElementChild.focus();
    } catch {
      stop(code, banner.dataset.unreached);
    }
  };

  // After a stop, what was still queued is named and dropped: nobody meant it for what comes next.
  const stop = (code, sentence) => {
    const dropped = queue.splice(0).filter((scan) => !scan.again).map((scan) => scan.code);
    const told = [code && code + " · " + sentence, dropped.length && banner.dataset.dropped + dropped.join(", ")];
    say(told.filter(Boolean).join(" "), "stop");
  };

  document.addEventListener("submit", (event) => {
    const { method, target } = event.target; // the button of a stop sends nothing
    if (!event.defaultPrevented && !target && method !== "dialog") leave();
  });
  addEventListener("pageshow", stay);
  addEventListener("DOMContentLoaded", () => {
    if (queue.length && document.querySelector("main .problems, dialog[open]")) stop("", "");
    apply();
  });
})();
