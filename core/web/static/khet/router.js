// The page router: pages follow one another without starting over.
//
// A link or a form inside Khet fetches the next page and puts its content in place of this one; what is around it stays
// but where it differs, and so do styles and scripts. What an init adds to it ends with the page: pass the signal.
// Whatever is not a page of Khet (a file, the login, another version) is opened as any browser would.
const sources = (root, selector, name) => [...root.querySelectorAll(selector)].map((node) => node.getAttribute(name));
const scripts = (root) => sources(root, "head script[src]", "src").map((src) => new URL(src, location.href).href);
const inits = [];
let named = scripts(document);
let leaving = new AbortController();

// A script gives what has to be done on every page; its signal ends when the page is left. A script that some pages
// name and others do not stays once it was read: with its own address (import.meta.url) it works on those pages alone.
export const page = (init, own = null) => {
  const one = (signal) => {
    if (own === null || named.includes(own)) init(signal);
  };
  inits.push(one);
  one(leaving.signal);
};

let turn = 0;
export const begin = () => ++turn;
export const isLatest = (mine) => mine === turn;
export const inside = () => document.querySelector(".khet:not(.alone)");
const shell = (root) => {
  const found = root.querySelector(".khet");
  return found ? String(found.classList.contains("alone")) : "";
};

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

export const show = (text, url, push, y = 0) => {
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
  named = scripts(next);
  const missing = named.filter((src) => !scripts(document).includes(src));
  const whole = y || location.hash ? () => {} : below(next.body);
  patch(document.body, next.body, document.getElementById("main"));
  inits.forEach((init) => init(leaving.signal));
  const main = document.getElementById("main");
  if (!main.contains(document.activeElement)) main.focus({ preventScroll: true });
  window.scrollTo({ top: y, behavior: "instant" });
  requestAnimationFrame(() => requestAnimationFrame(whole));
  missing.forEach((src) => {
    const script = document.createElement("script");
    script.type = "module";
    script.src = src;
    script.async = false;
    document.head.append(script);
  });
  if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
  return true;
};

// A page that is on its way already (the list fetches its next one before it is asked for) is not asked for twice.
const flying = new Map();
export const get = (url) => {
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
export const keeping = (work) => {
  kept = Promise.race([work, new Promise((done) => setTimeout(done, 2000))]);
};

// What is said where no answer came, with how to ask again (sending.js).
let unopened = () => {};
export const whenUnopened = (say) => {
  unopened = say;
};

// A line at the top says that something is on its way; what comes at once shows none (khet.css).
export const going = async (work) => {
  document.documentElement.toggleAttribute("data-going", true);
  try {
    return await work;
  } finally {
    document.documentElement.removeAttribute("data-going");
  }
};

export const visit = async (url, push = true, y = 0) => {
  const mine = begin();
  await kept;
  const answer = await going(get(url));
  if (!isLatest(mine)) return;
  if (!answer) {
    unopened(() => visit(url, push, y)); // the page one is on stays, and what was typed there
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
