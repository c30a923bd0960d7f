// Khet's own behaviour: keyboard, related-record search, uploads before the save. No other script knows it.
"use strict";

document.addEventListener("keydown", (event) => {
  const form = document.querySelector("form[data-main]");
  const mod = event.ctrlKey || event.metaKey;
  if (form && mod && event.key === "Enter") {
    event.preventDefault();
    const next = form.querySelector("button[data-save-new]");
    form.requestSubmit(next || form.querySelector("button[type=submit]"));
  } else if (form && mod && event.key.toLowerCase() === "s") {
    event.preventDefault();
    form.requestSubmit(form.querySelector("button[data-save]"));
  } else if (event.key === "/" && !/^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) {
    const box = document.querySelector("input[type=search]");
    if (box) { event.preventDefault(); box.focus(); box.select(); }
  }
});

// A second click on a button that was pressed does nothing; the server would answer with the first record.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) { event.preventDefault(); return; }
  if (form.querySelector("[data-uploading]")) {
    event.preventDefault();
    form.querySelector("[data-upload-wait]").hidden = false;
    return;
  }
  if (form.method === "post") form.dataset.sent = "1";
});
window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((f) => delete f.dataset.sent));

document.querySelectorAll("form[data-autosubmit] select").forEach((select) => select.addEventListener("change", () => select.form.requestSubmit()));

// Another register in the intake form: its reserved numbers and readers come from the server.
document.querySelectorAll("select[data-reload]").forEach((select) => select.addEventListener("change", () => {
  const url = new URL(window.location.href);
  url.searchParams.set(select.name, select.value);
  window.location.assign(url);
}));

// Related-record search: a combobox after the ARIA pattern, 20 answers from the server.
document.querySelectorAll(".combo").forEach((combo) => {
  const input = combo.querySelector("input[role=combobox]");
  const value = combo.querySelector("input[type=hidden]");
  const list = combo.querySelector("ul");
  let timer, at = -1, asked = 0;
  const items = () => [...list.children];
  const close = () => { list.hidden = true; input.setAttribute("aria-expanded", "false"); input.removeAttribute("aria-activedescendant"); at = -1; };
  const mark = (index) => {
    const all = items();
    if (!all.length) return;
    at = (index + all.length) % all.length;
    all.forEach((item, i) => item.setAttribute("aria-selected", String(i === at)));
    input.setAttribute("aria-activedescendant", all[at].id);
    all[at].scrollIntoView({ block: "nearest" });
  };
  const choose = (item) => { value.value = item.dataset.id; input.value = item.textContent; input.dataset.chosen = input.value; close(); };
  const ask = async () => {
    const turn = ++asked;
    const answer = await fetch(combo.dataset.url + "?q=" + encodeURIComponent(input.value), { headers: { Accept: "application/json" } });
    if (!answer.ok || turn !== asked) return;
    const rows = await answer.json();
    list.replaceChildren(...rows.map((row, i) => {
      const item = document.createElement("li");
      item.id = input.id + "-option-" + i;
      item.setAttribute("role", "option");
      item.dataset.id = row.id;
      item.textContent = row.text;
      item.addEventListener("mousedown", (event) => { event.preventDefault(); choose(item); });
      return item;
    }));
    list.hidden = !rows.length;
    input.setAttribute("aria-expanded", String(rows.length > 0));
    at = -1;
  };
  input.addEventListener("input", () => { value.value = ""; clearTimeout(timer); timer = setTimeout(ask, 150); });
  input.addEventListener("focus", () => { if (!input.value) ask(); });
  input.addEventListener("blur", () => { close(); if (!value.value) input.value = ""; });
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") { event.preventDefault(); if (list.hidden) ask(); else mark(at + 1); }
    else if (event.key === "ArrowUp") { event.preventDefault(); mark(at - 1); }
    else if (event.key === "Enter" && !list.hidden && at >= 0 && !event.ctrlKey) { event.preventDefault(); choose(items()[at]); }
    else if (event.key === "Escape") close();
  });
});

// Files go up on their own, so that a refused file never costs what was typed.
document.querySelectorAll(".drop").forEach((drop) => {
  const picker = drop.querySelector("input[type=file]");
  const list = drop.querySelector("ul");
  const token = document.querySelector("input[name=csrf_token]").value;
  const remove = (item) => { const b = document.createElement("button"); b.type = "button"; b.className = "btn btn-sm btn-link"; b.textContent = drop.dataset.remove; b.addEventListener("click", () => item.remove()); return b; };
  drop.querySelectorAll("li button").forEach((b) => b.addEventListener("click", () => b.parentElement.remove()));
  const fail = (item, text) => { item.removeAttribute("data-uploading"); item.querySelector("progress")?.remove(); const note = document.createElement("span"); note.className = "text-danger"; note.setAttribute("role", "alert"); note.textContent = text; item.append(note, remove(item)); };
  const send = (file) => {
    const item = document.createElement("li");
    item.dataset.uploading = "1";
    const name = document.createElement("span");
    name.textContent = file.name;
    item.append(name);
    list.append(item);
    if (file.size > Number(drop.dataset.largest)) { fail(item, drop.dataset.tooLarge); return; }
    const bar = document.createElement("progress");
    bar.max = 1; bar.value = 0;
    item.append(bar);
    const body = new FormData();
    body.append("file", file);
    const request = new XMLHttpRequest();
    request.open("POST", drop.dataset.url);
    request.setRequestHeader("X-CSRFToken", token);
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", (event) => { if (event.lengthComputable) bar.value = event.loaded / event.total; });
    request.addEventListener("error", () => fail(item, drop.dataset.failed));
    request.addEventListener("load", () => {
      let answer = {};
      try { answer = JSON.parse(request.responseText); } catch { /* not ours */ }
      if (request.status !== 201) { fail(item, answer.error || drop.dataset.failed); return; }
      bar.remove();
      item.removeAttribute("data-uploading");
      const hidden = document.createElement("input");
      hidden.type = "hidden"; hidden.name = drop.dataset.name; hidden.value = answer.id;
      item.append(hidden, remove(item));
      const wait = drop.closest("form").querySelector("[data-upload-wait]");
      if (wait && !drop.querySelector("[data-uploading]")) wait.hidden = true;
    });
    request.send(body);
  };
  picker.addEventListener("change", () => { [...picker.files].forEach(send); picker.value = ""; });
  drop.addEventListener("dragover", (event) => { event.preventDefault(); drop.classList.add("over"); });
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => { event.preventDefault(); drop.classList.remove("over"); [...event.dataTransfer.files].forEach(send); });
  document.addEventListener("paste", (event) => { const files = [...(event.clipboardData?.files || [])]; if (files.length) { event.preventDefault(); files.forEach(send); } });
});

const firstError = document.querySelector(".is-invalid");
if (firstError) firstError.focus();
