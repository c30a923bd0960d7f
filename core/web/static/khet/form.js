// Forms: what is reloaded with another choice, lines, the bar below, where one begins. Without it a form still saves.
import { combos } from "./choose.js";
import { dates } from "./days.js";
import { drafts, refill } from "./drafts.js";
import { page, visit } from "./router.js";
import { uploads } from "./uploads.js";

const NUMBERED = ["name", "id", "for", "aria-controls", "aria-describedby", "data-pick-date"];

/** What was typed in a form that is being fetched anew, for the page that comes: in memory alone, it may be secret. */
let carried = null;

const typedIn = (form) => {
  const values = {};
  for (const [name, value] of new FormData(form))
    if (typeof value === "string")(values[name] ||= []).push(value);
  return values;
};

page((signal) => {
  // Another register in the intake form: its reserved numbers and readers come from the server.
  document.querySelectorAll("select[data-reload]").forEach((select) =>
    select.addEventListener("change", () => {
      const url = new URL(window.location.href);
      url.searchParams.set(select.name, select.value);
      carried = { href: url.href, values: typedIn(select.form) };
      visit(url.href);
    })
  );
  const again = document.querySelector("select[data-reload]");
  if (again && carried?.href === window.location.href) {
    refill(again.form, carried.values);
    document.querySelector("[data-draft-offer]")?.remove();
  }
  carried = null;

  uploads(signal);

  // -- lines of a list, edited in place ----------------------------------------------------------------------------
  document.querySelectorAll("[data-lines]").forEach((box) => {
    const body = box.querySelector("tbody"),
      template = box.querySelector("template"),
      name = box.dataset.lines;
    const number = () => [...body.rows].forEach((row, index) =>
      row.querySelectorAll("[name], [id], [for], [aria-controls]").forEach((node) =>
        NUMBERED.forEach((attribute) => {
          const value = node.getAttribute(attribute);
          if (value)
            node.setAttribute(attribute, value.replace(new RegExp("^" + name + "-\\d+-"), name + "-" + index + "-"));
        })
      )
    );
    const add = () => {
      const row = template.content.firstElementChild.cloneNode(true);
      body.append(row);
      number();
      combos(row);
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

  dates(document);
  document.addEventListener("keydown", (event) => {
    if (event.altKey && event.key === "ArrowDown" && event.target.dataset.date) {
      event.preventDefault();
      document.querySelector("[data-pick-date='" + event.target.id + "']").click();
    }
  }, { signal });

  const main = document.querySelector("form[data-main]");
  if (main?.dataset.draft) drafts(main, signal);

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
  // on a phone a caret opens the keyboard over the page before it was read
  const byFinger = matchMedia("(pointer: coarse)").matches;
  if (firstError) firstError.focus();
  else if (main?.dataset.first && !byFinger) {
    main.dataset.opening = "1";
    document.getElementById(main.dataset.first)?.focus();
    delete main.dataset.opening;
  }
});
