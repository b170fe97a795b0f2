// Comforts only: everything works without this file.
"use strict";

const open = () => document.querySelectorAll("details[data-menu][open]");

// A menu closes when one clicks elsewhere, and on Escape gives the focus back to its button.
document.addEventListener("click", (event) => {
  for (const menu of open()) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of open()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// What is wrong with a filter is said where the list was.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status === 400 && event.detail.target.id === "list") event.detail.shouldSwap = true;
});

// A form that is on its way shows it, and is not sent again by a second click.
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || event.target.method !== "post") return;
  for (const button of event.target.querySelectorAll("button[type=submit]")) {
    button.setAttribute("aria-busy", "true");
  }
});

// Back from another page: what was on its way has arrived.
window.addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
});

// A refusal is the first thing to read.
document.querySelector("[data-first]")?.focus();

// How many rows are ticked, and all of a page at once.
const count = () => {
  const words = document.querySelector("[data-bulk-count]");
  const all = document.querySelector("[data-tick-all]");
  const ticks = [...document.querySelectorAll("input[form=bulk][name=id]")];
  const ticked = ticks.filter((tick) => tick.checked).length;
  if (words) words.textContent = `${ticked} chosen`;
  if (!all) return;
  all.hidden = false;
  const box = all.querySelector("input");
  box.checked = ticked > 0 && ticked === ticks.length;
  box.indeterminate = ticked > 0 && ticked < ticks.length;
};

document.addEventListener("change", (event) => {
  if (event.target.closest("[data-tick-all]")) {
    for (const tick of document.querySelectorAll("input[form=bulk][name=id]")) tick.checked = event.target.checked;
  }
  count();
});
document.addEventListener("htmx:afterSettle", count);
window.addEventListener("pageshow", count);

// A secret is copied at one press. Where the browser does not let us, it is marked, to be copied by hand.
for (const button of document.querySelectorAll("[data-copy]")) {
  const secret = document.getElementById(button.dataset.copy);
  const said = document.querySelector("[data-copied]");
  button.hidden = false;
  button.addEventListener("click", async () => {
    secret.select();
    try {
      await navigator.clipboard.writeText(secret.value);
      said.textContent = "Copied.";
    } catch {
      said.textContent = "It is marked: copy it by hand.";
    }
  });
}
