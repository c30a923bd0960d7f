// The shell: pages, palette, theme, menu, progress of jobs, records' neighbours. What forms do when they are sent
// stands in sending.js, keys in keys.js, what is chosen while typing in choose.js; fields and lists have their own
// files.
"use strict";

// A field of a dialog that has just closed keeps the focus until the page is drawn anew: nobody types into it.
const typing = (target) =>
  ((/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) && !["checkbox", "radio", "button"].includes(target.type)) ||
    target.isContentEditable) &&
  target.checkVisibility();
const store = (name, value) => {
  try {
    if (value === undefined) return localStorage.getItem(name);
    if (value === null) localStorage.removeItem(name);
    else localStorage.setItem(name, value);
  } catch {
    /* a browser without storage */
  }
  return null;
};
const sessionStore = (name, value) => {
  try {
    if (value === undefined) return sessionStorage.getItem(name);
    sessionStorage.setItem(name, value);
  } catch {
    /* a browser without storage */
  }
  return null;
};

// -- pages follow one another without starting over ---------------------------------------------------------------
// A link or a form inside Khet fetches the next page and puts its content in place of this one; what is around it stays
// but where it differs, and so do styles and scripts. What an init adds to it ends with the page: pass the signal.
// Each file gives `page` what has to be done on every page; its signal ends when the page is left. Whatever is not a
// page of Khet (a file, the login, another version) is opened as any browser would.
const inits = [];
let leaving = new AbortController();
let turn = 0;
const inside = () => document.querySelector(".khet:not(.alone)");
const shell = (root) => {
  const found = root.querySelector(".khet");
  return found ? String(found.classList.contains("alone")) : "";
};
const sources = (root, selector, name) => [...root.querySelectorAll(selector)].map((node) => node.getAttribute(name));

// Rows below the window's edge are laid out one frame later: half of a list's drawing is not waited for.
const below = (body) => {
  const rows = [...body.querySelectorAll(".list-table tbody tr")].slice(Math.ceil(window.innerHeight / 30));
  rows.forEach((row) => {
    row.hidden = true;
  });
  return () =>
    rows.forEach((row) => {
      row.hidden = false;
    });
};

// The old page takes on what the next one says. `main` is always a new one: what was typed there belongs to the old.
const patch = (old, next, main) => {
  const around = old.contains(main) && old !== main;
  if (!around && old !== main && old.isEqualNode(next)) return;
  if (
    old === main ||
    !old.attributes ||
    old.nodeName !== next.nodeName ||
    old.childNodes.length !== next.childNodes.length
  ) {
    old.replaceWith(next);
    return;
  }
  for (const { name } of [...old.attributes])
    if (!next.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of next.attributes)
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  const others = [...next.childNodes];
  [...old.childNodes].forEach((child, at) => patch(child, others[at], main));
};

const show = (text, url, push, y = 0) => {
  const next = new DOMParser().parseFromString(text, "text/html");
  const styles = (root) => sources(root, "link[rel=stylesheet]", "href").join();
  if (!shell(next) || shell(next) !== shell(document) || styles(next) !== styles(document)) return false;
  window.bootstrap?.Offcanvas.getInstance(document.getElementById("nav"))?.dispose();
  document.querySelectorAll("dialog[open]").forEach((dialog) => dialog.close());
  leaving.abort();
  leaving = new AbortController();
  if (push) {
    history.replaceState({ y: window.scrollY }, "");
    history.pushState({}, "", url);
  }
  document.title = next.title;
  if (document.documentElement.lang !== next.documentElement.lang)
    document.documentElement.lang = next.documentElement.lang;
  const known = sources(document.head, "script[src]", "src");
  const missing = sources(next.head, "script[src]", "src").filter((src) => !known.includes(src));
  const whole = y || location.hash ? () => {} : below(next.body);
  patch(document.body, next.body, document.getElementById("main"));
  inits.forEach((init) => init(leaving.signal));
  const main = document.getElementById("main");
  if (!main.contains(document.activeElement)) main.focus({ preventScroll: true });
  window.scrollTo({ top: y, behavior: "instant" });
  requestAnimationFrame(() => requestAnimationFrame(whole));
  missing.forEach((src) => {
    const script = document.createElement("script");
    script.src = src;
    script.async = false;
    document.head.append(script);
  });
  if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
  return true;
};

