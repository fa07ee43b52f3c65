// How far the demonstration is filled, told anew while somebody looks; once it is done the page is shown as it then
// is, unless something is typed in it.
"use strict";
(() => {
  const EVERY_MS = 3000, said = document.querySelector("[data-filling]");
  const typed = () => [...document.querySelectorAll("input:not([type=hidden]), textarea")].some((field) => field.value !== field.defaultValue);
  const look = async () => {
    let now = said;
    try {
      const page = new DOMParser().parseFromString(await (await fetch(said.dataset.filling)).text(), "text/html");
      now = page.querySelector("[data-filling]");
      if (now && now.textContent !== said.textContent) said.textContent = now.textContent;
    } catch { /* the server is away: it is asked again */ }
    if (!now && !typed()) return location.reload();
    setTimeout(look, EVERY_MS);
  };
  setTimeout(look, EVERY_MS);
})();
