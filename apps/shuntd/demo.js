"use strict";
const $ = id => document.getElementById(id);
const sent = [];      // when each message that is on its way was sent; echoes keep their order
const trips = [];     // round trips in ms, all of them
let socket, retry = 500;
let left = 0;         // messages of a run of 100 that are still to come, one after the other

const ms = t => t < 10 ? t.toFixed(2) + " ms" : t < 1000 ? t.toFixed(0) + " ms" : (t / 1000).toFixed(1) + " s";

function show(is, text) {
  $("state").dataset.is = is;
  $("state-text").textContent = text;
  $("send").disabled = $("burst").disabled = is !== "open";
}

function draw() {
  const last = trips.slice(-60), top = Math.max(...last, 0.1);
  $("chart").innerHTML = last.map((t, i) => {
    const h = Math.max(0.6, 32 * t / top);
    return `<rect x="${i * 2}" y="${32 - h}" width="1.5" height="${h}"/>`;
  }).join("");
  const sorted = [...trips].sort((a, b) => a - b);
  $("count").textContent = trips.length;
  $("last").textContent = ms(trips[trips.length - 1]);
  $("median").textContent = ms(sorted[sorted.length >> 1]);
  $("worst").textContent = ms(sorted[sorted.length - 1]);
}

function echoed(text) {
  const began = sent.shift();
  if (began === undefined) return;
  trips.push(performance.now() - began);
  if (trips.length > 10000) trips.splice(0, 5000);
  if (left > 0 && --left > 0) {  // a run is counted; only its last message is listed
    send("message " + (101 - left) + " of 100");
    return;
  }
  draw();
  const item = document.createElement("li");
  const what = document.createElement("span"), time = document.createElement("b");
  what.textContent = text;
  time.textContent = ms(trips[trips.length - 1]);
  item.append(what, time);
  $("echoes").prepend(item);
  while ($("echoes").children.length > 20) $("echoes").lastChild.remove();
  $("empty").hidden = true;
}

function send(text) {
  sent.push(performance.now());
  socket.send(text);
}

function connect() {
  const url = (location.protocol === "https:" ? "wss://" : "ws://") + location.host + "/ws";
  const began = performance.now();
  show("waiting", "connecting to " + url);
  socket = new WebSocket(url);
  socket.onopen = () => {
    retry = 500;
    show("open", url + ", upgraded in " + ms(performance.now() - began));
  };
  socket.onmessage = event => echoed(event.data);
  socket.onclose = event => {
    sent.length = left = 0;
    show("closed", "closed (" + event.code + "), trying again");
    setTimeout(connect, retry);
    retry = Math.min(retry * 2, 10000);
  };
}

$("form").onsubmit = event => {
  event.preventDefault();
  if (socket.readyState === WebSocket.OPEN && $("text").value) {
    send($("text").value);
    $("text").value = "";
  }
  $("text").focus();
};
$("burst").onclick = () => {
  if (left === 0) {
    left = 100;
    send("message 1 of 100");
  }
};
connect();
