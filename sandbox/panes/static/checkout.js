// The pay page of the provider’s stand-in, shown inside ours.

import { $, el } from "./dom.js";

export function checkout() {
  const dialog = $("#checkout");
  $("#checkout-close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  dialog.addEventListener("close", () => $("#checkout-frame").replaceChildren());
  return (url) => {
    $("#checkout-tab").href = url;
    const frame = el("iframe", { src: url, title: "Pay page of the provider’s stand-in", sandbox: "allow-forms" });
    $("#checkout-frame").replaceChildren(frame);
    dialog.showModal();
  };
}
