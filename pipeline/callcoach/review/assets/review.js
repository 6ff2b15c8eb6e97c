// Puts each form beside the moment it is about, and saves without leaving the page, so that the
// sound plays on. Without this script the forms stand in their own section and work the same.
(() => {
  "use strict";
  const status = document.querySelector(".review-saved");
  const section = () => document.getElementById("review");

  function place() {
    for (const form of section().querySelectorAll(".review-form[data-for]")) {
      const card = document.getElementById(`finding-${form.dataset.for}`);
      if (card && card.matches("article, li, div, section")) {
        const item = form.closest(".review-item");
        card.append(form);
        item.hidden = !item.querySelector(".review-said");
      }
    }
    section().querySelector(".review-hint").hidden = !document.querySelector("[data-finding] > .review-form");
  }

  function reveal() {
    let name = location.hash.slice(1);
    try { name = decodeURIComponent(name); } catch { return; }
    const target = name && document.getElementById(name);
    if (target && target.matches("details.review-form")) target.open = true;
  }

  // What is written in other forms and not saved yet: functions that put it back there.
  const forms = () => [...document.querySelectorAll(".review-form form")];
  const about = (form) => form.getAttribute("action") + form.closest("details").querySelector("summary").textContent;
  const ticks = (field) => field.type === "radio" || field.type === "checkbox";

  function drafts(saved) {
    return forms().filter((form) => form !== saved).flatMap((form) => {
      const key = about(form);
      const begun = [...form.elements].filter((field) => (ticks(field)
        ? field.checked !== field.defaultChecked
        : field.type !== "hidden" && field.defaultValue !== undefined && field.value !== field.defaultValue));
      return begun.map(({ name, type, value, checked }) => () => {
        const same = forms().find((one) => about(one) === key);
        const field = same && [...same.elements].find((one) => one.name === name && one.type === type
          && (type !== "radio" || one.value === value));
        if (!field) return;
        if (ticks(field)) field.checked = checked; else field.value = value;
        same.closest("details").open = true;
      });
    });
  }

  async function save(event) {
    const form = event.target;
    if (!form.closest(".review-form")) return;
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    try {
      const answer = await fetch(form.action, {
        method: "POST", body: new URLSearchParams(new FormData(form)), credentials: "same-origin",
      });
      const text = await answer.text();
      const next = new DOMParser().parseFromString(text, "text/html");
      if (!answer.ok) throw new Error(next.querySelector("main p")?.textContent || text);
      const fresh = next.getElementById("review");
      if (!fresh) throw new Error("Please open your link again, then save once more.");
      const key = form.closest(".review-form").dataset.for;
      const begun = drafts(form);
      for (const old of document.querySelectorAll(".review-form[data-for]")) old.remove();
      section().replaceWith(fresh);
      for (const now of next.querySelectorAll("[data-finding]")) {
        const old = document.getElementById(now.id);
        if (!old) continue;
        for (const said of old.querySelectorAll(":scope > .opinion")) said.remove();
        old.append(...now.querySelectorAll(":scope > .opinion"));
      }
      place();
      begun.forEach((restore) => restore());
      const back = (key && document.getElementById(`review-${key}`)) || document.getElementById("review-call");
      (back.querySelector("summary") || back).focus();
      status.textContent = "Saved.";
      setTimeout(() => { status.textContent = ""; }, 4000);
    } catch (error) {
      button.disabled = false;
      status.textContent = `Not saved: ${error.message}`;
    }
  }

  place();
  reveal();
  addEventListener("hashchange", reveal);
  document.addEventListener("submit", save);
})();
