// A folder is packed and sent, an archive is sent as it is; both as the form's own "source".

import { dropped, picked } from "./folders.js";
import { tar } from "./tar.js";

const ARCHIVE = /\.(zip|tar|tgz|tar\.gz)$/i;
const MEBIBYTE = 1024 * 1024;

export function takeUploads() {
  for (const form of document.querySelectorAll("[data-upload]")) new Upload(form).listen();
}

class Upload {
  constructor(form) {
    this.form = form;
    this.drop = form.querySelector("[data-drop]");
    this.problem = form.querySelector("[data-upload-error]");
    this.title = form.querySelector("[data-sending-title]");
    this.note = form.querySelector("[data-sending-note]");
    this.progress = form.querySelector("progress");
  }

  listen() {
    // A folder dropped beside the zone would otherwise replace the page.
    for (const type of ["dragover", "drop"]) addEventListener(type, (event) => event.preventDefault());
    for (const type of ["dragenter", "dragover"]) this.drop.addEventListener(type, () => this.drop.classList.add("is-over"));
    for (const type of ["dragleave", "drop"]) this.drop.addEventListener(type, () => this.drop.classList.remove("is-over"));
    this.drop.addEventListener("drop", (event) => this.take(dropped(event.dataTransfer.items)));
    this.pick("[data-pick-folder]", (input) => (input.webkitdirectory = true), (files) => picked(files));
    this.pick("[data-pick-archive]", (input) => (input.accept = ".zip,.tar,.tgz,.gz"), (files) => [
      { path: files[0].name, file: files[0] },
    ]);
    this.form.querySelector("[data-abort]").addEventListener("click", () => this.request?.abort());
  }

  pick(selector, prepare, read) {
    const input = Object.assign(document.createElement("input"), { type: "file", hidden: true });
    prepare(input);
    this.form.append(input);
    this.form.querySelector(selector).addEventListener("click", () => input.click());
    input.addEventListener("change", () => {
      if (input.files.length) this.take(Promise.resolve(read(input.files)));
      input.value = "";
    });
  }

  async take(reading) {
    if (this.drop.classList.contains("is-busy")) return;
    this.begin();
    try {
      const entries = await reading;
      if (!entries.length) return this.fail("There is no file in it that an app needs.", "Drop the folder that holds your source.");
      this.send(...archive(entries));
    } catch {
      this.fail("A file could not be read.", "It may have changed meanwhile. Save your work and try again.");
    }
  }

  begin() {
    this.problem.hidden = true;
    this.title.textContent = "Packing…";
    this.note.textContent = "";
    this.progress.removeAttribute("value");
    this.busy(true);
  }

  send(blob, name, count) {
    const body = new FormData(this.form);
    body.set("source", blob, name);
    this.title.textContent = "Uploading…";
    this.note.textContent = `${count === 1 ? name : `${count} files`}, ${size(blob.size)}`;
    const request = (this.request = new XMLHttpRequest());
    request.open("POST", this.form.action);
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) this.progress.value = event.loaded / event.total;
    });
    request.upload.addEventListener("load", () => (this.title.textContent = "Taking it in…"));
    request.addEventListener("load", () => this.finish(request));
    request.addEventListener("error", () => this.fail("The connection broke.", "Try again: nothing was deployed."));
    request.addEventListener("abort", () => this.busy(false));
    request.send(body);
  }

  finish({ status, response }) {
    if (response?.location) location.assign(response.location);
    else if (response?.message) this.fail(response.message, response.hint);
    else this.fail(`The upload was not accepted (${status}).`, "Reload the page; you may have to sign in again.");
  }

  fail(message, hint) {
    this.busy(false);
    this.problem.textContent = `${message} ${hint}`;
    this.problem.hidden = false;
  }

  busy(is) {
    this.drop.classList.toggle("is-busy", is);
    this.form.querySelector("[data-sending]").hidden = !is;
  }
}

function archive(entries) {
  const [only] = entries;
  if (entries.length === 1 && ARCHIVE.test(only.path)) return [only.file, only.file.name, 1];
  return [tar(entries), "source.tar", entries.length];
}

function size(bytes) {
  return bytes < MEBIBYTE ? `${Math.ceil(bytes / 1024)} KiB` : `${(bytes / MEBIBYTE).toFixed(1)} MiB`;
}
