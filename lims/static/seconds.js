// Seconds that run on beside what is out of the cold, from what the server counted; past the longest, what to do.
"use strict";
(() => {
  const since = performance.now();
  const running = [...document.querySelectorAll("[data-seconds]")];
  const told = document.querySelectorAll("[data-past]");
  const tick = () => {
    let past = false;
    const passed = Math.floor((performance.now() - since) / 1000);
    for (const each of running) {
      const seconds = Number(each.dataset.seconds) + passed;
      each.textContent = String(seconds);
      const over = seconds > Number(each.dataset.most);
      each.parentElement.classList.toggle("over", over);
      past ||= over;
    }
    for (const each of told) each.hidden = !past;
  };
  if (running.length) setInterval(tick, 1000);
})();
