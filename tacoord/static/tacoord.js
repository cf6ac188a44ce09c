// Small comforts. Every page does its work without this file.
"use strict";

// The list of problems takes the focus, also where the address has already moved it.
document.querySelector("[data-focus]")?.focus();

// An open menu closes by Escape, and when something else is pressed.
for (const menu of document.querySelectorAll("details[data-menu]")) {
  document.addEventListener("click", (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}

// Long lists of check boxes can be searched, and say how many are chosen.
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
for (const picker of document.querySelectorAll("[data-picker]")) {
  const search = picker.querySelector("[data-picker-search]");
  const rows = [...picker.querySelectorAll("li:has(input)")];
  search.hidden = false;
  search.addEventListener("input", () => {
    const wanted = plain(search.value.trim());
    for (const row of rows) row.hidden = !plain(row.textContent).includes(wanted);
  });
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });
  picker.addEventListener("change", () => {
    const chosen = rows.filter((row) => row.querySelector("input").checked);
    const words = picker.querySelector("summary > span");
    words.textContent = chosen.map((row) => row.textContent.trim()).join(", ") || "–";
  });
}

// Repeated rows are added and removed on the page; without the script the server does it.
const renumber = (row, name, index) => {
  const dashed = new RegExp(`^((?:hint-)?${name}-)\\d+`);
  for (const part of [row, ...row.querySelectorAll("*")]) {
    for (const attribute of ["id", "name", "for", "aria-describedby"]) {
      const value = part.getAttribute(attribute);
      if (value) part.setAttribute(attribute, value.replace(dashed, `$1${index}`));
    }
    if (part.matches?.("[data-remove]")) part.value = `${name}.${index}`;
    if (part.matches?.("[data-nth]")) part.textContent = index + 1;
  }
};
const clear = (row) => {
  row.querySelectorAll(".error").forEach((part) => part.remove());
  row.querySelectorAll(".field-wrong").forEach((part) => part.classList.remove("field-wrong"));
  for (const input of row.querySelectorAll("input, textarea, select")) {
    input.removeAttribute("aria-invalid");
    if (input.type === "checkbox" || input.type === "radio") input.checked = false;
    else if (input.tagName === "SELECT") input.selectedIndex = 0;
    else input.value = "";
  }
};
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-add], [data-remove]");
  const list = button?.closest("[data-rows]");
  if (!list) return;
  const name = list.dataset.rows;
  const rows = [...list.querySelectorAll("[data-row]")];
  if (button.matches("[data-add]")) {
    if (rows.length === 0) return;
    event.preventDefault();
    const row = rows.at(-1).cloneNode(true);
    clear(row);
    renumber(row, name, rows.length);
    rows.at(-1).after(row);
    row.querySelector("input, select, textarea")?.focus();
  } else if (rows.length > 1) {
    event.preventDefault();
    button.closest("[data-row]").remove();
    [...list.querySelectorAll("[data-row]")].forEach((row, index) => renumber(row, name, index));
    list.querySelector("[data-add]").focus();
  }
});

// Enter in a field of a long form does not send it half filled in.
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.closest("form[data-form] input")) event.preventDefault();
});

// Keys for a queue: a key presses the link or button of the page's [data-keys] that names it, from inside it or from no
// field at all. Escape leaves a field, so that the keys count again.
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select");
  if (typing && event.key === "Escape" && typing.closest("[data-keys]")) typing.blur();
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const nowhere = event.target === document.body;
  const place = nowhere ? document.querySelector("[data-keys]") : event.target.closest("[data-keys]");
  place?.querySelector(`[data-key="${CSS.escape(event.key)}"]`)?.click();
});

// Help beside a form while it is filled in: its values are posted, the answer is a piece of page.
for (const form of document.querySelectorAll("form[data-beside]")) {
  const place = document.getElementById(form.dataset.besideId);
  if (place.firstElementChild) place.firstElementChild.hidden = false; // what would stand there
  const short = form.querySelector("[data-beside-short]"); // where the help itself is out of sight
  const tell = (heading) => {
    if (!short) return;
    short.hidden = !heading;
    short.querySelector("a").textContent = heading?.textContent ?? "";
  };
  let timer = 0;
  let last = null;
  const ask = async () => {
    last?.abort();
    last = new AbortController();
    try {
      const body = new URLSearchParams(
        [...new FormData(form)].filter(([, value]) => typeof value === "string"),
      );
      const answer = await fetch(form.dataset.beside, { method: "POST", body, signal: last.signal });
      if (answer.ok) place.innerHTML = await answer.text();
      tell(place.querySelector("h2"));
    } catch (error) {
      if (error.name !== "AbortError") place.textContent = "";
    }
  };
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 700);
  });
}
