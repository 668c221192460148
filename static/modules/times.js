// Times in the reader's own zone and words. The server writes UTC, for readers without scripts.

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const date = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });
const dateTime = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeStyle: "medium" });
const minute = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const weekday = new Intl.DateTimeFormat("en-GB", { weekday: "short" });
const moment = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const relative = new Intl.RelativeTimeFormat("en-GB", { numeric: "auto" });

const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60]];
const LONGEST_RELATIVE_S = 7 * 86400;

export function clockTime(at) {
  return clock.format(at);
}

export function ago(at, now) {
  const seconds = (at - now) / 1000;
  if (Math.abs(seconds) > LONGEST_RELATIVE_S) return date.format(at);
  for (const [unit, length] of UNITS) {
    if (Math.abs(seconds) >= length) return relative.format(Math.trunc(seconds / length), unit);
  }
  return seconds > -5 ? "just now" : `${Math.round(-seconds)} s ago`;
}

export function inWords(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

const FIXED = { clock, date, minute, weekday, moment };

export function showTimes(root, kinds = "clock date minute weekday moment ago since") {
  const now = new Date();
  for (const element of root.querySelectorAll("time[data-time]")) {
    const kind = element.dataset.time;
    if (!kinds.includes(kind)) continue;
    const text = wording(kind, new Date(element.dateTime), now);
    if (element.textContent !== text) element.textContent = text;
    if (kinds.includes("date")) element.title = dateTime.format(new Date(element.dateTime));
  }
}

function wording(kind, at, now) {
  if (kind in FIXED) return FIXED[kind].format(at);
  return kind === "since" ? inWords((now - at) / 1000) : ago(at, now);
}

export function keepTimes() {
  showTimes(document);
  setInterval(() => document.hidden || showTimes(document, "ago since"), 1000);
}
