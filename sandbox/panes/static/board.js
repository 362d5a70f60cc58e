// The board: one WebSocket that brings every change, goes on where it stopped, and takes what people do.

import { toast } from "./dom.js";

const LONGEST_PAUSE = 5000;

export class Board {
  #listeners = [];
  #waiting = new Map();
  #name = "";
  #upto = 0;
  #number = 0;
  #pause = 250;
  #socket = null;

  constructor(onConnected) {
    this.onConnected = onConnected;
  }

  // `listener(key without prefix, value)`; the value is null when the key is gone.
  on(prefix, listener) {
    this.#listeners.push([prefix, listener]);
  }

  // Runs after each batch of changes.
  after(listener) {
    this.#listeners.push([null, listener]);
  }

  connect() {
    const place = new URLSearchParams({ board: this.#name, upto: this.#upto });
    this.#socket = new WebSocket(`ws://${location.host}/ws?${place}`);
    this.#socket.onmessage = (event) => this.#take(JSON.parse(event.data));
    this.#socket.onclose = () => {
      this.onConnected(false);
      for (const settle of this.#waiting.values()) settle({ error: "The connection was lost." });
      this.#waiting.clear();
      setTimeout(() => this.connect(), this.#pause);
      this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
    };
  }

  // Does something on the stage; resolves to what came of it, or to null when it could not be done.
  async act(deed, more = {}) {
    if (this.#socket?.readyState !== WebSocket.OPEN) {
      toast("The demo is not connected: nothing was sent.");
      return null;
    }
    const id = ++this.#number;
    const answered = new Promise((settle) => this.#waiting.set(id, settle));
    this.#socket.send(JSON.stringify({ do: deed, id, ...more }));
    const answer = await answered;
    if (answer.error) {
      toast(answer.error);
      return null;
    }
    return answer;
  }

  #take(message) {
    if ("answer" in message) {
      this.#waiting.get(message.answer)?.(message);
      this.#waiting.delete(message.answer);
      return;
    }
    if (message.anew && this.#name) {
      location.reload(); // the demo was started again, or we were away for too long
      return;
    }
    this.#pause = 250;
    this.onConnected(true);
    [this.#name, this.#upto] = [message.board, message.upto];
    for (const [key, value] of Object.entries(message.values)) {
      for (const [prefix, listener] of this.#listeners) {
        if (prefix !== null && key.startsWith(prefix)) listener(key.slice(prefix.length), value);
      }
    }
    for (const [prefix, listener] of this.#listeners) if (prefix === null) listener();
  }
}
