// The sections of a log, each with what was written in its time. The server draws them in #log-outline as they are
// now; one that is over folds, unless the reader has opened or closed it.

import { showTimes } from "./times.js";

export class Sections {
  constructor(lines) {
    this.lines = lines;
    this.end = lines.querySelector("[data-log-end]");
    lines.addEventListener("click", (event) => {
      const section = event.target.closest("summary")?.parentElement;
      if (section) section.dataset.touched = "";
    });
  }

  all() {
    return [...this.lines.querySelectorAll("[data-section]")];
  }

  // Into the section of its time, behind whatever is older: lines of two logs arrive one after the other.
  place(row) {
    const at = timeOf(row);
    const section = this.all().findLast((one) => Date.parse(one.dataset.from) <= at) ?? this.all()[0];
    let next = section ? null : this.end;
    let before = section ? section.lastElementChild : this.end.previousElementSibling;
    while (section && before?.classList.contains("line") && timeOf(before) > at) {
      next = before;
      before = before.previousElementSibling;
    }
    (section ?? this.lines).insertBefore(row, next);
  }

  renew() {
    const drawn = document.querySelectorAll("#log-outline [data-section]");
    for (const fresh of drawn) {
      const section = this.all().find((one) => one.dataset.section === fresh.dataset.section);
      if (section) section.querySelector("summary").replaceWith(fresh.querySelector("summary").cloneNode(true));
      else this.add(fresh.cloneNode(true));
    }
    showTimes(this.lines, "ago since");
  }

  // Its first lines may have come before it, and then stand at the end of the one before.
  add(section) {
    const from = Date.parse(section.dataset.from);
    const before = this.all().findLast((one) => Date.parse(one.dataset.from) <= from);
    const later = [...(before?.querySelectorAll(":scope > .line") ?? [])].filter((row) => timeOf(row) >= from);
    if (!section.open && !later.length) return;
    section.append(...later);
    this.lines.insertBefore(section, before?.nextSibling ?? this.all()[0] ?? this.end);
    if (section.open && before && !("touched" in before.dataset)) before.open = false;
  }

  // While a search is on, what it finds must be seen.
  unfold(isSearched) {
    for (const section of this.all()) {
      if (isSearched && !("wasOpen" in section.dataset)) section.dataset.wasOpen = section.open ? "open" : "";
      if (isSearched) section.open = true;
      else if ("wasOpen" in section.dataset) {
        section.open = section.dataset.wasOpen === "open";
        delete section.dataset.wasOpen;
      }
    }
  }
}

function timeOf(row) {
  return Date.parse(row.firstElementChild.dateTime);
}
