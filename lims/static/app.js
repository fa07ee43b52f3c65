// One send per form, the focus where the work is, running counts, more rows. Pages work without it.
"use strict";
window.lims = window.lims || {};
(() => {
  for (const form of document.querySelectorAll("form[method=post]")) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) return event.preventDefault();
      form.dataset.sent = "yes";
      for (const button of form.querySelectorAll("button")) button.setAttribute("aria-disabled", "true");
    });
  }
  // A page shown again by the back button may be sent again: its key makes the act one act.
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });

  // Enter leads to the next empty field; only a form that is filled in is sent by it. What comes while a page
  // opens was meant for the one before, but where somebody signs in: a password manager is as quick as that, and
  // what it filled in cannot be read before a key is pressed.
  const OPENING_MS = 300, opened = performance.now();
  const isEmpty = (each) => each.type === "radio"
    ? ![...each.form.elements].some((other) => other.name === each.name && other.checked) : !each.value.trim() && !each.matches(":autofill");
  const entries = (form) => [...form.elements].filter((each) => each.checkVisibility() && !each.disabled
    && each.matches("textarea, select, input:not([type=hidden], [type=checkbox], [type=file])"));
  const missing = window.lims.missing = (form) => entries(form).find((each) => each.required && isEmpty(each));
  // After a PIN or a password comes what cannot stay empty, or whoever proves next: a second try typed blindly is
  // never to stand in a text.
  const nextEmpty = window.lims.nextEmpty = (field) => {
    const all = entries(field.form), later = all.slice(all.indexOf(field) + 1);
    const comes = (each) => field.type !== "password" || each.required || each.closest(".person");
    return later.find((each) => each.name !== field.name && isEmpty(each) && comes(each)) || missing(field.form);
  };
  // What was unfolded is to be filled in: neither Enter nor a scan sends the form while all of it is empty.
  const unfolded = window.lims.unfolded = (form) => [...form.querySelectorAll("details.more[open]")].map((fold) => {
    const within = entries(form).filter((each) => fold.contains(each)), file = fold.querySelector("[type=file]");
    return within.every(isEmpty) && !(file && file.value) ? within[0] : null;
  }).find(Boolean);
  // Where a form asks about it, who types sees the fold before Enter sends; a password goes on sending.
  const folded = ({ form, type }) => type !== "password" && form.querySelector("details.more[data-before-enter]:not([open]) > summary");
  document.addEventListener("keydown", (event) => {
    const field = event.target;
    if (event.key !== "Enter" || !field.matches("main form[method=post] input")) return;
    const next = nextEmpty(field) || unfolded(field.form) || folded(field);
    const opening = event.timeStamp - opened < OPENING_MS && !field.form.querySelector("[autocomplete=username]");
    if (next || opening) event.preventDefault();
    if (next) next.focus();
  });

  // After a badge its PIN; the last digit sends it where nothing else is asked: no hand is free for a button.
  document.addEventListener("input", ({ target }) => {
    if (!target.dataset) return;
    if (target.dataset.kinds === "US" && window.lims.isWellFormed?.(target.value)) {
      target.closest("fieldset, form").querySelector("[data-pin]")?.focus();
    }
    if (target.dataset.pin === undefined || !window.lims.isPin(target) || missing(target.form)) return;
    if ([...target.form.querySelectorAll("[data-pin]")].at(-1) === target && !target.form.querySelector(".person")) target.form.requestSubmit();
  });

  const counts = () => {
    for (const note of document.querySelectorAll("[data-count-of]")) {
      const codes = window.lims.codesIn(document.getElementById(note.dataset.countOf).value);
      note.textContent = codes.length ? window.lims.told(note.dataset.said, codes.length) : "";
    }
  };
  // What is listed beside a field is ticked off as it is scanned into it, and counted.
  const ticks = () => {
    for (const note of document.querySelectorAll("[data-ticks-of]")) {
      const codes = new Set(window.lims.codesIn(document.getElementById(note.dataset.ticksOf).value));
      const listed = [...document.querySelectorAll("[data-tick]")];
      for (const each of listed) each.textContent = codes.has(each.dataset.tick) ? "✓ " : "";
      note.textContent = window.lims.told(note.dataset.said, listed.filter((each) => each.textContent).length);
    }
  };
  for (const each of [counts, ticks]) {
    document.addEventListener("input", each);
    each();
  }

  for (const rows of document.querySelectorAll("[data-rows]")) {
    const button = rows.querySelector("[data-add-row]");
    button.hidden = false;
    button.addEventListener("click", () => {
      const last = [...rows.querySelectorAll("[data-row]")].at(-1), row = last.cloneNode(true);
      const at = +/-(\d+)-/.exec(last.querySelector("[name]").name)[1], from = "-" + at + "-", to = "-" + (at + 1) + "-";
      for (const each of row.querySelectorAll("[name], [id], [for], [aria-describedby]")) {
        for (const name of ["name", "id", "for", "aria-describedby"]) {
          if (each.hasAttribute(name)) each.setAttribute(name, each.getAttribute(name).replace(from, to));
        }
        // what is kept stands in the new row as the page had it: the dose as it is prescribed
        if (each.matches("textarea, input:not([type=radio]):not([type=checkbox])") && !each.closest("[data-kept]")) each.value = "";
        if (each.matches("[type=radio], [type=checkbox]")) each.checked = false;
      }
      for (const error of row.querySelectorAll(".error")) error.remove();
      button.before(row);
      offerDropping();
      row.querySelector("input, textarea, select").focus();
    });
    const offerDropping = () => {
      const all = rows.querySelectorAll("[data-row]");
      for (const row of all) for (const drop of row.querySelectorAll("[data-drop-row]")) drop.hidden = all.length < 2;
    };
    rows.addEventListener("click", ({ target }) => {
      if (!target.matches("[data-drop-row]")) return;
      target.closest("[data-row]").remove();
      offerDropping();
      button.focus();
    });
    offerDropping();
  }

  const first = document.querySelector("[data-focus]") || document.querySelector("[autofocus]")
    || document.querySelector("main [data-kinds]:not(.person *), .gate [data-pin]") || document.getElementById("scan");
  if (first && document.activeElement === document.body) first.focus({ preventScroll: !first.matches("[data-focus]") });

  // The site's clock: the server's text, its hour moved on by the time that has passed here.
  const shown = document.querySelector(".who time");
  if (shown) {
    const opened = Date.now(), text = shown.textContent, start = /(\d\d):(\d\d) \(/.exec(text);
    if (start) setInterval(() => {
      const seconds = new Date(shown.dateTime).getUTCSeconds() + (Date.now() - opened) / 1000;
      const minutes = +start[1] * 60 + +start[2] + Math.floor(seconds / 60);
      if (minutes >= 1440) return; // the date has changed: the next page tells it
      const two = (n) => String(n).padStart(2, "0");
      shown.textContent = text.replace(start[0], two(Math.floor(minutes / 60)) + ":" + two(minutes % 60) + " (");
    }, 1000);
  }
})();
