// The operator's chat: the seller and the bot, and what can be tapped next.

import { Chat, composer } from "./chat.js";
import { $, el, refill } from "./dom.js";

export function operatorPane(board, follow) {
  const say = (text) => board.act("says", { room: "operator", text });
  const chat = new Chat($("#operator-log"), {
    isMine: (entry) => entry.who === "seller",
    onTap: async (entry, button) => follow(await board.act("taps", { room: "operator", message: entry.number, button })),
    onLink: async (url) => follow(await board.act("opens", { room: "operator", url })),
  });
  board.on("room/operator/", (number, entry) => chat.set(Number(number), entry));
  board.after(() => chat.settle());
  board.on("step", (_, step) => {
    const chips = step.offers.map((offer, place) =>
      el(
        "button",
        {
          type: "button",
          class: place ? "" : "first",
          "data-focus": offer.title,
          onclick: () => { chat.toEnd(); say(offer.text); },
        },
        el("strong", {}, offer.title),
        el("code", {}, offer.text.split("\n")[0], offer.text.includes("\n") ? " …" : ""),
      ),
    );
    refill($("#offers"), ...chips);
  });
  composer($("#operator-form"), say);
}
