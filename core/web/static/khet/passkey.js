// Passkeys: the browser is asked, its answer goes into the form. Without a secure address there is only the note.
import { page } from "./router.js";

page((signal) => {
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");
  const described = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));
  const possible = window.PublicKeyCredential && window.isSecureContext && !/^[\d.]+$|:/.test(location.hostname);

  // What the browser has answered, in the shape of PublicKeyCredential.toJSON(), which older browsers lack.
  const plain = (found) => {
    const { response } = found;
    const said = { clientDataJSON: text(response.clientDataJSON) };
    if (response.attestationObject) {
      said.attestationObject = text(response.attestationObject);
      said.transports = response.getTransports ? response.getTransports() : [];
    } else {
      said.authenticatorData = text(response.authenticatorData);
      said.signature = text(response.signature);
      if (response.userHandle) said.userHandle = text(response.userHandle);
    }
    return {
      id: found.id,
      rawId: text(found.rawId),
      type: found.type,
      response: said,
      clientExtensionResults: found.getClientExtensionResults()
    };
  };

  const ask = async (form) => {
    const answer = await fetch(form.dataset.options, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error("no options");
    const options = await answer.json();
    options.challenge = bytes(options.challenge);
    if (form.dataset.passkey === "create") {
      options.user.id = bytes(options.user.id);
      options.excludeCredentials = described(options.excludeCredentials);
      return navigator.credentials.create({ publicKey: options, signal });
    }
    options.allowCredentials = described(options.allowCredentials);
    return navigator.credentials.get({ publicKey: options, signal });
  };

  document.querySelectorAll("form[data-passkey]").forEach((form) => {
    if (!possible) {
      form.querySelectorAll("[data-passkey-none]").forEach((note) => {
        note.hidden = false;
      });
      return;
    }
    const button = form.querySelector("[data-passkey-go]");
    const failed = form.querySelector("[data-passkey-failed]");
    button.hidden = false;
    form.querySelectorAll("[data-passkey-part]").forEach((part) => {
      part.hidden = false;
    });
    form.addEventListener("submit", async (event) => {
      const field = form.elements.credential;
      if (field.value) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      failed.hidden = true;
      button.disabled = true;
      try {
        field.value = JSON.stringify(plain(await ask(form)));
        form.requestSubmit();
      } catch {
        if (!signal.aborted) {
          failed.hidden = false;
          failed.focus();
        }
      } finally {
        button.disabled = false;
      }
    });
  });
}, import.meta.url);
