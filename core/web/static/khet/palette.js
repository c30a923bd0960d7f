// The palette (Ctrl and K): finds a page or a record while one types, and opens it by keyboard.
import { letter } from "./common.js";
import { page } from "./router.js";

page((signal) => {
  const palette = document.getElementById("palette");
  if (!palette) return;
  const input = palette.querySelector("input[type=search]");
  const box = palette.querySelector("#palette-hits");
  input.value = ""; // what was looked for on the page before
  let at = -1,
    asked = 0,
    answered = 0,
    open_first = false,
    timer;
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
    if (open_first && options()[0]) {
      open_first = false;
      options()[0].click();
    }
  };
  const ask = async (part = 0, turn = ++asked) => {
    const answer = await fetch(palette.dataset.url + "?part=" + part + "&q=" + encodeURIComponent(input.value), {
      headers: { Accept: "application/json" }
    }).catch(() => null);
    if (!answer || !answer.ok || turn !== asked) return;
    const found = await answer.json();
    if (turn !== asked) return;
    answered = turn;
    draw(found.groups, part === 0);
    if (found.next !== null) await ask(found.next, turn);
    else if (!options().length) box.textContent = palette.dataset.none;
  };
  const open = () => {
    if (!palette.open) {
      palette.showModal();
      input.select();
      ask();
    }
  };
  document.querySelectorAll("[data-palette]").forEach((button) => button.addEventListener("click", open, { signal }));
  input.addEventListener("input", () => {
    open_first = false;
    asked++;
    clearTimeout(timer);
    timer = setTimeout(ask, 120);
  }, { signal });
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") {
      event.preventDefault();
      mark(at + 1);
    } else if (event.key === "ArrowUp") {
      event.preventDefault();
      mark(at - 1);
    }
    // the browser would only empty the field, and the page's help says that Esc closes
    else if (event.key === "Escape") {
      event.preventDefault();
      palette.close();
    }
    // what stands there may answer the words before the last ones: wait for the answer to these
    else if (event.key === "Enter" && answered !== asked) {
      event.preventDefault();
      open_first = true;
    } else if (event.key === "Enter" && at >= 0 && options()[at]) {
      event.preventDefault();
      options()[at].click();
    }
  }, { signal });
  palette.addEventListener("click", (event) => {
    if (event.target === palette) palette.close();
  }, { signal });
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && letter(event) === "k") {
      event.preventDefault();
      open();
    }
  }, { signal });
});
