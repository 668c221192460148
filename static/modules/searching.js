// A log's search field: as it is typed, lines that lack the text are hidden. Enter asks the server, which searches
// all that is kept.

export class Search {
  constructor(log, sections) {
    this.sections = sections;
    this.form = log.querySelector("[data-log-search]");
    this.rows = log.getElementsByClassName("line");
    this.wanted = this.text();
  }

  listen(changed) {
    this.form?.addEventListener("input", () => {
      this.wanted = this.text();
      this.sections.unfold(Boolean(this.wanted));
      for (const row of this.rows) this.sift(row);
      this.count();
      changed();
    });
  }

  text() {
    return this.form?.elements.q.value.trim().toLowerCase() ?? "";
  }

  sift(row) {
    const words = row.lastElementChild;
    const text = words.textContent;
    const parts = this.wanted ? cut(text, this.wanted) : [text];
    row.hidden = Boolean(this.wanted) && parts.length === 1;
    if (parts.length > 1 || words.childElementCount) words.replaceChildren(...parts);
    return row;
  }

  count() {
    if (!this.form) return;
    let shown = 0;
    for (const row of this.rows) if (!row.hidden) shown += 1;
    const said = this.wanted ? `${shown} of ${this.rows.length} shown here` : "";
    this.form.querySelector("[data-log-count]").textContent = said;
  }
}

// Lower case may be longer than what it is of; then marks would stand in the wrong place, and are left out.
function cut(text, wanted) {
  const lower = text.toLowerCase();
  if (lower.length !== text.length) return lower.includes(wanted) ? [text, ""] : [text];
  const parts = [];
  let from = 0;
  for (let at = lower.indexOf(wanted); at >= 0; at = lower.indexOf(wanted, from)) {
    const mark = document.createElement("mark");
    mark.textContent = text.slice(at, at + wanted.length);
    parts.push(text.slice(from, at), mark);
    from = at + wanted.length;
  }
  return [...parts, text.slice(from)];
}
