// Lights up each word while it is sung. Times are whole ms; those of the song are on the clock of its audio.
const STEP_MS = 20, MOST_MS = 1000, SEEK_S = 5, PAUSE_MS = 4000, DOTS = 3, HOLD_MS = 3000;
const STORED = "aik-karaoke-offset-ms";
const byId = id => document.getElementById(id);
const song = JSON.parse(byId("song").textContent);
const audio = byId("audio"), lyrics = byId("lyrics"), seek = byId("seek");

// The lines, the legend and the sections of the song.

function add(parent, tag, className = "", text = "") {
  const element = parent.appendChild(document.createElement(tag));
  if (className) element.className = className;
  element.textContent = text;
  return element;
}

function addWord(row, { text, after = "", startMs, endMs, unsure, rtl }) {
  const timed = startMs !== undefined;
  const span = add(row, "span", [timed && "word", unsure && "unsure", rtl && "rtl"].filter(Boolean).join(" "), text);
  row.append(after);
  if (!timed) return [];
  span.setAttribute("role", "link");
  span.tabIndex = -1;
  return [{ span, start: startMs, end: Math.max(endMs, startMs + 1), done: 0, lit: false }];
}

function addLine(line) {
  const sung = line.startMs !== undefined;
  if (line.mark) {
    add(lyrics, "h2", "", line.mark).dir = line.dir;
    return null;
  }
  const voices = (line.voices ?? []).map((voice, n) => `${n ? "also" : "voice"}-${voice % 4 + 1}`).slice(0, 2);
  const row = add(lyrics, "p", ["line", line.backing && "backing", sung ? "later" : "unsung", ...voices].filter(Boolean).join(" "));
  row.dir = line.dir;
  if (line.language) row.lang = line.language;
  if (line.who) add(row, "span", "who", line.who).dir = "auto";
  const words = (line.words ?? []).flatMap(word => addWord(row, word));
  return sung ? { row, words, start: line.startMs, end: line.endMs, state: "later" } : null;
}

function addPauses() {
  let reached = 0;
  for (const line of lines) {
    line.silentFrom = reached;
    if (line.start - reached >= PAUSE_MS) {
      line.pause = line.row.parentNode.insertBefore(document.createElement("div"), line.row);
      line.pause.className = "pause";
      line.pause.setAttribute("aria-hidden", "true");
    }
    reached = Math.max(reached, line.end);
  }
}

function addSections(total) {
  byId("sections").replaceChildren();
  for (const { kind, label, startMs, endMs } of song.sections ?? []) {
    const block = add(byId("sections"), "li", kind);
    block.style.left = `${startMs / total * 100}%`;
    block.style.width = `${(endMs - startMs) / total * 100}%`;
    add(block, "span", "", label).dir = "auto";
    block.title = label;
  }
}

const lines = song.lines.map(addLine).filter(Boolean).sort((one, other) => one.start - other.start);
const wordOf = new Map(lines.flatMap(line => line.words.map(word => [word.span, word])));
addPauses();
song.singers?.forEach((name, n) => add(byId("legend"), "li", `voice-${n % 4 + 1}`, name).dir = "auto");
if (document.querySelector(".unsure")) add(byId("legend"), "li").append(
  Object.assign(document.createElement("span"), { className: "unsure", textContent: "dotted" }), ": time uncertain");

// What is lit at a moment.

let offset = 0, focused = null, heldUntil = 0, frame = 0;

const nowMs = () => Math.round(audio.currentTime * 1000) - offset;
const clamp = (value, least, most) => Math.min(most, Math.max(least, value));

function mark(element, lit) {
  if (lit) element.setAttribute("aria-current", "true");
  else element.removeAttribute("aria-current");
}

function drawWord(word, now) {
  const done = clamp((now - word.start) / (word.end - word.start), 0, 1);
  const lit = word.start <= now && now < word.end;
  if (done !== word.done) word.span.style.setProperty("--done", `${done * 100}%`);
  if (lit !== word.lit) mark(word.span, lit);
  Object.assign(word, { done, lit });
}

function drawLine(line, now, next) {
  const state = line.end <= now ? "past" : line.start <= now ? "now" : line === next ? "next" : "later";
  if (state !== line.state) {
    line.row.classList.replace(line.state, state);
    mark(line.row, state === "now");
  }
  if (state !== line.state || state === "now") for (const word of line.words) drawWord(word, now);
  line.state = state;
}

function drawPause(line, now) {
  if (!line.pause) return;
  const left = line.start - now, silent = now >= line.silentFrom && left > 0;
  const seconds = Math.ceil(left / 1000);
  const shown = !silent ? "" : seconds > DOTS ? `${seconds}` : "●".repeat(seconds);
  if (shown === line.shown) return;
  line.shown = shown;
  line.pause.textContent = shown;
}

