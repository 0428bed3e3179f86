/* A page of stories by keyboard, and the help that says how. Single keys can be turned off there, and are silent while one types. */
(() => {
  "use strict";
  const LINES = ".w-story, .w-brief, .w-lines > li";
  const help = document.querySelector("dialog.w-keys");
  if (!help) return;

  const box = help.querySelector("[name=on]");
  try { box.checked = localStorage.getItem("watcher.keys") !== "off"; } catch { /* on, then */ }
  box.addEventListener("change", () => { try { localStorage.setItem("watcher.keys", box.checked ? "on" : "off"); } catch { /* not kept */ } });
  document.querySelectorAll("[data-does=keys]").forEach((button) => button.addEventListener("click", () => help.showModal()));

  let last = null;
  const here = () => document.activeElement?.closest(LINES) ?? (last?.isConnected ? last : null);

  const move = (by) => {
    const lines = [...document.querySelectorAll(LINES)].filter((line) => line.checkVisibility());
    if (!lines.length) return;
    const at = lines.indexOf(here());
    last = lines[Math.min(Math.max(at < 0 ? (by > 0 ? 0 : lines.length - 1) : at + by, 0), lines.length - 1)];
    const title = last.querySelector("h2 a, h3 a, .w-line__title a") ?? last.querySelector("h2, h3, .w-line__title") ?? last;
    if (title.tagName !== "A") title.tabIndex = -1;
    title.focus({ preventScroll: true });
    last.scrollIntoView({ block: "nearest" });
  };

  const ask = (what) => here()?.dispatchEvent(new CustomEvent("watcher:" + what, { bubbles: true }));

  const does = {
    j: () => move(1),
    k: () => move(-1),
    o: () => { const link = here()?.querySelector("h2 a, h3 a, .w-line__title a"); if (link) window.open(link.href, "_blank", "noopener,noreferrer"); },
    w: () => { const why = here()?.querySelector("details"); if (why) why.open = !why.open; },
    c: () => ask("link"),
    y: () => ask("markdown"),
    m: () => ask("read"),
    "/": () => {
      const field = document.querySelector(".w-search input[name=q], .w-find input");
      if (field?.checkVisibility()) { field.focus(); field.select(); } else field?.form.submit();     // on a phone it is a button
    },
    "?": () => help.showModal(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented || help.open || !box.checked) return;
    if (event.target.closest?.("input, select, textarea, [contenteditable]") || !Object.hasOwn(does, event.key)) return;
    event.preventDefault();
    does[event.key]();
  });
})();
