// The files of a dropped or picked folder, without what no app needs.

const LEFT_OUT = new Set([
  ".git", ".venv", "venv", "node_modules", "__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".DS_Store", "__MACOSX",
]);

export function isLeftOut(name) {
  return LEFT_OUT.has(name);
}

// Of <input webkitdirectory>: every path begins with the folder's own name, which is not part of the source.
export function picked(files) {
  return [...files]
    .map((file) => ({ path: file.webkitRelativePath.split("/").slice(1).join("/") || file.name, file }))
    .filter(({ path }) => !path.split("/").some(isLeftOut));
}

// Of a drop. Must be called before the event handler awaits anything: the list of items dies with it.
export async function dropped(items) {
  const taken = [...items].map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile()).filter(Boolean);
  // What comes from no file system (an attachment of a mail, say) has no entry, but is a file.
  if (taken.some((one) => one instanceof File)) return taken.filter((one) => one instanceof File).map((file) => ({ path: file.name, file }));
  return collectAll(taken);
}

async function collectAll(entries) {
  const [only] = entries;
  const roots = entries.length === 1 && only.isDirectory ? await children(only) : entries;
  const found = [];
  for (const entry of roots) await collect(entry, "", found);
  return found;
}

async function collect(entry, folder, found) {
  if (isLeftOut(entry.name)) return;
  const path = folder + entry.name;
  if (entry.isFile) {
    found.push({ path, file: await new Promise((resolve, reject) => entry.file(resolve, reject)) });
    return;
  }
  for (const child of await children(entry)) await collect(child, `${path}/`, found);
}

// readEntries gives at most 100 at a time, and nothing once all were given.
async function children(directory) {
  const reader = directory.createReader();
  const all = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) return all;
    all.push(...some);
  }
}