function draw() {
  const now = nowMs(), next = lines.find(line => line.start > now);
  for (const line of lines) {
    drawLine(line, now, next);
    drawPause(line, now);
  }
  follow(lines.findLast(line => line.state === "now") ?? next ?? lines.at(-1));
  drawTime();
}

// The line in play can be reached with Tab, word by word, and stays in the middle unless somebody has just scrolled.
function follow(line) {
  if (!line || line === focused) return;
  for (const word of focused?.words ?? []) word.span.tabIndex = -1;
  for (const word of line.words) word.span.tabIndex = 0;
  focused = line;
  if (performance.now() < heldUntil) return;
  lyrics.scrollTo({ top: line.row.offsetTop + line.row.offsetHeight / 2 - lyrics.clientHeight * 0.42 });
}

const clock = seconds => `${Math.floor(seconds / 60)}:${`${Math.floor(seconds % 60)}`.padStart(2, "0")}`;
const length = () => Number.isFinite(audio.duration) ? audio.duration : (song.durationMs ?? 0) / 1000;

function drawTime() {
  const at = audio.currentTime;
  const text = `${clock(at)} / ${clock(length())}`;
  const label = song.sections?.find(({ startMs, endMs }) => startMs <= at * 1000 && at * 1000 < endMs)?.label ?? "";
  seek.value = at;
  if (text === byId("time").textContent && label === byId("section").textContent) return;
  byId("time").textContent = text;
  byId("section").textContent = label;
  seek.setAttribute("aria-valuetext", `${text} ${label}`);
}

function run() {
  draw();
  cancelAnimationFrame(frame);
  if (!audio.paused) frame = requestAnimationFrame(run);
}

// What a singer can do.

function go(seconds) {
  audio.currentTime = clamp(seconds, 0, length());
  heldUntil = 0;
  draw();
}

const goTo = ({ start }) => go((start + offset) / 1000);
const toggle = () => audio.paused ? audio.play().catch(() => {}) : audio.pause();  // refused where a pause came first

function goToLine(line) {
  if (line) goTo(line);
}

function shift(by) {
  offset = clamp(offset + by, -MOST_MS, MOST_MS);
  byId("offset").textContent = `${offset > 0 ? "+" : offset < 0 ? "−" : ""}${Math.abs(offset)} ms`;
  try { localStorage.setItem(STORED, offset); } catch { /* a page from a file may have no storage */ }
  draw();
}

function stored() {
  try { return Number(localStorage.getItem(STORED)) || 0; } catch { return 0; }
}

const KEYS = new Map(Object.entries({
  " ": toggle,
  ArrowLeft: () => go(audio.currentTime - SEEK_S),
  ArrowRight: () => go(audio.currentTime + SEEK_S),
  ArrowUp: () => goToLine(lines.findLast(line => line.start < focused?.start)),
  ArrowDown: () => goToLine(lines.find(line => line.start > nowMs())),
  Home: () => go(0),
}));

document.addEventListener("keydown", event => {
  const word = event.key === "Enter" && wordOf.get(event.target);
  const act = word ? () => goTo(word) : KEYS.get(event.key);
  if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === " " && event.target.closest("button")) return;  // that button's own
  event.preventDefault();
  act();
});
lyrics.addEventListener("click", event => wordOf.has(event.target) && goTo(wordOf.get(event.target)));
for (const kind of ["wheel", "touchmove"])
  lyrics.addEventListener(kind, () => { heldUntil = performance.now() + HOLD_MS; }, { passive: true });
seek.addEventListener("input", () => go(seek.valueAsNumber));
byId("play").addEventListener("click", toggle);
byId("earlier").addEventListener("click", () => shift(-STEP_MS));
byId("later").addEventListener("click", () => shift(STEP_MS));

let awake = null;  // a phone's screen stays on while the song plays
async function stayAwake(playing) {
  await awake?.release().catch(() => {});
  awake = playing ? await navigator.wakeLock?.request("screen").catch(() => null) : null;
}

for (const kind of ["play", "pause"]) audio.addEventListener(kind, () => {
  document.body.classList.toggle("playing", !audio.paused);
  byId("play").setAttribute("aria-label", audio.paused ? "Play" : "Pause");
  stayAwake(!audio.paused);
  run();
});
audio.addEventListener("seeked", draw);

// The sound may have been read, or refused, before this script ran.
function measure() {
  seek.max = length();
  addSections(length() * 1000);
  draw();
}

function complain() {
  if (audio.error) byId("time").textContent = "This browser cannot play the sound of this page.";
}

audio.addEventListener("durationchange", measure);
audio.addEventListener("error", complain);
measure();
shift(stored());
complain();
