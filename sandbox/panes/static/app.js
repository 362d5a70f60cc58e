// The page: four panes over one board.

import { Board } from "./board.js";
import { buyerPane } from "./buyer.js";
import { checkout } from "./checkout.js";
import { $, toast } from "./dom.js";
import { eveningPane } from "./evening.js";
import { livePane } from "./live.js";
import { operatorPane } from "./operator.js";

let step = "";
let shown = false;
const board = new Board((connected) => {
  document.body.classList.toggle("lost", !connected);
  $("#step").textContent = connected ? step : "The demo has stopped, or cannot be reached. This page goes on when it is back.";
});
const pay = checkout();

// Goes where a tap has led: a chat, a pay page, a word from the bot, or something to copy.
async function follow(answer) {
  if (answer?.room && answer.room !== "operator") {
    buyer.choose(answer.room);
    show("buyer");
  }
  if (answer?.page) pay(answer.page);
  if (answer?.notice) toast(answer.notice);
  if (answer?.copy) {
    await navigator.clipboard?.writeText(answer.copy).catch(() => undefined);
    toast(`Copied: ${answer.copy}`);
  }
}

function show(pane) {
  document.body.dataset.pane = pane;
  for (const tab of document.querySelectorAll(".tabs button")) {
    if (tab.dataset.pane === pane) {
      tab.setAttribute("aria-current", "true");
      tab.classList.remove("new");
    } else tab.removeAttribute("aria-current");
  }
}

const mark = (pane) => {
  if (shown && document.body.dataset.pane !== pane) $(`.tabs [data-pane="${pane}"]`).classList.add("new");
};

operatorPane(board, follow);
const buyer = buyerPane(board, follow);
livePane(board, follow, (key) => buyer.choose(key));
eveningPane(board);

for (const tab of document.querySelectorAll(".tabs button")) tab.addEventListener("click", () => show(tab.dataset.pane));
document.addEventListener("news", (event) => event.detail && mark("buyer"));
board.on("room/operator/", (_, entry) => entry?.who === "shop" && mark("operator"));
board.on("room/group/", (_, entry) => entry?.who === "shop" && mark("live"));
board.on("claim/", () => mark("evening"));
board.on("invoice/", () => mark("evening"));
board.on("step", (_, next) => {
  step = next.say;
  $("#step").textContent = step;
  for (const tab of document.querySelectorAll(".tabs button")) {
    tab.classList.toggle("next", tab.dataset.pane === next.pane);
  }
});
board.on("evening", (_, { state }) => { $("#play").hidden = state !== "waiting"; });
$("#play").addEventListener("click", () => board.act("evening"));

board.after(() => { shown = true; });

// One help at a time, and none when something else is touched.
const helps = [...document.querySelectorAll("details.help")];
document.addEventListener("click", (event) => {
  for (const help of helps) if (!help.contains(event.target)) help.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") for (const help of helps) help.open = false;
});

board.connect();
