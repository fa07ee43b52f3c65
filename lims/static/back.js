// The page that answers a form, as a refused one does, takes the address of the page the form was on: whoever goes
// back to it, or reads it anew, is shown that page. A browser keeps no answer to a form, and would show its own error.
"use strict";
(() => {
  const page = document.referrer;
  const ours = page && new URL(page).origin === location.origin;
  history.replaceState(history.state, "", ours ? page : location.href);
})();
