// A field for a code becomes a combobox (WAI-ARIA 1.2) that searches codes and names. Without this file the
// browser suggests from the list on the page, and the server understands codes and whole names.
"use strict";

const WAIT = 120; // milliseconds without typing
let field = null; // the input whose choices are shown
let active = -1; // the place of the choice that Enter would take
let timer;
let request;

const popup = document.createElement("ul");
popup.className = "code-choices";
popup.id = "code-choices";
popup.setAttribute("role", "listbox");
popup.setAttribute("aria-label", "Codes");
popup.hidden = true;
const said = document.createElement("p");
said.className = "hidden visually-hidden";
said.setAttribute("aria-live", "polite");
(document.querySelector("main, #content") ?? document.body).append(popup, said);

const isOpen = () => !popup.hidden;

const close = () => {
  clearTimeout(timer);
  request?.abort();
  popup.hidden = true;
  active = -1;
  field?.setAttribute("aria-expanded", "false");
  field?.removeAttribute("aria-activedescendant");
};

// Under the field, or above it where there is no room below.
const place = () => {
  const box = field.getBoundingClientRect();
  const below = innerHeight - box.bottom - 12;
  const above = box.top - 12;
  const isAbove = below < 180 && above > below;
  const width = Math.min(Math.max(box.width, 300), innerWidth - 16);
  popup.style.width = `${width}px`;
  popup.style.maxHeight = `${Math.min(320, isAbove ? above : below)}px`;
  popup.style.left = `${Math.max(8, Math.min(box.left, innerWidth - width - 8))}px`;
  popup.style.top = isAbove ? "auto" : `${box.bottom + 4}px`;
  popup.style.bottom = isAbove ? `${innerHeight - box.top + 4}px` : "auto";
};

const mark = (next) => {
  popup.children[active]?.setAttribute("aria-selected", "false");
  active = next;
  const option = popup.children[active];
  if (!option) return field.removeAttribute("aria-activedescendant");
  option.setAttribute("aria-selected", "true");
  option.scrollIntoView({ block: "nearest" });
  field.setAttribute("aria-activedescendant", option.id);
};

const nameOf = (input) => document.getElementById(`${input.id}_name`);

const choose = (option) => {
  field.value = option.dataset.code;
  nameOf(field).textContent = option.dataset.name;
  close();
  field.dispatchEvent(new Event("change", { bubbles: true }));
};

const show = (choices) => {
  popup.replaceChildren(
    ...choices.map(([code, name], at) => {
      const option = document.createElement("li");
      option.id = `code-choice-${at}`;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      option.dataset.code = code;
      option.dataset.name = name === code ? "" : name;
      const written = document.createElement("b");
      written.textContent = code;
      option.append(written, ` ${option.dataset.name}`);
      return option;
    }),
  );
  active = -1;
  field.removeAttribute("aria-activedescendant");
  said.textContent = choices.length ? `${choices.length} found` : "Nothing found";
  popup.hidden = choices.length === 0;
  field.setAttribute("aria-expanded", String(isOpen()));
  if (isOpen()) place();
};

// What a text finds for a field; null if another question came between, or there is no answer.
const found = async (input, text) => {
  request?.abort();
  request = new AbortController();
  const asked = new URLSearchParams({ of: input.dataset.codes, q: text });
  try {
    const answer = await fetch(`/codes/?${asked}`, { signal: request.signal });
    return answer.ok ? (await answer.json()).choices : null;
  } catch {
    return null; // one can type without suggestions
  }
};

const tellName = (input, choices) => {
  const typed = input.value.trim().toLowerCase();
  const same = choices.find(([code, name]) => code.toLowerCase() === typed && name !== code);
  nameOf(input).textContent = same ? same[1] : "";
};

const find = async (text) => {
  const choices = await found(field, text);
  if (choices && field === document.activeElement) show(choices);
  return choices;
};

const enhance = (input) => {
  input.removeAttribute("list");
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-expanded", "false");
  input.setAttribute("aria-controls", popup.id);
};

document.addEventListener("focusin", (event) => {
  if (!event.target.matches("[data-codes]")) return;
  field = event.target;
  if (field.getAttribute("role") !== "combobox") enhance(field);
});

document.addEventListener("focusout", async (event) => {
  if (!field || event.target !== field) return;
  const left = field;
  close();
  field = null;
  if (!left.value || nameOf(left).textContent) return;
  const choices = await found(left, left.value);
  if (choices) tellName(left, choices);
});

document.addEventListener("input", (event) => {
  if (!field || event.target !== field) return;
  const input = field;
  nameOf(input).textContent = "";
  clearTimeout(timer);
  timer = setTimeout(async () => {
    const choices = await find(input.value);
    if (choices) tellName(input, choices);
  }, WAIT);
});

document.addEventListener("click", (event) => {
  if (!field || event.target !== field || isOpen()) return;
  field.select();
  find("");
});

// The field keeps the focus while one chooses with the mouse.
popup.addEventListener("mousedown", (event) => event.preventDefault());
popup.addEventListener("click", (event) => {
  const option = event.target.closest("[role=option]");
  if (option) choose(option);
});

document.addEventListener("keydown", (event) => {
  if (!field || event.target !== field) return;
  const last = popup.children.length - 1;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    if (!isOpen()) find("");
    else if (event.key === "ArrowDown") mark(active < last ? active + 1 : 0);
    else mark(active > 0 ? active - 1 : last);
  } else if (event.key === "Enter" && isOpen() && active >= 0) {
    event.preventDefault();
    choose(popup.children[active]);
  } else if (event.key === "Escape" && isOpen()) {
    event.preventDefault();
    close();
  }
});

const follow = (event) => {
  if (isOpen() && !popup.contains(event.target)) place();
};
document.addEventListener("scroll", follow, true);
window.addEventListener("resize", follow);

for (const input of document.querySelectorAll("[data-codes]")) enhance(input);
