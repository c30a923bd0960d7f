// A day from a calendar, which writes it in พ.ศ.; typing stays the faster way.

const THAI = {
  months: ["ม.ค.", "ก.พ.", "มี.ค.", "เม.ย.", "พ.ค.", "มิ.ย.", "ก.ค.", "ส.ค.", "ก.ย.", "ต.ค.", "พ.ย.", "ธ.ค."],
  days: ["จ", "อ", "พ", "พฤ", "ศ", "ส", "อา"],
  year: (year) => String(year + 543),
};
const ENGLISH = {
  months: ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
  days: ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"],
  year: (year) => year + " (B.E. " + (year + 543) + ")",
};
const words = () => (document.documentElement.lang === "en" ? ENGLISH : THAI);
const month = (date) => words().months[date.getMonth()] + " " + words().year(date.getFullYear());
const MOVES = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };
const readDay = (text) => {
  const match = text
    .replace(/[๐-๙]/g, (digit) => "๐๑๒๓๔๕๖๗๘๙".indexOf(digit))
    .match(/^\s*(\d{1,2})\D(\d{1,2})\D(\d{4}|\d{2})\s*$/);
  if (!match) return null;
  let year = Number(match[3]);
  if (year < 100) year += 2500;
  return new Date(year > 2400 ? year - 543 : year, Number(match[2]) - 1, Number(match[1]));
};

export const dates = (root) =>
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
        title.textContent = month(at);
        head.append(step("‹", -1), title, step("›", 1));
        const table = document.createElement("table");
        const names = table.createTHead().insertRow();
        words().days.forEach((day) => {
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
            b.setAttribute("aria-label", date.getDate() + " " + month(date));
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
        const move = MOVES[event.key];
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
