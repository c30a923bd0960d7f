// Lists: choosing rows, bulk steps, changing a cell, moving a card. Everything works without it too.
import { letter, sessionStore, typing } from "./common.js";
import { page, visit } from "./router.js";
import { post } from "./sending.js";

page((signal) => {
  const table = document.querySelector("table[data-list]");
  const body = table && table.tBodies[0];
  const rows = () => (body ? [...body.rows] : []);
  const bulk = document.querySelector("[data-bulk]");
  const place = bulk ? "khet-picked:" + location.pathname + "?" + bulk.dataset.query : "";
  const picked = new Set(bulk ? JSON.parse(sessionStore(place) || "[]") : []);
  let every = false;

  // -- where one is, for the record page ---------------------------------------------------------------------------
  const remember = () => {
    if (table)
      sessionStore(
        "khet-list:" + table.dataset.list,
        JSON.stringify({
          url: location.href,
          ids: rows()
            .map((row) => row.dataset.id)
            .slice(0, 2000)
        })
      );
  };
  remember();

  // -- a cell keeps to its line, and says the rest where the pointer rests -------------------------------------------
  body?.addEventListener("pointerover", (event) => {
    const cell = event.target.closest("td");
    if (cell && cell.scrollWidth > cell.clientWidth) cell.title = cell.textContent;
  }, { signal });

  // -- choosing ----------------------------------------------------------------------------------------------------
  const show = () => {
    if (!bulk) return;
    bulk.hidden = !picked.size && !every;
    bulk.querySelector("[data-picked]").textContent = every
      ? document.querySelector("[data-every] span").textContent
      : picked.size;
    rows().forEach((row) => {
      const box = row.querySelector(".pick input");
      box.checked = every || picked.has(row.dataset.id);
      row.classList.toggle("table-active", box.checked);
    });
    sessionStore(place, JSON.stringify([...picked]));
    const query = new URLSearchParams(bulk.dataset.query);
    if (every) query.set("all", "1");
    else query.set("ids", [...picked].join(","));
    bulk.querySelectorAll("[data-action]").forEach((link) => {
      link.href = link.href.split("?")[0] + "?" + query;
    }); // also for another tab
  };
  const pick = (row, on) => {
    every = false;
    if (on) picked.add(row.dataset.id);
    else picked.delete(row.dataset.id);
  };
  if (bulk) {
    let last = null;
    body.addEventListener("click", (event) => {
      const box = event.target.closest(".pick input");
      if (!box) return;
      const row = box.closest("tr"),
        all = rows();
      if (event.shiftKey && last) {
        const [a, b] = [all.indexOf(last), all.indexOf(row)].sort((x, y) => x - y);
        all.slice(a, b + 1).forEach((one) => pick(one, box.checked));
      } else pick(row, box.checked);
      last = row;
      show();
    });
    table.querySelector("[data-pick-all]").addEventListener("change", (event) => {
      rows().forEach((row) => pick(row, event.target.checked));
      show();
    });
    bulk.querySelector("[data-none]").addEventListener("click", () => {
      picked.clear();
      every = false;
      show();
    });
    const all = bulk.querySelector("[data-every]");
    if (all)
      all.addEventListener("click", () => {
        every = true;
        show();
      });
    bulk
      .querySelectorAll("[data-action]")
      .forEach((link) => link.addEventListener("click", () => sessionStore(place, "[]")));
    show();
  }

  // -- more rows came (khet.js) --------------------------------------------------------------------------------------
  document.addEventListener("khet-grown", () => {
    remember();
    show();
  }, { signal });

  // -- columns -----------------------------------------------------------------------------------------------------
  document.querySelectorAll("[data-columns] [data-move]").forEach((button) =>
    button.addEventListener("click", () => {
      const item = button.closest("li");
      const other = button.dataset.move === "1" ? item.nextElementSibling : item.previousElementSibling;
      if (!other) return;
      if (button.dataset.move === "1") other.after(item);
      else other.before(item);
      button.focus();
    })
  );

  // -- changing a cell ---------------------------------------------------------------------------------------------
  const edit = async (cell) => {
    if (cell.querySelector("input, select, textarea")) return;
    const row = cell.closest("tr");
    const url = table.dataset.show + row.dataset.id + "/cell";
    const answer = await fetch(url + "?column=" + cell.dataset.col, { headers: { Accept: "application/json" } }).catch(
      () => null
    );
    if (!answer || !answer.ok) return;
    const now = await answer.json();
    const old = [...cell.childNodes];
    const field = document.createElement(
      now.choices.length ? "select" : now.kind === "TextAreaField" ? "textarea" : "input"
    );
    field.className = now.choices.length ? "form-select form-select-sm" : "form-control form-control-sm";
    field.setAttribute("aria-label", table.tHead.rows[0].cells[cell.cellIndex].textContent);
    now.choices.forEach(([value, title]) => field.append(new Option(title, value, false, value === now.value)));
    if (!now.choices.length) field.value = now.value;
    const note = document.createElement("div");
    note.className = "text-danger small";
    note.setAttribute("role", "alert");
    cell.replaceChildren(field, note);
    field.focus();
    let busy = false;
    const back = () => {
      cell.replaceChildren(...old);
      cell.focus();
    };
    const save = async () => {
      if (busy) return;
      if (field.value === now.value) {
        back();
        return;
      }
      busy = true;
      const data = new FormData();
      data.append("column", cell.dataset.col);
      data.append("value", field.value);
      data.append("version", now.version);
      const said = await post(url, data);
      const answer = said ? await said.json().catch(() => ({})) : {};
      busy = false;
      if (said && said.ok) {
        cell.textContent = answer.shown;
        cell.focus();
      } else {
        note.textContent = answer.error || table.dataset.failed;
        now.version = answer.version ?? now.version;
        field.focus();
      }
    };
    field.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        event.preventDefault();
        event.stopPropagation();
        back();
      } else if (event.key === "Enter" && !event.shiftKey) {
        event.preventDefault();
        save();
      }
    });
    field.addEventListener("change", () => {
      if (field.tagName === "SELECT") save();
    });
  };
  if (table && table.dataset.edit) {
    const ready = (cell) => {
      if (!cell.tabIndex) return;
      cell.tabIndex = 0;
      cell.title = table.dataset.edit;
    };
    const all = () => body.querySelectorAll("td[data-col]").forEach(ready);
    all();
    new MutationObserver(all).observe(body, { childList: true });
    body.addEventListener("dblclick", (event) => {
      const cell = event.target.closest("td[data-col]");
      if (cell) edit(cell);
    });
    body.addEventListener("keydown", (event) => {
      if (event.target.matches("td[data-col]") && (event.key === "Enter" || letter(event) === "e")) {
        event.preventDefault();
        event.stopPropagation();
        edit(event.target);
      }
    });
  }

  // -- rows by keyboard --------------------------------------------------------------------------------------------
  let at = -1;
  document.addEventListener("keydown", (event) => {
    if (
      !table ||
      event.ctrlKey ||
      event.metaKey ||
      event.altKey ||
      typing(event.target) ||
      document.querySelector("dialog[open]")
    )
      return;
    const all = rows(),
      key = letter(event);
    if ((key === "j" || key === "k") && all.length) {
      event.preventDefault();
      at = Math.min(all.length - 1, Math.max(0, at + (key === "j" ? 1 : -1)));
      const link = all[at].querySelector("a") || all[at].querySelector("input");
      if (link) {
        link.focus();
        all[at].scrollIntoView({ block: "nearest" });
      }
    } else if (key === "x" && bulk && at >= 0) {
      event.preventDefault();
      pick(all[at], !picked.has(all[at].dataset.id));
      show();
    } else if (key === "d" && bulk && !bulk.hidden) {
      event.preventDefault();
      bulk.querySelector("[data-action]")?.focus();
    }
  }, { signal });

  // -- board: moving a card begins the step ------------------------------------------------------------------------
  const board = document.querySelector("[data-board]");
  if (board) {
    let held = null;
    board.addEventListener("dragstart", (event) => {
      const card = event.target.closest("[data-id]");
      if (card) {
        held = card;
        event.dataTransfer.effectAllowed = "move";
        event.dataTransfer.setData("text/plain", card.dataset.id);
      }
    });
    board.addEventListener("dragover", (event) => {
      const lane = event.target.closest(".lane");
      if (held && lane && !lane.contains(held)) {
        event.preventDefault();
        lane.classList.add("over");
      }
    });
    board.addEventListener("dragleave", (event) => {
      const lane = event.target.closest(".lane");
      if (lane && !lane.contains(event.relatedTarget)) lane.classList.remove("over");
    });
    board.addEventListener("drop", (event) => {
      const lane = event.target.closest(".lane");
      if (held && lane) {
        event.preventDefault();
        visit(board.dataset.board + "?ids=" + held.dataset.id);
      }
    });
    board.addEventListener("dragend", () => {
      held = null;
      board.querySelectorAll(".over").forEach((lane) => lane.classList.remove("over"));
    });
  }
});
