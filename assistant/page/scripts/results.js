// Tables and charts in answers: sorting, showing more rows, enlarging a chart, saving it as a
// picture. Nothing asks the server. Plotly comes with the first chart.

{
  document.addEventListener("click", (event) => {
    const head = event.target.closest(".kd-table th");
    if (head) sortBy(head);
    const more = event.target.closest(".kd-more");
    if (more) showRows(more);
    const act = event.target.closest("[data-chart]");
    if (act) actOn(act);
  });

  // ---- tables ----

  function sortBy(head) {
    const region = head.closest(".kd-table");
    if (region.nextElementSibling?.matches(".kd-more")) showRows(region.nextElementSibling);
    const heads = [...head.parentNode.children];
    const down = head.getAttribute("aria-sort") !== "descending";
    const value = (row) => row.children[heads.indexOf(head)].dataset.value;
    const order = head.classList.contains("n")
      ? (a, b) => (parseFloat(value(a)) || 0) - (parseFloat(value(b)) || 0)
      : (a, b) => value(a).localeCompare(value(b));
    const body = head.closest("table").tBodies[0];
    const rows = [...body.rows].sort(order);
    body.append(...(down ? rows.reverse() : rows));
    for (const other of head.parentNode.querySelectorAll("th")) other.setAttribute("aria-sort", "none");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
  }

  function showRows(more) {
    const table = more.previousElementSibling.querySelector("table");
    const kinds = [...table.tHead.rows[0].cells].map((head) => head.className);
    const rows = JSON.parse(more.dataset.rows).map(([shown, values]) => {
      const row = document.createElement("tr");
      shown.forEach((text, place) => {
        const cell = row.insertCell();
        cell.className = kinds[place];
        cell.dataset.value = values[place];
        cell.textContent = text;
      });
      return row;
    });
    table.tBodies[0].append(...rows);
    more.remove();
  }

  // ---- charts ----

  // Every chart is known by its title, and told to whoever cares (`kd-chart`), once it is drawn.
  let looking = false;
  new MutationObserver(() => {
    if (looking) return;
    looking = true;
    setTimeout(() => {
      looking = false;
      document.querySelectorAll(".js-plotly-plot:not([role])").forEach(introduce);
    }, 60);
  }).observe(document, { childList: true, subtree: true });

  function introduce(chart) {
    if (!chart.layout || !chart.on) return;
    chart.setAttribute("role", "figure");
    chart.setAttribute("aria-label", titleOf(chart));
    chart.dispatchEvent(new CustomEvent("kd-chart", { bubbles: true }));
  }

  function titleOf(chart) {
    const captions = [...document.querySelectorAll(".kd-caption h3")];
    return captions.filter((one) => precedes(one, chart)).at(-1)?.textContent ?? "";
  }

  function chartOf(button) {
    const charts = [...document.querySelectorAll(".js-plotly-plot")];
    return button.closest(".kd-dialog")?.querySelector(".js-plotly-plot")
      ?? charts.find((one) => precedes(button, one));
  }

  function precedes(one, other) {
    return one.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING;
  }

  function actOn(button) {
    const chart = chartOf(button);
    if (!chart) return;
    const title = button.closest(".kd-caption").querySelector("h3").textContent;
    if (button.dataset.chart === "enlarge") enlarge(chart, title, button);
    else savePicture(chart, title, button.dataset.chart);
  }

  function enlarge(chart, title, button) {
    const dialog = document.createElement("dialog");
    const head = button.closest(".kd-caption").cloneNode(true);
    const enlarger = head.querySelector("[data-chart=enlarge]");
    const close = enlarger.cloneNode();
    const words = head.dataset.close;
    Object.assign(close, { textContent: words, title: words, onclick: () => dialog.close() });
    close.removeAttribute("data-chart");
    close.setAttribute("aria-label", words);
    enlarger.remove();
    head.querySelector(".kd-tools").append(close);
    const large = document.createElement("div");
    dialog.className = "kd-dialog";
    dialog.setAttribute("aria-label", title);
    dialog.append(head, large);
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    dialog.addEventListener("close", () => {
      Plotly.purge(large);
      dialog.remove();
    });
    document.querySelector(".gradio-container").append(dialog);
    dialog.showModal();
    const figure = copyOf(chart);
    delete figure.layout.width;
    figure.layout.height = Math.max(figure.layout.height ?? 0, Math.round(innerHeight * 0.72));
    figure.layout.autosize = true;
    Plotly.newPlot(large, figure.data, figure.layout, { responsive: true, displayModeBar: false });
  }

  function copyOf(chart) {
    const { data, layout } = chart;
    const figure = structuredClone({ data, layout });
    if (chart.closest("#kd-map")) figure.layout.showlegend = true; // there a table stands for it
    return figure;
  }

  const WIDE = 1000; // pixels of a saved picture, before it is made twice as fine
  const LETTERS = 84; // of a title's line
  // A picture cannot use the page's own font: Latin letters first, or a Chinese font draws them wide.
  const FONT = "Helvetica Neue, Arial, Liberation Sans, PingFang SC, Microsoft YaHei, Noto Sans CJK SC, sans-serif";

  // On white paper, whatever the page is on, and with its title.
  async function savePicture(chart, title, format) {
    const { data, layout } = copyOf(chart);
    const lines = lineUp(title);
    const room = 30 + 24 * lines.length;
    const margin = { ...layout.template?.layout?.margin, ...layout.margin };
    const legend = layout.showlegend !== false && data.length > 1 ? 64 : 0; // below, not in the title
    const height = (layout.height ?? 420) + room + legend;
    Object.assign(layout, {
      paper_bgcolor: "#ffffff",
      plot_bgcolor: "#ffffff",
      font: { ...layout.font, color: "#45423a", family: FONT },
      margin: {
        ...{ t: (margin.t ?? 8) + room, b: (margin.b ?? 24) + legend },
        ...{ l: Math.max(margin.l ?? 0, 24), r: margin.r },
      },
      legend: { ...layout.legend, orientation: "h", x: 0.02, y: 0.01, ...CONTAINER },
      title: {
        text: lines.map(escaped).join("<br>"),
        font: { size: 18, color: "#1d1c19" },
        ...{ x: 0, xref: "container", xanchor: "left", pad: { l: 24, t: 12 + 12 * lines.length } },
        ...{ y: 1, yref: "container", yanchor: "top" },
      },
    });
    delete layout.width;
    const options = { format, width: WIDE, height, scale: format === "png" ? 2 : 1 };
    const picture = await Plotly.toImage({ data, layout }, options);
    const content = await (await fetch(picture)).blob();
    kindred.save({ name: `${fileName(title)}.${format}`, content, type: content.type });
  }

  function lineUp(title) {
    const lines = [""];
    for (const word of title.split(/\s+/)) {
      if (lines.at(-1) && (lines.at(-1) + word).length >= LETTERS) lines.push("");
      lines[lines.length - 1] = `${lines.at(-1)} ${word}`.trim();
    }
    return lines;
  }

  // Plotly reads a few tags in a text.
  function escaped(text) {
    return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  }

  const CONTAINER = { xref: "container", xanchor: "left", yref: "container", yanchor: "bottom" };

  // The title without what stands after a dot, cut where a word ends.
  function fileName(title) {
    const words = title.toLowerCase().split(" · ")[0].match(/[\p{L}\p{N}]+/gu) ?? ["chart"];
    let name = words[0].slice(0, 60);
    for (const word of words.slice(1)) {
      if (name.length + word.length >= 60) break;
      name += `-${word}`;
    }
    return name;
  }
}
