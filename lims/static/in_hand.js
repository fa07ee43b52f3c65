// What a scan said of the container in the hand holds while it is in the hand: no draft keeps it, and a stop or a
// screen that was left alone takes it off the page. Rows of a list stay: the server compares each when they are sent.
"use strict";
(() => {
  const lims = window.lims;
  lims.inHand = (place) => place.matches("[data-in-hand]") && !place.closest("[data-row]");

  // Which codes a scanner read into the form, without those that stand in no field of it that counts.
  lims.readInto = (form, counts = () => true) => {
    const fields = [...form.querySelectorAll("[data-kinds]")].filter(counts);
    const standing = new Set(fields.flatMap(({ value }) => lims.codesIn(value)));
    return form.elements.by_scanner.value.split(" ").filter((code) => standing.has(code)).join(" ");
  };

  lims.putDown = () => {
    for (const place of document.querySelectorAll("main [data-in-hand]")) {
      if (!lims.inHand(place) || !place.value) continue;
      const { form } = place;
      place.value = "";
      if (form.elements.by_scanner) form.elements.by_scanner.value = lims.readInto(form);
      place.dispatchEvent(new Event("input", { bubbles: true }));
    }
  };

  // The band names what was scanned last and is in the hand, never what the page would propose.
  const name = () => {
    for (const note of document.querySelectorAll("[data-in-hand-of]")) {
      const { value } = document.getElementById(note.dataset.inHandOf);
      note.textContent = value.trim() || note.dataset.none;
    }
  };
  document.addEventListener("input", name);
  addEventListener("pageshow", name); // a browser fills fields in again on its way back
})();
