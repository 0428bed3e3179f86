/* Stories of one topic, one platform. What is chosen stands in the address: it survives a reload, and can be sent to a colleague. */
(() => {
  "use strict";
  const form = document.querySelector(".w-tools");
  const choices = form ? [...form.querySelectorAll("select")] : [];
  if (!choices.length) return;

  const stories = [...document.querySelectorAll(".w-story")], sections = [...document.querySelectorAll(".w-section")];
  const about = (story, choice) => !choice.value || story.dataset[choice.name].split(" ").includes(choice.value);

  const apply = () => {
    let shown = 0;
    for (const story of stories) {
      story.hidden = !choices.every((choice) => about(story, choice));
      shown += !story.hidden;
    }
    for (const section of sections) {
      section.hidden = !section.querySelector(".w-story:not([hidden])");
      for (const link of document.querySelectorAll(`.w-jump a[href="#${section.getAttribute("aria-labelledby")}"]`)) link.hidden = section.hidden;
    }
    form.querySelector(".w-tools__some").textContent = shown === stories.length ? ""
      : form.dataset.some.replace("{shown}", shown).replace("{all}", stories.length);
  };

  const write = () => {
    const address = new URL(location.href);
    for (const choice of choices) choice.value ? address.searchParams.set(choice.name, choice.value) : address.searchParams.delete(choice.name);
    history.replaceState(null, "", address);
    for (const step of document.querySelectorAll(".w-steps a[rel]")) step.search = address.search;
  };

  const chosen = new URLSearchParams(location.search);
  for (const choice of choices) {
    const wanted = chosen.get(choice.name) ?? "";
    // A topic that is not here today is still the one that was asked for: nothing of it is shown, rather than everything.
    if (wanted && ![...choice.options].some((option) => option.value === wanted)) choice.add(new Option(wanted, wanted));
    choice.value = wanted;
  }
  if (choices.some((choice) => choice.value)) { apply(); write(); }
  form.addEventListener("change", () => { apply(); write(); });
  form.addEventListener("submit", (event) => event.preventDefault());
})();
