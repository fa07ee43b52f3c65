// The self-test of a scanner: what it sends, key by key, and whether that is read. Nothing is sent anywhere;
// the preamble and the volume are kept in this browser.
"use strict";
(() => {
  const SILENCE_MS = 600;
  const lims = window.lims, { FAST_MS, LENGTH } = lims, page = document.querySelector("[data-scan-test]"), said = page.dataset;
  const verdict = page.querySelector("[data-verdict]"), setting = page.querySelector("[data-set-preamble]");
  const clearing = page.querySelector("[data-clear-preamble]"), rows = page.querySelector("[data-strokes]");
  const show = (name, text) => { page.querySelector(`[data-shown=${name}]`).textContent = text || "—"; };
  const ENDS = { Enter: "Enter", Tab: "Tab" };
  let strokes = [], ending;

  const judge = (text, tone) => {
    verdict.textContent = text;
    verdict.className = "flash " + (tone === "ok" ? "ok" : "warn");
    lims.sound(tone);
  };
  const filled = (sentence, words) => sentence.replace(/\{(\w+)\}/g, (_, name) => words[name]);
  const text = (some) => some.map((stroke) => stroke.key).join("");

  const layoutOf = (some) => {
    const letters = some.filter(({ key }) => /\p{L}/u.test(key));
    const same = ({ key, code }) => !code || code === "Key" + key.toUpperCase();
    if (!letters.length) return "";
    const name = letters.some(({ key }) => /\p{Script=Cyrillic}/u.test(key)) ? said.cyrillic
      : letters.every(same) ? said.latin : said.other;
    return name + (letters.some(({ capitals }) => capitals) ? ", " + said.capitals : "");
  };
  const readBy = (scan) => {
    const found = Object.entries(lims.textsOf(scan)).find(([, each]) => lims.isWellFormed(each));
    return found ? said[found[0]] : "";
  };

  const tell = (end) => {
    const known = lims.preamble.length, starts = text(strokes).startsWith(text(lims.preamble));
    const scan = strokes.slice(-LENGTH), before = strokes.slice(0, -LENGTH), codes = lims.readings(scan);
    const slowest = Math.round(Math.max(0, ...strokes.slice(1).map(({ at }, n) => at - strokes[n].at)));
    const words = { code: codes[0], end, slowest, before: text(before), text: text(strokes) };
    const tooSlow = !known && slowest > FAST_MS;
    show("read", codes[0] || text(strokes));
    show("how", readBy(scan));
    show("layout", layoutOf(scan));
    show("end", end);
    setting.hidden = !(codes.length === 1 && before.length && text(before) !== text(lims.preamble));
    setting.onclick = () => keep(before.map(({ key, code }) => ({ key, code })));
    if (codes.length > 1) judge(said.ambiguous, "stop");
    else if (!codes.length) judge(filled(said.foreign, words), "stop");
    else if (!end) judge(said.endless, "stop");
    else if (known && !starts) judge(said.unannounced, "stop");
    else if (!known && before.length) judge(filled(said.prefixed, words), "stop");
    else judge(filled(tooSlow ? said.slow : said.reads, words), tooSlow ? "stop" : "ok");
  };

  const list = () => rows.replaceChildren(...strokes.map((stroke, n) => {
    const row = document.createElement("tr");
    const after = n ? Math.round(stroke.at - strokes[n - 1].at) : "";
    for (const each of [stroke.key, stroke.code || "—", after]) row.insertCell().textContent = each;
    row.lastElementChild.className = "num";
    return row;
  }));

  const finish = (end) => {
    clearTimeout(ending);
    if (strokes.length > 1) {
      list();
      tell(end);
    }
    strokes = [];
  };

  // Before any other listener: here nothing is opened, and Tab leads on only where nothing was scanned.
  addEventListener("keydown", (event) => {
    if (event.target.id === "scan") return;
    if (lims.isEnd(event)) {
      if (strokes.length < 2) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      return finish(ENDS[event.key] || "EOT");
    }
    if (event.key.length !== 1 || event.ctrlKey || event.altKey || event.metaKey) return;
    event.stopImmediatePropagation();
    if (event.target.type !== "range") event.preventDefault();
    strokes.push({ key: event.key, code: event.code, at: event.timeStamp, capitals: event.getModifierState("CapsLock") });
    clearTimeout(ending);
    ending = setTimeout(() => finish(""), SILENCE_MS);
  }, true);

  const keep = (preamble) => {
    lims.setPreamble(preamble);
    location.reload();
  };
  clearing.onclick = () => keep([]);
  clearing.hidden = !lims.preamble.length;
  show("preamble", text(lims.preamble) || said.none);

  const volume = document.getElementById("volume");
  volume.value = lims.volume();
  volume.addEventListener("input", () => lims.setVolume(volume.value));
  for (const each of page.querySelectorAll("[data-sound]")) each.onclick = () => lims.sound(each.dataset.sound);
})();
