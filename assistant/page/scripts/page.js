// What the page does by itself, without asking the server: sorting a table, copying an answer,
// keeping the latest question in sight, saving a file. Loaded once; listens on the whole document.

document.addEventListener("click", (event) => {
  const head = event.target.closest(".kd-table th");
  if (head) sortBy(head);
  const copy = event.target.closest(".kd-copy");
  if (copy) copyText(copy);
});

function sortBy(head) {
  const heads = [...head.parentNode.children];
  const down = head.getAttribute("aria-sort") !== "descending";
  const value = (row) => row.children[heads.indexOf(head)].dataset.value;
  const order = head.classList.contains("n")
    ? (a, b) => (parseFloat(value(a)) || 0) - (parseFloat(value(b)) || 0)
    : (a, b) => value(a).localeCompare(value(b));
  const body = head.closest("table").tBodies[0];
  const rows = [...body.rows].sort(order);
  body.append(...(down ? rows.reverse() : rows));
  for (const other of heads) other.setAttribute("aria-sort", "none");
  head.setAttribute("aria-sort", down ? "descending" : "ascending");
}

async function copyText(button) {
  await navigator.clipboard.writeText(button.dataset.text);
  const label = button.textContent;
  button.textContent = button.dataset.done;
  setTimeout(() => (button.textContent = label), 1500);
}

// The latest question goes to the top, and its answer grows below it: one reads from the start.
// Room below is made for that, and taken back as the answer fills it.
let questions = 0;

function showQuestion(patience = 20) {
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

function lastQuestion() {
  return [...document.querySelectorAll("#kd-chat .user-row")].at(-1);
}

// A file comes as text through the page's own session and is saved here: nothing on disk is served.
function save(parcel) {
  if (!parcel) return;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([parcel.content], { type: "text/csv;charset=utf-8" }));
  link.download = parcel.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

// Ask as if it had been typed.
function ask(question) {
  document.dispatchEvent(new CustomEvent("kd-ask", { detail: question }));
}

window.kindred = { ...window.kindred, ask, showQuestion, makeRoom, save };
