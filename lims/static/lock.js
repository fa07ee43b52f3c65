// A screen left alone is covered, in every tab, and the server answers nothing: the PIN of who is signed in, or the
// password, uncovers it as it was; another badge takes over.
"use strict";
(() => {
  const TOLD_MS = 60000, LOOK_MS = 2000, KEPT_MS = 3000;
  const cover = document.querySelector("[data-cover]");
  if (!cover) return;
  const { dataset } = cover, { signIn, switch: badge } = dataset, form = cover.querySelector("form"), said = form.querySelector("[role=alert]");
  const { pin, password } = form.elements;
  const headers = { Accept: "application/json", "X-CSRFToken": document.querySelector("[name=csrf_token]").value };
  const tabs = new BroadcastChannel("screen");
  let seen = Date.now(), told = seen;

  // Who types is here, though the server hears nothing of it.
  const ask = async (address, also = {}) => {
    const answer = await fetch(address, { headers, ...also });
    if (answer.status === 423) hide();
    if (answer.status === 401 || answer.redirected) location.assign(signIn + "?next=" + encodeURIComponent(here()));
    return answer;
  };
  const here = () => location.pathname + location.search;
  const noticed = () => {
    if (cover.open) return;
    seen = Date.now();
    if (seen - told < TOLD_MS) return;
    told = seen;
    tabs.postMessage("here");
    ask(dataset.here, { method: "POST" }).catch(() => {});
  };
  for (const name of ["keydown", "pointerdown", "pointermove", "wheel"]) addEventListener(name, noticed, { passive: true });

  const byPassword = () => {
    form.querySelector("[data-by-pin]")?.remove();
    form.querySelector("[data-password-instead]")?.remove();
    form.querySelector("[data-by-password]").hidden = false;
    password.focus();
  };
  const hide = () => {
    if (cover.open) return;
    form.reset();
    said.hidden = true;
    window.lims.putDown();
    cover.showModal();
  };
  window.lims.cover = hide;
  const show = () => {
    seen = told = Date.now();
    if (cover.open) cover.close();
  };
  // A locked screen keeps nothing more: what was typed last is kept before the server is told, if it answers at all.
  const lock = async () => {
    hide();
    tabs.postMessage("locked");
    await Promise.race([window.lims.draftsKept?.(), new Promise((late) => setTimeout(late, KEPT_MS))]);
    ask(dataset.lock, { method: "POST" }).catch(() => {});
  };
  setInterval(() => { if (!cover.open && Date.now() - seen > dataset.idle * 1000) lock(); }, LOOK_MS);
  tabs.onmessage = ({ data }) => ({ here: () => { seen = Date.now(); }, locked: hide, open: show })[data]();
  cover.addEventListener("cancel", (event) => event.preventDefault());
  document.querySelector("[data-lock-now]").addEventListener("submit", (event) => {
    event.preventDefault();
    lock();
  });

  const unlock = async () => {
    try {
      const answer = await ask(form.action, { method: "POST", body: new FormData(form) });
      if (answer.ok) {
        tabs.postMessage("open");
        return show();
      }
      said.textContent = (await answer.json()).sentence;
      if (answer.status === 429 && form.querySelector("[data-by-pin]")) byPassword();
    } catch {
      said.textContent = dataset.unreached;
    }
    said.hidden = false;
    form.querySelector("input[type=password]:not([hidden] *)").value = "";
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    delete form.dataset.sent;
    unlock();
  });
  pin?.addEventListener("input", () => { if (window.lims.isPin(pin)) unlock(); });
  form.querySelector("[data-password-instead]")?.addEventListener("click", byPassword);

  // A scan while covered is a badge or nothing.
  const apply = window.lims.apply;
  window.lims.apply = () => {
    if (!cover.open) return apply();
    for (const { code, known } of window.lims.scans.splice(0)) {
      if (!known || !dataset.switch || !code.startsWith("US")) continue;
      if (code === dataset.own) (pin || password).focus();
      else location.assign(badge + "?" + new URLSearchParams({ badge: code, left: here() }));
    }
  };
})();
