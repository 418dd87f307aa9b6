// What Gradio's own markup lacks for those who do not see it or use no mouse. Gradio draws it and
// draws it again, and takes no names or roles from us: hence they are put there after every drawing,
// here and nowhere else. The names, in the page's language, are with the way past the bar.

(() => {
  const BREATH = 120;
  let names = null;
  let waiting = 0;

  // selector -> the attributes of every element it finds; null takes one away.
  const mends = () => [
    // One landmark for everything is none: these are the parts one jumps between.
    ["main.contain", { role: "none" }],
    ["#kd-top", { role: "banner" }],
    ["#kd-threads", { role: "navigation", "aria-label": names.threads }],
    ["#kd-talk", { role: "main", "aria-label": names.talk }],
    ["#kd-side", { role: "complementary", "aria-label": names.side }],
    ["#kd-tabs [role=tablist]", { "aria-label": names.tabs }],
    ["#kd-chat [role=log]", { "aria-label": names.log }],
    ["#kd-language fieldset, fieldset#kd-language", { "aria-label": names.language }],
    ["#kd-box .submit-button", { "aria-label": names.send, title: names.send }],
    ["#kd-box .stop-button", { "aria-label": names.stop, title: names.stop }],
    ["#kd-arrival", { role: "region", "aria-label": names.data }],
    ["#kd-news", { role: "status" }],
    // Those that a language model writes, too, come right below the page's own.
    ["#kd-chat .md :is(h1, h2, h3, h4, h5, h6)", { "aria-level": "2" }],
    // An empty plot is a box with a name but no role that could have one.
    [".empty[aria-label]", { "aria-label": null }],
    // A step is a button with a nameless one inside, which does the same.
    [".thought-group > .title .arrow", { inert: "" }],
  ];

  function access(element, watch) {
    element.addEventListener("click", skip);
    watch("value", mendSoon);
    const options = { subtree: true, childList: true, attributeFilter: ["class", "aria-label"] };
    new MutationObserver(mendSoon).observe(document.body, options);
    mendSoon();
  }

  function skip(event) {
    if (!event.target.closest(".kd-skip")) return;
    event.preventDefault();
    document.querySelector("#kd-box textarea")?.focus();
  }

  function mendSoon() {
    waiting ||= setTimeout(mend, BREATH);
  }

  function mend() {
    waiting = 0;
    names = JSON.parse(document.querySelector(".kd-skip").dataset.names);
    for (const [selector, attributes] of mends()) {
      for (const element of document.querySelectorAll(selector)) set(element, attributes);
    }
    for (const title of document.querySelectorAll(".thought-group > .title")) {
      set(title, { "aria-expanded": String(title.classList.contains("expanded")) });
    }
    mendMessageButtons();
    for (const button of document.querySelectorAll(".modebar-btn[data-title]")) mendChart(button);
  }

  // Gradio names them in the browser's language, whatever that of the page: only their order holds.
  function mendMessageButtons() {
    for (const row of document.querySelectorAll("#kd-chat .message-buttons")) {
      const [retry, undo] = row.querySelectorAll("button");
      if (retry) set(retry, { "aria-label": names.retry, title: names.retry });
      if (undo) set(undo, { "aria-label": names.undo, title: names.undo });
    }
  }

  function mendChart(button) {
    const own = (button.dataset.own ??= button.dataset.title);
    const name = names.chart[own] ?? own;
    set(button, { "data-title": name, "aria-label": name });
  }

  function set(element, attributes) {
    for (const [attribute, value] of Object.entries(attributes)) {
      if (value === null) element.removeAttribute(attribute);
      else if (element.getAttribute(attribute) !== value) element.setAttribute(attribute, value);
    }
  }

  window.kindred = { ...window.kindred, access };
})();
