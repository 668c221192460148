// Parts of a page marked data-live are taken again from the server, which alone knows how they look.

import { offerCopying } from "./copying.js";
import { showTimes } from "./times.js";

const POLL_MS = 2500;

export async function refresh() {
  const query = new URLSearchParams(location.search);
  query.set("part", "live");
  const answer = await fetch(`${location.pathname}?${query}`).catch(() => null);
  // A redirect leads to the sign-in page: the session is over, and what is shown stays.
  if (!answer?.ok || answer.redirected) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of fresh.querySelectorAll("[data-live]")) replace(document.getElementById(part.id), part);
}

function replace(old, fresh) {
  if (!old) return;
  const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
  old.replaceWith(fresh);
  showTimes(fresh);
  offerCopying(fresh);
  if (focused) document.getElementById(focused)?.focus();
}

export function keepFresh() {
  setInterval(() => {
    if (!document.hidden && document.querySelector("[data-poll]")) refresh();
  }, POLL_MS);
}
