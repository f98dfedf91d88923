// Passkeys. Asks the browser what a form of this page carries in data-options and posts the answer in the same
// form; without this script those forms stay hidden, and passwords work as before.

const forms = document.querySelectorAll('form[data-passkey]');
const supported = window.PublicKeyCredential !== undefined;

const bytesOf = (text) =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0));
const textOf = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

/** The question of a form, as the browser takes it. */
function question(form) {
  const options = JSON.parse(form.dataset.options);
  options.challenge = bytesOf(options.challenge);
  if (options.user) options.user.id = bytesOf(options.user.id);
  for (const list of [options.allowCredentials, options.excludeCredentials]) {
    for (const credential of list ?? []) credential.id = bytesOf(credential.id);
  }
  return options;
}

/** Puts the answer into its form and sends it. */
function send(form, { id, rawId, type, response }) {
  const parts = ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle'];
  const sent = parts.filter((part) => response[part]).map((part) => [part, textOf(response[part])]);
  const answer = { id, rawId: textOf(rawId), type, response: Object.fromEntries(sent) };
  form.elements.answer.value = JSON.stringify(answer);
  form.submit();
}

/** Offers passkeys where the user name is typed, until the button is pressed. */
let waiting = new AbortController();
async function offer(form) {
  const field = document.querySelector('input[autocomplete~="webauthn"]');
  if (!field || !await PublicKeyCredential.isConditionalMediationAvailable?.()) return;
  waiting = new AbortController();
  const wish = { publicKey: question(form), mediation: 'conditional', signal: waiting.signal };
  navigator.credentials.get(wish).then((credential) => send(form, credential), () => {});
}

/** The button was pressed. The browser has asked the user by itself; that they said no is all there is to say. */
async function ask(form) {
  waiting.abort();
  const said = form.querySelector('[role="status"]');
  said.textContent = '';
  try {
    send(form, await navigator.credentials[form.dataset.passkey]({ publicKey: question(form) }));
  } catch {
    said.textContent = said.dataset.text;
    if (form.dataset.passkey === 'get') offer(form);
  }
}

for (const form of supported ? forms : []) {
  form.hidden = false;
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    ask(form);
  });
  if (form.dataset.passkey === 'get') offer(form);
}
