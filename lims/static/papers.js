// A paper is shown within the page, which goes on listening: nothing scanned while it is looked at or printed goes
// to a window that hears no scan.
"use strict";
(() => {
  const KEPT = "paper", STAYS = "paper-of", ALONE = "#navpanes=0&pagemode=none"; // its pages, no list of them beside
  const lims = window.lims, drawn = document.querySelector("template[data-paper]");
  let frame, before = document.body;

  // The focus comes back from the paper to where it was: a click there needs none.
  const back = () => {
    if (!frame || document.activeElement !== frame) return;
    frame.blur();
    (before.isConnected ? before : document.body).focus({ preventScroll: true });
    window.focus();
  };
  document.addEventListener("focusin", ({ target }) => { if (target !== frame) before = target; });
  for (const name of ["blur", "focus"]) addEventListener(name, () => setTimeout(back));

  const close = () => {
    document.querySelector("main > .paper")?.remove();
    frame = null;
  };
  const show = (address) => {
    close();
    const paper = drawn.content.firstElementChild.cloneNode(true);
    frame = paper.querySelector("iframe");
    frame.addEventListener("load", () => setTimeout(back));
    const link = paper.querySelector("a"), print = paper.querySelector("[data-print-shown]");
    link.href = address;
    frame.src = address + ALONE;
    paper.querySelector("[data-put-away]").addEventListener("click", close);
    print.addEventListener("click", () => {
      print.dataset.pressed = "yes";
      try { frame.contentWindow.print(); } catch { link.click(); } // a browser whose viewer prints for no script
    });
    document.querySelector("main").prepend(paper);
  };

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print-page]")) return print();
    const link = event.target.closest("a[data-paper], a[data-print]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    show(link.href);
    frame.closest(".paper").scrollIntoView({ block: "nearest" });
  });

  // What was printed is shown where the page shows what has become of it; a refusal is shown as any other.
  for (const form of document.querySelectorAll("form[data-then]")) {
    form.addEventListener("submit", async (event) => {
      if (event.defaultPrevented) return;
      event.preventDefault();
      let answer;
      try {
        answer = await fetch(form.action, { method: "POST", body: new FormData(form) });
      } catch {
        return again(form);
      }
      if (answer.ok && answer.headers.get("Content-Type") === "application/pdf") {
        sessionStorage.setItem(KEPT, answer.url);
        return location.assign(form.dataset.then);
      }
      form.target = "";
      form.submit();
    });
  }
  // Its key makes it one act, if the server heard it after all.
  const again = (form) => {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("button")) button.removeAttribute("aria-disabled");
    lims.say(document.querySelector("[data-banner]").dataset.unreachedForm, "stop");
  };
  // A page that comes again, after a scan say, shows the paper still: what is not printed yet is not put away.
  addEventListener("pagehide", () => {
    const paper = frame && frame.closest(".paper");
    if (!paper || paper.querySelector("[data-print-shown]").dataset.pressed) return;
    sessionStorage.setItem(STAYS, JSON.stringify({ page: location.pathname, address: paper.querySelector("a").href }));
  });
  const stayed = JSON.parse(sessionStorage.getItem(STAYS) || "{}"), printed = sessionStorage.getItem(KEPT);
  for (const name of [KEPT, STAYS]) sessionStorage.removeItem(name);
  if (printed) show(printed);
  else if (stayed.page === location.pathname) show(stayed.address);
})();
