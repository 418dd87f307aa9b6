// How files get in: choosing and dropping, the upload with its progress, what is pressed and chosen
// on the sheet, and the focus, which stays where it was when the sheet is drawn anew.

{
  const LARGEST = 4 * 1024 ** 3;
  const sheet = () => document.getElementById("kd-arrival");
  const zone = () => document.querySelector("#kd-arrival .kd-drop");
  const say = (data) => document.dispatchEvent(new CustomEvent("kd-arrival", { detail: data }));
  const under = () => (window.gradio_config?.root ?? location.origin).replace(/\/$/, "");

  document.addEventListener("click", ({ target }) => {
    const button = target.closest("button[data-arrival]");
    if (!button) return;
    say({ act: button.dataset.arrival, ...about(button) });
    if (["build", "demo"].includes(button.dataset.arrival)) button.disabled = true;
  });

  document.addEventListener("change", ({ target }) => {
    if (target.id === "kd-files") {
      send([...target.files]);
      target.value = "";
    } else if (target.matches("select[data-arrival]")) {
      say({ act: target.dataset.arrival, value: target.value, ...about(target) });
    }
  });

  const about = ({ dataset }) => ({
    file: dataset.file,
    column: dataset.column,
    table: dataset.table,
  });

  // A file that misses the zone must not take the page away.
  for (const kind of ["dragover", "drop"]) {
    document.addEventListener(kind, (event) => {
      if (!event.dataTransfer?.types.includes("Files") || !zone()) return;
      event.preventDefault();
      zone().classList.toggle("kd-over", kind === "dragover");
      if (kind === "drop") send([...event.dataTransfer.files]);
    });
  }
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) zone()?.classList.remove("kd-over");
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    sheet()?.querySelector(".kd-sheet-head .kd-shut")?.click();
  });

  // One after the other; those that arrived are handed over together.
  async function send(files) {
    const arrived = [];
    for (const file of files) {
      const path = await upload(file);
      if (path) arrived.push({ path, name: file.name });
    }
    if (!arrived.length) return;
    announce(zone()?.dataset.looking);
    zone()?.classList.add("kd-looking");
    say({ act: "add", files: arrived });
  }

  function upload(file) {
    const words = zone()?.dataset ?? {};
    const named = (text) => (text ?? "").replace("{name}", file.name);
    const line = row(named(words.uploading), named(words.stopUpload));
    if (file.size > LARGEST) return fail(line, named(words.tooLarge));
    announce(named(words.uploading));
    return new Promise((done) => {
      const request = new XMLHttpRequest();
      request.open("POST", `${under()}/gradio_api/upload`);
      request.upload.onprogress = ({ loaded, total }) => {
        line.bar.value = total ? loaded / total : 0;
      };
      request.onload = () => {
        if (request.status !== 200) return done(fail(line, named(words.uploadFailed)));
        line.item.remove();
        announce(named(words.uploaded));
        done(JSON.parse(request.responseText)[0]);
      };
      request.onerror = () => done(fail(line, named(words.uploadFailed)));
      request.onabort = () => done(line.item.remove());
      line.stop.onclick = () => request.abort();
      const form = new FormData();
      form.append("files", file);
      request.send(form);
    });
  }

  function row(text, stopping) {
    const item = document.createElement("li");
    const label = document.createElement("span");
    const bar = document.createElement("progress");
    const stop = document.createElement("button");
    label.textContent = text;
    bar.setAttribute("aria-label", text);
    stop.type = "button";
    stop.className = "kd-shut";
    stop.textContent = "×";
    stop.setAttribute("aria-label", stopping);
    item.append(label, bar, stop);
    document.querySelector("#kd-arrival .kd-uploads")?.append(item);
    return { item, label, bar, stop };
  }

  function fail(line, text) {
    line.bar.remove();
    line.label.textContent = text;
    line.item.classList.add("kd-say-bad");
    line.stop.onclick = () => line.item.remove();
    announce(text);
  }

  // What a screen reader hears: one place that stays, whatever is drawn anew.
  const live = document.createElement("div");
  live.setAttribute("aria-live", "polite");
  live.className = "kd-heard";
  let heard = "";

  function announce(text) {
    if (!text || text === heard) return;
    heard = text;
    live.textContent = text;
  }

  let focused = null;
  let shown = false;
  document.addEventListener("focusin", ({ target }) => {
    if (sheet()?.contains(target)) focused = target.dataset.key ?? null;
  });

  function redrawn() {
    if (!live.isConnected) document.body.append(live);
    announce(document.querySelector("#kd-arrival [data-say], #kd-news [data-say]")?.dataset.say);
    const open = Boolean(sheet()?.offsetParent ?? sheet()?.getClientRects().length);
    if (open && !shown) sheet().querySelector("h2")?.focus({ preventScroll: true });
    else if (open && focused && document.activeElement === document.body) {
      sheet().querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    } else if (!open && shown) document.getElementById("kd-data")?.focus({ preventScroll: true });
    const body = document.getElementById("kd-body");
    if (body) body.inert = open;
    shown = open;
  }

  // Gradio adds these scripts before or after the document is complete: no event can be waited for.
  let waiting = 0;
  new MutationObserver((changes) => {
    const ours = changes.some(({ target }) =>
      target.closest?.("main") && !target.closest("#kd-body"),
    );
    if (!ours || waiting) return;
    waiting = requestAnimationFrame(() => {
      waiting = 0;
      redrawn();
    });
  }).observe(document, { childList: true, subtree: true });
}
