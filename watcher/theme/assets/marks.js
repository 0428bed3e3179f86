/* "Read up to here": which stories a reader has done with. The marks stay in this browser; the newest are kept. */
(() => {
  "use strict";
  const MOST = 3000;                                // stories remembered: some two months of digests, 60 KB
  const KEY = "watcher.read";
  const stories = [...document.querySelectorAll(".w-story")];
  if (!stories.length) return;

  const id = (story) => story.querySelector("[id^=s-]").id.slice(2);
  const known = () => { try { const kept = JSON.parse(localStorage.getItem(KEY)); return Array.isArray(kept) ? kept : []; } catch { return []; } };
  const keep = (ids) => { try { localStorage.setItem(KEY, JSON.stringify(ids.slice(-MOST))); } catch { /* not kept, then */ } };
  const shown = () => stories.filter((story) => !story.hidden);
  const resume = document.querySelector("[data-does=resume]");
  const first = () => shown().find((story) => !story.classList.contains("w-story--read"));

  const show = () => {
    const read = new Set(known());
    for (const story of stories) {
      story.classList.toggle("w-story--read", read.has(id(story)));
      story.querySelector(".w-story__was").hidden = !read.has(id(story));
    }
    if (resume) resume.hidden = !first() || !stories.some((story) => story.classList.contains("w-story--read"));
  };

  document.addEventListener("watcher:read", (event) => {
    const story = event.target.closest(".w-story"), all = shown(), at = all.indexOf(story);
    if (at < 0) return;
    const undo = story.classList.contains("w-story--read");
    const changed = (undo ? all.slice(at) : all.slice(0, at + 1)).map(id);
    keep([...known().filter((one) => !changed.includes(one)), ...undo ? [] : changed]);
    show();
    document.dispatchEvent(new CustomEvent("watcher:say", { detail: undo ? "unread" : "read" }));
  });
  window.addEventListener("storage", (event) => { if (event.key === KEY) show(); });
  resume?.addEventListener("click", () => {
    const story = first(), title = story?.querySelector(".w-story__title a");
    story?.scrollIntoView({ block: "center" });
    title?.focus({ preventScroll: true });
  });
  show();
})();
