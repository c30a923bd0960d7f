// Drafts: what is typed is kept on the server until it is saved; a secret paper's never.
import { token } from "./common.js";
import { keeping } from "./router.js";
import { ended, isEnded } from "./sending.js";

/** Put values by name back into a form: {name: [value, …]}, as FormData would tell them. */
export const refill = (main, values) => {
  // lines that the page has not drawn yet
  main.querySelectorAll("[data-lines]").forEach((box) => {
    const places = Object.keys(values).map((name) =>
      Number(name.match(new RegExp("^" + box.dataset.lines + "-(\\d+)-"))?.[1] ?? -1)
    );
    while (box.querySelector("tbody").rows.length <= Math.max(...places))
      box.querySelector("[data-add-line]").click();
  });
  for (const field of main.elements) {
    if (!field.name || field.type === "file" || ["csrf_token", "form_key", "version"].includes(field.name)) continue;
    const found = values[field.name];
    if (field.type === "checkbox" || field.type === "radio") {
      field.checked = Boolean(found && found.includes(field.value));
      field.dispatchEvent(new Event("change"));
    } else if (found && found.length) field.value = found[0];
  }
};

export const drafts = (main, signal) => {
  const state = main.querySelector("[data-draft-state]");
  const offer = document.querySelector("[data-draft-offer]");
  const headers = () => ({ Accept: "application/json", "X-CSRFToken": token() });
  const fields = () => {
    const data = new FormData(main);
    ["csrf_token", "form_key", "version"].forEach((name) => data.delete(name));
    main.querySelectorAll("input[type=password]").forEach((field) => data.delete(field.name));
    data.set("token", main.dataset.draft);
    return data;
  };
  let timer,
    last = "",
    dirty = false;
  const keep = async () => {
    const data = fields(),
      now = new URLSearchParams(data).toString();
    if (now === last || main.dataset.sent) return;
    const answer = await fetch(main.dataset.drafts, {
      method: "POST",
      body: data,
      headers: headers(),
      keepalive: true
    }).catch(() => null);
    if (!answer) {
      state.textContent = main.dataset.offline;
      state.dataset.lost = "1";
      clearTimeout(timer);
      timer = setTimeout(keep, 3000);
      return;
    }
    delete state.dataset.lost;
    if (isEnded(answer)) {
      state.textContent = "";
      if (!signal.aborted) ended();
      return;
    }
    if (answer.ok) {
      last = now;
      state.textContent = (await answer.json()).kept ? main.dataset.kept : "";
    }
  };
  main.addEventListener("input", () => {
    dirty = true;
    clearTimeout(timer);
    timer = setTimeout(keep, 1200);
  });
  window.addEventListener("online", () => {
    if (dirty) keep();
  }, { signal });
  document.addEventListener("khet-signed-in", keep, { signal });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden" && dirty) {
      clearTimeout(timer);
      keep();
    }
  }, { signal });
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    if (dirty && !main.dataset.sent) keeping(keep());
  });
  if (offer) {
    offer.querySelector("[data-draft-drop]").addEventListener("click", async () => {
      const data = new FormData();
      data.append("token", main.dataset.draft);
      await fetch(main.dataset.drafts + "drop", { method: "POST", body: data, headers: headers() }).catch(() => null);
      offer.remove();
    });
    offer.querySelector("[data-draft-restore]").addEventListener("click", async () => {
      const answer = await fetch(main.dataset.drafts + "read?token=" + encodeURIComponent(main.dataset.draft), {
        headers: headers()
      }).catch(() => null);
      if (!answer || !answer.ok) return;
      refill(main, (await answer.json()).fields);
      offer.remove();
      dirty = true;
    });
  }
};
