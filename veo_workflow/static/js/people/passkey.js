// Forms that a passkey fills in: ask the server what is wanted, ask the device, and send the form as any other.
import { fetchJson } from "../shared/api.js";

const bytes = (words) => Uint8Array.from(atob(words.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const words = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
  .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const known = (list = []) => list.map((one) => ({ ...one, id: bytes(one.id) }));

async function made(options) {
  const publicKey = {
    ...options,
    challenge: bytes(options.challenge),
    user: { ...options.user, id: bytes(options.user.id) },
    excludeCredentials: known(options.excludeCredentials),
  };
  const key = await navigator.credentials.create({ publicKey });
  return sent(key, { attestationObject: words(key.response.attestationObject) });
}

async function given(options) {
  const publicKey = {
    ...options, challenge: bytes(options.challenge), allowCredentials: known(options.allowCredentials),
  };
  const key = await navigator.credentials.get({ publicKey });
  const { authenticatorData, signature, userHandle } = key.response;
  return sent(key, {
    authenticatorData: words(authenticatorData),
    signature: words(signature),
    userHandle: userHandle ? words(userHandle) : null,
  });
}

const sent = (key, response) => JSON.stringify({
  id: key.id,
  rawId: words(key.rawId),
  type: key.type,
  response: { clientDataJSON: words(key.response.clientDataJSON), ...response },
});

/** What the device or the server said, as a sentence. */
function sentence(error) {
  if (error.name === "NotAllowedError") return "The device was not unlocked, or took too long. Nothing has changed; try again.";
  if (error.name === "InvalidStateError") return "This device has a passkey for you here already.";
  if (error.name === "SecurityError") return "Passkeys do not work under this address. Use the name of the server.";
  return error.message;
}

function prepare(form) {
  const field = form.querySelector("[data-passkey-field]");
  const said = form.querySelector("[data-passkey-said]");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    said.textContent = "";
    try {
      const options = await fetchJson(form.dataset.passkey, { method: "POST", body: {} });
      field.value = await (options.user ? made : given)(options);
      field.disabled = false;
      form.submit();
    } catch (error) {
      said.textContent = sentence(error);
    }
  });
  form.hidden = false;
}

if (window.PublicKeyCredential) document.querySelectorAll("form[data-passkey]").forEach(prepare);
