// Where a form asks who confirms, a badge answers that and nothing else, wherever the focus is: it never changes
// who is signed in. The server says whose it is; one that will not do there is told so and not taken.
"use strict";
(() => {
  const lims = window.lims, asked = () => [...document.querySelectorAll("main .person [data-kinds=US]")].filter((place) => !place.disabled);
  const pinOf = (place) => place.closest(".person").querySelector("[data-pin]");

  // The badge that is asked for: the one being proved, else the first still lacking, else the one in focus or the last.
  lims.badgePlace = () => {
    const places = asked(), lacks = (place) => !place.value.trim();
    const here = places.find((place) => place.closest(".person").contains(document.activeElement));
    const unproved = (place) => !lacks(place) && !pinOf(place).value;
    if (here && (lacks(here) || unproved(here))) return here;
    return places.find(unproved) || places.find(lacks) || here || places.at(-1);
  };

  // As whom somebody confirms: the words above their badge.
  lims.asWhom = (place, name) => place.closest(".person").querySelector("legend").firstChild.textContent.trim() + ": " + name;

  // Another's badge takes the place of the one before, and of the PIN that went with it.
  lims.makeRoom = (place, code) => {
    if (place.value.trim() !== code) pinOf(place).value = "";
  };
})();
