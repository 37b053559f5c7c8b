"use strict";
// Without script the page is whole: only the filter and the switch of colors need it.
for (const element of document.querySelectorAll(".scripted")) element.hidden = false;

const theme = document.getElementById("theme");
const dark = matchMedia("(prefers-color-scheme: dark)");
function remembered(value) {
  try {
    if (value) localStorage.setItem("soaplens-theme", value);
    return localStorage.getItem("soaplens-theme");
  } catch {
    return null; // some browsers keep nothing for files
  }
}
function paint(chosen) {
  const now = chosen || (dark.matches ? "dark" : "light");
  document.documentElement.style.colorScheme = now;
  theme.textContent = now === "dark" ? "Light" : "Dark";
  theme.setAttribute("aria-label", `Switch to ${now === "dark" ? "light" : "dark"} colors`);
  return now;
}
let current = paint(remembered());
theme.addEventListener("click", () => { current = paint(remembered(current === "dark" ? "light" : "dark") || (current === "dark" ? "light" : "dark")); });
dark.addEventListener("change", () => { current = paint(remembered()); });

const rows = [...document.querySelectorAll(".claims tbody tr")].map((row) => ({
  row,
  text: `${row.dataset.text} ${row.textContent}`.toLowerCase(),
  cell: row.classList.contains("cell"),
}));
const field = Object.fromEntries(["text", "study", "verdict", "cells", "clear", "shown", "none"].map((id) => [id, document.getElementById(id)]));
function filter() {
  const words = field.text.value.toLowerCase().split(/\s+/).filter(Boolean);
  const cells = field.cells && field.cells.checked;
  let shown = 0, all = 0;
  for (const { row, text, cell } of rows) {
    const counted = cells || !cell;
    const fits = counted && (!field.study.value || row.dataset.study === field.study.value)
      && (!field.verdict.value || row.dataset.verdict === field.verdict.value)
      && words.every((word) => text.includes(word));
    row.hidden = !fits;
    all += counted;
    shown += fits;
  }
  field.shown.textContent = `${shown} of ${all}`;
  field.none.hidden = shown > 0;
}
for (const id of ["text", "study", "verdict", "cells"]) field[id]?.addEventListener("input", filter);
field.clear.addEventListener("click", () => {
  for (const id of ["text", "study", "verdict"]) field[id].value = "";
  if (field.cells) field.cells.checked = false;
  filter();
  field.text.focus();
});
filter();

// A link to a claim shows it even if the filter hides it, and opens its details.
function open() {
  const target = location.hash.startsWith("#claim-") && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  target.hidden = false;
  target.querySelector("details").open = true;
  target.scrollIntoView({ block: "center" });
}
addEventListener("hashchange", open);
open();

// A picture is shown as large as it is embedded; without script its link leads to the file.
const large = document.getElementById("large");
for (const link of document.querySelectorAll(".sheet")) {
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return; // as the reader asks: the file
    event.preventDefault();
    const file = document.getElementById("file");
    file.href = link.getAttribute("href");
    file.textContent = `Open the file of ${link.dataset.name}`;
    const picture = link.querySelector("img").cloneNode();
    picture.style.width = `${picture.getAttribute("width")}px`;
    large.querySelector("div").replaceChildren(picture);
    large.showModal();
  });
}
large.addEventListener("click", (event) => { if (event.target === large) large.close(); });
large.addEventListener("close", () => { large.querySelector("div").replaceChildren(); });

// On paper nothing can be opened.
let closed = [];
addEventListener("beforeprint", () => {
  closed = [...document.querySelectorAll("details.cost:not([open]), details.cells:not([open])")];
  for (const element of closed) element.open = true;
});
addEventListener("afterprint", () => { for (const element of closed) element.open = false; });
