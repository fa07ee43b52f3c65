// The page that answers a form, as a refused one does, takes the address of the page the form was on: whoever goes
// back to it, or reads it anew, is shown that page. A browser keeps no answer to a form, and would show its own error.
// Each refusal is a page of its history all the same: whoever goes back is led past those whose form was refused, out
// of the form, as if there had been one page of it.
"use strict";
(() => {
  const LAST = "lims.page", REFUSED = "lims.refused";
  const read = (name, none) => JSON.parse(sessionStorage.getItem(name) || "null") ?? none;
  const keep = (name, value) => sessionStorage.setItem(name, JSON.stringify(value));
  const answers = "answers" in document.currentScript.dataset;
  const page = document.referrer;
  const ours = page && new URL(page).origin === location.origin;

  const arrive = () => {
    const last = read(LAST, { number: 0, refusals: 0 });
    let here = history.state?.page, refused = read(REFUSED, []);
    if (!here) { // a new page: what lay ahead of the one before is gone
      here = { number: last.number + 1, refusals: answers ? last.refusals + 1 : 0 };
      refused = refused.filter((number) => number < here.number);
      if (answers) refused.push(last.number);
      keep(REFUSED, refused);
      history.replaceState({ ...history.state, page: here }, "", answers && ours ? page : location.href);
    } else if (here.number < last.number && refused.includes(here.number)) history.go(-here.refusals - 1);
    keep(LAST, here);
  };
  addEventListener("pageshow", ({ persisted }) => { if (persisted) arrive(); });
  arrive();
})();
