// The shell: keys, palette, theme, menu, progress of jobs, records' neighbours. Forms and lists have their own files.
"use strict";

const typing = (target) => /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) && !["checkbox", "radio", "button"].includes(target.type) || target.isContentEditable;
const token = document.body.dataset.token || "";
const store = (name, value) => { try { if (value === undefined) return localStorage.getItem(name); if (value === null) localStorage.removeItem(name); else localStorage.setItem(name, value); } catch { /* a browser without storage */ } return null; };
const sessionStore = (name, value) => { try { if (value === undefined) return sessionStorage.getItem(name); sessionStorage.setItem(name, value); } catch { /* a browser without storage */ } return null; };
window.khet = { token, typing, sessionStore };

// -- theme and menu ---------------------------------------------------------------------------------------------
document.querySelectorAll("[data-theme-next]").forEach((button) => button.addEventListener("click", () => {
  const next = { light: "dark", dark: null }[store("khet-theme")];
  store("khet-theme", next === undefined ? "light" : next);
  window.khetApplyTheme();
}));
document.querySelectorAll("[data-slim]").forEach((button) => button.addEventListener("click", () => {
  store("khet-slim", store("khet-slim") === "1" ? null : "1");
  window.khetApplyTheme();
}));
document.querySelectorAll("details.pop").forEach((pop) => {
  pop.addEventListener("toggle", () => { if (pop.open) document.querySelectorAll("details.pop[open]").forEach((other) => { if (other !== pop) other.open = false; }); });
  pop.addEventListener("keydown", (event) => { if (event.key === "Escape" && pop.open) { pop.open = false; pop.querySelector("summary").focus(); event.stopPropagation(); } });
});
document.addEventListener("click", (event) => document.querySelectorAll("details.pop[open]").forEach((pop) => { if (!pop.contains(event.target)) pop.open = false; }));
document.querySelectorAll("form[data-autosubmit] select").forEach((select) => select.addEventListener("change", () => select.form.requestSubmit()));
// Empty filters stay out of the address.
document.querySelectorAll("form[data-filters]").forEach((form) => form.addEventListener("submit", () => form.querySelectorAll("input, select").forEach((field) => { if (!field.value) field.disabled = true; })));

document.querySelectorAll("[data-filters-open]").forEach((button) => button.addEventListener("click", () => button.setAttribute("aria-expanded", String(button.form.toggleAttribute("data-open")))));

// A second click on a button that was pressed does nothing; the server would answer with the first record.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) { event.preventDefault(); return; }
  if (form.querySelector("[data-uploading]")) {
    event.preventDefault();
    form.querySelector("[data-upload-wait]").hidden = false;
    return;
  }
  if (form.method === "post" && !("again" in form.dataset)) form.dataset.sent = "1";
});
window.addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
  document.querySelectorAll("form[data-filters] :disabled").forEach((field) => { field.disabled = false; });
});

