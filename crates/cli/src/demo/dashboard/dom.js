// Small helpers around the document. Text goes in as text, never as markup.

export const byId = (id) => document.getElementById(id);

/** A new element: `el('p', { class: 'soft' }, 'words ', el('code', {}, 'x'))`. */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** Shows one of several elements and hides the others. */
export function showOnly(shown, ids) {
  for (const id of ids) byId(id).hidden = id !== shown;
}

/** Says something to those who cannot see it change. */
export function announce(words) {
  byId('status').textContent = words;
}

/** Lets every button with `data-copies` copy the text of the element that it names. */
export function wireCopyButtons() {
  for (const button of document.querySelectorAll('[data-copies]')) {
    button.addEventListener('click', () => copy(byId(button.dataset.copies)));
  }
}

async function copy(element) {
  try {
    await navigator.clipboard.writeText(element.textContent);
    announce('Copied.');
    element.classList.add('copied');
    element.addEventListener('animationend', () => element.classList.remove('copied'), { once: true });
  } catch {
    // The clipboard is closed to us: select the text, so that one keystroke copies it.
    getSelection().selectAllChildren(element);
    announce('Selected. Copy it with your keyboard.');
  }
}
