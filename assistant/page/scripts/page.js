// What the page does by itself, without asking the server: copying an answer,
// keeping the latest question in sight, saying when an answer is whole, saving a file. Loaded once; listens on the whole document.

document.addEventListener("click", (event) => {
  const copy = event.target.closest(".kd-copy");
  if (copy) copyText(copy);
});

async function copyText(button) {
  await navigator.clipboard.writeText(button.dataset.text);
  button.dataset.label ??= button.textContent;
  button.textContent = button.dataset.done;
  setTimeout(() => (button.textContent = button.dataset.label), 1500);
}

// The latest question goes to the top, and its answer grows below it: one reads from the start.
// Room below is made for that, and taken back as the answer fills it.
let questions = 0;

function showQuestion(patience = 20) {
  document.querySelector("#kd-chat [role=log]")?.setAttribute("aria-live", "off");
  if (document.querySelector("#kd-chat .kd-queued")) {
    setTimeout(showQuestion, 200); // its turn has not come yet
    return;
  }
  const count = document.querySelectorAll("#kd-chat .user-row").length;
  if (count === questions && patience > 0) {
    setTimeout(showQuestion, 30, patience - 1); // the page has not drawn it yet
    return;
  }
  questions = count;
  makeRoom();
  lastQuestion()?.scrollIntoView({ block: "start", behavior: "smooth" });
}

function makeRoom() {
  const log = document.querySelector("#kd-chat .bubble-wrap");
  const question = lastQuestion();
  if (!log || !question) return;
  const wrap = log.querySelector(".message-wrap");
  const padding = parseFloat(getComputedStyle(wrap).paddingBottom);
  const from = question.getBoundingClientRect().top - wrap.getBoundingClientRect().top;
  const below = wrap.offsetHeight - padding - from;
  wrap.style.paddingBottom = `${Math.max(16, log.clientHeight - below - 24)}px`;
}

// A thread that was opened shows its last question, as it was left. Where the button that was pressed
// is gone, and the focus with it, the head of the list has it.
function turned() {
  questions = 0;
  showQuestion();
  if (document.activeElement === document.body)
    document.getElementById("kd-threads-head")?.focus({ preventScroll: true });
}

// A browser tab that is loaded again goes on in the conversation it showed.
const PLACE = "kindred-thread";
let begun = false; // whoever has asked meanwhile stays there

function keep(thread) {
  begun = true;
  sessionStorage.setItem(PLACE, thread);
}

function back() {
  const thread = sessionStorage.getItem(PLACE);
  if (thread && !begun) document.dispatchEvent(new CustomEvent("kd-back", { detail: thread }));
}

// A screen reader hears an answer once it is whole, not every word of it as it comes.
const LONGEST_HEARD = 300;

function answered() {
  makeRoom();
  const last = [...document.querySelectorAll("#kd-chat .kd-foot, #kd-chat .kd-notice")].at(-1);
  const said = last?.querySelector(".kd-copy")?.dataset.text ?? last?.textContent ?? "";
  const heard = `${last?.dataset.whole ?? ""} ${said.replaceAll("**", "")}`.trim();
  ear().textContent = heard.slice(0, LONGEST_HEARD);
}

function ear() {
  let region = document.getElementById("kd-ear");
  if (!region) {
    region = Object.assign(document.createElement("div"), { id: "kd-ear", role: "status" });
    document.querySelector("main").append(region);
  }
  return region;
}

function lastQuestion() {
  return [...document.querySelectorAll("#kd-chat .user-row")].at(-1);
}

// A file comes as text through the page's own session and is saved here: nothing on disk is served.
function save(parcel) {
  if (!parcel) return;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([parcel.content], { type: parcel.type ?? "text/csv;charset=utf-8" }));
  link.download = parcel.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

// Ask as if it had been typed.
function ask(question) {
  document.dispatchEvent(new CustomEvent("kd-ask", { detail: question }));
}

window.kindred = { ...window.kindred, answered, ask, back, keep, save, showQuestion, turned };
