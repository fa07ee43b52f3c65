// A stop over the whole screen: nothing behind it is reached by Tab, Escape does not close it, what is not applied
// meanwhile is named on it, and who pressed its button is kept, with the time.
"use strict";
(() => {
  const lims = window.lims, scanning = document.querySelector("[data-scan-form]");
  const banner = document.querySelector("[data-banner]");

  lims.halted = (dialog) => {
    const behind = document.createComment("");
    banner.replaceWith(behind);
    dialog.close();
    dialog.prepend(banner);
    dialog.showModal();
    dialog.focus();
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    dialog.addEventListener("keydown", (event) => { if (event.key === "Escape") event.preventDefault(); });
    dialog.addEventListener("close", () => behind.replaceWith(banner));
    dialog.addEventListener("submit", ({ target }) => {
      lims.putDown();
      acknowledge(target);
    });
  };

  const acknowledge = async (form) => {
    const headers = { Accept: "application/json", "X-CSRFToken": scanning.elements.csrf_token.value };
    const sent = { method: "POST", headers, body: new URLSearchParams(new FormData(form)), keepalive: true };
    try {
      const answer = await fetch(form.dataset.acknowledged, sent);
      if (!answer.ok) throw new Error();
    } catch {
      lims.say(banner.dataset.unkept, "stop");
    }
  };

  const shown = document.querySelector(".stop-screen[open]");
  if (shown && scanning) lims.halted(shown);
})();
