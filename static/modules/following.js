// A log that grows by server-sent events. The page came with the lines so far and the offset behind them;
// each message's id is the next offset, which the browser sends back by itself when the connection broke.

import { Sections } from "./folding.js";
import { refresh } from "./refreshing.js";
import { Search } from "./searching.js";
import { clockTime, showTimes } from "./times.js";

const KEPT_LINES = 5000;
const NEAR_END_PX = 24;

export function followLogs() {
  for (const log of document.querySelectorAll(".log")) new Log(log).show();
}

class Log {
  constructor(element) {
    this.element = element;
    this.lines = element.querySelector("[data-log-lines]");
    this.state = element.querySelector("[data-log-state]");
    this.resume = element.querySelector("[data-log-newest]");
    this.follows = "log" in element.dataset;
    this.isOver = false;
    this.unseen = 0;
    this.sections = new Sections(this.lines);
    this.search = new Search(element, this.sections);
  }

  show() {
    showTimes(this.lines);
    this.search.listen(() => this.follows && this.toEnd());
    if (this.follows) this.follow();
  }

  follow() {
    this.toEnd();
    this.lines.addEventListener("scroll", () => this.look());
    this.resume.addEventListener("click", () => this.toEnd());
    this.connect(`${this.element.dataset.log}?${new URLSearchParams({ offset: this.element.dataset.offset })}`);
  }

  connect(address) {
    const source = new EventSource(address);
    source.addEventListener("open", () => this.say("live"));
    source.addEventListener("lines", (event) => this.append(JSON.parse(event.data).lines));
    source.addEventListener("state", () => this.renew());
    source.addEventListener("end", () => {
      source.close();
      this.isOver = true;
      this.say("");
      this.renew();
    });
    source.addEventListener("error", () => {
      this.say(source.readyState === EventSource.CLOSED ? "not connected: reload the page" : "reconnecting…");
    });
    // Left open, streams of pages in the back-forward cache would use up the browser's six connections.
    addEventListener("pagehide", () => source.close());
    addEventListener("pageshow", (event) => event.persisted && location.reload());
  }

  append(lines) {
    for (const line of lines.slice(-KEPT_LINES)) this.sections.place(this.search.sift(row(line)));
    this.element.querySelector("[data-log-empty]").hidden = true;
    this.trim();
    this.search.count();
    if (!this.follows) this.unseen += lines.length;
    this.settle();
  }

  async renew() {
    await refresh();
    this.sections.renew();
    this.settle();
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
    this.settle();
  }

  settle() {
    if (this.follows) this.lines.scrollTop = this.lines.scrollHeight;
    if (this.follows) this.unseen = 0;
    this.resume.hidden = this.follows || (this.isOver && !this.unseen);
    this.resume.textContent = this.unseen ? `Follow · ${this.unseen} new` : "Follow";
  }

  toEnd() {
    this.follows = true;
    this.settle();
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
