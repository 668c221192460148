// Every page loads this; each module finds the elements it is for, and does nothing without them.

import { offerCopying } from "./modules/copying.js";
import { filterTables } from "./modules/filtering.js";
import { followLogs } from "./modules/following.js";
import { readGraphs } from "./modules/graphs.js";
import { checkNames, awaitConfirmation } from "./modules/naming.js";
import { keepFresh } from "./modules/refreshing.js";
import { keepTimes } from "./modules/times.js";
import { takeUploads } from "./modules/uploading.js";

for (const element of document.querySelectorAll("[data-only-scripts]")) element.hidden = false;
for (const element of document.querySelectorAll("[data-without-scripts]")) element.hidden = true;

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

document.addEventListener("change", (event) => event.target.form?.matches("[data-submit-on-change]") && event.target.form.submit());

keepTimes();
offerCopying(document);
checkNames();
filterTables();
awaitConfirmation();
takeUploads();
keepFresh();
followLogs();
readGraphs();
