// What HTML and htmx cannot do: keep the focus where the person is, count seconds, keep drafts.
"use strict";

const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const FIELD = "input:not([type=hidden], [type=submit]):not([disabled]), textarea, select";

// -- focus: a new card takes it, but never from someone who is typing -------------------------

// A card and its state: one that was preparing its question takes the focus when it asks.
const turn = (card) => card && `${card.id} ${card.dataset.state}`;
let current = turn(document.querySelector(".card.current"));

// The focus never lands on a button: whoever still presses Enter must not say yes with it.
function firstField(card) {
  const form = card.querySelector("form[data-draft], form");
  const field = form?.querySelector("[aria-invalid]") ?? form?.querySelector(FIELD);
  if (!field) {
    card.tabIndex = -1;
    return card;
  }
  // Among radio buttons the keyboard stands on the checked one.
  return field?.type === "radio" ? form.querySelector(`[name="${field.name}"]:checked`) ?? field : field;
}

function take(field, scroll = false) {
  field?.focus({ preventScroll: !scroll });
  if (field?.matches("input[type=text], textarea")) field.setSelectionRange(field.value.length, field.value.length);
}

function follow() {
  const card = document.querySelector(".card.current");
  const active = document.activeElement;
  const typing = active?.matches?.("input, textarea, select") && active.isConnected && !active.closest(".card.current");
  if (card && turn(card) !== current && !typing) {
    current = turn(card);
    arrived();
    const field = card.dataset.state === "asking" ? firstField(card) : null;
    take(field);
    (field?.closest(".card") ?? card).scrollIntoView({ block: "nearest" });
  } else if (!card) {
    current = undefined;
  }
  const changing = document.querySelector(".card[data-changing]");
  if (changing && !changing.contains(document.activeElement)) {
    take(firstField(changing), true);
    changing.scrollIntoView({ block: "nearest" });
  }
}

// -- haste: a key that is held, or pressed again at once, was meant for the card before ----------

const DEAF = 300; // ms for which a card that has just come does not hear the key that sent the last
let deafUntil = 0;
const arrived = () => (deafUntil = performance.now() + DEAF);

document.addEventListener("input", () => (deafUntil = 0), true); // the person is at this card
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" && event.key !== " ") {
    deafUntil = 0;
    return;
  }
  const writes = event.target.matches("textarea") || (event.key === " " && event.target.matches("input"));
  const hasty = performance.now() < deafUntil;
  if (writes || !(event.repeat || hasty)) return;
  if (hasty) arrived(); // deaf until the key has been still for as long
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);

// After a refusal the focus goes from the button that was pressed to the field that is wrong.
let sent;
document.addEventListener("submit", (event) => (sent = event.target.closest(".card")?.id));

function findFault() {
  const card = document.getElementById(sent);
  if (!card?.querySelector("form .error")) return;
  sent = undefined;
  if (!document.activeElement?.matches("input, textarea, select")) take(firstField(card), true);
}

// A list narrowed by typing has an address of its own: a reload and a bookmark find it again.
function keepAddress() {
  const address = document.getElementById("found")?.dataset.address;
  if (address && address !== location.pathname + location.search) history.replaceState(null, "", address);
}

// -- streamed text: a chunk that a whole card has brought already is dropped -------------------

function settleOutput() {
  for (const output of $$("output[data-upto]")) {
    for (const chunk of $$("span[data-n]", output)) {
      const n = Number(chunk.dataset.n);
      if (n <= Number(output.dataset.upto)) chunk.remove();
      else {
        output.dataset.upto = String(n);
        chunk.replaceWith(chunk.textContent);
      }
    }
    const box = output.parentElement;
    if (!box.dataset.held) box.scrollTop = box.scrollHeight;
  }
}

document.addEventListener("scroll", (event) => {
  const box = event.target;
  if (box.classList?.contains("output"))
    box.dataset.held = box.scrollTop + box.clientHeight < box.scrollHeight - 8 ? "yes" : "";
}, true);

// -- what the person opened or closed stays so, whatever a swap brings --------------------------

const turned = new WeakSet();
document.addEventListener("click", (event) => {
  const summary = event.target.closest?.("summary"); // the keyboard's Enter and space click too
  if (summary) turned.add(summary.parentElement);
});
// A reason that was taken has been said: its place folds again, and is empty for the next one.
document.addEventListener("htmx-after-request", ({ target, detail }) => {
  const form = target.closest?.("form.pressed");
  if (!form || !detail.ctx.response?.raw.ok) return;
  for (const part of $$("details", form)) turned.delete(part);
  form.reset();
});
window.htmx?.registerExtension("turned", {
  htmx_before_morph_attr: (element, { attrName }) => attrName !== "open" || !turned.has(element),
});

// -- time ---------------------------------------------------------------------------------------

const clock = new Intl.DateTimeFormat([], { dateStyle: "medium", timeStyle: "short" });

function tick() {
  for (const time of $$("time[data-since]")) {
    const seconds = Math.max(0, (Date.now() - Date.parse(time.dataset.since)) / 1000);
    const minutes = Math.floor(seconds / 60);
    const text = minutes ? `${minutes} min ${Math.floor(seconds % 60)} s` : `${Math.floor(seconds)} s`;
    if (time.textContent !== text) time.textContent = text;
  }
  for (const time of $$("time.when[datetime]:not([data-local])")) {
    const moment = new Date(time.dateTime);
    time.dataset.local = "yes";
    if (!isNaN(moment)) time.textContent = clock.format(moment);
  }
}
setInterval(tick, 1000);

// -- drafts: what is typed and not sent is kept beside the journal ------------------------------

