// Seconds that run on beside what is out of the cold, from what the server counted; nothing is read out.
"use strict";
(() => {
  const since = performance.now();
  const running = [...document.querySelectorAll("[data-seconds]")];
  const tick = () => {
    const passed = Math.floor((performance.now() - since) / 1000);
    for (const each of running) {
      const seconds = Number(each.dataset.seconds) + passed;
      each.textContent = String(seconds);
      each.parentElement.classList.toggle("over", seconds > Number(each.dataset.most));
    }
  };
  if (running.length) setInterval(tick, 1000);
})();
