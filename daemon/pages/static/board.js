/*
 * Keeps the live board live: takes the fragment that the daemon sends when something changed, puts it in place of the
 * old one, and tells screen readers, politely and not all the time. Without this script the page is as it was loaded.
 */
const ANNOUNCE_EVERY_MS = 10_000;
const AGAIN_AFTER_MS = 10_000;

const board = document.getElementById("board");
const state = document.getElementById("live-state");
const announcer = document.getElementById("live-announcer");
const button = document.getElementById("live-pause");

let source;
let again;
let paused = false;
let announcement;
let announcedAt = 0;

function start() {
  stop();
  if (paused || document.hidden) return;
  source = new EventSource(`${board.dataset.live}?seen=${board.dataset.version}`);
  source.addEventListener("open", () => say("Updates by itself."));
  source.addEventListener("board", show);
  source.addEventListener("error", () => {
    say("Connection lost: these figures may be old. Trying again.");
    // The browser tries again by itself, except after an answer that was no stream.
    if (source?.readyState === EventSource.CLOSED) again = setTimeout(start, AGAIN_AFTER_MS);
  });
}

function stop() {
  clearTimeout(again);
  source?.close();
  source = undefined;
}

function show(event) {
  if (event.lastEventId === board.dataset.version) return;
  const { html, summary } = JSON.parse(event.data);
  const focused = board.contains(document.activeElement) ? document.activeElement.id : "";
  board.innerHTML = html;
  board.dataset.version = event.lastEventId;
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  announce(summary);
}

/** The last summary of every ten seconds is enough to hear. */
function announce(summary) {
  clearTimeout(announcement);
  const wait = Math.max(announcedAt + ANNOUNCE_EVERY_MS - Date.now(), 0);
  announcement = setTimeout(() => {
    announcedAt = Date.now();
    announcer.textContent = summary;
  }, wait);
}

function say(text) {
  state.textContent = text;
}

button.hidden = false;
button.addEventListener("click", () => {
  paused = !paused;
  button.textContent = paused ? "Resume updates" : "Pause updates";
  start();
  if (paused) say("Updates are paused.");
});
document.addEventListener("visibilitychange", start);
addEventListener("pagehide", stop);
addEventListener("pageshow", start);
