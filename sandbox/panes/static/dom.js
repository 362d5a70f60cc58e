// Small tools for building the page. Text from outside only ever becomes text nodes.

export const $ = (selector, within = document) => within.querySelector(selector);

export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

// Replaces the children, and keeps the keyboard where it was.
export function refill(parent, ...children) {
  const focused = parent.contains(document.activeElement) ? document.activeElement.dataset.focus ?? "" : null;
  parent.replaceChildren(...children);
  if (focused !== null) {
    const again = [...parent.querySelectorAll("[data-focus]")].find((node) => node.dataset.focus === focused);
    (again ?? parent.querySelector("button"))?.focus();
  }
}

export const plural = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;

export function money(cents, currency) {
  const format = new Intl.NumberFormat("en", { style: "currency", currency });
  return format.format(cents / 10 ** format.resolvedOptions().maximumFractionDigits);
}

export const clock = (seconds) =>
  new Date(seconds * 1000).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });

let hiding;

export function toast(text) {
  const node = $("#toast");
  node.textContent = text;
  node.hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(() => { node.hidden = true; }, 6000);
}
