// Runs before the page is drawn: dark or light as chosen on this device or by the system; the menu's width.
(function () {
  const root = document.documentElement;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const stored = (name) => {
    try {
      return localStorage.getItem(name);
    } catch {
      return null;
    }
  };
  const apply = () => {
    const chosen = stored("khet-theme");
    root.setAttribute("data-bs-theme", chosen || (dark.matches ? "dark" : "light"));
    root.toggleAttribute("data-slim", stored("khet-slim") === "1");
  };
  dark.addEventListener("change", apply);
  document.addEventListener("khet-theme", apply);
  apply();
})();
