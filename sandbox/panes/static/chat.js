// A chat: messages that come, change in place and vanish, with buttons below them.

import { clock, el } from "./dom.js";

const NEAR_THE_END = 60;
const TINTS = 8;

const WRAPPED = { bold: "strong", italic: "em", underline: "u", strikethrough: "s", code: "code", pre: "code" };

export class Chat {
  #log;
  #nodes = new Map();
  #entries = new Map();
  #atEnd = true;

  // `isMine(entry)` says whose side a message is on; `onTap(entry, button number)` and `onLink(url)` follow taps.
  constructor(log, { isMine, onTap, onLink }) {
    this.#log = log;
    Object.assign(this, { isMine, onTap, onLink });
    log.addEventListener("scroll", () => {
      this.#atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_THE_END;
    });
    new ResizeObserver(() => this.settle()).observe(log);
  }

  set(number, entry) {
    const before = this.#nodes.get(number);
    if (entry === null) {
      this.#entries.delete(number);
      this.#nodes.delete(number);
      before?.remove();
      return;
    }
    const known = this.#entries.get(number);
    this.#entries.set(number, entry);
    const node = this.#draw(entry, known !== undefined && known.text !== entry.text);
    this.#nodes.set(number, node);
    if (before) before.replaceWith(node);
    else this.#put(node, entry);
  }

  // Shows the newest message, unless somebody has scrolled up to read.
  settle() {
    if (this.#atEnd) this.#log.scrollTop = this.#log.scrollHeight;
  }

  toEnd() {
    this.#atEnd = true;
    this.settle();
  }

  clear() {
    this.#log.replaceChildren();
    this.#nodes.clear();
    this.#entries.clear();
    this.#atEnd = true;
  }

  redraw() {
    for (const [number, entry] of this.#entries) {
      const node = this.#draw(entry, false);
      this.#nodes.get(number).replaceWith(node);
      this.#nodes.set(number, node);
    }
  }

  #put(node, entry) {
    // A reply stands below what it answers, before whatever came after that; everything else in the order it came.
    const parent = entry.below == null ? null : this.#nodes.get(entry.below);
    let place = parent ? parent.nextElementSibling : null;
    if (parent) while (place?.classList.contains("reply")) place = place.nextElementSibling;
    else {
      place = this.#log.lastElementChild;
      while (place && Number(place.dataset.order) > entry.number) place = place.previousElementSibling;
      place = place ? place.nextElementSibling : this.#log.firstElementChild;
      while (place?.classList.contains("reply")) place = place.nextElementSibling;
    }
    this.#log.insertBefore(node, place ?? null);
  }

  #draw(entry, changed) {
    const order = entry.below ?? entry.number;
    if (entry.note) return el("li", { class: "note", "data-order": order }, entry.text);
    const mine = this.isMine(entry);
    const kind = mine ? "mine" : entry.who === "shop" ? "shop" : "theirs";
    const classes = ["message", kind, entry.below != null && "reply", entry.hidden && "hidden", changed && "changed"];
    return el(
      "li",
      { class: classes.filter(Boolean).join(" "), "data-order": order },
      el(
        "div",
        { class: "bubble" },
        el("span", { class: "by", "data-tint": tint(entry.by) }, entry.by),
        entry.about ? el("q", { class: "about" }, entry.about) : null,
        el("span", { class: "text", dir: "auto" }, ...this.#pieces(entry)),
        el("span", { class: "at" }, entry.edited ? "edited " : "", clock(entry.at)),
      ),
      entry.buttons?.length ? this.#buttons(entry) : null,
    );
  }

  #buttons(entry) {
    const buttons = entry.buttons.map((button, number) =>
      el(
        "button",
        { type: "button", class: button.opens ? "opens" : null, onclick: () => this.onTap(entry, number) },
        button.text,
        button.opens ? el("span", { "aria-hidden": "true" }, " ↗") : null,
      ),
    );
    return el("div", { class: "buttons" }, ...buttons);
  }

  // Offsets count UTF-16 units, as strings here do; of entities inside each other the outer one is shown.
  #pieces({ text, entities = [] }) {
    const pieces = [];
    let at = 0;
    for (const { type, offset, length, url } of entities) {
      if (offset < at) continue;
      const words = text.slice(offset, offset + length);
      pieces.push(text.slice(at, offset));
      at = offset + length;
      if (type === "url" || type === "text_link") pieces.push(this.#link(words, url ?? words));
      else if (WRAPPED[type]) pieces.push(el(WRAPPED[type], {}, words));
      else pieces.push(el("span", { class: "marked" }, words));
    }
    return [...pieces, text.slice(at)];
  }

  #link(words, url) {
    return el("button", { type: "button", class: "link", onclick: () => this.onLink(url) }, words);
  }
}

function tint(name) {
  let sum = 0;
  for (const letter of name) sum = (sum * 31 + letter.codePointAt(0)) % 997;
  return sum % TINTS;
}

// A form with one field that sends on Enter, and makes a new line on Shift and Enter.
export function composer(form, send) {
  const field = form.querySelector("textarea");
  const grow = () => {
    field.style.height = "auto";
    field.style.height = `${Math.min(field.scrollHeight, 140)}px`;
  };
  field.addEventListener("input", grow);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = field.value.trim();
    if (!text) return;
    field.value = "";
    grow();
    if (!(await send(text))) {
      field.value ||= text; // what could not be sent is not lost
      grow();
    }
  });
}