// -- palette ----------------------------------------------------------------------------------------------------
const palette = document.getElementById("palette");
const keys = document.getElementById("keys");
if (palette) {
  const input = palette.querySelector("input[type=search]");
  const box = palette.querySelector("#palette-hits");
  let at = -1, asked = 0, answered = 0, open_first = false, timer;
  const options = () => [...box.querySelectorAll("[role=option]")];
  const mark = (index) => {
    const all = options();
    if (!all.length) return;
    at = (index + all.length) % all.length;
    all.forEach((option, i) => option.setAttribute("aria-selected", String(i === at)));
    input.setAttribute("aria-activedescendant", all[at].id);
    all[at].scrollIntoView({ block: "nearest" });
  };
  const draw = (groups, first) => {
    if (first) box.replaceChildren();
    for (const group of groups) {
      const section = document.createElement("div");
      section.setAttribute("role", "group");
      section.setAttribute("aria-label", group.title);
      const heading = document.createElement("div");
      heading.className = "group";
      heading.textContent = group.title;
      heading.setAttribute("aria-hidden", "true");
      section.append(heading);
      for (const hit of group.hits) {
        const option = document.createElement("a");
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        option.tabIndex = -1;
        option.href = hit.url;
        option.id = "hit-" + box.querySelectorAll("[role=option]").length;
        option.textContent = hit.text;
        section.append(option);
        box.append(section);
      }
    }
    if (at < 0 || first) mark(0);
    if (open_first && options()[0]) { open_first = false; options()[0].click(); }
  };
  const ask = async (part = 0, turn = ++asked) => {
    const answer = await fetch(palette.dataset.url + "?part=" + part + "&q=" + encodeURIComponent(input.value), { headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer || !answer.ok || turn !== asked) return;
    const found = await answer.json();
    if (turn !== asked) return;
    answered = turn;
    draw(found.groups, part === 0);
    if (found.next !== null) await ask(found.next, turn);
    else if (!options().length) box.textContent = palette.dataset.none;
  };
  const open = () => { if (!palette.open) { palette.showModal(); input.select(); ask(); } };
  document.querySelectorAll("[data-palette]").forEach((button) => button.addEventListener("click", open));
  input.addEventListener("input", () => { open_first = false; asked++; clearTimeout(timer); timer = setTimeout(ask, 120); });
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") { event.preventDefault(); mark(at + 1); }
    else if (event.key === "ArrowUp") { event.preventDefault(); mark(at - 1); }
    // what stands there may answer the words before the last ones: wait for the answer to these
    else if (event.key === "Enter" && answered !== asked) { event.preventDefault(); open_first = true; }
    else if (event.key === "Enter" && at >= 0 && options()[at]) { event.preventDefault(); options()[at].click(); }
  });
  palette.addEventListener("click", (event) => { if (event.target === palette) palette.close(); });
  document.addEventListener("keydown", (event) => { if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") { event.preventDefault(); open(); } });
}
if (keys) {
  document.querySelectorAll("[data-keys]").forEach((button) => button.addEventListener("click", () => keys.showModal()));
  keys.querySelector("[data-close]").addEventListener("click", () => keys.close());
  keys.addEventListener("click", (event) => { if (event.target === keys) keys.close(); });
}

// -- keys -------------------------------------------------------------------------------------------------------
let before = "";
document.addEventListener("keydown", (event) => {
  const form = document.querySelector("form[data-main]");
  const mod = event.ctrlKey || event.metaKey;
  if (form && mod && event.key === "Enter") {
    event.preventDefault();
    form.requestSubmit(form.querySelector("button[data-save-new]") || form.querySelector("button[data-save]") || form.querySelector("button[type=submit]"));
    return;
  }
  if (form && mod && event.key.toLowerCase() === "s") {
    event.preventDefault();
    form.requestSubmit(form.querySelector("button[data-save-stay]") || form.querySelector("button[data-save]"));
    return;
  }
  if (mod || event.altKey || typing(event.target) || document.querySelector("dialog[open]")) return;
  const go = (selector) => { const link = document.querySelector(selector); if (link) { event.preventDefault(); link.click(); } };
  if (event.key === "/") {
    const box = document.querySelector("main input[type=search]");
    if (box) { event.preventDefault(); box.focus(); box.select(); }
  } else if (event.key === "?" && keys) { event.preventDefault(); keys.showModal(); }
  else if (event.key === "n") go("a[data-new]");
  else if (event.key === "e") go("a[data-edit-record]");
  else if (event.key === "h" && before === "g") go(".khet-brand");
  else if (event.key === "j") go("a[data-after][href]");
  else if (event.key === "k") go("a[data-before][href]");
  before = event.key;
});

// -- record page: neighbours in the list one came from, and the trace for "opened lately" --------------------------
const record = document.querySelector("[data-record]");
if (record) {
  const { record: view, id } = record.dataset;
  let list = null;
  try { list = JSON.parse(sessionStore("khet-list:" + view) || "null"); } catch { /* not ours */ }
  if (list) {
    const at = list.ids.indexOf(id);
    if (at >= 0) {
      document.querySelector("[data-back]").href = list.url;
      const box = document.querySelector("[data-neighbours]");
      const set = (selector, other) => { const link = box.querySelector(selector); if (other) link.href = record.dataset.list + other; else link.hidden = true; };
      set("[data-before]", list.ids[at - 1]);
      set("[data-after]", list.ids[at + 1]);
      box.hidden = false;
    }
  }
  const seen = new FormData();
  seen.append("csrf_token", token); seen.append("view", view); seen.append("id", id);
  navigator.sendBeacon("/recent/", seen);
}

// -- a job's progress ---------------------------------------------------------------------------------------------
const job = document.querySelector("[data-job]");
if (job && ["queued", "running"].includes(job.dataset.state)) {
  const bar = job.querySelector("progress");
  const count = job.querySelector("[data-count]");
  const look = async () => {
    const answer = await fetch(job.dataset.job, { headers: { Accept: "application/json" } }).catch(() => null);
    if (answer && answer.ok) {
      const now = await answer.json();
      bar.value = now.percent;
      if (now.total) count.textContent = now.done.toLocaleString() + " / " + now.total.toLocaleString();
      if (now.state !== job.dataset.state && !["queued", "running"].includes(now.state)) { window.location.reload(); return; }
    }
    setTimeout(look, 1000);
  };
  setTimeout(look, 500);
}
