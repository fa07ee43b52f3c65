// A map of positions by keyboard: one stop for Tab, arrows from place to place, Home and End in a row.
"use strict";
(() => {
  const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  const stop = (cell) => cell.querySelector("a") || cell;
  const rows = (map) => [...map.tBodies[0].rows].map((row) => [...row.cells].filter((cell) => cell.matches("td")));
  const only = (map, here) => {
    for (const cell of rows(map).flat()) stop(cell).tabIndex = cell === here ? 0 : -1;
  };
  for (const map of document.querySelectorAll("table.map")) {
    const cells = rows(map).flat();
    if (!cells.length) continue;
    only(map, cells.find((cell) => cell.matches(".pick")) || cells[0]);
    map.addEventListener("focusin", (event) => only(map, event.target.closest("td")));
    map.addEventListener("keydown", (event) => {
      const all = rows(map), here = event.target.closest("td");
      const row = all.findIndex((each) => each.includes(here));
      if (row < 0 || event.altKey || event.ctrlKey || event.metaKey) return;
      const column = all[row].indexOf(here), step = STEPS[event.key];
      let to;
      if (step) to = (all[row + step[0]] || [])[column + step[1]];
      if (event.key === "Home") to = all[row][0];
      if (event.key === "End") to = all[row].at(-1);
      if (!step && !to) return;
      event.preventDefault();
      if (to) stop(to).focus();
    });
  }
})();
