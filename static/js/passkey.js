// The only script of the desk: forms that a passkey fills in. Where a browser cannot, they stay hidden.
const able = window.PublicKeyCredential && PublicKeyCredential.parseCreationOptionsFromJSON;
for (const form of able ? document.querySelectorAll("form[data-passkey]") : []) {
  const asked = JSON.parse(form.dataset.passkey).publicKey;
  const failed = form.querySelector(".error");
  form.hidden = false;
  document.querySelectorAll("[data-without-passkey]").forEach((text) => text.remove());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    failed.hidden = true;
    try {
      const credential =
        form.dataset.does === "make"
          ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(asked) })
          : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(asked) });
      form.elements.passkey.value = JSON.stringify(credential);
      HTMLFormElement.prototype.submit.call(form);
    } catch {
      failed.hidden = false;
    }
  });
}
