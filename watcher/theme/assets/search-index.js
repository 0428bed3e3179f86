/* The files of the search → what is found in them. Reads what watcher/core/search wrote, a few kilobytes at a time, from this site alone.
   Source: docs/decisions/0028-search.md */

import { reader } from "./search-words.js";

const FORMAT = 1;
const STORIES_IN_REACH = 30_000;            // about three years: what is older is searched when asked for
const PREFIX_LETTERS = 3, PREFIX_SHARDS = 3;    // a half-typed word of fewer letters, or in more shards, is taken for whole
const IN_TITLE = 2, WHOLE = 1;              // what a place is worth; half-typed, in the text: 1

/* Parameter in the address, key in the files. */
export const TAGS = [["topic", "topics"], ["platform", "platforms"], ["source", "sources"]];

/* ---------------------------------------------------------------------------------------------- files */

const files = new Map();

/* A file of the site, once. Fails with its path as the message. */
export const read = (path, options = {}) => {
  if (!files.has(path) || options.cache) {
    const answer = fetch(new URL(`../${path}`, import.meta.url), { credentials: "omit", ...options }).then((answer) => {
      if (!answer.ok) throw new Error(path);
      return answer.json();
    });
    answer.catch(() => files.delete(path));
    files.set(path, answer);
  }
  return files.get(path);
};

const VALUES = new Uint8Array(128);
[..."0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_"].forEach((digit, value) => { VALUES[digit.charCodeAt(0)] = value; });

/* The numbers that core/searchparts wrote, one after the other. */
const numbers = (written, take) => {
  for (let at = 0, value = 0, shift = 0; at < written.length; at++) {
    const digit = VALUES[written.charCodeAt(at)];
    value += (digit & 31) << shift;
    if (digit & 32) shift += 5;
    else { take(value); value = shift = 0; }
  }
};

/* Ids, and for each story which of them: places `from[story]` to `from[story + 1]` of `of`. */
const table = ([ids, counts, places], stories) => {
  const from = new Uint32Array(stories + 1), of = [];
  let story = 0;
  numbers(counts, (count) => { from[story + 1] = from[story] + count; story++; });
  numbers(places, (place) => of.push(place));
  return { ids, from, of };
};

const segment = async ([path, , , last]) => {
  const head = await read(`${path}head.json`);
  const days = { stories: [0], lines: [0] };
  for (const [, stories, lines] of head.days) {
    days.stories.push(days.stories.at(-1) + stories);
    days.lines.push(days.lines.at(-1) + lines);
  }
  const tags = Object.fromEntries(TAGS.map(([, key]) => [key, table(head.tags[key], days.stories.at(-1))]));
  const on = head.days.map(([folder]) => folder ? folder.slice(5, 15) : last);
  return { path, head, days, tags, on };
};

/* The manifest, and the segments in reach, newest first. */
export const open = async (all, options) => {
  const manifest = await read("search/manifest.json", options);
  if (manifest.format !== FORMAT) throw new Error("format");
  let within = 0;
  const near = manifest.segments.filter(([, stories]) => all || (within += stories) - stories < STORIES_IN_REACH);
  return { manifest, words: reader(manifest.words), segments: await Promise.all(near.map(segment)), older: near.length < manifest.segments.length };
};

/* ---------------------------------------------------------------------------------------------- finding */

/* What was typed → [{stem, prefix}]; the last word may be half-typed. */
export const asked = (typed, words) => {
  const all = words.folded(typed), meant = all.filter((word) => words.stem(word));
  const list = (meant.length ? meant : all).map((word) => ({ stem: words.stem(word) || word, prefix: "" }));
  const last = all.at(-1);
  if (last && [...last].length >= PREFIX_LETTERS && meant.at(-1) === last && /[\p{L}\p{N}\p{M}]$/u.test(typed)) list.at(-1).prefix = last;
  return list.filter((word, place) => !list.slice(place + 1).some((other) => other.stem === word.stem));
};

/* The place of the shard that holds a word: the last one that begins with it or before it. */
const shard = (first, word) => {
  let low = 0, high = first.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (first[middle] <= word) low = middle + 1; else high = middle;
  }
  return low - 1;
};

/* How well each document of a segment has a word: 0 not at all. `kind` is "stories" or "lines". */
const marks = async (one, kind, { stem, prefix }) => {
  const found = new Uint8Array(one.days[kind].at(-1)), first = one.head[kind];
  const exact = shard(first, stem), wanted = new Set(exact < 0 ? [] : [exact]);
  const from = Math.max(0, shard(first, prefix)), to = shard(first, prefix + "\uffff");
  const spread = prefix && to - from < PREFIX_SHARDS;
  if (spread) for (let place = from; place <= to; place++) wanted.add(place);
  const shards = await Promise.all([...wanted].map((place) => read(`${one.path}${kind[0]}${place}.json`)));
  const mark = (written, worth) => {
    let before = 0;
    numbers(written, (difference) => {
      const place = before + difference;
      before = place & ~1;
      found[place >> 1] = Math.max(found[place >> 1], worth + (place & 1 ? 0 : IN_TITLE));
    });
  };
  for (const words of shards) {
    if (spread) for (const word in words) if (word.startsWith(prefix) && word !== stem) mark(words[word], 1);
    if (Object.hasOwn(words, stem)) mark(words[stem], 1 + WHOLE);
  }
  return found;
};

/* Documents that have every word, else those that have some: [{one, day, document, score}], and whether none has all. */
export const find = async (library, kind, words, within) => {
  const whole = [], some = [];
  await Promise.all(library.segments.map(async (one, place) => {
    const found = await Promise.all(words.map((word) => marks(one, kind, word)));
    const ends = one.days[kind];
    for (let day = 0; day < one.on.length; day++) {
      if (!within(one.on[day])) continue;
      for (let document = ends[day]; document < ends[day + 1]; document++) {
        let score = 0, has = 0;
        for (const word of found) { score += word[document]; has += word[document] > 0; }
        if (has === words.length) whole.push({ one, place, day, document, score });
        else if (has) some.push({ one, place, day, document, score: score + 4 * has });
      }
    }
  }));
  return { hits: whole.length ? whole : some, partly: !whole.length && some.length > 0 };
};

export const newest = (a, b) => a.place - b.place || b.day - a.day || a.document - b.document;
export const best = (a, b) => b.score - a.score || newest(a, b);

const carries = ({ one, document }, key, id) => {
  const { ids, from, of } = one.tags[key], place = ids.indexOf(id);
  for (let at = from[document]; at < from[document + 1]; at++) if (of[at] === place) return true;
  return false;
};

/* Hits with every chosen tag. */
export const keep = (hits, chosen) => {
  const wanted = TAGS.filter(([name]) => chosen[name]);
  return wanted.length ? hits.filter((hit) => wanted.every(([name, key]) => carries(hit, key, chosen[name]))) : hits;
};

/* How many hits each tag would leave if it were chosen instead of the one of its kind that is. */
export const count = (hits, chosen) => Object.fromEntries(TAGS.map(([name, key]) => {
  const counts = new Map();
  for (const { one, document } of keep(hits, { ...chosen, [name]: "" })) {
    const { ids, from, of } = one.tags[key];
    for (let at = from[document]; at < from[document + 1]; at++) counts.set(ids[of[at]], (counts.get(ids[of[at]]) ?? 0) + 1);
  }
  return [key, counts];
}));
