// Choosing from a list while typing: related records, words of earlier letters, colleagues after an @.
// One rule for all of them: what was not chosen is not taken. ↓ and ↑ mark, Enter takes what is marked, so does
// a click; Tab, Ctrl+S and leaving keep what was typed.
import { page } from "./router.js";
import { ended } from "./sending.js";

// The list under a field. `take` is called with the entry that was chosen; the rows are {id, text, note}.
const listbox = (input, list, take) => {
  const combobox = input.getAttribute("role") === "combobox"; // a textarea cannot be one
  let at = -1;
  const items = () => [...list.children];
  const unmark = () => {
    at = -1;
    items().forEach((item) => item.setAttribute("aria-selected", "false"));
    input.removeAttribute("aria-activedescendant");
  };
  const open = (wanted) => {
    list.hidden = !wanted || !list.children.length;
    if (combobox) input.setAttribute("aria-expanded", String(!list.hidden));
    if (!list.hidden) list.scrollIntoView({ block: "nearest" });
  };
  const close = () => {
    open(false);
    unmark();
  };
  const mark = (index) => {
    const all = items();
    if (!all.length) return;
    unmark();
    at = (index + all.length) % all.length;
    all[at].setAttribute("aria-selected", "true");
    input.setAttribute("aria-activedescendant", all[at].id);
    all[at].scrollIntoView({ block: "nearest" });
  };
  const fill = (rows) => {
    list.replaceChildren(
      ...rows.map((row, place) => {
        const item = document.createElement("li");
        item.id = list.id + "-" + place;
        item.setAttribute("role", "option");
        item.dataset.id = row.id;
        item.dataset.text = row.text;
        item.append(row.text);
        if (row.note) {
          // what tells two of one name apart; no part of what is chosen
          const note = document.createElement("small");
          note.textContent = " · " + row.note;
          item.append(note);
        }
        item.addEventListener("mousedown", (event) => {
          event.preventDefault();
          take(item);
        });
        return item;
      })
    );
    unmark();
    open(document.activeElement === input);
  };
  input.addEventListener("keydown", (event) => {
    if (list.hidden || event.isComposing) return;
    if (event.key === "ArrowDown") {
      event.preventDefault();
      mark(at + 1);
    } else if (event.key === "ArrowUp") {
      event.preventDefault();
      mark(at < 0 ? -1 : at - 1);
    } else if (event.key === "Escape") {
      event.stopPropagation();
      close();
    } else if (event.key === "Enter" && at >= 0 && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      take(items()[at]);
    }
  });
  return {
    close,
    fill,
    items,
    open,
    unmark,
    get marked() {
      return items()[at];
    }
  };
};

// -- related records: an answer of the server is taken by Tab or Enter where it is marked, alone, or what was typed
const combo = (box) => {
  const input = box.querySelector("input[role=combobox]");
  const value = box.querySelector("input[type=hidden]");
  const note = document.createElement("div");
  note.className = "text-danger";
  note.setAttribute("role", "alert");
  note.id = input.id + "-unchosen";
  note.hidden = true;
  box.after(note);
  const says = input.getAttribute("aria-describedby");
  let timer = 0,
    asked = 0,
    coming = null,
    keyed = false;
  const missing = (yes) => {
    note.hidden = !yes;
    note.textContent = yes ? box.dataset.unchosen : "";
    input.classList.toggle("is-invalid", yes);
    if (yes) {
      input.setAttribute("aria-invalid", "true");
      input.setAttribute("aria-describedby", note.id);
      return;
    }
    input.removeAttribute("aria-invalid");
    if (says) input.setAttribute("aria-describedby", says);
    else input.removeAttribute("aria-describedby");
  };
  const take = (item) => {
    value.value = item.dataset.id;
    input.value = item.dataset.text;
    missing(false);
    document.getElementById(input.id.replace(/-text$/, "-error"))?.remove(); // said by the server before
    choices.close();
    value.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const choices = listbox(input, box.querySelector("ul"), take);
  const ask = async () => {
    clearTimeout(timer);
    timer = 0;
    const mine = ++asked;
    const answer = await fetch(box.dataset.url + "?q=" + encodeURIComponent(input.value.trim()), {
      headers: { Accept: "application/json" }
    }).catch(() => null);
    if (mine !== asked) return coming; // a later question is on its way
    if (answer?.status === 401) ended();
    choices.fill(answer?.ok ? await answer.json() : []);
  };
  const begin = () => {
    coming = ask();
    return coming;
  };
  // What was typed becomes a record, or the field says that nothing was chosen. `byKey`: with Tab or Enter.
  const settle = async (marked, byKey) => {
    const typed = input.value.trim();
    if (!typed || value.value) {
      missing(false);
      return;
    }
    if (marked) {
      take(marked);
      return;
    }
    await (timer || !coming ? begin() : coming);
    if (value.value || input.value.trim() !== typed) return;
    const all = choices.items(),
      same = all.filter((item) => item.dataset.text.trim() === typed);
    const found = same.length === 1 ? same[0] : byKey && all.length === 1 ? all[0] : null;
    if (found) take(found);
    else missing(true);
  };
  input.addEventListener("input", () => {
    value.value = "";
    missing(false);
    choices.unmark();
    clearTimeout(timer);
    timer = setTimeout(begin, 150);
  });
  input.addEventListener("focus", () => {
    keyed = false;
    // a page that opens puts the caret here by itself: its list would lie over the form before that was read
    if (!input.value && !input.form?.dataset.opening) begin();
  });
  input.addEventListener("blur", () => {
    const marked = keyed ? choices.marked : null;
    choices.close();
    settle(marked, keyed);
  });
  input.addEventListener("keydown", (event) => {
    keyed = event.key === "Tab";
    if (event.defaultPrevented) return;
    if (event.key === "ArrowDown") {
      event.preventDefault();
      begin();
    } else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey && input.value.trim() && !value.value) {
      event.preventDefault();
      settle(null, true).then(() => choices.open(!value.value && document.activeElement === input));
    }
  });
};

