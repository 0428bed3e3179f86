/* A text → the words it is found by. The twin of watcher/core/searchwords.py: both do what data/words.yaml says, and a test compares them. */

export const reader = (rules) => {
  const token = new RegExp(`[\\p{L}\\p{N}${rules.marks}]+`, "gu");
  const marks = new RegExp(`[${rules.marks}]+`, "gu");
  const stop = new Set(rules.stop), exact = new Map(rules.exact), letters = new Map(rules.letters);

  /* A word in small letters and NFKD → without its marks, and no longer than any word is kept. */
  const fold = (word) => [...[...word.replace(marks, "")].map((letter) => letters.get(letter) ?? letter).join("")]
    .slice(0, rules.longest).join("");

  /* The words of a text, folded, in its order. */
  const folded = (text) => (text.toLowerCase().normalize("NFKD").match(token) ?? []).map(fold);

  /* "" for a word that is passed over. */
  const stem = (word) => {
    if (stop.has(word)) return "";
    if (exact.has(word)) return exact.get(word);
    for (const step of rules.steps)
      for (const [ending, other, atLeast] of step)
        if (word.endsWith(ending) && [...word].length - ending.length >= atLeast) {
          word = word.slice(0, word.length - ending.length) + other;
          break;
        }
    return word;
  };

  return { folded, stem };
};
