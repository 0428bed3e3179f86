/* What a browser adds to finished pages: how long ago the watch looked, a filter for the sources, buttons that copy.
   Every page is complete without these scripts. This one asks for one file of this site, health.json, and keeps nothing. */
(() => {
  "use strict";

  const LATE_S = 2 * 3600;                          // for a robot that is late

  const page = document.documentElement.lang || "fr";
  const locale = page === "en" ? "en-GB" : page;    // as the page itself writes dates

  const ago = (at, now) => {
    const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
    const seconds = (at - now) / 1000;
    for (const [unit, length] of [["day", 86400], ["hour", 3600], ["minute", 60]])
      if (Math.abs(seconds) >= length * (unit === "day" ? 2 : 1)) return relative.format(Math.round(seconds / length), unit);
    return relative.format(0, "second");
  };

  const span = (seconds) => {
    const [unit, length] = seconds >= 172800 ? ["day", 86400] : seconds >= 3600 ? ["hour", 3600] : ["minute", 60];
    return new Intl.NumberFormat(document.documentElement.lang || "fr", { style: "unit", unit, unitDisplay: "long" })
      .format(Math.round(seconds / length));
  };

  const on = (at, timeZone) => new Intl.DateTimeFormat(locale,
    { timeZone, weekday: "long", day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" }).format(at);

  /* The stamp under a page's head. Red when builds have stopped: then nobody else would say so. */
  const stamp = async (line) => {
    const live = line.querySelector(".w-fresh__live");
    let health;
    try {
      const answer = await fetch(line.dataset.health, { cache: "no-store", credentials: "omit" });
      if (!answer.ok) return;
      health = await answer.json();
    } catch { return; }                             // no network, or opened as a file: the stamp stays as it is
    const looked = new Date(health.looked_at), now = new Date();
    if (isNaN(looked) || !health.expected_every_s) return;      // a demonstration is built once
    if ((now - looked) / 1000 > health.expected_every_s + LATE_S) {
      line.dataset.state = "stopped";
      live.textContent = line.dataset.stopped.replace("{when}", ago(looked, now));
      return;
    }
    const next = health.next_digest_at ? new Date(health.next_digest_at) : null;
    live.textContent = line.dataset.looked.replace("{when}", ago(looked, now))
      + (next && next > now ? " " + line.dataset.next.replace("{when}", on(next, health.timezone)) : "");
    if (line.dataset.rhythm && health.rhythm?.runs > 1)
      live.textContent += " " + line.dataset.rhythm.replace("{days}", health.rhythm.days).replace("{runs}", health.rhythm.runs)
        .replace("{gap}", span(health.rhythm.longest_gap_s));
  };

  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

  /* The list of sources: words, group and state, all that are given. */
  const filter = (form) => {
    const sections = [...document.querySelectorAll("[data-group]")];
    const apply = () => {
      const words = plain(form.elements.words.value).split(/\s+/).filter(Boolean);
      let found = 0;
      for (const section of sections) {
        let shown = 0;
        for (const row of section.querySelectorAll("tbody tr")) {
          const text = plain(row.textContent);
          row.hidden = !(words.every((word) => text.includes(word))
            && (!form.elements.verdict.value || row.dataset.verdict === form.elements.verdict.value));
          shown += !row.hidden;
        }
        section.hidden = !shown || (form.elements.group.value && section.dataset.group !== form.elements.group.value);
        if (!section.hidden) found += shown;
      }
      for (const drawn of document.querySelectorAll(".w-section:has(.w-delays)"))     // of all sources
        drawn.hidden = words.length > 0 || Boolean(form.elements.group.value || form.elements.verdict.value);
      form.querySelector(".w-filter__none").textContent = found ? "" : form.dataset.none;
    };
    form.addEventListener("input", apply);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.hidden = false;
  };

  /* Addresses of feeds: as the browser sees them, whatever the site is called; a button behind each. */
  const copiers = (page) => {
    if (!navigator.clipboard) return;
    for (const line of page.querySelectorAll(".w-feed, .w-feedlist > li")) {
      const feed = line.querySelector('a[href$="feed.xml"]') ?? line.querySelector("a"), code = line.querySelector(".w-copy");
      if (code) code.textContent = feed.href;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "w-button w-copier";
      button.textContent = page.dataset.copy;
      button.setAttribute("aria-label", page.dataset.copyOf.replace("{name}", code ? feed.href : line.querySelector("a").textContent));
      button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(feed.href);
        button.textContent = page.dataset.copied;
        setTimeout(() => { button.textContent = page.dataset.copy; }, 2000);
      });
      line.append(button);
    }
  };

  /* What a key or a button has done, said in a line that goes away by itself. */
  const toast = document.querySelector(".w-toast");
  let leaving = 0;
  document.addEventListener("watcher:say", (event) => {
    if (!toast) return;
    toast.textContent = toast.dataset[event.detail];
    clearTimeout(leaving);
    leaving = setTimeout(() => { toast.textContent = ""; }, 4000);
  });

  const dress = () => {
    document.querySelectorAll(".w-fresh[data-health]").forEach(stamp);
    document.querySelectorAll("form[data-filter]").forEach(filter);
    document.querySelectorAll(".w-feeds").forEach(copiers);
    document.querySelector(".md-tabs__item--active")?.scrollIntoView({ block: "nearest", inline: "center" });
  };

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", dress, { once: true });
  else dress();
})();
