// What is typed into a form is kept on the server while it is typed, for whoever types it alone; opened again, on any
// terminal, the form is as it was left. Nothing is kept in the browser.
"use strict";
(() => {
  const SOON_MS = 1000, MOST_ROWS = 50;
  const main = document.querySelector("[data-drafts]");
  const forms = main ? [...main.querySelectorAll("form[data-draft]")] : [];
  if (!forms.length) return;
  const headers = { Accept: "application/json", "X-CSRFToken": document.querySelector("[name=csrf_token]").value };
  // Of one batch is not of another, though both are begun on one page: what is asked of the page belongs to it.
  const address = ({ action }) => new URL(action).pathname + (new URL(action).search || location.search);
  const saving = new Map();

  // Only what was changed is a draft: what the page proposes, the time among it, it proposes anew.
  const typed = (form) => {
    const begun = !form.querySelector(".problems");
    const { inHand, readInto } = window.lims;
    return [...form.elements].filter((each) => each.name && !inHand(each) && !each.matches("button, fieldset, output, [type=password], [type=file]")
      && (each.type !== "hidden" || each.name === "by_scanner")).flatMap((each) => {
      if (each.matches("[type=radio], [type=checkbox]")) {
        return each.checked !== (begun && each.defaultChecked) ? [[each.name, each.value, each.checked ? "on" : "off"]] : [];
      }
      if (form.elements[each.name + "-proposed"]?.value === each.value) return []; // a time that goes on
      const proposed = begun && each.type !== "hidden" ? each.defaultValue ?? "" : ""; // of one hidden there is no other
      const value = each.name === "by_scanner" ? readInto(form, (place) => !inHand(place)) : each.value;
      return value !== proposed ? [[each.name, value]] : [];
    });
  };

  const { drafts } = main.dataset;
  let sending = Promise.resolve();
  const send = (path, form, said, also) => {
    const answer = fetch(drafts + path, {
      method: "POST", headers, body: new URLSearchParams({ address: address(form), form: form.dataset.draft, ...said }), ...also,
    });
    sending = Promise.allSettled([sending, answer]);
    return answer;
  };
  window.lims.draftsSent = () => sending;
  const save = async (form, also) => {
    clearTimeout(saving.get(form));
    saving.delete(form);
    const { key, version } = form.elements, fields = typed(form);
    const said = { key: key.value, version: version ? version.value : "", page: form.querySelector(".problems") ? "" : location.pathname + location.search };
    const told = fields.some(([name]) => name !== "by_scanner") ? JSON.stringify(fields) : "[]";
    try {
      const answer = await send("", form, { ...said, titles: main.dataset.titles, typed: told }, also);
      if (answer.status === 423) window.lims.cover();
    } catch { /* kept with the next key */ }
  };
  for (const form of forms) {
    for (const name of ["input", "change"]) form.addEventListener(name, () => {
      if (!saving.has(form)) saving.set(form, setTimeout(save, SOON_MS, form));
    });
    form.addEventListener("submit", () => {
      clearTimeout(saving.get(form));
      saving.delete(form);
    });
  }
  // What waits to be saved is saved at once; kept when this is.
  window.lims.draftsKept = () => {
    for (const form of [...saving.keys()]) save(form);
    return sending;
  };
  // Whoever is led away by a badge, a lock or a link leaves nothing behind unsaved.
  addEventListener("pagehide", () => { for (const form of [...saving.keys()]) save(form, { keepalive: true }); });

  const place = (form, name, nth) => {
    const button = form.querySelector("[data-add-row]");
    for (let n = 0; button && !form.querySelector(`[name="${CSS.escape(name)}"]`) && n < MOST_ROWS; n += 1) button.click();
    return form.querySelectorAll(`[name="${CSS.escape(name)}"]`)[nth];
  };
  const restore = (form, draft) => {
    const seen = {};
    let otherwise = false;
    for (const [name, value, on] of draft.typed) {
      if (on) {
        const tick = [...form.querySelectorAll(`[name="${CSS.escape(name)}"]`)].find((each) => each.value === value);
        otherwise ||= Boolean(tick) && tick.checked !== (on === "on");
        if (tick) tick.checked = on === "on";
        continue;
      }
      const field = place(form, name, seen[name] = name in seen ? seen[name] + 1 : 0);
      if (!field || window.lims.inHand(field)) continue;
      otherwise ||= field.value !== value && field.type !== "hidden";
      field.value = value;
      field.dataset.restored = value;
      const folded = field.closest("details");
      if (folded) folded.open = true;
    }
    const read = form.elements.by_scanner;
    if (read) read.value = window.lims.readInto(form);
    document.dispatchEvent(new Event("input"));
    form.lims?.ask();
    if (!otherwise) return;
    tell(form, draft);
    save(form, { keepalive: true }); // under the key of this page: once that is sent, nothing waits any more
  };
  const tell = (form, draft) => {
    const { version } = form.elements, note = document.createElement("p"), button = document.createElement("button");
    const same = !version || version.value === (draft.version === null ? "" : String(draft.version));
    note.className = "flash draft " + (same ? "" : "warn");
    note.setAttribute("role", "status");
    button.type = "button";
    button.className = "linklike";
    button.textContent = draft.discard;
    button.addEventListener("click", async () => {
      await sending; // what is on its way would come back
      await send("discard", form);
      location.reload();
    });
    note.append((same ? draft.told : draft.changed) + " ", button);
    form.prepend(note);
  };

  const load = async () => {
    const asked = new URLSearchParams(forms.map((form) => ["at", address(form)]));
    const answer = await fetch(drafts + "?" + asked, { headers });
    for (const draft of answer.ok ? await answer.json() : []) {
      const form = forms.find((each) => address(each) === draft.address && each.dataset.draft === draft.form);
      if (form && !saving.has(form) && !form.querySelector(".problems")) restore(form, draft);
    }
  };
  if (main.dataset.waiting !== undefined) load().catch(() => {});
  // Sent before it was kept, and refused: whoever leaves the page as it is finds it again.
  for (const form of forms) if (form.querySelector(".problems")) save(form);
})();
