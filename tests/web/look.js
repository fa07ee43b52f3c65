// What of this page a person with weak eyes, thick gloves or a small screen cannot use.
() => {
  const linear = (part) => (part /= 255) <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const colour = (text) => { const parts = text.match(/[\d.]+/g).map(Number); return parts.length < 4 ? [...parts, 1] : parts; };
  const behind = (element) => {
    for (; element; element = element.parentElement) {
      const found = colour(getComputedStyle(element).backgroundColor);
      if (found[3] > 0.99) return found;
    }
    return [255, 255, 255, 1];
  };
  const found = new Set();
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode.textContent.trim(), element = texts.currentNode.parentElement;
    if (!text || !element.offsetParent) continue;
    const style = getComputedStyle(element), size = parseFloat(style.fontSize);
    const [bright, dark] = [light(colour(style.color)), light(behind(element))].sort((a, b) => b - a);
    const least = size >= 24 || (size >= 18.66 && +style.fontWeight >= 700) ? 3 : 4.5;
    if ((bright + 0.05) / (dark + 0.05) < least) found.add(`too faint: ${text.slice(0, 40)}`);
  }
  for (const each of document.querySelectorAll("a, button, textarea, input:not([type=hidden])")) {
    const { width, height } = each.getBoundingClientRect();
    if (each.closest(".offer, .skip, p") || !width) continue;
    if (width < 24 || height < 24) found.add(`too small: ${each.textContent || each.name}`);
  }
  if (document.documentElement.scrollWidth > innerWidth) found.add("wider than the screen");
  const DESK = 1280; // on a smaller screen tables.js folds what has no room
  const MAY_GO_ON = { // beyond the edge of a smaller screen
    ".map": "what lies beside what is what it says",
    ".matrix": "each person is held against the others; the column of the steps stays in sight",
    "svg.picture": "a drawing, and the same stands in a table beside it",
  };
  const told = (box) => box.textContent.trim().replace(/\s+/g, " ").slice(0, 60);
  for (const each of document.querySelectorAll(".wide")) {
    const isAtDesk = innerWidth >= DESK, goesOn = each.scrollWidth > each.clientWidth + 1;
    if (goesOn && (isAtDesk || !each.querySelector(Object.keys(MAY_GO_ON)))) found.add(`cut off: ${told(each)}`);
    if (isAtDesk && each.matches(".folded")) found.add(`folded at the bench: ${told(each)}`);
  }
  return [...found];
}
