// What every page of the shell does: theme, menu, filters, records' neighbours, lists that go on, progress of jobs.
import { sessionStore, store, token } from "./common.js";
import { get, page, visit } from "./router.js";

document.addEventListener("click", (event) =>
  document.querySelectorAll("details.pop[open]").forEach((pop) => {
    if (!pop.contains(event.target)) pop.open = false;
  })
);

// A page of a paper that the server had no room to draw is asked for again, a little later each time. The last answer
// is a picture too, with the words why (core/web/image_response.py).
const ASKED = 4;
const askAgain = (picture) => {
  const tried = Number(picture.dataset.tried || 0) + 1;
  if (tried > ASKED) return;
  picture.dataset.tried = tried;
  setTimeout(() => {
    const address = new URL(picture.src);
    address.searchParams.set("again", tried);
    picture.src = address;
  }, 1500 * tried);
};

// -- on every page ------------------------------------------------------------------------------------------------
page((signal) => {
  // -- pages of papers ---------------------------------------------------------------------------------------------
  const pages = "img.paper, .papers img, .pages img";
  const refused = ({ target }) => target.matches?.(pages) && askAgain(target);
  document.addEventListener("error", refused, { capture: true, signal });
  // those that were refused before this script ran
  document.querySelectorAll(pages).forEach((picture) => picture.complete && !picture.naturalWidth && askAgain(picture));

  // -- theme and menu ----------------------------------------------------------------------------------------------
  document.querySelectorAll("[data-theme-next]").forEach((button) =>
    button.addEventListener("click", () => {
      const now = store("khet-theme");
      store("khet-theme", now === "dark" ? null : now === "light" ? "dark" : "light");
      document.dispatchEvent(new Event("khet-theme"));
    }, { signal })
  );
  document.querySelectorAll("[data-slim]").forEach((button) =>
    button.addEventListener("click", () => {
      store("khet-slim", store("khet-slim") === "1" ? null : "1");
      document.dispatchEvent(new Event("khet-theme"));
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
    seen.append("csrf_token", token());
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
    const said = job.querySelector("[data-said]");
    const look = async () => {
      if (signal.aborted) return;
      const answer = await fetch(job.dataset.job, { headers: { Accept: "application/json" } }).catch(() => null);
      if (answer && answer.ok) {
        const now = await answer.json();
        bar.value = now.percent;
        if (now.state === "running") said.textContent = said.dataset.running;
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