// A page that is on its way already (the list fetches its next one before it is asked for) is not asked for twice.
const flying = new Map();
const get = (url) => {
  if (!flying.has(url)) {
    const asked = fetch(url, { headers: { Accept: "text/html" } })
      .then(async (answer) => {
        const page = (answer.headers.get("Content-Type") || "").startsWith("text/html") ? await answer.text() : null;
        return { ok: answer.ok, url: answer.url, page };
      })
      .catch(() => null)
      .finally(() => flying.delete(url));
    flying.set(url, asked);
  }
  return flying.get(url);
};

// What a page left is still keeping (a draft): the next page may be the one that offers it. A line that hangs holds
// nobody.
let kept = Promise.resolve();
const keeping = (work) => {
  kept = Promise.race([work, new Promise((done) => setTimeout(done, 2000))]);
};

const visit = async (url, push = true, y = 0) => {
  const mine = ++turn;
  await kept;
  const answer = await get(url);
  if (mine !== turn) return;
  if (!answer) {
    window.khet.cannotOpen(() => visit(url, push, y)); // the page one is on stays, and what was typed there
    return;
  }
  const there = answer.url + new URL(url, location.href).hash;
  if (answer.page === null || !show(answer.page, there, push, y)) window.location.assign(url);
};

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  if (
    !link ||
    event.defaultPrevented ||
    event.button ||
    event.ctrlKey ||
    event.metaKey ||
    event.shiftKey ||
    event.altKey
  )
    return;
  if (link.target || link.hasAttribute("download") || link.origin !== location.origin || !inside()) return;
  if (link.hash && link.pathname === location.pathname && link.search === location.search) return;
  event.preventDefault();
  visit(link.href);
});
window.addEventListener("popstate", (event) => {
  if (inside()) visit(location.href, false, event.state?.y || 0);
  else window.location.reload();
});

window.khet = {
  typing,
  sessionStore,
  visit,
  get,
  show,
  inside,
  keeping,
  begin: () => ++turn,
  get turn() {
    return turn;
  },
  get token() {
    return document.body.dataset.token || "";
  },
  page(init) {
    inits.push(init);
    init(leaving.signal);
  }
};

document.addEventListener("click", (event) =>
  document.querySelectorAll("details.pop[open]").forEach((pop) => {
    if (!pop.contains(event.target)) pop.open = false;
  })
);

