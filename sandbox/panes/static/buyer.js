// A buyer's private chat: on Telegram or in Messenger, one person at a time.

import { Chat, composer } from "./chat.js";
import { $, el, plural, refill } from "./dom.js";

const NEWS_SHOWN = 6;

export function buyerPane(board, follow) {
  const people = new Map();
  const rooms = new Map();
  const unread = new Map();
  const who = $("#buyer-who");
  let chosen = "telegram:ana_o";
  let first = true;

  const chat = new Chat($("#buyer-log"), {
    isMine: (entry) => entry.who === chosen,
    onTap: async (entry, button) =>
      follow(await board.act("taps", { room: chosen, message: entry.number, mid: entry.mid, button })),
    onLink: async (url) => follow(await board.act("opens", { room: chosen, url })),
  });

  const title = (person) => {
    const count = unread.get(person.key);
    return count ? `${person.name} · ${count} new` : person.name;
  };

  function drawNews() {
    const news = [...unread].filter(([key, count]) => count && people.has(key));
    const shown = news.slice(0, NEWS_SHOWN).map(([key, count]) =>
      el(
        "button",
        { type: "button", "data-focus": key, onclick: () => choose(key) },
        people.get(key).name,
        el("span", { class: "count", "aria-label": plural(count, "new message") }, String(count)),
      ),
    );
    const more = news.length - NEWS_SHOWN;
    refill($("#news"), ...shown, ...(more > 0 ? [el("span", {}, `and ${more} more`)] : []));
    for (const option of who.options) option.textContent = title(people.get(option.value));
    document.dispatchEvent(new CustomEvent("news", { detail: news.length }));
  }

  function drawDoor() {
    const person = people.get(chosen);
    const closed = person !== undefined && !person.opened;
    $("#start").hidden = !closed;
    $("#buyer-form").hidden = closed;
    $("#buyer").classList.toggle("facebook", person?.on === "facebook");
    $("#buyer").classList.toggle("telegram", person?.on === "telegram");
    $("#buyer-log").dataset.empty = closed
      ? "Nobody has written yet. Press Start, and the bot may write to you."
      : "No messages yet.";
  }

  function choose(key) {
    if (!people.has(key)) return;
    chosen = who.value = key;
    unread.delete(key);
    chat.clear();
    for (const [number, entry] of rooms.get(key) ?? []) chat.set(number, entry);
    chat.settle();
    drawNews();
    drawDoor();
  }

  board.on("person/", (key, person) => {
    if (!people.has(key)) {
      const name = person.on === "telegram" ? "Telegram" : "Facebook";
      let group = who.querySelector(`optgroup[label="${name}"]`);
      if (!group) who.append((group = el("optgroup", { label: name })));
      group.append(el("option", { value: key, selected: key === chosen }, person.name));
    }
    people.set(key, person);
    if (key === chosen) drawDoor();
  });

  board.on("room/", (place, entry) => {
    const at = place.lastIndexOf("/");
    const [room, number] = [place.slice(0, at), Number(place.slice(at + 1))];
    if (!room.includes(":")) return; // not a private chat
    if (!rooms.has(room)) rooms.set(room, new Map());
    const known = rooms.get(room).has(number);
    if (entry) rooms.get(room).set(number, entry);
    else rooms.get(room).delete(number);
    if (room === chosen) chat.set(number, entry);
    else if (entry && entry.who === "shop" && !known && !first) unread.set(room, (unread.get(room) ?? 0) + 1);
  });

  let drawn = "";
  board.after(() => {
    first = false;
    chat.settle();
    const now = JSON.stringify([...unread]);
    if (now !== drawn) drawNews();
    drawn = now;
  });

  who.addEventListener("change", () => choose(who.value));
  $("#start").addEventListener("click", async () => {
    if (await board.act("starts", { room: chosen })) $("#buyer-form textarea").focus();
  });
  composer($("#buyer-form"), (text) => board.act("says", { room: chosen, text }));

  const switches = [...document.querySelectorAll("#trouble input")];
  $("#trouble").addEventListener("change", () =>
    board.act("webhooks", Object.fromEntries(switches.map((input) => [input.name, input.checked]))));
  board.on("webhooks", (_, state) => {
    for (const input of switches) input.checked = state[input.name];
    const now = { twice: "twice", late: "late", held: "held back" };
    const on = Object.keys(now).filter((name) => state[name]).map((name) => now[name]);
    $("#trouble-now").textContent = on.join(", ") || "as they should be";
  });
  return { choose };
}
