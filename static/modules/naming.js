// The name of a new app is checked while it is typed; the one to be deleted must be typed right.

const PAUSE_MS = 180;

export function checkNames() {
  const form = document.querySelector("[data-naming]");
  if (!form) return;
  let pause;
  form.elements.name.addEventListener("input", () => {
    clearTimeout(pause);
    pause = setTimeout(() => check(form), PAUSE_MS);
  });
}

async function check(form) {
  const name = form.elements.name.value;
  if (!name) return show(form, { problem: "", address: "" });
  const answer = await fetch(`${form.dataset.naming}?${new URLSearchParams({ name })}`).catch(() => null);
  // A slow answer must not speak about a name that was typed on since.
  if (answer?.ok && !answer.redirected && form.elements.name.value === name) show(form, await answer.json());
}

function show(form, { problem, address }) {
  const line = form.querySelector("[data-naming-problem]");
  line.textContent = problem;
  line.hidden = !problem;
  form.elements.name.setAttribute("aria-invalid", String(Boolean(problem)));
  if (!address) return;
  const shown = document.createElement("span");
  shown.className = "mono";
  shown.textContent = address;
  form.querySelector("[data-naming-address]").replaceChildren("Its address will be ", shown);
}

export function awaitConfirmation() {
  for (const form of document.querySelectorAll("[data-confirm]")) {
    const button = form.querySelector("button");
    const compare = () => (button.disabled = form.elements.name.value !== form.dataset.confirm);
    form.elements.name.addEventListener("input", compare);
    compare();
  }
}
