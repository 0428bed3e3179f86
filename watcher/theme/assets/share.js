/* A story's link, or its words as Markdown for the team's chat; and those of a whole page, as it is sifted. */
(() => {
  "use strict";
  const tools = document.querySelector(".w-tools");
  if (!tools || !navigator.clipboard) return;

  const say = (what) => document.dispatchEvent(new CustomEvent("watcher:say", { detail: what }));
  const copy = (text, what) => navigator.clipboard.writeText(text).then(() => say(what), () => say("refused"));
  const words = (element) => (element?.textContent ?? "").replace(/\s+/g, " ").trim();
  const plain = (text) => text.replace(/[\\`*_~[\]<>|#]/g, "\\$&");
  const address = (link) => link.replace(/[()<>\s]/g, (sign) => "%" + sign.charCodeAt(0).toString(16).padStart(2, "0"));
  const shown = (selector, root = document) => [...root.querySelectorAll(selector)].filter((one) => !one.hidden);

  const link = (story) => story.querySelector(".w-permalink")?.href
    ?? location.href.split("#")[0] + "#" + story.querySelector("[id^=s-]").id;

  const line = (story) => {
    const title = story.querySelector(".w-story__title"), article = title.querySelector("a");
    const said = plain(words(title)), teaser = words(story.querySelector(".w-story__teaser"));
    const told = article ? `[${said}](${address(article.href)})` : said;
    return `- **${told}** · ${plain(words(story.querySelector(".w-publisher")))} · ${words(story.querySelector(".w-status"))}`
      + (teaser ? `\n  ${plain(teaser)}` : "");
  };

  const page = () => {
    const lines = [`**${plain(words(document.querySelector("h1")))}**`, location.href.split("#")[0]];
    for (const section of shown(".w-section")) {
      const stories = shown(".w-story", section);
      const heading = section.querySelector("h2");
      if (stories.length) lines.push("", `**${plain(words(heading.querySelector("a") ?? heading.firstChild))}**`, ...stories.map(line));
    }
    return lines.join("\n") + "\n";
  };

  const of = (event) => event.target.closest(".w-story");
  document.addEventListener("watcher:link", (event) => { if (of(event)) copy(link(of(event)), "link"); });
  document.addEventListener("watcher:markdown", (event) => { if (of(event)) copy(line(of(event)) + "\n", "markdown"); });
  tools.querySelector("[data-does=digest]").addEventListener("click", () => copy(page(), "markdown"));

  /* The buttons of one story are made when its reasons are first opened: fifty stories need not carry them all. */
  document.addEventListener("toggle", (event) => {
    const why = event.target;
    if (!why.matches?.(".w-why[open]") || why.querySelector(".w-does")) return;
    const row = document.createElement("p");
    row.className = "w-does";
    for (const does of ["link", "markdown", "read"]) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "w-button";
      button.textContent = tools.dataset[does];
      button.addEventListener("click", () => why.dispatchEvent(new CustomEvent("watcher:" + does, { bubbles: true })));
      row.append(button);
    }
    why.querySelector(".w-why__body").append(row);
  }, true);
})();
