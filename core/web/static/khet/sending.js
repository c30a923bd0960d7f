// Forms are sent once, and what was typed stays on the page until its answer is there: over a dead line, a session that
// ended, a server that refuses. It is sent again by whoever presses the button, never by itself.
import { token } from "./common.js";
import { begin, inside, isLatest, show, visit, whenUnopened, going } from "./router.js";

const HEADERS = { "X-Requested-With": "khet" };
const words = document.getElementById("unsent");

// -- what is said loudly, above everything ----------------------------------------------------------------------
const quiet = () => document.querySelectorAll(".unsent").forEach((bar) => bar.remove());
const loud = (title, hint, label, again) => {
  quiet();
  const bar = words.content.firstElementChild.cloneNode(true);
  bar.querySelector("strong").textContent = title;
  bar.querySelector("span").textContent = hint;
  const button = bar.querySelector("button");
  button.textContent = label;
  button.hidden = !again;
  button.addEventListener("click", () => {
    quiet();
    again();
  });
  document.getElementById("main").prepend(bar);
  // it moves the page down: the field one types in must not come to lie under the bar with the buttons
  document.activeElement?.closest("form [name]")?.scrollIntoView({ block: "nearest" });
  return bar;
};
window.addEventListener("online", () =>
  document.querySelectorAll(".unsent[data-line] strong").forEach((title) => {
    title.textContent = words.dataset.online;
  })
);
const deadLine = (title, hint, again) => {
  loud(title, hint, words.dataset.again, again).dataset.line = "1";
};
// Without a line nothing was sent; with one the answer may have been lost on its way back.
const unanswered = (hint, again) =>
  deadLine(navigator.onLine ? words.dataset.silent : words.dataset.offline, hint, again);
whenUnopened((again) => deadLine(words.dataset.unopened, words.dataset.kept, again));

// -- signing in again on the spot -------------------------------------------------------------------------------
const who = () =>
  fetch(words.dataset.who, { headers: { Accept: "application/json" } })
  .then((answer) => (answer.ok ? answer.json() : null))
  .catch(() => null);
const renew = (token) => {
  document.body.dataset.token = token;
  document.querySelectorAll("input[name=csrf_token]").forEach((field) => {
    field.value = token;
  });
};
const mine = (now) => now !== null && now.user !== "" && now.user === document.body.dataset.user;

const nobody = async () => {
  const now = await who();
  if (now?.user === "") renew(now.token);
  return now?.user === "";
};

// The dialog; gives true once the page's own user is signed in, false where it was left.
const dialog = (first) =>
  new Promise((done) => {
    const box = document.getElementById("signin"),
      form = box.querySelector("form"),
      problem = box.querySelector("[role=alert]");
    const second = box.querySelector("[data-second]"),
      { password, code } = form.elements,
      ending = new AbortController();
    const say = (text) => {
      problem.textContent = text;
      problem.hidden = !text;
    };
    const step = (two) => {
      second.hidden = !two;
      password.readOnly = two;
      code.value = "";
      (two ? code : password).focus();
    };
    const finish = (good) => {
      ending.abort();
      password.value = "";
      step(false);
      if (box.open) box.close();
      done(good);
    };
    const foreign = (now) => {
      if (now?.user) say(box.dataset.other.replace("{}", now.name));
      return Boolean(now?.user);
    };
    const check = (now) => {
      if (!mine(now)) return false;
      renew(now.token);
      finish(true);
      return true;
    };
    form.elements.username.value = document.body.dataset.user;
    say("");
    foreign(first);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      event.stopPropagation();
      const before = await who();
      if (before === null) {
        say(words.dataset.silent);
        return;
      }
      if (check(before) || foreign(before)) return;
      const two = !second.hidden,
        proof = two ? { code: code.value } : { username: form.elements.username.value, password: password.value };
      const body = new URLSearchParams({ ...proof, csrf_token: before.token });
      const answer = await fetch(two ? second.dataset.second : form.action, {
        method: "POST",
        body,
        redirect: "manual",
        headers: HEADERS
      }).catch(() => null);
      if (answer === null) {
        say(words.dataset.silent);
        return;
      }
      if (answer.type === "opaqueredirect") {
        // taken; where it leads may be the second step, or back to the first after too long
        say("");
        if (!check(await who())) step(!two);
        return;
      }
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      say(
        (page.querySelector("[data-problems]") || page.querySelector("main"))?.textContent
        .trim()
        .replace(/\s+/g, " ") || words.dataset.refused
      );
      (two ? code : password).select();
    }, { signal: ending.signal });
    second.querySelector("button").addEventListener("click", async () => {
      const now = await who();
      if (!check(now)) foreign(now);
    }, { signal: ending.signal });
    box.querySelector("[data-close]").addEventListener("click", () => finish(false), { signal: ending.signal });
    box.addEventListener("close", () => finish(false), { signal: ending.signal });
    if (!box.open) box.showModal();
    password.focus();
  });
