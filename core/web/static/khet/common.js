// What several scripts need and none of them owns: keys, what this browser keeps, the page's proof (CSRF).

// A field of a dialog that has just closed keeps the focus until the page is drawn anew: nobody types into it.
export const typing = (target) =>
  ((/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) && !["checkbox", "radio", "button"].includes(target.type)) ||
    target.isContentEditable) &&
  target.checkVisibility();
export const store = (name, value) => {
  try {
    if (value === undefined) return localStorage.getItem(name);
    if (value === null) localStorage.removeItem(name);
    else localStorage.setItem(name, value);
  } catch {
    /* a browser without storage */
  }
  return null;
};
export const sessionStore = (name, value) => {
  try {
    if (value === undefined) return sessionStorage.getItem(name);
    sessionStorage.setItem(name, value);
  } catch {
    /* a browser without storage */
  }
  return null;
};

// The letter a shortcut means. Under the Thai layout the key S gives ห: then the place of the key says which it is.
const OTHERS = { Slash: ["/", "?"] };
export const letter = (event) => {
  if (event.key.length !== 1 || /[!-~]/.test(event.key))
    return event.key.length === 1 ? event.key.toLowerCase() : event.key;
  return (
    OTHERS[event.code]?.[event.shiftKey ? 1 : 0] ||
    (/^Key[A-Z]$/.test(event.code) ? event.code.slice(3).toLowerCase() : event.key)
  );
};

// What a request of this page's script proves itself with.
export const token = () => document.body.dataset.token || "";
