// The commands of the laminated card: what a scan of one does to the page. None is ever taken for material.
"use strict";
(() => {
  const lims = window.lims, scanning = document.querySelector("[data-scan-form]");
  const banner = document.querySelector("[data-banner]");
  lims.commandOf = () => undefined;
  if (!scanning || !banner) return;
  const words = new Map(scanning.dataset.commands.split(" ").map((each) => each.split("=")));
  const told = banner.dataset;

  const forms = () => [...document.querySelectorAll("main form.form[method=post]")];
  const focused = () => document.activeElement.closest("main form[method=post]");

  // The form that is meant: the one begun, else the one in focus, else the only one.
  const meant = () => {
    const begun = lims.begun(), all = forms();
    if (begun.length === 1) return begun[0];
    return focused() || (begun.length === 0 && all.length === 1 ? all[0] : null);
  };
  const nameOf = (entry) => {
    const group = entry.type === "radio" && entry.closest("fieldset");
    const label = group ? group.querySelector("legend") : entry.labels && entry.labels[0];
    return label ? label.textContent.trim() : "";
  };

  const next = () => {
    const form = meant(), onward = document.querySelector("main .btns a.primary");
    // where nothing was begun, the page is gone on from
    if (onward && (!form || !lims.begun().length && lims.missing(form))) return onward.click();
    if (!form) return lims.say(told.nothing, "stop");
    const missing = lims.missing(form);
    if (!missing) return form.requestSubmit();
    missing.focus();
    lims.say(lims.told(told.missing, nameOf(missing)), "stop");
  };

  const repeat = () => {
    const shown = document.querySelector("main .problems strong, main .flash");
    if (!banner.hidden) lims.say(banner.textContent, banner.className.includes("stop") ? "stop" : "ok");
    else if (shown) lims.say(shown.textContent.trim(), shown.matches(".ok") ? "ok" : "stop");
    else lims.say(told.silent, "stop");
  };

  // The last scan is taken out of its field again; else the field in focus is emptied.
  const takeBack = lims.takeBack = ({ place, code }) => {
    const rest = lims.codesIn(place.value).filter((each) => each !== code);
    const read = place.form.elements.by_scanner;
    if (read) read.value = lims.codesIn(read.value).filter((each) => each !== code).join(" ");
    place.value = place.tagName === "TEXTAREA" ? rest.map((each) => each + "\n").join("") : "";
    place.dispatchEvent(new Event("input", { bubbles: true }));
    place.focus();
  };
  const cancel = () => {
    const stop = document.querySelector("dialog[open]"), last = lims.filled, field = document.activeElement;
    if (stop) return stop.querySelector("button").click();
    lims.filled = null;
    if (last && lims.codesIn(last.place.value).includes(last.code)) {
      lims.settled(() => takeBack(last));
      return lims.say(lims.told(told.takenBack, last.code), "ok");
    }
    if (!field.matches("main input, main textarea") || !field.value) return lims.say(told.nothingBack, "stop");
    field.value = "";
    field.dispatchEvent(new Event("input", { bubbles: true }));
    lims.say(lims.told(told.takenBack, nameOf(field)), "ok");
  };

  // The paper that is shown, once; else the next that there is to print.
  const print = () => {
    const button = document.querySelector("main [data-print-shown]:not([data-pressed])") || document.querySelector("main form[data-then] button:not([aria-disabled]), main a[data-print], main [data-print-page]");
    if (!button) return lims.say(told.noPrint, "stop");
    button.click();
    lims.say("✓ " + button.firstChild.textContent.trim(), "ok");
  };
  const leave = () => document.querySelector("[data-sign-off]").requestSubmit();

  // A sign of a quantity goes into the number in focus, else into the first that is still empty.
  const sign = (text) => {
    const form = meant(), numbers = form ? [...form.elements].filter((each) => each.matches("input.num")) : [];
    const place = numbers.find((each) => each === document.activeElement)
      || numbers.find((each) => !each.value.trim() && each.checkVisibility());
    if (!place) return lims.say(told.noNumber, "stop");
    place.focus();
    place.value += text;
    place.dispatchEvent(new Event("input", { bubbles: true }));
    lims.say(nameOf(place) + " · " + place.value, "ok");
  };

  const acts = { next, repeat, cancel, print, leave };
  lims.commandOf = (code) => {
    const word = words.get(code);
    return word && { act: acts[word] || (() => sign(word)), closes: word === "cancel" };
  };
})();
