// A log that grows by server-sent events. The page came with the lines so far and the offset behind them;
// each message's id is the next offset, which the browser sends back by itself when the connection broke.

import { refresh } from "./refreshing.js";
import { Search } from "./searching.js";
import { clockTime, showTimes } from "./times.js";

const KEPT_LINES = 5000;
const NEAR_END_PX = 24;

export function followLogs() {
  for (const log of document.querySelectorAll("[data-log]")) new Log(log).follow();
}

class Log {
  constructor(element) {
    this.element = element;
    this.lines = element.querySelector("[data-log-lines]");
    this.end = element.querySelector("#log-end");
    this.state = element.querySelector("[data-log-state]");
    this.newest = element.querySelector("[data-log-newest]");
    this.follows = true;
    this.search = new Search(element);
  }

  follow() {
    showTimes(this.lines);
    this.toEnd();
    this.lines.addEventListener("scroll", () => this.look());
    this.newest.addEventListener("click", () => this.toEnd());
    this.search.listen(() => this.follows && this.toEnd());
    this.connect(`${this.element.dataset.log}?${new URLSearchParams({ offset: this.element.dataset.offset })}`);
  }

  connect(address) {
    const source = new EventSource(address);
    source.addEventListener("open", () => this.say("live"));
    source.addEventListener("lines", (event) => this.append(JSON.parse(event.data).lines));
    source.addEventListener("state", () => refresh());
    source.addEventListener("end", () => {
      source.close();
      this.say("");
      refresh();
    });
    source.addEventListener("error", () => {
      this.say(source.readyState === EventSource.CLOSED ? "not connected: reload the page" : "reconnecting…");
    });
    // Left open, streams of pages in the back-forward cache would use up the browser's six connections.
    addEventListener("pagehide", () => source.close());
    addEventListener("pageshow", (event) => event.persisted && location.reload());
  }

  append(lines) {
    const added = document.createDocumentFragment();
    for (const line of lines.slice(-KEPT_LINES)) added.append(this.search.sift(row(line)));
    this.element.querySelector("[data-log-empty]").hidden = true;
    this.end.before(added);
    this.trim();
    this.search.count();
    if (this.follows) this.toEnd();
    else this.newest.hidden = false;
  }

  trim() {
    // Somebody who reads further up must not lose the place.
    if (!this.follows) return;
    const rows = this.lines.getElementsByClassName("line");
    while (rows.length > KEPT_LINES) rows[0].remove();
  }

  look() {
    const { scrollHeight, scrollTop, clientHeight } = this.lines;
    this.follows = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
    if (this.follows) this.newest.hidden = true;
  }

  toEnd() {
    this.follows = true;
    this.newest.hidden = true;
    this.lines.scrollTop = this.lines.scrollHeight;
  }

  say(text) {
    this.state.textContent = text;
  }
}

function row({ at: written, text }) {
  const line = document.createElement("div");
  line.className = text.startsWith("── ") ? "line heading" : "line";
  const at = new Date(written);
  const time = document.createElement("time");
  time.dateTime = Number.isNaN(at.getTime()) ? "" : at.toISOString();
  time.textContent = time.dateTime && clockTime(at);
  const words = document.createElement("span");
  words.textContent = text;
  line.append(time, words);
  return line;
}
