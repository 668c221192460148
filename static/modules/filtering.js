// Search fields that hide the rows of a table which do not match, as it is typed.

export function filterTables() {
  for (const field of document.querySelectorAll("[data-filter]")) {
    const table = document.querySelector(field.dataset.filter);
    if (!table) continue;
    field.form.addEventListener("submit", (event) => event.preventDefault());
    field.addEventListener("input", () => filter(table, field.value));
  }
}

function filter(table, text) {
  const wanted = text.trim().toLowerCase();
  let shown = 0;
  for (const row of table.tBodies[0].rows) {
    row.hidden = !row.dataset.words.includes(wanted);
    if (!row.hidden) shown += 1;
  }
  table.parentElement.querySelector("[data-filter-empty]").hidden = shown > 0;
}
