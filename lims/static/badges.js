// A page without a scan field: a badge scanned anywhere goes to its field, and the PIN is typed next; any other
// scan is told that somebody has to sign in first. What was half typed stays as it was.
"use strict";
(() => {
  const lims = window.lims, banner = document.querySelector("[data-banner]");
  const badge = document.querySelector("[data-kinds=US]");
  const pin = badge && badge.form.querySelector("[data-pin]");
  // A key that types a long password as fast as a scanner is none: only a code of ours is.
  for (const field of document.querySelectorAll("main input")) if (field !== badge) field.dataset.scan = "any";

  const refuse = (code) => {
    banner.textContent = code + " · " + banner.dataset.first;
    banner.hidden = false;
    lims.sound("stop");
  };
  const apply = lims.apply = () => {
    for (const scan of lims.scans.splice(0)) {
      if (!pin || !scan.known || !scan.code.startsWith("US")) {
        refuse(scan.code);
        continue;
      }
      badge.value = scan.code;
      pin.value = "";
      banner.hidden = true;
    }
    if (pin && badge.value) pin.focus();
  };
  addEventListener("DOMContentLoaded", apply);
})();
