// The live comments: a Telegram group and a Facebook live video, side by side.

import { Chat, composer } from "./chat.js";
import { $, el, refill } from "./dom.js";

const SIDES = {
  group: { room: "group", on: "telegram", first: "telegram:ana_o" },
  video: { room: "live", on: "facebook", first: "facebook:LanNguyen" },
};

export function livePane(board, follow, onSpeak) {
  const items = new Map();
  for (const [side, { room, on, first }] of Object.entries(SIDES)) {
    const who = $(`#${side}-who`);
    const chat = new Chat($(`#${side}-log`), {
      isMine: (entry) => entry.who === who.value,
      onTap: async (entry, button) => follow(await board.act("taps", { room, as: who.value, message: entry.number, button })),
      onLink: async (url) => follow(await board.act("opens", { room, as: who.value, url })),
    });
    const say = async (text) => {
      onSpeak(who.value);
      chat.toEnd();
      return board.act("says", { room, as: who.value, text });
    };
    if (side === "group") who.append(el("option", { value: "seller" }, "Mai Linh (who sells)"));
    board.on("person/", (_, person) => {
      if (person.on !== on || who.querySelector(`[value="${person.key}"]`)) return;
      who.append(el("option", { value: person.key, selected: person.key === first }, person.name));
    });
    who.addEventListener("change", () => { onSpeak(who.value); chat.redraw(); });
    board.on(`room/${room}/`, (number, entry) => chat.set(Number(number), entry));
    board.after(() => chat.settle());
    composer($(`#${side}-form`), say);
    board.on("show", (_, show) => {
      for (const item of show?.items ?? []) items.set(item.code, item);
      refill($(`#${side}-hints`), ...hints(show?.items ?? [], side).map((text) =>
        el("button", { type: "button", "data-focus": text, onclick: () => say(text) }, text)));
    });
  }

  for (const button of document.querySelectorAll(".switch button")) {
    button.addEventListener("click", () => {
      $(".sides").dataset.side = button.dataset.side;
      for (const other of document.querySelectorAll(".switch button")) {
        other.setAttribute("aria-pressed", String(other === button));
      }
    });
  }

  const crowd = $("#crowd");
  crowd.addEventListener("change", (event) => board.act("crowd", { rate: Number(event.target.value) }));
  board.on("crowd", (_, { rate, said }) => {
    crowd.querySelector(`[value="${rate}"]`).checked = true;
    $("legend", crowd).textContent = said ? `Let it run · ${said} said` : "Let it run";
    // Nobody can listen to twenty comments a second being read out.
    for (const log of document.querySelectorAll("#live .log")) log.setAttribute("aria-live", rate > 1 ? "off" : "polite");
  });
}

function hints(items, side) {
  const [first, second] = side === "group" ? items : [...items].reverse();
  if (!first) return [];
  return [`sold ${first.code}`, ...(second ? [`${second.code}+1`] : []), "so pretty 😍"];
}
