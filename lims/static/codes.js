// What a scan says, whatever keyboard layout was on: the check character decides (ISO/IEC 7064, MOD 37-2).
"use strict";
window.lims = window.lims || {};
(() => {
  const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*";
  const KEYS = { "й": "Q", "ц": "W", "у": "E", "к": "R", "е": "T", "н": "Y", "г": "U", "ш": "I", "щ": "O", "з": "P",
    "ф": "A", "ы": "S", "в": "D", "а": "F", "п": "G", "р": "H", "о": "J", "л": "K", "д": "L",
    "я": "Z", "ч": "X", "с": "C", "м": "V", "и": "B", "т": "N", "ь": "M" };

  const isWellFormed = (text) => {
    if (!/^[A-HJ-NP-Z]{2}[0-9]{8}[0-9A-HJ-NP-Z]$/.test(text)) return false;
    let sum = 0;
    for (const sign of text.slice(0, -1)) sum = (sum + ALPHABET.indexOf(sign)) * 2 % 37;
    return (sum + ALPHABET.indexOf(text.at(-1))) % 37 === 1;
  };

  const physical = (stroke) => {
    const found = /^(?:Key([A-Z])|Digit([0-9])|Numpad([0-9]))$/.exec(stroke.code || "");
    return found ? found[1] || found[2] || found[3] : stroke.key.toUpperCase();
  };
  const russian = (stroke) => KEYS[stroke.key.toLowerCase()] || stroke.key.toUpperCase();

  // What these key strokes can mean: by the place of the keys, by their signs, by the Russian table.
  const READINGS = { place: physical, sign: (stroke) => stroke.key.toUpperCase(), russian };
  const textsOf = (strokes) => Object.fromEntries(
    Object.entries(READINGS).map(([name, reading]) => [name, strokes.map(reading).join("")]));

  // The codes they can be: none is a foreign barcode, two are ambiguous and refused.
  const readings = (strokes) => [...new Set(Object.values(textsOf(strokes)))].filter(isWellFormed);

  // A sentence of the page with what it is about in its place: other languages order words otherwise.
  const told = (sentence, what) => sentence.replace("{}", () => what);

  // The codes of a list, a line each or several on one.
  const codesIn = (text) => text.split(/[\s,;]+/).filter(Boolean);

  // What a scanner types into the field of a PIN before it ends is none, and no wrong try.
  const isPin = (field) => field.value.length === field.maxLength && /^[0-9]+$/.test(field.value);

  // What is left of a code whose beginning went elsewhere; an old number of a vial may look like anything.
  const isTorn = (place, code) => !place.dataset.kinds.split(" ").includes("VL") && !isWellFormed(code.trim().toUpperCase());

  Object.assign(window.lims, { told, isWellFormed, readings, textsOf, codesIn, isPin, isTorn });
})();
