// Buttons that copy the text of another element.

export function offerCopying(root) {
  // Browsers give the clipboard to https and localhost only; elsewhere the text is there to be selected.
  if (!navigator.clipboard) return;
  for (const button of root.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", () => copy(button));
  }
}

async function copy(button) {
  await navigator.clipboard.writeText(document.querySelector(button.dataset.copy).textContent.trim());
  button.textContent = "Copied";
  setTimeout(() => (button.textContent = "Copy"), 1600);
}
