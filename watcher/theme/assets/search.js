/* The page of the search: what is asked, and showing what search-index.js finds.
   Whatever a publisher wrote is set as text, never as markup. Source: docs/decisions/0028-search.md */

import { TAGS, asked, best, count, find, keep, newest, open, read } from "./search-index.js";

const STORIES_A_TIME = 10, LINES_A_TIME = 5;
const LINES_A_FILE = 80;
const PAUSE_MS = 150;                       // of typing
const STATUSES = ["rumour", "reported", "official", "in-force"];

const page = document.querySelector(".w-search");
const form = page.querySelector("form"), state = page.querySelector("[role=status]");
const root = page.dataset.root, say = JSON.parse(page.dataset.say);
const language = document.documentElement.lang || "fr", locale = language === "en" ? "en-GB" : language;
const dates = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
const figures = new Intl.NumberFormat(locale), order = new Intl.Collator(locale);
const filters = form.querySelector("details");

const said = (message, values = {}) => say[message].replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
const dated = (on) => dates.format(new Date(`${on}T00:00:00Z`));

/* ---------------------------------------------------------------------------------------------- showing */

const element = (name, kind, ...children) => {
  const made = document.createElement(name);
  if (kind) made.className = kind;
  made.append(...children);
  return made;
};

const linked = (name, kind, href, ...children) => {
  const made = element(name, kind, ...children);
  made.href = href;
  return made;
};

/* A title with the words that were looked for marked in it. */
const marked = (title, words, looked) => {
  const pieces = [];
  let at = 0;
  for (const match of title.matchAll(/[\p{L}\p{N}\p{M}]+/gu)) {
    const hit = words.folded(match[0]).some((word) => {
      const stem = words.stem(word);
      return stem && looked.some((one) => one.stem === stem || (one.prefix && stem.startsWith(one.prefix)));
    });
    if (!hit) continue;
    pieces.push(title.slice(at, match.index), element("mark", "", match[0]));
    at = match.index + match[0].length;
  }
  return [...pieces, title.slice(at)];
};

const publisher = (library, id) => {
  const name = library.manifest.sources[id];
  return name ? linked("a", "w-publisher", `${root}sources/${encodeURIComponent(id)}/`, name) : element("span", "w-publisher", id);
};

const titled = (hit, library, looked, { title, href, lang }) => {
  const heading = element("h3", "w-hit__title", linked("a", "", href, ...(title ? marked(title, library.words, looked) : [said("untitled")])));
  if (lang && lang.split("-")[0].toLowerCase() !== language) heading.lang = lang;
  return heading;
};

const when = (hit) => {
  const on = hit.one.on[hit.day], time = element("time", "", dated(on));
  time.dateTime = on;
  return time;
};

const choosing = (name, id) => {
  const asked = new URLSearchParams(location.search);
  asked.set(name, id);
  return `?${asked}`;
};

const story = async (hit, library, looked) => {
  const [folder] = hit.one.head.days[hit.day];
  const stories = await read(folder ? `search/${folder}stories.json` : `${hit.one.path}stories.json`);
  const [id, title, source, status, lang, others] = stories[hit.document - hit.one.days.stories[hit.day]];
  const meta = element("p", "w-hit__meta", element("span", `w-status w-status--${STATUSES[status]}`, say[STATUSES[status]]), " ",
    publisher(library, source), others ? ` ${said("others", { n: figures.format(others) })}` : "", " · ", when(hit));
  const tags = element("p", "w-hit__tags");
  for (const [name, key] of TAGS.slice(0, 2).reverse()) {
    const { ids, from, of } = hit.one.tags[key];
    for (let at = from[hit.document]; at < from[hit.document + 1]; at++) {
      const tag = ids[of[at]];
      tags.append(linked("a", `w-tag w-tag--${name === "topic" ? "topic" : "entity"}`, choosing(name, tag), library.manifest[key][tag] ?? tag), " ");
    }
  }
  const href = folder ? `${root}digests/${hit.one.on[hit.day]}/#s-${id}` : `${root}latest/#s-${id}`;
  return element("li", "w-hit", meta, titled(hit, library, looked, { title, href, lang }), tags);
};

const line = async (hit, library, looked) => {
  const [folder] = hit.one.head.days[hit.day], place = hit.document - hit.one.days.lines[hit.day];
  const lines = await read(`search/${folder}lines${Math.floor(place / LINES_A_FILE)}.json`);
  const [number, title, source] = lines[place % LINES_A_FILE];
  const href = `${root}digests/${hit.one.on[hit.day]}/ledger/#l-${number}`;
  return element("li", "w-hit w-hit--line", element("p", "w-hit__meta", publisher(library, source), " · ", when(hit)),
    titled(hit, library, looked, { title, href }));
};

/* A list that shows some hits, and more when asked. */
const list = (place, hits, aTime, make) => {
  const items = place.querySelector("ol"), more = place.querySelector(".w-search__more");
  let shown = 0;
  const next = async () => {
    const made = await Promise.all(hits.slice(shown, shown + aTime).map(make));
    const last = items.lastElementChild;
    shown === 0 ? items.replaceChildren(...made) : items.append(...made);
    shown += made.length;
    more.hidden = shown >= hits.length;
    if (last && shown > aTime) last.nextElementSibling?.querySelector("h3 a").focus();
  };
  more.onclick = next;
  return next();
};

