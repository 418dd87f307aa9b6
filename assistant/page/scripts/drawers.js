// The two sides of the page: beside the conversation where there is room, drawers over it where
// there is none. How each stands (`open`, `over` or `closed`) is written on <html> before anything
// is drawn; styles/frame.css does the rest.

{
  const SIDES = {
    rail: { button: "kd-menu", panel: "kd-threads", from: 1201 },
    side: { button: "kd-aside", panel: "kd-side", from: 961 },
  };
  const NAMES = Object.keys(SIDES);
  const root = document.documentElement;
  const state = { rail: "kdRail", side: "kdSide" };
  let drawer = null;

  const beside = (name) => innerWidth >= SIDES[name].from;
  const folded = (name) => localStorage.getItem(`kindred-${name}`) === "folded";
  const part = (name, what) => document.getElementById(SIDES[name][what]);
  const isOpen = (name) => root.dataset[state[name]] !== "closed";

  function settle() {
    if (drawer && beside(drawer)) drawer = null;
    for (const name of NAMES) {
      const open = beside(name) && !folded(name) ? "open" : "closed";
      root.dataset[state[name]] = drawer === name ? "over" : open;
      part(name, "button")?.setAttribute("aria-expanded", String(isOpen(name)));
      part(name, "button")?.setAttribute("aria-controls", SIDES[name].panel);
    }
    const talk = document.getElementById("kd-talk");
    if (talk) talk.inert = drawer !== null;
  }

  function toggle(name) {
    if (drawer === name) return close();
    if (!beside(name)) return draw(name);
    localStorage.setItem(`kindred-${name}`, isOpen(name) ? "folded" : "open");
    settle();
  }

  // A drawer takes the focus and gives it back; the browser's Back closes it as Escape does.
  function draw(name) {
    if (!drawer) history.pushState({ kindred: "drawer" }, "");
    drawer = name;
    settle();
    const panel = part(name, "panel");
    (panel.querySelector("[role=tab][aria-selected=true]") ?? panel.querySelector("button"))?.focus();
  }

  function close() {
    if (!drawer) return;
    part(drawer, "button").focus({ preventScroll: true });
    drawer = null;
    settle();
    if (history.state?.kindred === "drawer") history.back();
  }

  // For other scripts: opens a tab of the side, wherever the side is just now.
  function show(tab) {
    if (!isOpen("side")) toggle("side");
    document.getElementById(`kd-tab-${tab}-button`)?.click();
  }

  document.addEventListener("click", ({ target }) => {
    const name = NAMES.find((one) => target.closest(`#${SIDES[one].button}`));
    if (name) toggle(name);
    else if (target.closest("#kd-talk, #kd-new, [data-question], [data-open]")) close();
  });
  document.addEventListener("kd-ask", close);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.defaultPrevented) close();
  });
  document.addEventListener("mouseover", ({ target }) => {
    const button = target.closest?.("#kd-menu, #kd-aside");
    if (button) button.title = button.textContent.trim();
  });
  addEventListener("popstate", close);
  addEventListener("resize", settle);

  // What a keyboard on the screen leaves of the page. Zooming in changes nothing.
  visualViewport?.addEventListener("resize", () => {
    if (Math.abs(visualViewport.scale - 1) > 0.01) return;
    root.style.setProperty("--kd-height", `${visualViewport.height}px`);
    scrollTo(0, 0);
  });

  settle();
  window.kindred = { ...window.kindred, show };
}
