// Forms: related records, dates, completion, lines, uploads, mentions, drafts. Without it a form still saves.
"use strict";

window.khet.page((signal) => {
  const ready = (root) => { root.querySelectorAll(".combo").forEach(combo); };

  // Another register in the intake form: its reserved numbers and readers come from the server.
  document.querySelectorAll("select[data-reload]").forEach((select) => select.addEventListener("change", () => {
    const url = new URL(window.location.href);
    url.searchParams.set(select.name, select.value);
    window.khet.visit(url.href);
  }));

  // Related-record search: a combobox after the ARIA pattern, 20 answers from the server.
  function combo(box) {
    const input = box.querySelector("input[role=combobox]");
    const value = box.querySelector("input[type=hidden]");
    const list = box.querySelector("ul");
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
      const answer = await fetch(box.dataset.url + "?q=" + encodeURIComponent(input.value), { headers: { Accept: "application/json" } });
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
  }

  ready(document);

  // A signature drawn with a finger goes up as a picture a moment after the last stroke; a new stroke replaces it.
  const sign = (drop, list, send) => {
    const canvas = drop.querySelector("canvas[data-draw]");
    if (!canvas) return;
    canvas.parentElement.hidden = false;
    const pen = canvas.getContext("2d");
    let down = false, timer = 0, item = null;
    const place = (event) => { const box = canvas.getBoundingClientRect(); return [(event.clientX - box.left) * canvas.width / box.width, (event.clientY - box.top) * canvas.height / box.height]; };
    const forget = () => { clearTimeout(timer); item?.remove(); item = null; };
    canvas.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      canvas.setPointerCapture(event.pointerId);
      forget();
      canvas.dataset.uploading = "1";
      down = true;
      pen.lineWidth = 5; pen.lineCap = pen.lineJoin = "round"; pen.strokeStyle = "#12256b";
      pen.beginPath(); pen.moveTo(...place(event)); pen.lineTo(...place(event)); pen.stroke();
    });
    canvas.addEventListener("pointermove", (event) => { if (down) { pen.lineTo(...place(event)); pen.stroke(); } });
    const up = () => {
      if (!down) return;
      down = false;
      timer = setTimeout(() => canvas.toBlob((blob) => {
        canvas.removeAttribute("data-uploading");
        send(new File([blob], canvas.dataset.draw, { type: "image/png" }));
        item = list.lastElementChild;
      }), 700);
    };
    canvas.addEventListener("pointerup", up);
    canvas.addEventListener("pointercancel", up);
    drop.querySelector("[data-draw-clear]").addEventListener("click", () => { forget(); canvas.removeAttribute("data-uploading"); pen.clearRect(0, 0, canvas.width, canvas.height); });
  };

  // Files go up on their own, so that a refused file never costs what was typed.
  document.querySelectorAll(".drop").forEach((drop) => {
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
    drop.querySelectorAll("input[type=file]").forEach((one) => one.addEventListener("change", () => { [...one.files].forEach(send); one.value = ""; }));
    drop.addEventListener("dragover", (event) => { event.preventDefault(); drop.classList.add("over"); });
    drop.addEventListener("dragleave", () => drop.classList.remove("over"));
    drop.addEventListener("drop", (event) => { event.preventDefault(); drop.classList.remove("over"); [...event.dataTransfer.files].forEach(send); });
    sign(drop, list, send);
    document.addEventListener("paste", (event) => { const files = [...(event.clipboardData?.files || [])]; if (files.length) { event.preventDefault(); files.forEach(send); } }, { signal });
  });

  // -- lines of a list, edited in place ---------------------------------------------------------------------------
  document.querySelectorAll("[data-lines]").forEach((box) => {
    const body = box.querySelector("tbody"), template = box.querySelector("template"), name = box.dataset.lines;
    const number = () => [...body.rows].forEach((row, index) => row.querySelectorAll("[name], [id], [for], [aria-controls]").forEach((node) => ["name", "id", "for", "aria-controls", "aria-describedby", "data-pick-date"].forEach((attribute) => {
      const value = node.getAttribute(attribute);
      if (value) node.setAttribute(attribute, value.replace(new RegExp("^" + name + "-\\d+-"), name + "-" + index + "-"));
    })));
    const add = () => { const row = template.content.firstElementChild.cloneNode(true); body.append(row); number(); ready(row); dates(row); return row; };
    box.querySelector("[data-add-line]").addEventListener("click", () => add().querySelector("input:not([type=hidden]), select").focus());
    box.addEventListener("click", (event) => { const button = event.target.closest("[data-drop-line]"); if (!button) return; button.closest("tr").remove(); if (!body.rows.length) add(); number(); box.querySelector("[data-add-line]").focus(); });
    box.addEventListener("keydown", (event) => {
      const row = event.target.closest("tbody tr");
      if (event.key === "Enter" && !event.ctrlKey && row && event.target.tagName === "INPUT" && !event.defaultPrevented) {
        event.preventDefault();
        (row.nextElementSibling || add()).querySelector("input:not([type=hidden]), select").focus();
      }
    });
  });

  // -- a day from a calendar in พ.ศ.; typing stays the faster way -------------------------------------------------
  const MONTHS = ["ม.ค.", "ก.พ.", "มี.ค.", "เม.ย.", "พ.ค.", "มิ.ย.", "ก.ค.", "ส.ค.", "ก.ย.", "ต.ค.", "พ.ย.", "ธ.ค."];
  const DAYS = ["จ", "อ", "พ", "พฤ", "ศ", "ส", "อา"];
  const readDay = (text) => {
    const match = text.replace(/[๐-๙]/g, (digit) => "๐๑๒๓๔๕๖๗๘๙".indexOf(digit)).match(/^\s*(\d{1,2})\D(\d{1,2})\D(\d{4}|\d{2})\s*$/);
    if (!match) return null;
    let year = Number(match[3]);
    if (year < 100) year += 2500;
    return new Date(year > 2400 ? year - 543 : year, Number(match[2]) - 1, Number(match[1]));
  };
  function dates(root) {
    root.querySelectorAll("[data-pick-date]").forEach((button) => button.addEventListener("click", () => {
      const input = document.getElementById(button.dataset.pickDate);
      const dialog = document.createElement("dialog");
      dialog.className = "day-picker";
      dialog.setAttribute("aria-label", button.getAttribute("aria-label"));
      let at = readDay(input.value) || new Date();
      const draw = (focus) => {
        const first = new Date(at.getFullYear(), at.getMonth(), 1);
        const head = document.createElement("div");
        head.className = "d-flex align-items-center justify-content-between mb-1";
        const step = (text, months) => { const b = document.createElement("button"); b.type = "button"; b.className = "btn btn-sm btn-outline-secondary"; b.textContent = text; b.addEventListener("click", () => { at = new Date(at.getFullYear(), at.getMonth() + months, 1); draw(false); }); return b; };
        const title = document.createElement("strong");
        title.setAttribute("aria-live", "polite");
        title.textContent = MONTHS[at.getMonth()] + " " + (at.getFullYear() + 543);
        head.append(step("‹", -1), title, step("›", 1));
        const table = document.createElement("table");
        const names = table.createTHead().insertRow();
        DAYS.forEach((day) => { const th = document.createElement("th"); th.scope = "col"; th.textContent = day; names.append(th); });
        const body = table.createTBody();
        const start = new Date(first); start.setDate(1 - ((first.getDay() + 6) % 7));
        let chosen = null;
        for (let week = 0; week < 6; week++) {
          const row = body.insertRow();
          for (let day = 0; day < 7; day++) {
            const date = new Date(start); date.setDate(start.getDate() + week * 7 + day);
            const b = document.createElement("button");
            b.type = "button"; b.textContent = date.getDate();
            b.className = "btn btn-sm" + (date.getMonth() !== at.getMonth() ? " text-secondary" : "") + (date.toDateString() === new Date().toDateString() ? " btn-outline-primary" : "");
            b.tabIndex = -1;
            b.setAttribute("aria-label", date.getDate() + " " + MONTHS[date.getMonth()] + " " + (date.getFullYear() + 543));
            if (date.toDateString() === at.toDateString()) { b.tabIndex = 0; chosen = b; }
            b.addEventListener("click", () => { input.value = date.getDate() + "/" + (date.getMonth() + 1) + "/" + (date.getFullYear() + 543); input.dispatchEvent(new Event("input", { bubbles: true })); dialog.close(); });
            row.insertCell().append(b);
          }
        }
        dialog.replaceChildren(head, table);
        if (focus && chosen) chosen.focus();
      };
      dialog.addEventListener("keydown", (event) => {
        const move = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 }[event.key];
        if (move && event.target.closest("tbody")) { event.preventDefault(); at = new Date(at.getFullYear(), at.getMonth(), at.getDate() + move); draw(true); }
        else if (event.key === "PageUp" || event.key === "PageDown") { event.preventDefault(); at = new Date(at.getFullYear(), at.getMonth() + (event.key === "PageUp" ? -1 : 1), 1); draw(true); }
      });
      dialog.addEventListener("close", () => { dialog.remove(); input.focus(); });
      dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
      document.body.append(dialog);
      draw(false);
      dialog.showModal();
      draw(true);
    }));
  }
  dates(document);
  document.addEventListener("keydown", (event) => { if (event.altKey && event.key === "ArrowDown" && event.target.dataset.date) { event.preventDefault(); document.querySelector("[data-pick-date='" + event.target.id + "']").click(); } }, { signal });

  // -- completion while typing -----------------------------------------------------------------------------------
  // "whole": what is offered stands in the field and Tab takes it, as in a spreadsheet. "part": only the right arrow
  // (all of it) or Ctrl and the right arrow (the next word) take it; leaving the field drops it.
  const completed = [...document.querySelectorAll("[data-complete]")];
  const main = document.querySelector("form[data-main]");
  if (completed.length && main) {
    const unit = main.querySelector("[name=unit_id]");
    let known = {};
    fetch(location.pathname.replace(/new$/, "known") + "?unit_id=" + encodeURIComponent(unit ? unit.value : ""), { headers: { Accept: "application/json" } }).then((answer) => (answer.ok ? answer.json() : {})).then((found) => { known = found; }).catch(() => {});
    const words = (text) => ("Segmenter" in Intl ? [...new Intl.Segmenter("th", { granularity: "word" }).segment(text)].map((s) => s.segment) : text.split(/(?<= )/));
    completed.forEach((input) => {
      let offered = 0; // where what was typed ends and the offer begins; 0 for none
      input.addEventListener("input", (event) => {
        offered = 0;
        const typed = input.value;
        if (event.isComposing || !event.data || input.selectionEnd !== typed.length || typed.length < 2) return;
        const found = (known[input.name] || []).find((text) => text.length > typed.length && text.startsWith(typed));
        // an offer never begins with a mark of the letter before it: the browser would keep that mark
        if (!found || /^[\u0e31\u0e33-\u0e3a\u0e47-\u0e4e]/.test(found.slice(typed.length))) return;
        offered = typed.length;
        input.value = found;
        input.setSelectionRange(offered, found.length);
      });
      input.addEventListener("keydown", (event) => {
        if (!offered) return;
        if (event.key === "ArrowRight" && event.ctrlKey) {
          event.preventDefault();
          const rest = words(input.value.slice(offered));
          offered += (rest[0] || "").length;
          if (offered >= input.value.length) offered = 0;
          else input.setSelectionRange(offered, input.value.length);
          if (!offered) input.setSelectionRange(input.value.length, input.value.length);
        } else if (event.key === "ArrowRight" || event.key === "End") {
          event.preventDefault();
          offered = 0;
          input.setSelectionRange(input.value.length, input.value.length);
        } else if (event.key === "Escape") { event.stopPropagation(); input.value = input.value.slice(0, offered); offered = 0; }
      });
      const leave = () => { if (offered && input.dataset.complete === "part") input.value = input.value.slice(0, offered); offered = 0; };
      input.addEventListener("blur", leave);
      input.addEventListener("keydown", (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) leave(); }, true);
    });
  }

  // -- @ in a comment --------------------------------------------------------------------------------------------
  document.querySelectorAll("form[data-mentions] textarea").forEach((area) => {
    const list = document.createElement("ul");
    list.setAttribute("role", "listbox");
    list.setAttribute("translate", "no");
    list.setAttribute("aria-label", area.placeholder);
    list.id = area.id + "-list";
    list.hidden = true;
    area.after(list);
    let at = 0, asked = 0;
    const word = () => area.value.slice(0, area.selectionStart).match(/@([\wก-๙.\-]*)$/);
    const mark = (index) => { const all = [...list.children]; if (!all.length) return; at = (index + all.length) % all.length; all.forEach((item, i) => item.setAttribute("aria-selected", String(i === at))); };
    const take = (item) => { const found = word(); if (!found) return; const start = area.selectionStart - found[0].length; area.setRangeText("@" + item.dataset.id + " ", start, area.selectionStart, "end"); list.hidden = true; };
    area.addEventListener("input", async () => {
      const found = word(), turn = ++asked;
      list.hidden = true; // what stood there answered the letters before the last
      if (!found) return;
      const answer = await fetch(area.form.dataset.mentions + "?q=" + encodeURIComponent(found[1]), { headers: { Accept: "application/json" } }).catch(() => null);
      if (!answer || !answer.ok || turn !== asked) return;
      list.replaceChildren(...(await answer.json()).map((row) => { const item = document.createElement("li"); item.setAttribute("role", "option"); item.dataset.id = row.id; item.textContent = row.text; item.addEventListener("mousedown", (event) => { event.preventDefault(); take(item); }); return item; }));
      list.hidden = !list.children.length;
      mark(0);
    });
    area.addEventListener("keydown", (event) => {
      if (list.hidden) { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); area.form.requestSubmit(); } return; }
      if (event.key === "ArrowDown") { event.preventDefault(); mark(at + 1); }
      else if (event.key === "ArrowUp") { event.preventDefault(); mark(at - 1); }
      else if (event.key === "Enter" || event.key === "Tab") { event.preventDefault(); take(list.children[at]); }
      else if (event.key === "Escape") list.hidden = true;
    });
    area.addEventListener("blur", () => { list.hidden = true; });
  });

  // -- drafts: what is typed is kept on the server until it is saved; a secret paper's never -----------------------
  if (main && main.dataset.draft) {
    const state = main.querySelector("[data-draft-state]");
    const offer = document.querySelector("[data-draft-offer]");
    const headers = { Accept: "application/json", "X-CSRFToken": window.khet.token };
    const fields = () => { const data = new FormData(main); ["csrf_token", "form_key", "version"].forEach((name) => data.delete(name)); main.querySelectorAll("input[type=password]").forEach((field) => data.delete(field.name)); main.querySelectorAll(".combo").forEach((box) => data.set(box.querySelector("[type=hidden]").name + "-text", box.querySelector("[role=combobox]").value)); data.set("token", main.dataset.draft); return data; };
    let timer, last = "", dirty = false;
    const keep = async () => {
      const data = fields(), now = new URLSearchParams(data).toString();
      if (now === last || main.dataset.sent) return;
      const answer = await fetch(main.dataset.drafts, { method: "POST", body: data, headers, keepalive: true }).catch(() => null);
      if (!answer) { state.textContent = main.dataset.offline; state.dataset.lost = "1"; clearTimeout(timer); timer = setTimeout(keep, 3000); return; }
      delete state.dataset.lost;
      if (answer.status === 401 || answer.status === 400) { state.textContent = main.dataset.signedOut; clearTimeout(timer); timer = setTimeout(keep, 5000); return; }
      if (answer.ok) { last = now; state.textContent = (await answer.json()).kept ? main.dataset.kept : ""; }
    };
    main.addEventListener("input", () => { dirty = true; clearTimeout(timer); timer = setTimeout(keep, 1200); });
    window.addEventListener("online", () => { if (dirty) keep(); }, { signal });
    document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden" && dirty) { clearTimeout(timer); keep(); } }, { signal });
    signal.addEventListener("abort", () => { clearTimeout(timer); if (dirty && !main.dataset.sent) window.khet.keeping(keep()); });
    if (offer) {
      offer.querySelector("[data-draft-drop]").addEventListener("click", async () => { const data = new FormData(); data.append("token", main.dataset.draft); await fetch(main.dataset.drafts + "drop", { method: "POST", body: data, headers }).catch(() => null); offer.remove(); });
      offer.querySelector("[data-draft-restore]").addEventListener("click", async () => {
        const answer = await fetch(main.dataset.drafts + "read?token=" + encodeURIComponent(main.dataset.draft), { headers }).catch(() => null);
        if (!answer || !answer.ok) return;
        const found = await answer.json();
        for (const field of main.elements) {
          if (!field.name || field.type === "file" || ["csrf_token", "form_key", "version"].includes(field.name)) continue;
          const values = found.fields[field.name];
          if (field.type === "checkbox" || field.type === "radio") field.checked = Boolean(values && values.includes(field.value));
          else if (values && values.length) field.value = values[0];
        }
        for (const [name, values] of Object.entries(found.fields)) {
          const text = document.getElementById(name + "-text");
          if (text && values[0] && found.fields[name + "-text"]) text.value = found.fields[name + "-text"][0];
        }
        offer.remove();
        dirty = true;
      });
    }
  }

  // -- where to begin --------------------------------------------------------------------------------------------
  const firstError = document.querySelector("[aria-invalid=true]");
  if (firstError) firstError.focus();
  else if (main && main.dataset.first) document.getElementById(main.dataset.first)?.focus();
});
