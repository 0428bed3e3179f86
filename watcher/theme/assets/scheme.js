/* Light or dark: as the device says, until the reader says otherwise. The choice stays in this browser. */
(() => {
  "use strict";
  const device = matchMedia("(prefers-color-scheme: dark)");
  const keep = (scheme) => { try { localStorage.setItem("watcher.scheme", scheme); } catch { /* not kept, then */ } };
  const kept = () => { try { return localStorage.getItem("watcher.scheme"); } catch { return null; } };
  const show = (scheme) => { document.body.dataset.mdColorScheme = scheme; };
  device.addEventListener("change", () => { if (!kept()) show(device.matches ? "slate" : "default"); });
  document.querySelector(".w-scheme")?.addEventListener("click", () => {
    const scheme = document.body.dataset.mdColorScheme === "slate" ? "default" : "slate";
    show(scheme);
    keep(scheme);
  });
})();