let asking = null;
export const restored = () => {
  asking ||= who()
    .then((now) => {
      if (mine(now)) {
        renew(now.token);
        return true;
      }
      return dialog(now);
    })
    .finally(() => {
      asking = null;
    });
  return asking;
};
// An answer that says: whoever sent this is not signed in (any more), or the page's proof is of an earlier session.
export const isEnded = (answer) => answer.headers.get("Khet-Session") === "ended";
export const ended = () => {
  if (!document.querySelector(".unsent, dialog[open]"))
    loud(words.dataset.ended, words.dataset.kept, words.dataset.signIn, () =>
      restored().then((good) => (good ? document.dispatchEvent(new Event("khet-signed-in")) : ended()))
    );
};

// What a page's script posts by itself. A session that ended is renewed on the spot; null where no answer came.
export const post = async (url, data) => {
  const go = () =>
    fetch(url, {
      method: "POST",
      body: data,
      headers: { Accept: "application/json", "X-CSRFToken": token() }
    }).catch(() => null);
  const answer = await go();
  return answer && isEnded(answer) && (await restored()) ? go() : answer;
};

// -- a form's way -----------------------------------------------------------------------------------------------
const send = async (form, submitter) => {
  const turn = begin(),
    body = new URLSearchParams(new FormData(form, submitter));
  quiet();
  const again = () => {
    if (form.isConnected) form.requestSubmit(submitter);
  };
  const stay = () => {
    delete form.dataset.sent;
  }; // it can be sent again
  const keyed = Boolean(form.elements.namedItem("form_key"));
  const answer = await going(
    fetch(form.getAttribute("action") || location.href, {
      method: "POST",
      body,
      headers: { Accept: "text/html", ...HEADERS }
    })
  ).catch(() => null);
  if (answer && isEnded(answer)) {
    stay();
    const user = document.body.dataset.user;
    if (form.dataset.renewed) loud(words.dataset.refused, words.dataset.reload, "", null);
    else if (user ? await restored() : await nobody()) {
      form.dataset.renewed = "1";
      again();
    } else loud(words.dataset.ended, words.dataset.kept, words.dataset.again, again);
    return;
  }
  delete form.dataset.renewed;
  const page = await answer?.text().catch(() => null);
  const ours = page?.includes('id="main"');
  if (!ours && (!answer || page === null || answer.status >= 400)) {
    stay();
    unanswered(keyed ? words.dataset.once : words.dataset.look, again);
    return;
  }
  // Refused as a whole: what was typed is not exchanged for an error page. After a redirect it was saved.
  if (ours && answer.status >= 400 && !answer.redirected && page.includes("data-refusal")) {
    stay();
    const said = new DOMParser().parseFromString(page, "text/html");
    const text = (selector) => said.querySelector(selector)?.textContent.trim() || "";
    loud(
      text("main h1"),
      [text("[data-hint]"), text("[data-reference]"), words.dataset.kept].filter(Boolean).join(" "),
      words.dataset.again,
      again
    );
    return;
  }
  if (isLatest(turn) && !show(page, answer.url, answer.redirected)) window.location.assign(answer.url);
};

// A second press of a button that was pressed does nothing; the server would answer with the first record.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  if (form.querySelector("[data-uploading]")) {
    event.preventDefault();
    form.querySelector("[data-upload-wait]").hidden = false;
    return;
  }
  if ("again" in form.dataset || form.method === "dialog") return; // answers with a file
  if (form.method === "post") form.dataset.sent = "1";
  // getAttribute: a field may be called "action" or "target" and would stand in the way
  if (form.getAttribute("target") || "download" in form.dataset || !document.querySelector(".khet")) return;
  if (form.method === "post") {
    if (form.querySelector("input[type=password]") && !inside()) return; // signing in begins anew
    event.preventDefault();
    send(form, event.submitter);
    return;
  }
  if (!inside()) return;
  event.preventDefault();
  const url = new URL(form.getAttribute("action") || location.pathname, location.href);
  url.search = new URLSearchParams(new FormData(form, event.submitter));
  visit(url.href);
});
window.addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
  document.querySelectorAll("form[data-filters] :disabled").forEach((field) => {
    field.disabled = false;
  });
});
