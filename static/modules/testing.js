// The test of package indexes: the list first, then each answer as it comes. Without this the page comes back whole.

const form = document.getElementById("repositories");
const answers = document.getElementById("answers");

async function ask(fields) {
  const body = new FormData(form);
  for (const [name, value] of Object.entries({ action: "test", ...fields })) body.set(name, value);
  const response = await fetch(location.pathname, { method: "POST", body, headers: { Accept: "text/html" } });
  if (!response.ok && response.status !== 400) throw new Error(`status ${response.status}`);
  return response.text();
}

async function fill(row) {
  const fragment = document.createElement("template");
  fragment.innerHTML = await ask({ part: "answer", position: row.dataset.position });
  row.replaceWith(fragment.content.querySelector("li") ?? fragment.content);
}

form.addEventListener("submit", async (event) => {
  if (event.submitter?.value !== "test") return;
  event.preventDefault();
  event.submitter.disabled = true;
  try {
    answers.innerHTML = await ask({ part: "list" });
    await Promise.all([...answers.querySelectorAll("[data-position]")].map(fill));
  } catch {
    answers.textContent = "The test could not be made. Load the page again, and try once more.";
  } finally {
    event.submitter.disabled = false;
  }
});
