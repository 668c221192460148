// Files as a tar archive: POSIX ustar headers, and a pax header before names that do not fit one.
// The archive is a Blob made of the files' own Blobs, so no file is read before it is sent.

const BLOCK = 512;
const encoder = new TextEncoder();

// entries: [{ path: "app/main.py", file: File }]
export function tar(entries) {
  const parts = [];
  for (const { path, file } of entries) {
    const name = splitName(path);
    if (!name) parts.push(...paxHeader(path));
    parts.push(header(name ?? { name: encoder.encode("long-name"), prefix: new Uint8Array() }, file.size, seconds(file), "0"));
    parts.push(file, padding(file.size));
  }
  parts.push(new Uint8Array(2 * BLOCK));
  return new Blob(parts, { type: "application/x-tar" });
}

function seconds(file) {
  return Math.max(0, Math.floor((file.lastModified || 0) / 1000));
}

// 100 bytes of name and 155 of the folders before it, parted at a slash; null when it does not fit.
function splitName(path) {
  const whole = encoder.encode(path);
  if (whole.length <= 100) return { name: whole, prefix: new Uint8Array() };
  for (let place = path.indexOf("/"); place > 0; place = path.indexOf("/", place + 1)) {
    const prefix = encoder.encode(path.slice(0, place));
    const name = encoder.encode(path.slice(place + 1));
    if (prefix.length <= 155 && name.length > 0 && name.length <= 100) return { name, prefix };
  }
  return null;
}

function paxHeader(path) {
  const record = encoder.encode(paxRecord("path", path));
  const name = { name: encoder.encode("pax"), prefix: new Uint8Array() };
  return [header(name, record.length, 0, "x"), record, padding(record.length)];
}

// "<length> path=<value>\n", where the length counts its own digits.
function paxRecord(key, value) {
  const rest = ` ${key}=${value}\n`;
  const length = encoder.encode(rest).length;
  let total = length + String(length).length;
  if (length + String(total).length !== total) total = length + String(total).length;
  return `${total}${rest}`;
}

function header({ name, prefix }, size, mtime, type) {
  const block = new Uint8Array(BLOCK);
  const write = (text, at) => block.set(typeof text === "string" ? encoder.encode(text) : text, at);
  const octal = (number, length) => number.toString(8).padStart(length - 1, "0") + "\0";
  write(name, 0);
  write(octal(0o644, 8), 100);
  write(octal(0, 8), 108);
  write(octal(0, 8), 116);
  write(octal(size, 12), 124);
  write(octal(mtime, 12), 136);
  write(" ".repeat(8), 148);
  write(type, 156);
  write("ustar\x0000", 257);
  write(prefix, 345);
  const sum = block.reduce((total, byte) => total + byte, 0);
  write(sum.toString(8).padStart(6, "0") + "\0 ", 148);
  return block;
}

function padding(size) {
  return new Uint8Array((BLOCK - (size % BLOCK)) % BLOCK);
}