const options = (name, counts, labels, chosen) => {
  const select = form.elements[name], first = select.options[0];
  if (chosen && !counts.has(chosen)) counts.set(chosen, 0);
  const listed = [...counts].map(([id, count]) => ({ id, count, label: labels[id] ?? id }));
  listed.sort((a, b) => b.count - a.count || order.compare(a.label, b.label));
  select.replaceChildren(first, ...listed.map(({ id, count, label }) => new Option(`${label} (${figures.format(count)})`, id)));
  select.value = chosen;
};

/* What one may choose, counted and listed once somebody looks. */
let choices = null;
const choose = async () => {
  if (!filters.open || !choices) return;
  const { hits, chosen } = choices, found = await hits();
  choices = null;
  const counts = count(found, chosen);
  for (const [name, key] of TAGS) options(name, counts[key], library.manifest[key], chosen[name]);
};
filters.addEventListener("toggle", choose);

/* ---------------------------------------------------------------------------------------------- asking */

const NAMES = ["q", "topic", "platform", "source", "from", "to", "sort", "all", "old"];
const given = () => Object.fromEntries(NAMES.map((name) => [name, form.elements[name].value.trim()]));

const address = (chosen) => {
  const kept = new URLSearchParams(Object.entries(chosen).filter(([, value]) => value));
  return location.pathname + (kept.size ? `?${kept}` : "");
};

const showLines = async (chosen, looked, within, turn) => {
  const lines = page.querySelector(".w-search__lines"), only = chosen.topic || chosen.platform;
  const words = chosen.source ? [...looked, { stem: `~${chosen.source}`, prefix: "" }] : looked;
  const seen = library.segments.reduce((sum, one) => sum + one.days.lines.at(-1), 0);
  lines.hidden = only || !words.length || !seen;
  lines.querySelector("button[value]").textContent = said("lines", { n: figures.format(seen) });
  lines.querySelector("button[value]").hidden = Boolean(chosen.all);
  lines.querySelector(".w-search__listed").hidden = !chosen.all;
  if (lines.hidden || !chosen.all) return;
  const { hits, partly } = await find(library, "lines", words, within);
  if (turn !== turns) return;
  lines.querySelector(".w-search__count").textContent = partly || !hits.length ? said("no-line") : said("found-lines", { n: figures.format(hits.length) });
  await list(lines, partly ? [] : hits.sort(chosen.sort ? newest : best), LINES_A_TIME, (hit) => line(hit, library, looked));
};

const showStories = async (chosen, looked, within, turn) => {
  const asks = looked.length || chosen.from || chosen.to || TAGS.some(([name]) => chosen[name]);
  const looking = () => find(library, "stories", looked, within);
  const { hits, partly } = asks ? await looking() : { hits: [] };
  if (turn !== turns) return;
  choices = { chosen, hits: async () => asks ? hits : (await looking()).hits };
  await choose();
  const found = keep(hits, chosen).sort(chosen.sort || !looked.length ? newest : best);
  const first = library.manifest.segments.at(-1)?.[2], all = library.segments.reduce((sum, one) => sum + one.days.stories.at(-1), 0);
  state.textContent = !asks ? (first ? said("ready", { n: figures.format(all), date: dated(first) }) : said("empty"))
    : !found.length ? said("none") : said(partly ? "partly" : "found", { n: figures.format(found.length) });
  await list(page.querySelector(".w-search__stories"), found, STORIES_A_TIME, (hit) => story(hit, library, looked));
  page.querySelector(".w-search__older").hidden = !library.older;
};

let library, turns = 0;

const answer = async (options) => {
  const turn = ++turns, chosen = given();
  page.setAttribute("aria-busy", "true");
  try {
    if (!library || options || (chosen.old && library.older)) library = await open(chosen.old, options);
    if (turn !== turns) return;
    const looked = asked(form.elements.q.value, library.words);
    const within = (on) => (!chosen.from || on >= chosen.from) && (!chosen.to || on <= chosen.to);
    await showStories(chosen, looked, within, turn);
    await showLines(chosen, looked, within, turn);
  } catch (error) {
    if (turn !== turns) return;
    // The site was built anew since this page was opened: its files have other names now.
    if (!options && error.message.startsWith("search/")) return answer({ cache: "reload" });
    state.textContent = said("failed");
  }
  if (turn === turns) page.removeAttribute("aria-busy");
};

const fill = () => {
  const asked = new URLSearchParams(location.search);
  for (const name of NAMES) {
    const field = form.elements[name], value = asked.get(name) ?? "";
    if (field instanceof HTMLSelectElement && value && ![...field.options].some((option) => option.value === value)) field.add(new Option(value, value));
    field.value = value;
  }
};

let pause;
const ask = (keep) => {
  clearTimeout(pause);
  history[keep ? "pushState" : "replaceState"](null, "", address(given()));
  answer();
};

form.addEventListener("submit", (event) => { event.preventDefault(); ask(true); });
form.addEventListener("input", (event) => {
  clearTimeout(pause);
  if (event.target.name === "q") pause = setTimeout(ask, PAUSE_MS);
});
form.addEventListener("change", (event) => { if (event.target.name !== "q") ask(true); });
form.addEventListener("reset", (event) => {
  event.preventDefault();
  for (const name of NAMES) if (name !== "q") form.elements[name].value = "";
  ask(true);
});
for (const button of page.querySelectorAll("button[name]")) button.addEventListener("click", () => {
  form.elements[button.name].value = button.value;
  ask(true);
});
addEventListener("popstate", () => { fill(); answer(); });

page.querySelector(".w-search__without").hidden = true;
page.querySelectorAll("[data-with-script]").forEach((part) => { part.hidden = false; });
fill();
filters.open = TAGS.some(([name]) => form.elements[name].value) || Boolean(form.elements.from.value || form.elements.to.value);
answer();
