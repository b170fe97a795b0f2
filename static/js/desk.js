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
