// Parts of a page marked data-live are taken again from the server, which alone knows how they look. Those marked
// data-poll let the page ask by itself: for all of them, or for the app's head alone (data-poll="head").

import { offerCopying } from "./copying.js";
import { showTimes } from "./times.js";

const POLL_MS = 2500;
// Of a head on which nothing is known to change (data-slowly): somebody else may deploy, the app may crash.
const SLOWLY = 6;
// Another one in each answer, whatever else stays the same.
const TOKEN = /(name="csrfmiddlewaretoken" value=)"[^"]*"/g;

// What the server last said about each part, before scripts touched it.
const served = new Map();
for (const part of document.querySelectorAll("[data-live]")) served.set(part.id, asServed(part));

export async function refresh(wanted = "live") {
  const query = new URLSearchParams(location.search);
  query.set("part", wanted);
  const answer = await fetch(`${location.pathname}?${query}`).catch(() => null);
  // A redirect leads to the sign-in page: the session is over, and what is shown stays.
  if (!answer?.ok || answer.redirected) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const changed = [...fresh.querySelectorAll("[data-live]")].filter(hasChanged);
  for (const part of changed) replace(document.getElementById(part.id), part);
  // What happened to the head concerns the rest of the page.
  if (wanted === "head" && changed.length) await refresh();
}

// What is the same is left alone, with what is focused, selected or pressed in it.
function hasChanged(part) {
  const said = asServed(part);
  if (served.get(part.id) === said) return false;
  served.set(part.id, said);
  return true;
}

function asServed(part) {
  return part.outerHTML.replace(TOKEN, "$1");
}

function replace(old, fresh) {
  if (!old) return;
  const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
  for (const { id } of old.querySelectorAll("details[id][open]")) fresh.querySelector(`#${id}`)?.setAttribute("open", "");
  old.replaceWith(fresh);
  showTimes(fresh);
  offerCopying(fresh);
  if (focused) document.getElementById(focused)?.focus();
}

export function keepFresh() {
  let turns = 0;
  setInterval(() => {
    turns += 1;
    const due = [...document.querySelectorAll("[data-poll]")].filter(
      (part) => !part.hasAttribute("data-slowly") || turns % SLOWLY === 0,
    );
    if (document.hidden || !due.length) return;
    refresh(due.every((part) => part.dataset.poll === "head") ? "head" : "live");
  }, POLL_MS);
  for (const { dataset } of document.querySelectorAll("[data-every]")) renew(dataset.part, dataset.every);
}

// At a pace of its own, but not while it is being read.
function renew(part, seconds) {
  setInterval(() => {
    if (!document.hidden && !document.querySelector(`[data-part="${part}"].is-read`)) refresh(part);
  }, seconds * 1000);
}
