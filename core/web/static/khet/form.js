// Forms: dates, lines, uploads, drafts. Without it a form still saves.
"use strict";

window.khet.page((signal) => {
  // Another register in the intake form: its reserved numbers and readers come from the server.
  document.querySelectorAll("select[data-reload]").forEach((select) =>
    select.addEventListener("change", () => {
      const url = new URL(window.location.href);
      url.searchParams.set(select.name, select.value);
      window.khet.visit(url.href);
    })
  );

  // A signature drawn with a finger goes up as a picture a moment after the last stroke; a new stroke replaces it.
  const sign = (drop, list, send) => {
    const canvas = drop.querySelector("canvas[data-draw]");
    if (!canvas) return;
    canvas.parentElement.hidden = false;
    const pen = canvas.getContext("2d");
    let down = false,
      timer = 0,
      item = null;
    const place = (event) => {
      const box = canvas.getBoundingClientRect();
      return [
        ((event.clientX - box.left) * canvas.width) / box.width,
        ((event.clientY - box.top) * canvas.height) / box.height
      ];
    };
    const forget = () => {
      clearTimeout(timer);
      item?.remove();
      item = null;
    };
    canvas.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      canvas.setPointerCapture(event.pointerId);
      forget();
      canvas.dataset.uploading = "1";
      down = true;
      pen.lineWidth = 5;
      pen.lineCap = pen.lineJoin = "round";
      pen.strokeStyle = "#12256b";
      pen.beginPath();
      pen.moveTo(...place(event));
      pen.lineTo(...place(event));
      pen.stroke();
    });
    canvas.addEventListener("pointermove", (event) => {
      if (down) {
        pen.lineTo(...place(event));
        pen.stroke();
      }
    });
    const up = () => {
      if (!down) return;
      down = false;
      timer = setTimeout(
        () =>
        canvas.toBlob((blob) => {
          canvas.removeAttribute("data-uploading");
          send(new File([blob], canvas.dataset.draw, { type: "image/png" }));
          item = list.lastElementChild;
        }),
        700
      );
    };
    canvas.addEventListener("pointerup", up);
    canvas.addEventListener("pointercancel", up);
    drop.querySelector("[data-draw-clear]").addEventListener("click", () => {
      forget();
      canvas.removeAttribute("data-uploading");
      pen.clearRect(0, 0, canvas.width, canvas.height);
    });
  };

  // Files go up on their own, so that a refused file never costs what was typed.
  document.querySelectorAll(".drop").forEach((drop) => {
    const list = drop.querySelector("ul");
    const remove = (item) => {
      const b = document.createElement("button");
      b.type = "button";
      b.className = "btn btn-sm btn-link";
      b.textContent = drop.dataset.remove;
      b.addEventListener("click", () => item.remove());
      return b;
    };
    drop.querySelectorAll("li button").forEach((b) => b.addEventListener("click", () => b.parentElement.remove()));
    const fail = (item, text) => {
      item.removeAttribute("data-uploading");
      item.querySelector("progress")?.remove();
      const note = document.createElement("span");
      note.className = "text-danger";
      note.setAttribute("role", "alert");
      note.textContent = text;
      item.append(note, remove(item));
    };
    const send = (file) => {
      const item = document.createElement("li");
      item.dataset.uploading = "1";
      const name = document.createElement("span");
      name.textContent = file.name;
      item.append(name);
      list.append(item);
      if (file.size > Number(drop.dataset.largest)) {
        fail(item, drop.dataset.tooLarge);
        return;
      }
      const bar = document.createElement("progress");
      bar.max = 1;
      bar.value = 0;
      item.append(bar);
      const body = new FormData();
      body.append("file", file);
      const request = new XMLHttpRequest();
      request.open("POST", drop.dataset.url);
      request.setRequestHeader("X-CSRFToken", window.khet.token);
      request.setRequestHeader("Accept", "application/json");
      request.upload.addEventListener("progress", (event) => {
        if (event.lengthComputable) bar.value = event.loaded / event.total;
      });
      request.addEventListener("error", () => fail(item, drop.dataset.failed));
      request.addEventListener("load", () => {
        let answer = {};
        try {
          answer = JSON.parse(request.responseText);
        } catch {
          /* not ours */
        }
        if (request.getResponseHeader("Khet-Session") === "ended") {
          item.remove();
          window.khet.restored().then((good) => {
            if (good) send(file);
          });
          return;
        }
        if (request.status !== 201) {
          fail(item, answer.error || drop.dataset.failed);
          return;
        }
        bar.remove();
        item.removeAttribute("data-uploading");
        const hidden = document.createElement("input");
        hidden.type = "hidden";
        hidden.name = drop.dataset.name;
        hidden.value = answer.id;
        item.append(hidden, remove(item));
        const wait = drop.closest("form").querySelector("[data-upload-wait]");
        if (wait && !drop.querySelector("[data-uploading]")) wait.hidden = true;
      });
      request.send(body);
    };
    drop.querySelectorAll("input[type=file]").forEach((one) =>
      one.addEventListener("change", () => {
        [...one.files].forEach(send);
        one.value = "";
      })
    );
    drop.addEventListener("dragover", (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
    drop.addEventListener("dragleave", () => drop.classList.remove("over"));
    drop.addEventListener("drop", (event) => {
      event.preventDefault();
      drop.classList.remove("over");
      [...event.dataTransfer.files].forEach(send);
    });
    sign(drop, list, send);
    document.addEventListener("paste", (event) => {
      const files = [...(event.clipboardData?.files || [])];
      if (files.length) {
        event.preventDefault();
        files.forEach(send);
      }
    }, { signal });
  });

  // -- lines of a list, edited in place ----------------------------------------------------------------------------
  const NUMBERED = ["name", "id", "for", "aria-controls", "aria-describedby", "data-pick-date"];
  document.querySelectorAll("[data-lines]").forEach((box) => {
    const body = box.querySelector("tbody"),
      template = box.querySelector("template"),
      name = box.dataset.lines;
    const number = () => [...body.rows].forEach((row, index) =>
      row.querySelectorAll("[name], [id], [for], [aria-controls]").forEach((node) => NUMBERED.forEach((attribute) => {
        const value = node.getAttribute(attribute);
        if (value)
          node.setAttribute(attribute, value.replace(new RegExp("^" + name + "-\\d+-"), name + "-" + index + "-"));
      }))
    );
    const add = () => {
      const row = template.content.firstElementChild.cloneNode(true);
      body.append(row);
      number();
      window.khet.combos(row);
      dates(row);
      return row;
    };
    box
      .querySelector("[data-add-line]")
      .addEventListener("click", () => add().querySelector("input:not([type=hidden]), select").focus());
    box.addEventListener("click", (event) => {
      const button = event.target.closest("[data-drop-line]");
      if (!button) return;
      button.closest("tr").remove();
      if (!body.rows.length) add();
      number();
      box.querySelector("[data-add-line]").focus();
    });
    // Enter in a line's last field begins the next line; in an empty line it leaves the list, as in any other field.
    box.addEventListener("keydown", (event) => {
      const row = event.target.closest("tbody tr"),
        fields = row && [...row.querySelectorAll("input:not([type=hidden]), select, textarea")];
      if (
        event.key !== "Enter" ||
        event.ctrlKey ||
        event.metaKey ||
        event.defaultPrevented ||
        !row ||
        event.target !== fields.at(-1)
      )
        return;
      if (
        event.target.tagName === "TEXTAREA" ||
        !fields.some((one) => (one.type === "checkbox" ? one.checked : one.tagName !== "SELECT" && one.value))
      )
        return;
      event.preventDefault();
      (row.nextElementSibling || add()).querySelector("input:not([type=hidden]), select, textarea").focus();
    });
  });

  // -- a day from a calendar in พ.ศ.; typing stays the faster way --------------------------------------------------
  const MONTHS = ["ม.ค.", "ก.พ.", "มี.ค.", "เม.ย.", "พ.ค.", "มิ.ย.", "ก.ค.", "ส.ค.", "ก.ย.", "ต.ค.", "พ.ย.", "ธ.ค."];
  const DAYS = ["จ", "อ", "พ", "พฤ", "ศ", "ส", "อา"];
  const readDay = (text) => {
    const match = text
      .replace(/[๐-๙]/g, (digit) => "๐๑๒๓๔๕๖๗๘๙".indexOf(digit))
      .match(/^\s*(\d{1,2})\D(\d{1,2})\D(\d{4}|\d{2})\s*$/);
    if (!match) return null;
    let year = Number(match[3]);
    if (year < 100) year += 2500;
    return new Date(year > 2400 ? year - 543 : year, Number(match[2]) - 1, Number(match[1]));
  };

  function dates(root) {
    root.querySelectorAll("[data-pick-date]").forEach((button) =>
      button.addEventListener("click", () => {
        const input = document.getElementById(button.dataset.pickDate);
        const dialog = document.createElement("dialog");
        dialog.className = "day-picker";
        dialog.setAttribute("aria-label", button.getAttribute("aria-label"));
        let at = readDay(input.value) || new Date();
        const draw = (focus) => {
          const first = new Date(at.getFullYear(), at.getMonth(), 1);
          const head = document.createElement("div");
          head.className = "d-flex align-items-center justify-content-between mb-1";
          const step = (text, months) => {
            const b = document.createElement("button");
            b.type = "button";
            b.className = "btn btn-sm btn-outline-secondary";
            b.textContent = text;
            b.addEventListener("click", () => {
              at = new Date(at.getFullYear(), at.getMonth() + months, 1);
              draw(false);
            });
            return b;
          };
          const title = document.createElement("strong");
          title.setAttribute("aria-live", "polite");
          title.textContent = MONTHS[at.getMonth()] + " " + (at.getFullYear() + 543);
          head.append(step("‹", -1), title, step("›", 1));
          const table = document.createElement("table");
          const names = table.createTHead().insertRow();
          DAYS.forEach((day) => {
            const th = document.createElement("th");
            th.scope = "col";
            th.textContent = day;
            names.append(th);
          });
          const body = table.createTBody();
          const start = new Date(first);
          start.setDate(1 - ((first.getDay() + 6) % 7));
          let chosen = null;
          for (let week = 0; week < 6; week++) {
            const row = body.insertRow();
            for (let day = 0; day < 7; day++) {
              const date = new Date(start);
              date.setDate(start.getDate() + week * 7 + day);
              const b = document.createElement("button");
              b.type = "button";
              b.textContent = date.getDate();
              b.className =
                "btn btn-sm" +
                (date.getMonth() !== at.getMonth() ? " text-secondary" : "") +
                (date.toDateString() === new Date().toDateString() ? " btn-outline-primary" : "");
              b.tabIndex = -1;
              b.setAttribute(
                "aria-label",
                date.getDate() + " " + MONTHS[date.getMonth()] + " " + (date.getFullYear() + 543)
              );
              if (date.toDateString() === at.toDateString()) {
                b.tabIndex = 0;
                chosen = b;
              }
              b.addEventListener("click", () => {
                input.value = date.getDate() + "/" + (date.getMonth() + 1) + "/" + (date.getFullYear() + 543);
                input.dispatchEvent(new Event("input", { bubbles: true }));
                dialog.close();
              });
              row.insertCell().append(b);
            }
          }
          dialog.replaceChildren(head, table);
          if (focus && chosen) chosen.focus();
        };
        dialog.addEventListener("keydown", (event) => {
          const move = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 } [event.key];
          if (move && event.target.closest("tbody")) {
            event.preventDefault();
            at = new Date(at.getFullYear(), at.getMonth(), at.getDate() + move);
            draw(true);
          } else if (event.key === "PageUp" || event.key === "PageDown") {
            event.preventDefault();
            at = new Date(at.getFullYear(), at.getMonth() + (event.key === "PageUp" ? -1 : 1), 1);
            draw(true);
          }
        });
        dialog.addEventListener("close", () => {
          dialog.remove();
          input.focus();
        });
        dialog.addEventListener("click", (event) => {
          if (event.target === dialog) dialog.close();
        });
        document.body.append(dialog);
        draw(false);
        dialog.showModal();
        draw(true);
      })
    );
  }
  dates(document);
  document.addEventListener("keydown", (event) => {
    if (event.altKey && event.key === "ArrowDown" && event.target.dataset.date) {
      event.preventDefault();
      document.querySelector("[data-pick-date='" + event.target.id + "']").click();
    }
  }, { signal });

  const main = document.querySelector("form[data-main]");

  // -- drafts: what is typed is kept on the server until it is saved; a secret paper's never -----------------------
  if (main && main.dataset.draft) {
    const state = main.querySelector("[data-draft-state]");
    const offer = document.querySelector("[data-draft-offer]");
    const headers = () => ({ Accept: "application/json", "X-CSRFToken": window.khet.token });
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
      if (window.khet.isEnded(answer)) {
        state.textContent = "";
        if (!signal.aborted) window.khet.ended();
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
      if (dirty && !main.dataset.sent) window.khet.keeping(keep());
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
        const found = await answer.json();
        // lines that the page has not drawn yet
        main.querySelectorAll("[data-lines]").forEach((box) => {
          const places = Object.keys(found.fields).map((name) =>
            Number(name.match(new RegExp("^" + box.dataset.lines + "-(\\d+)-"))?.[1] ?? -1)
          );
          while (box.querySelector("tbody").rows.length <= Math.max(...places))
            box.querySelector("[data-add-line]").click();
        });
        for (const field of main.elements) {
          if (!field.name || field.type === "file" || ["csrf_token", "form_key", "version"].includes(field.name))
            continue;
          const values = found.fields[field.name];
          if (field.type === "checkbox" || field.type === "radio") {
            field.checked = Boolean(values && values.includes(field.value));
            field.dispatchEvent(new Event("change"));
          } else if (values && values.length) field.value = values[0];
        }
        offer.remove();
        dirty = true;
      });
    }
  }

  // -- the bar below stays in sight, and no focused field lies under it --------------------------------------------
  const end = document.querySelector(".form-end");
  if (end) {
    const measured = new ResizeObserver(() =>
      document.documentElement.style.setProperty("--under", end.offsetHeight + 8 + "px")
    );
    measured.observe(end);
    // a browser brings only the line of the caret into sight; whoever came by key wants the whole field
    let byKey = false;
    document.addEventListener("keydown", () => {
      byKey = true;
    }, { signal, capture: true });
    document.addEventListener("pointerdown", () => {
      byKey = false;
    }, { signal, capture: true });
    main?.addEventListener("focusin", (event) => {
      if (byKey && !end.contains(event.target)) event.target.scrollIntoView({ block: "nearest" });
    });
    signal.addEventListener("abort", () => {
      measured.disconnect();
      document.documentElement.style.removeProperty("--under");
    });
  }

  // -- where to begin ----------------------------------------------------------------------------------------------
  const firstError = document.querySelector("[aria-invalid=true]");
  if (firstError) firstError.focus();
  else if (main && main.dataset.first) document.getElementById(main.dataset.first)?.focus();
});
