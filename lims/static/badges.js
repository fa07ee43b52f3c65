// A page without a scan field: a badge scanned anywhere goes to its field, and the PIN is typed next.
"use strict";
(() => {
  const badge = document.querySelector("[data-kinds=US]");
  const pin = badge && badge.form.querySelector("[data-pin]");
  if (!pin) return;
  const apply = window.lims.apply = () => {
    for (const scan of window.lims.scans.splice(0)) {
      if (!scan.known || !scan.code.startsWith("US")) continue;
      badge.value = scan.code;
      pin.value = "";
    }
    if (badge.value) pin.focus();
  };
  addEventListener("DOMContentLoaded", apply);
})();
