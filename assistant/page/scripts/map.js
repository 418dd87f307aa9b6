// The map of customers: a point asks about its customer, and a segment can be singled out. Any chart
// whose `layout.meta.ask` is a question with {id} in it is such a map, wherever it is drawn.

{
  document.addEventListener("kd-chart", (event) => {
    const chart = event.target;
    if (!chart.layout?.meta?.ask) return;
    chart.classList.add("kd-asks");
    chart.on("plotly_click", ({ points }) => points[0] && press(chart, points[0]));
    chart.on("plotly_afterplot", () => singleOut(chart));
  });

  // A finger cannot hover: its first touch shows whom a point stands for, the second one asks. One
  // touch comes as two clicks, the latter at the right point.
  const SETTLED = 600; // milliseconds
  let touch = 0;

  function press(chart, point) {
    if (!matchMedia("(hover: none)").matches) return askAbout(chart, point.customdata[0]);
    clearTimeout(touch);
    touch = setTimeout(() => touched(chart, point), SETTLED);
  }

  function touched(chart, { customdata, curveNumber, pointNumber }) {
    if (chart.dataset.touched === customdata[0]) return askAbout(chart, customdata[0]);
    chart.dataset.touched = customdata[0];
    Plotly.Fx.hover(chart, [{ curveNumber, pointNumber }]);
  }

  function askAbout(chart, customer) {
    document.querySelector("dialog.kd-dialog[open]")?.close();
    kindred.ask(chart.layout.meta.ask.replace("{id}", () => customer));
  }

  let chosen = null; // pressed in the table
  let pointed = null; // under the pointer, or focused

  function singleOut(chart) {
    const wanted = pointed ?? chosen;
    const traces = [...chart.querySelectorAll(".scatterlayer .trace")];
    traces.forEach((trace, place) => {
      const segment = String(chart.data[place]?.meta?.segment);
      trace.classList.toggle("kd-dim", wanted !== null && segment !== wanted);
    });
  }

  function singleOutEverywhere() {
    document.querySelectorAll("#kd-map .kd-asks").forEach(singleOut);
    for (const button of document.querySelectorAll(".kd-map-legend [data-segment]"))
      button.setAttribute("aria-pressed", String(button.dataset.segment === chosen));
  }

  function point(event, leaves) {
    const place = event.target.closest?.("[data-segment]");
    if (!place || place.contains(event.relatedTarget)) return;
    pointed = leaves ? null : place.dataset.segment;
    singleOutEverywhere();
  }

  document.addEventListener("mouseover", (event) => point(event, false));
  document.addEventListener("mouseout", (event) => point(event, true));
  document.addEventListener("focusin", (event) => point(event, false));
  document.addEventListener("focusout", (event) => point(event, true));
  document.addEventListener("click", (event) => {
    const button = event.target.closest(".kd-map-legend [data-segment]");
    if (!button) return;
    chosen = chosen === button.dataset.segment ? null : button.dataset.segment;
    pointed = null;
    singleOutEverywhere();
  });
}