const waiting = new Map();

function keep(form) {
  waiting.delete(form);
  if (!form.isConnected) return;
  const body = new FormData(form);
  for (const [name, value] of [...body]) if (typeof value !== "string") body.delete(name);
  fetch(form.dataset.draft, { method: "POST", body, keepalive: true }).catch(() => {});
}

document.addEventListener("input", (event) => {
  const form = event.target.closest?.("form[data-draft]");
  if (!form) return;
  clearTimeout(waiting.get(form));
  waiting.set(form, setTimeout(keep, 250, form));
});
document.addEventListener("submit", (event) => {
  clearTimeout(waiting.get(event.target));
  waiting.delete(event.target);
});
function keepNow() {
  for (const [form, timer] of [...waiting]) {
    clearTimeout(timer);
    keep(form);
  }
}
addEventListener("pagehide", keepNow);
document.addEventListener("visibilitychange", () => document.hidden && keepNow());

// -- rehearsal: a browser compiles code when it is first used -----------------------------------

// While the person reads the first question, a form that nobody sees is sent to nobody and its
// answer is swapped in. Without it the first real answer waits for the compiler, a quarter of its time.
function rehearse() {
  if (!window.htmx || !document.querySelector(".card form")) return;
  const stage = document.createElement("div");
  stage.id = "stage";
  stage.hidden = true;
  stage.innerHTML = '<form method="post" action="/" hx-post="/" hx-swap="none"><input name="line" value="a"></form>';
  const told = `<hx-partial hx-target="#stage" hx-swap="outerMorph"><div id="stage" hidden>
    <details><summary>a</summary><p>b</p></details></div></hx-partial>`;
  document.body.append(stage);
  htmx.process(stage);
  stage.addEventListener("submit", (event) => event.preventDefault()); // whatever htmx does with it
  stage.addEventListener("htmx-before-request", ({ detail }) => (detail.ctx.fetch = async () => new Response(told)));
  stage.addEventListener("htmx-after-process", () => stage.remove());
  stage.firstChild.requestSubmit();
}
addEventListener("load", () => (window.requestIdleCallback ?? setTimeout)(rehearse));

// -- the rest -----------------------------------------------------------------------------------

// A moment of the past has an address, so that it can be linked.
function placeMoment() {
  const moment = document.getElementById("moment");
  const slider = document.getElementById("moment-slider");
  if (!moment?.dataset.past) return;
  if (moment.dataset.playing && slider) slider.value = moment.dataset.at;
  else history.replaceState(null, "", `${moment.closest(".timeline").dataset.place}?at=${moment.dataset.at}${location.hash}`);
  slider?.setAttribute("aria-valuetext", moment.querySelector(".told").textContent);
}

let soon;
function after() {
  if (document.querySelector("#live [data-reload]")) return location.reload();
  follow();
  settleOutput();
  findFault();
  placeMoment();
  keepAddress();
  soon ??= setTimeout(() => { soon = undefined; tick(); }, 30); // clocks can wait, the next card cannot
}
// Watched on the page itself: the element whose request brought the swap is often gone by then.
for (const part of $$("main, #live"))
  new MutationObserver(after).observe(part, { childList: true, subtree: true, attributeFilter: ["data-state", "data-changing", "data-upto", "data-address"] });
// The stream is begun by the page that is looked at: a browser has six connections for all tabs.
let listening = false;
function listen() {
  const live = document.getElementById("live");
  if (listening || document.hidden || !live?.dataset.stream) return;
  listening = true;
  live.setAttribute("hx-sse-connect", live.dataset.stream);
  htmx.process(live);
}
document.addEventListener("visibilitychange", listen);
// htmx begins with a timer, which may fire before hx-sse is there; ours comes after both.
addEventListener("DOMContentLoaded", () => setTimeout(listen));

// With "-" as its meta character, htmx's events are spelled with it too.
document.addEventListener("htmx-sse-error", () => document.documentElement.classList.add("away"));
document.addEventListener("htmx-sse-after-connection", () => document.documentElement.classList.remove("away"));
document.addEventListener("htmx-error", (event) => {
  const failed = event.detail?.ctx?.request?.method;
  if (event.target.id === "live") {
    // hx-sse comes back by itself only where it was connected once.
    document.documentElement.classList.add("away");
    listening = false;
    setTimeout(listen, 1000);
  }
  if (failed && failed.toUpperCase() !== "GET") say("Cardloom did not answer. Is it still running? What you typed is kept.");
});
function say(sentence) {
  const line = document.createElement("p");
  line.className = "error";
  line.textContent = sentence;
  document.getElementById("toast").replaceChildren(line);
}
// A toast goes when the next act succeeds, or with Escape; so does an open change or menu.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  document.getElementById("toast").replaceChildren();
  for (const pop of $$("details.pop[open]")) pop.open = false;
  document.querySelector(".card[data-changing] a.quiet")?.click();
});
document.addEventListener("click", (event) => {
  for (const pop of $$("details.pop[open]")) if (!pop.contains(event.target)) pop.open = false;
});

// What looks like a button answers to the space bar as one.
document.addEventListener("keydown", (event) => {
  if (event.key !== " " || !event.target.matches?.("a[role=button]")) return;
  event.preventDefault();
  event.target.click();
});

addEventListener("DOMContentLoaded", () => {
  settleOutput();
  tick();
  const card = document.querySelector(".card[data-changing]") ?? document.querySelector(".card.current");
  const field = card && firstField(card);
  if (field && (!location.hash || location.hash === `#${card.id}`)) take(field, Boolean(location.hash));
});
