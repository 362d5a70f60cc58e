// The evening as the service tells it: show, items, invoices, and the ledger with the newest line first.

import { $, el, money, plural } from "./dom.js";

const STATUS = {
  winner: "won",
  waitlisted: "waits",
  offered: "offered",
  released: "released",
  duplicate: "again",
  unmatched: "no such item",
  ambiguous: "you decide",
  rejected: "too many",
  ignored: "chatter",
};
const RUNS = { invoice: "Invoicing", send: "Sending links" };
const ACTS = {
  playing: "The evening is being played …",
  agreed: "The evening was played: all sides agree, to the cent.",
  failed: "The evening did not end as it should.",
};
const TALLY = ["winner", "offered", "waitlisted", "duplicate", "ambiguous", "unmatched", "rejected", "released", "ignored"];

export function eveningPane(board) {
  const invoices = new Map();
  const claims = new Map();
  const dirty = new Set();
  let show = null;
  let tally = {};

  board.on("show", (_, value) => { show = value; dirty.add(drawShow).add(drawItems); });
  board.on("tally", (_, value) => { tally = value; dirty.add(drawShow); });
  board.on("invoice/", (key, value) => { keep(invoices, Number(key), value); dirty.add(drawInvoices); });
  board.on("claim/", (key, value) => { keep(claims, key, value); dirty.add(drawLedger); });
  board.on("run", (_, run) => drawRun(run));
  board.on("evening", (_, evening) => drawActs(evening));
  board.after(() => {
    for (const draw of dirty) draw();
    dirty.clear();
  });

  function drawShow() {
    if (!show) return;
    const parts = TALLY.filter((status) => tally[status]).map((status) =>
      el("span", { class: `badge ${status}` }, `${tally[status]} ${STATUS[status]}`));
    $("#show").replaceChildren(
      el("p", { class: "title" }, el("strong", {}, show.title), el("span", { class: `badge ${show.status}` }, show.status)),
      el("p", { class: "tally" }, ...parts),
    );
  }

  function drawItems() {
    const items = show?.items ?? [];
    $("#items-count").textContent = items.length || "";
    $("#items").replaceChildren(...items.map((item) =>
      el(
        "li",
        {},
        el("b", { class: "code" }, item.code),
        el("span", { class: "name" }, item.title),
        el("span", { class: "price" }, item.price_cents === null ? "no price" : money(item.price_cents, item.currency)),
        el("meter", {
          min: 0, max: item.quantity, value: item.won, "aria-label": `${item.won} of ${item.quantity} won`,
        }),
        el("span", { class: "left" }, `${item.won} of ${item.quantity}`, item.waiting ? ` · ${item.waiting} waiting` : ""),
      )));
  }

  function drawInvoices() {
    const all = [...invoices.values()];
    const paid = all.filter((invoice) => invoice.status === "paid").length;
    $("#invoices-count").textContent = all.length ? `${all.length}, ${paid} paid` : "";
    $("#invoices").replaceChildren(...all.map((invoice) =>
      el(
        "li",
        {},
        el("span", { class: "name" }, invoice.buyer?.name || invoice.buyer?.handle || "?"),
        el("span", { class: "price" }, money(invoice.amount_cents, invoice.currency)),
        el("span", { class: `badge ${invoice.status}` }, invoice.status.replace("_", " ")),
        el("small", {}, invoice.error_message || delivered(invoice.delivery)),
      )));
  }

  function drawLedger() {
    const newest = [...claims.values()].sort((a, b) => b.seq - a.seq || (b.id ?? 0) - (a.id ?? 0));
    const count = Object.values(tally).reduce((sum, part) => sum + part, 0);
    $("#ledger-count").textContent = count || "";
    $("#ledger").replaceChildren(...newest.map((claim) =>
      el(
        "li",
        { title: claim.reason || null },
        el("span", { class: `badge ${claim.status}` }, STATUS[claim.status] ?? claim.status),
        el("span", { class: "text", dir: "auto" }, claim.text),
        el("small", {}, claim.buyer?.name || claim.buyer?.handle || "", outcome(claim)),
      )));
  }

  function drawRun(run) {
    const node = $("#run");
    node.hidden = !run;
    if (!run) return;
    const counts = Object.entries(run.counts).map(([outcome, count]) => `${count} ${outcome.replace("_", " ")}`);
    node.replaceChildren(
      el("label", { for: "run-bar" }, `${RUNS[run.kind] ?? run.kind}: ${run.done} of ${run.total}`,
        counts.length ? ` (${counts.join(", ")})` : ""),
      el("progress", { id: "run-bar", max: run.total || 1, value: run.done }),
    );
  }

  function drawActs({ state, acts }) {
    const node = $("#acts");
    node.hidden = !acts.length;
    node.open = state !== "agreed";
    $("summary", node).textContent = ACTS[state] ?? "";
    node.className = `acts ${state}`;
    $("ol", node).replaceChildren(...acts.map((act) => el("li", {}, el("strong", {}, act.title), ` ${act.detail}`)));
  }
}

function keep(map, key, value) {
  if (value === null) map.delete(key);
  else map.set(key, value);
}

function delivered(delivery) {
  if (!delivery) return "no link sent yet";
  const by = delivery.rung ? ` by ${delivery.rung.split(":")[0].replaceAll("_", " ")}` : "";
  return `link ${delivery.status}${by}${delivery.error ? `: ${delivery.error}` : ""}`;
}

function outcome(claim) {
  if (!claim.item) return "";
  const pieces = claim.quantity > 1 ? ` × ${claim.quantity}` : "";
  const options = claim.options.length ? ` ${claim.options.join(" ")}` : "";
  return ` · ${claim.item}${options}${pieces}${claim.position ? `, number ${claim.position} in line` : ""}`;
}