// -- words of earlier letters: → takes the offer (the marked one, else the first), Ctrl and → its next word -----
const offers = (input, known, hint) => {
  const box = document.createElement("div"),
    list = document.createElement("ul");
  box.className = "combo";
  list.id = input.id + "-offers";
  list.hidden = true;
  list.dataset.hint = hint;
  for (const [name, value] of [
      ["role", "listbox"],
      ["translate", "no"],
      ["aria-label", input.labels[0]?.textContent || input.name]
    ])
    list.setAttribute(name, value);
  for (const [name, value] of [
      ["role", "combobox"],
      ["aria-autocomplete", "list"],
      ["aria-expanded", "false"],
      ["aria-controls", list.id]
    ])
    input.setAttribute(name, value);
  input.before(box);
  box.append(input, list);
  const put = (text) => {
    input.value = text;
    input.setSelectionRange(text.length, text.length);
    input.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const choices = listbox(input, list, (item) => {
    put(item.dataset.text);
    choices.close();
  });
  const words = (text) =>
    "Segmenter" in Intl
    ? [...new Intl.Segmenter("th", { granularity: "word" }).segment(text)].map((one) => one.segment)
    : text.split(/(?<= )/);
  input.addEventListener("input", (event) => {
    const typed = input.value,
      all = known[input.name] || [];
    // what is known as it stands is what was meant, though something longer begins like it
    const closed =
      event.isComposing || typed.length < 2 || input.selectionEnd !== typed.length || all.includes(typed.trim());
    choices.fill(
      closed
      ? []
      : all
      .filter((text) => text.length > typed.length && text.startsWith(typed))
      .slice(0, 6)
      .map((text) => ({ id: "", text }))
    );
  });
  input.addEventListener("keydown", (event) => {
    if (list.hidden || event.key !== "ArrowRight" || event.shiftKey || input.selectionStart !== input.value.length)
      return;
    event.preventDefault();
    const text = (choices.marked || choices.items()[0]).dataset.text;
    if (event.ctrlKey || event.metaKey)
      put(text.slice(0, input.value.length) + (words(text.slice(input.value.length))[0] || ""));
    else {
      put(text);
      choices.close();
    }
  });
  input.addEventListener("blur", choices.close);
};

// -- @ in a comment ---------------------------------------------------------------------------------------------
const mentions = (area) => {
  const list = document.createElement("ul");
  list.setAttribute("role", "listbox");
  list.setAttribute("translate", "no");
  list.setAttribute("aria-label", area.placeholder);
  list.id = area.id + "-list";
  list.hidden = true;
  area.after(list);
  let asked = 0;
  const word = () => area.value.slice(0, area.selectionStart).match(/@([\wก-๙.\-]*)$/);
  const take = (item) => {
    const found = word();
    choices.close();
    if (found)
      area.setRangeText("@" + item.dataset.id + " ", area.selectionStart - found[0].length, area.selectionStart, "end");
  };
  const choices = listbox(area, list, take);
  area.addEventListener("input", async () => {
    const found = word(),
      mine = ++asked;
    choices.close(); // what stood there answered the letters before the last
    if (!found) return;
    const answer = await fetch(area.form.dataset.mentions + "?q=" + encodeURIComponent(found[1]), {
      headers: { Accept: "application/json" }
    }).catch(() => null);
    if (answer?.ok && mine === asked) choices.fill(await answer.json());
  });
  area.addEventListener("keydown", (event) => {
    const found = word();
    if (event.defaultPrevented) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      area.form.requestSubmit();
    } else if (!list.hidden && (event.key === "Enter" || event.key === "Tab")) {
      const item = choices.marked || (found?.[1] && choices.items().length === 1 ? choices.items()[0] : null);
      if (item) {
        event.preventDefault();
        take(item);
      }
    }
  });
  area.addEventListener("blur", choices.close);
};

export const combos = (root) => root.querySelectorAll(".combo[data-url]").forEach(combo);

page(() => {
  combos(document);
  document.querySelectorAll("form[data-mentions] textarea").forEach(mentions);
  const main = document.querySelector("form[data-main]"),
    completed = main ? main.querySelectorAll("[data-complete]") : [];
  if (completed.length && main.dataset.known) {
    const known = {},
      unit = main.querySelector("[name=unit_id]");
    fetch(main.dataset.known + "?unit_id=" + encodeURIComponent(unit ? unit.value : ""), {
        headers: { Accept: "application/json" }
      })
      .then((answer) => (answer.ok ? answer.json() : {}))
      .then((found) => Object.assign(known, found))
      .catch(() => {});
    completed.forEach((input) => offers(input, known, main.dataset.offerHint));
  }
});
