// Passkeys: the browser makes or shows one, and a form of the page carries its answer to the server.
"use strict";

const toBytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));
const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
const named = (list = []) => list.map((each) => ({ ...each, id: toBytes(each.id) }));

const answerOf = (made) => {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (made.response[name]) response[name] = toText(made.response[name]);
  }
  return JSON.stringify({ id: made.id, rawId: toText(made.rawId), type: made.type, response, clientExtensionResults: {} });
};

const ask = {
  create: (options) =>
    navigator.credentials.create({
      publicKey: {
        ...options,
        challenge: toBytes(options.challenge),
        user: { ...options.user, id: toBytes(options.user.id) },
        excludeCredentials: named(options.excludeCredentials),
      },
    }),
  get: (options) =>
    navigator.credentials.get({
      publicKey: {
        ...options,
        challenge: toBytes(options.challenge),
        allowCredentials: named(options.allowCredentials),
      },
    }),
};

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential) continue;
  form.hidden = false;
  const problem = form.querySelector("[data-passkey-problem]");
  form.addEventListener("submit", async (event) => {
    if (form.elements.credential.value) return;
    event.preventDefault();
    problem.hidden = true;
    try {
      const made = await ask[form.dataset.passkey](JSON.parse(form.dataset.options));
      form.elements.credential.value = answerOf(made);
      form.requestSubmit();
    } catch {
      problem.hidden = false;
    }
  });
}
