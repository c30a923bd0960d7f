// Keys: shortcuts by the key under the finger, whatever layout is on; Enter goes from field to field.
import { letter, typing } from "./common.js";
import { page } from "./router.js";

page((signal) => {
  const keys = document.getElementById("keys");
  if (keys) {
    document
      .querySelectorAll("[data-keys]")
      .forEach((button) => button.addEventListener("click", () => keys.showModal(), { signal }));
    keys.querySelector("[data-close]").addEventListener("click", () => keys.close(), { signal });
    keys.addEventListener("click", (event) => {
      if (event.target === keys) keys.close();
    }, { signal });
  }
});

// Enter goes to the next field, as in a sheet: nothing is saved by it. After the last one stands the button.
const onward = (event) => {
  const field = event.target,
    form = field.form;
  if (!form || !("main" in form.dataset) || event.shiftKey || event.isComposing) return;
  if (!field.matches("select, input:not([type=submit], [type=button], [type=reset], [type=image], [type=file])"))
    return;
  const stops = [...form.elements].filter(
    (one) =>
    one === field ||
    (one.tabIndex >= 0 &&
      !one.disabled &&
      one.matches("input:not([type=hidden]), select, textarea, button[type=submit], button:not([type])") &&
      one.checkVisibility({ visibilityProperty: true }))
  );
  const next = stops.slice(stops.indexOf(field) + 1).find((one) => one.type !== "radio" || one.name !== field.name);
  if (field.type === "password" && (!next || next.tagName === "BUTTON")) return; // proving who one is
  event.preventDefault();
  next?.focus();
  if (next?.matches("input:not([type=checkbox], [type=radio], [type=file])")) next.select();
};

let before = "";
document.addEventListener("keydown", (event) => {
  const keys = document.getElementById("keys");
  const form = document.querySelector("form[data-main]");
  const mod = event.ctrlKey || event.metaKey,
    key = letter(event);
  if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
  if (form && mod && key === "Enter") {
    event.preventDefault();
    form.requestSubmit(
      form.querySelector("button[data-save-new]") ||
      form.querySelector("button[data-save]") ||
      form.querySelector("button[type=submit]")
    );
    return;
  }
  if (form && mod && key === "s") {
    event.preventDefault();
    form.requestSubmit(form.querySelector("button[data-save-stay]") || form.querySelector("button[data-save]"));
    return;
  }
  if (key === "Enter" && !mod && !event.altKey) {
    onward(event);
    return;
  }
  if (mod || event.altKey || typing(event.target)) return;
  const go = (selector) => {
    const link = document.querySelector(selector);
    if (link) {
      event.preventDefault();
      link.click();
    }
  };
  if (key === "/") {
    const box = document.querySelector("main input[type=search]");
    if (box) {
      event.preventDefault();
      box.focus();
      box.select();
    }
  } else if (key === "?" && keys) {
    event.preventDefault();
    keys.showModal();
  } else if (key === "n") go("a[data-new]");
  else if (key === "e") go("a[data-edit-record]");
  else if (key === "h" && before === "g") go(".khet-brand");
  else if (key === "j") go("a[data-after][href]");
  else if (key === "k") go("a[data-before][href]");
  before = key;
});