// -- on every page ------------------------------------------------------------------------------------------------
window.khet.page((signal) => {
  // -- theme and menu ----------------------------------------------------------------------------------------------
  document.querySelectorAll("[data-theme-next]").forEach((button) =>
    button.addEventListener("click", () => {
      const next = { light: "dark", dark: null } [store("khet-theme")];
      store("khet-theme", next === undefined ? "light" : next);
      window.khetApplyTheme();
    }, { signal })
  );
  document.querySelectorAll("[data-slim]").forEach((button) =>
    button.addEventListener("click", () => {
      store("khet-slim", store("khet-slim") === "1" ? null : "1");
      window.khetApplyTheme();
    }, { signal })
  );
  document.querySelectorAll("details.pop").forEach((pop) => {
    pop.addEventListener("toggle", () => {
      if (pop.open)
        document.querySelectorAll("details.pop[open]").forEach((other) => {
          if (other !== pop) other.open = false;
        });
    }, { signal });
    pop.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && pop.open) {
        pop.open = false;
        pop.querySelector("summary").focus();
        event.stopPropagation();
      }
    }, { signal });
  });
  // A field that a tick takes away is hidden by the style sheet; it is not sent either, and keeps what stands in it.
  document.querySelectorAll("[data-unless]").forEach((field) => {
    const tick = field.form.querySelector("[name='" + field.dataset.unless + "']");
    const set = () => {
      field.disabled = tick.checked;
    };
    tick.addEventListener("change", set);
    set();
  });
  document
    .querySelectorAll("form[data-autosubmit] select")
    .forEach((select) => select.addEventListener("change", () => select.form.requestSubmit()));
  // Empty filters stay out of the address.
  document.querySelectorAll("form[data-filters]").forEach((form) =>
    form.addEventListener("submit", () =>
      form.querySelectorAll("input, select").forEach((field) => {
        if (!field.value) field.disabled = true;
      })
    )
  );

  document
    .querySelectorAll("[data-filters-open]")
    .forEach((button) =>
      button.addEventListener("click", () =>
        button.setAttribute("aria-expanded", String(button.form.toggleAttribute("data-open")))
      )
    );

  // -- palette ----------------------------------------------------------------------------------------------------
  const palette = document.getElementById("palette");
  const keys = document.getElementById("keys");
  if (palette) {
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
      if ((event.ctrlKey || event.metaKey) && window.khet.letter(event) === "k") {
        event.preventDefault();
        open();
      }
    }, { signal });
  }
  if (keys) {
    document
      .querySelectorAll("[data-keys]")
      .forEach((button) => button.addEventListener("click", () => keys.showModal(), { signal }));
    keys.querySelector("[data-close]").addEventListener("click", () => keys.close(), { signal });
    keys.addEventListener("click", (event) => {
      if (event.target === keys) keys.close();
    }, { signal });
  }

  // -- record page: neighbours in the list one came from, and the trace for "opened lately" -----------------------
  const record = document.querySelector("[data-record]");
  if (record) {
    const { record: view, id } = record.dataset;
    let list = null;
    try {
      list = JSON.parse(sessionStore("khet-list:" + view) || "null");
    } catch {
      /* not ours */
    }
    if (list) {
      const at = list.ids.indexOf(id);
      if (at >= 0) {
        const back = document.querySelector("[data-back]");
        if (back) back.href = list.url;
        const box = document.querySelector("[data-neighbours]");
        const set = (selector, other) => {
          const link = box.querySelector(selector);
          if (other) link.href = record.dataset.list + other;
          else link.hidden = true;
        };
        set("[data-before]", list.ids[at - 1]);
        set("[data-after]", list.ids[at + 1]);
        box.hidden = false;
      }
    }
    const seen = new FormData();
    seen.append("csrf_token", window.khet.token);
    seen.append("view", view);
    seen.append("id", id);
    navigator.sendBeacon("/recent/", seen);
  }

  // -- a page that goes on: a list's rows, further finds, the charts of further reports ---------------------------
  const growing = document.querySelector("[data-grows]");
  const grow = () => {
    const next = document.querySelector("a[rel=next]");
    if (!next) {
      document.querySelectorAll("[data-grown-empty]").forEach((text) => {
        text.hidden = growing.childElementCount > 0;
      });
      return;
    }
    const observer = new IntersectionObserver(
      async (entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        observer.disconnect();
        const answer = await get(next.href);
        await new Promise((later) => setTimeout(later)); // whoever has pressed the link gets the page first
        if (signal.aborted || !answer?.ok || answer.page === null) return;
        const page = new DOMParser().parseFromString(answer.page, "text/html");
        const more = page.querySelector("[data-grows]");
        if (!more) return;
        growing.append(...more.children);
        const further = page.querySelector("a[rel=next]");
        if (further) next.href = further.href;
        else next.remove();
        document.dispatchEvent(new Event("khet-grown"));
        grow();
      }, { rootMargin: "600px" });
    observer.observe(next);
    signal.addEventListener("abort", () => observer.disconnect());
  };
  // A list goes on only after somebody scrolls: its first page is what one came for.
  if (growing?.dataset.grows === "scroll")
    window.addEventListener("scroll", grow, { once: true, passive: true, signal });
  else if (growing) grow();

  // -- a job's progress -------------------------------------------------------------------------------------------
  const job = document.querySelector("[data-job]");
  if (job && ["queued", "running"].includes(job.dataset.state)) {
    const bar = job.querySelector("progress");
    const count = job.querySelector("[data-count]");
    const look = async () => {
      if (signal.aborted) return;
      const answer = await fetch(job.dataset.job, { headers: { Accept: "application/json" } }).catch(() => null);
      if (answer && answer.ok) {
        const now = await answer.json();
        bar.value = now.percent;
        if (now.total) count.textContent = now.done.toLocaleString() + " / " + now.total.toLocaleString();
        if (now.state !== job.dataset.state && !["queued", "running"].includes(now.state)) {
          visit(location.href, false);
          return;
        }
      }
      setTimeout(look, 1000);
    };
    setTimeout(look, 500);
  }
});
