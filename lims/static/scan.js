// A scan goes to the place that waits for it, or opens what it names; one is answered before the next begins,
// so a slow page loses none and doubles none.
"use strict";
(() => {
  const LEAVING_MS = 30000; // a download leaves no page
  const lims = window.lims, form = document.querySelector("[data-scan-form]");
  const banner = document.querySelector("[data-banner]");
  if (!form || !banner) return;
  const queue = lims.scans;
  let busy = false, leaving = false, dropped = [];

  const field = document.getElementById("scan");

  // In three senses: read, seen over the full width, heard; "busy" is not an answer yet.
  const say = lims.say = (text, tone) => {
    banner.textContent = text;
    banner.className = "banner " + tone;
    banner.hidden = false;
    lims.sound(tone);
  };

  // A sentence that names its code is not begun with it once more.
  const named = (code, sentence) => sentence.includes(code) ? sentence : code + " · " + sentence;

  // The first place that waits for this code: the one in focus, else the first still empty. A place that
  // expects codes by name takes these alone, and no other place takes them.
  const placeFor = (code) => {
    const kind = code.slice(0, 2);
    const places = [...document.querySelectorAll("main [data-kinds]")].filter((place) => !place.disabled);
    const expects = (place) => (place.dataset.expects || "").split(" ").includes(code);
    const takes = ({ dataset }) => !dataset.expects && (!dataset.kinds || dataset.kinds.split(" ").includes(kind));
    const fitting = places.filter(places.some(expects) ? expects : takes);
    // What was refused, or just told to be wrong, makes room for the next scan: no hand is free to empty it.
    const refused = (place) => place.getAttribute("aria-invalid") === "true"
      || place.value.trim() && lims.isTorn(place, place.value)
      || place.closest(".awaited.wrong") && (lims.filled || {}).place === place;
    const early = ({ dataset, form }) => dataset.follows && !form.elements[dataset.follows].value.trim();
    const waits = fitting.filter((place) => !early(place) && (place.tagName === "TEXTAREA" || !place.value.trim() || refused(place)));
    const strange = !fitting.length && places.find(({ dataset }) => dataset.expects && dataset.kinds.split(" ").includes(kind));
    return {
      any: places.some(({ dataset }) => dataset.kinds !== "US"), kinds: new Set(places.flatMap(({ dataset }) => dataset.kinds.split(" "))),
      strange, there: fitting.find((place) => place.value === code), taken: fitting[0], early: fitting.every(early) && fitting[0],
      place: waits.find((place) => place === document.activeElement) || waits.find(refused) || waits[0],
    };
  };

  // The number, from 1, of the row that a code given out for this page stands in: it is taken once.
  const rowOf = (place) => {
    const row = place && place.dataset.expects && place.closest("[data-row]");
    return row && [...row.parentElement.querySelectorAll(":scope > [data-row]")].indexOf(row) + 1;
  };

  // What was filled in beforehand, by the page or from a draft, is confirmed by its scan: how many of how many.
  const confirms = (place, code) => {
    const given = [...new Set(lims.codesIn(place.defaultValue + "\n" + (place.dataset.restored || "")))];
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

  // Whether the code went in: one that was filled in beforehand is confirmed, one in the list stays there once.
  const fill = (place, code) => {
    note(place, code);
    if (place.tagName === "TEXTAREA") {
      const codes = lims.codesIn(place.value);
      if (confirms(place, code)) return false;
      if (codes.includes(code)) {
        say(code + " · " + banner.dataset.twice, "stop");
        return false;
      }
      place.value = [...codes, code].join("\n") + "\n";
    } else {
      place.value = code;
      place.setAttribute("aria-invalid", "false");
    }
    if (sends(place, code.slice(0, 2))) for (const each of place.form.querySelectorAll(".problems, .error")) each.remove();
    if (place.form.dataset.scanSends) for (const each of document.querySelectorAll("main form[data-scan-sends] .problems")) each.remove();
    const folded = place.closest("details");
    if (folded) folded.open = true;
    place.dispatchEvent(new Event("input", { bubbles: true }));
    lims.filled = { place, code };
    onward(place, code.slice(0, 2));
    return true;
  };

  // Whether a scan of this kind sends the form of its place.
  const sends = (place, kind) => {
    const kinds = place.form.dataset.scanSends;
    return kinds !== undefined && (!kinds || kinds.split(" ").includes(kind));
  };

  // Whether something typed, chosen or refused on this page would be lost if it were left.
  const begun = lims.begun = () => [...document.querySelectorAll("main form[method=post]")].filter((form) =>
    form.querySelector(".problems") || [...form.elements].some((each) => each.type !== "hidden" && (
      each.matches("[type=radio], [type=checkbox]") ? each.checked !== each.defaultChecked
        : each.matches("textarea, input") && each.value !== each.defaultValue)));

  // What holds another code already is sent first, where nothing is lacking: the next scan says that it is done.
  const sendsFirst = (place) => place.dataset.kinds.split(" ").some((kind) => sends(place, kind))
    && !lims.missing(place.form) && !lims.unfolded(place.form) && place.form.checkValidity();

  // What was scanned into another form of the page and would be lost if this one were sent.
  const unsent = (form) => [...document.querySelectorAll("main [data-kinds]")]
    .find((place) => place.form !== form && place.value.trim() && place.value !== place.defaultValue);

  // Where one scan is all there is to say, it says it; where a number belongs to it, that is typed next.
  const onward = (place, kind) => {
    if (place.form.dataset.scanSends === undefined) return;
    const lacks = lims.missing(place.form), unfolded = lims.unfolded(place.form);
    if (sends(place, kind) && !lacks && !unfolded) return place.form.requestSubmit();
    const next = lacks ? lims.nextEmpty(place) : unfolded || lims.nextEmpty(place);
    if (next) next.focus();
  };

  const apply = lims.apply = async () => {
    if (busy || leaving || !queue.length) return;
    const command = lims.commandOf(queue[0].code);
    if (document.querySelector("dialog[open]") && !(command && command.closes)) return stop("", "");
    const scan = queue.shift();
    field.placeholder = scan.code;
    if (command) {
      // what was meant for the page before is not done on this one
      if (scan.carried) say(lims.told(banner.dataset.dropped, scan.code), "stop");
      else command.act();
      return apply();
    }
    busy = true;
    lims.asking = scan;
    const question = lims.settled(() => answer(scan));
    if (question) await question();
    busy = false;
    lims.asking = null;
    apply();
  };

  // What can be said of a scan at once is said; else the question that the server is to be asked.
  const answer = (scan) => {
    const badge = scan.known && scan.code.startsWith("US") && lims.badgePlace();
    if (badge) return () => prove(badge, scan.code);
    const { any, place, strange, kinds, there, taken, early } = scan.known && !scan.open ? placeFor(scan.code) : { any: false };
    const row = rowOf(there), first = place && sends(place, scan.code.slice(0, 2)) && unsent(place.form);
    if (scan.ambiguous) stop(scan.code, banner.dataset.ambiguous);
    else if (first) {
      stop(scan.code, lims.told(banner.dataset.unsent, first.value.trim()));
      (lims.nextEmpty(first) || first).focus();
    }
    else if (early) say(scan.code + " · " + banner.dataset.early, "stop");
    else if (there && (row || !place || place.dataset.follows)) {
      note(there, scan.code);
      say(scan.code + " · " + (row ? lims.told(banner.dataset.row, row) : place ? banner.dataset.again : banner.dataset.twice), "stop");
    }
    else if (place && place.closest("[data-gate]") && !rowOf(place)) return () => compare(place, scan.code);
    else if (place) {
      if (fill(place, scan.code)) say("✓ " + scan.code, "ok");
    }
    else if (!strange && form.dataset.badges !== undefined && scan.code.startsWith("US")) return () => open(scan);
    else if (taken && sendsFirst(taken)) {
      queue.unshift(scan);
      taken.form.requestSubmit();
    }
    else if (taken) return () => second(taken, scan.code);
    else if (any) return () => judge(scan.code, kinds, strange && strange.form.dataset.misplaced);
    else if (scan.known && !scan.open && begun().length) stop(scan.code, banner.dataset.begun);
    else return () => open(scan);
    return null;
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
      say(code + " …", "busy");
      const told = await ask(form.action, { code, page: location.pathname });
      lims.asking = null;
      if (!told.address) return stop(code, told.sentence);
      if (!scan.known && !scan.open) return queue.unshift({ ...scan, code: told.code, known: true });
      lims.sound("ok");
      leave();
      if (told.again) queue.unshift({ ...scan, code: told.code, known: true, open: false }); // the form that opens takes it
      location.assign(told.address);
    } catch {
      stop(code, banner.dataset.unreached);
    }
  };

  // Where a step asks for its scans one by one, the server says what each is before it counts.
  const compare = async (place, code) => {
    try {
      say(code + " …", "busy");
      const told = await lims.compared(place.form, [code], place.dataset.takes);
      if (told.sentence) return halt(code, told);
      lims.settled(() => {
        const now = placeFor(code), [each] = told.told, { sentence, tone } = each;
        if (now.place !== place) return stop(code, now.taken ? lims.told(banner.dataset.taken, now.taken.value) : banner.dataset.begun);
        if (tone === "stop" && place.dataset.onlyGood !== undefined) return stop(code, named(code, sentence));
        if (place.form.lims) place.form.lims.note({ ...each, code, place });
        if (fill(place, code)) say((tone === "ok" ? "✓ " : "") + named(code, sentence), tone);
      });
      showBand(told);
    } catch {
      stop(code, banner.dataset.unreached);
    }
  };

  // Who confirms by this badge, and as whom.
  const prove = async (place, code) => {
    try {
      say(code + " …", "busy");
      const { told, sentence: refused } = await ask(form.dataset.told, { code, takes: place.dataset.takes });
      if (refused) return stop(code, refused);
      const [{ sentence, tone }] = told;
      if (tone !== "ok") return stop(code, sentence);
      lims.settled(() => {
        if (place.form.lims) place.form.lims.note({ code, sentence, tone, place });
        lims.makeRoom(place, code);
        fill(place, code);
        say("✓ " + code + " · " + lims.asWhom(place, sentence), tone);
      });
    } catch {
      stop(code, banner.dataset.unreached);
    }
  };

  lims.compared = (form_, codes, takes = "") => {
    const said = form_.dataset.gate === "each" ? { each: "yes" } : workedOn([form_]);
    return ask(form.dataset.told, { code: codes.join(" "), takes, ...said });
  };

  // Whose cells these are: the band of the page says it, else what was scanned before.
  const workedOn = (forms) => {
    const band = document.querySelector("[data-patient]:not([data-by-scan])");
    const places = forms.flatMap((each) => [...each.querySelectorAll("[data-kinds]")]);
    const beside = lims.settled(() => places.flatMap((place) => lims.codesIn(place.value)));
    const act = document.querySelector("main form[data-act]"); // a stop in it is reported at the scan
    return { patient: band ? band.dataset.patient : "", beside: beside.join(" "), act: act ? act.dataset.act : "" };
  };

  // On a page that was opened without a patient the first scan says whose cells these are, until it is taken back.
  const holds = () => [...document.querySelectorAll("main [data-kinds]")].some((place) => place.value.trim());
  const dropBand = () => document.querySelector("[data-by-scan]")?.remove();
  const showBand = lims.showBand = ({ band }) => {
    if (!band || !holds()) return;
    const atHand = document.querySelector(".at-hand");
    dropBand();
    atHand.insertAdjacentHTML("beforeend", band);
    atHand.lastElementChild.dataset.byScan = "";
  };
  document.addEventListener("input", () => { if (!holds()) dropBand(); });

  // Of no place of this page: what it is and whose, the server knows; at the dewar, what for.
  const judge = async (code, kinds, address) => {
    try {
      say(code + " …", "busy");
      const here = workedOn([...document.querySelectorAll("main form:not([data-gate=each])")]);
      halt(code, await ask(address || form.dataset.misplaced, { code, waits: [...kinds].join(" "), ...here }));
    } catch {
      stop(code, banner.dataset.unreached);
    }
  };

  // Its place holds another: whose this one is, the server knows; else what is there is to be sent first.
  const second = async (taken, code) => {
    const first = code + " · " + lims.told(banner.dataset.taken, taken.value);
    try {
      say(code + " …", "busy");
      const told = await ask(form.dataset.misplaced, { code, taken: taken.value, ...workedOn([taken.form]) });
      if (told.stop) halt(code, told);
      else say(told.taken ? code + " · " + told.taken : first, "stop");
    } catch {
      say(first, "stop");
    }
  };

  // Another patient's fills the screen.
  const halt = lims.halt = (code, told) => {
    stop(code, told.sentence);
    if (!told.stop) return;
    document.body.insertAdjacentHTML("beforeend", told.stop);
    lims.halted(document.body.lastElementChild);
  };

  // After a stop, what was still queued is named and dropped: nobody meant it for what comes next.
  const stop = (code, sentence) => {
    const more = queue.splice(0).map((scan) => scan.code);
    // while a stop fills the screen each scan comes by itself: all of them stay named
    dropped = document.querySelector("dialog[open]") ? [...dropped, ...more] : more;
    const told = [code && named(code, sentence), dropped.length && lims.told(banner.dataset.dropped, dropped.join(", "))];
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
