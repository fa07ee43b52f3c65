// A table wider than its place is folded: its columns become lines of the row, each under its heading. What has to
// keep its columns is reached by Tab and moved by the arrow keys; what fits is no stop.
"use strict";
(() => {
  const KEEPS_COLUMNS = ".map, .matrix"; // where a thing stands among its neighbours is what they say
  const goesOn = (box) => box.scrollWidth > box.clientWidth;
  const headed = (table) => {
    const headings = [...table.tHead.rows[0].cells].map((cell) => cell.innerText.trim().replace(/\s*\n\s*/g, " · "));
    const rowsLeft = headings.map(() => 0); // of a cell that reaches down into the rows below it
    for (const row of [...table.tBodies].flatMap((body) => [...body.rows])) {
      let column = 0;
      const pass = () => { while (rowsLeft[column]) rowsLeft[column++] -= 1; };
      for (const cell of row.cells) {
        pass();
        const isBlank = !cell.textContent.trim() && !cell.children.length;
        cell.dataset.heading = isBlank || cell.colSpan > 1 ? "" : headings[column] || "";
        cell.classList.toggle("blank", isBlank);
        for (let one = 0; one < cell.colSpan; one++) rowsLeft[column++] = cell.rowSpan - 1;
      }
      pass();
    }
  };
  const fold = (box) => {
    const table = box.querySelector("table");
    const keeps = !table || !table.tHead || table.matches(KEEPS_COLUMNS);
    box.classList.remove("folded");
    if (goesOn(box) && !keeps) {
      headed(table);
      box.classList.add("folded");
    }
    if (goesOn(box)) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  };
  // Once as the page opens, and whenever the place becomes another width: turned, enlarged, unfolded.
  const widths = new WeakMap();
  const measure = (box) => {
    if (widths.get(box) === box.clientWidth) return;
    widths.set(box, box.clientWidth);
    fold(box);
  };
  const changed = new ResizeObserver((changes) => changes.forEach(({ target }) => measure(target)));
  for (const box of document.querySelectorAll(".wide:not([role])")) {
    measure(box);
    changed.observe(box);
  }
})();
