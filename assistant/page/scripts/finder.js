// The look-alike finder's form: it keeps what is filled in, whatever the server words anew, and
// fills in what the shop has (fields with their values, ids). Who is found is drawn by the server.

(() => {
  const state = { conditions: [], about: null, language: "", stand: "" };
  let form = null;
  let send = null;
  let server = null;
  let serial = 0;

  function attach(element, find, answers, watch) {
    [form, send, server] = [element.querySelector("form"), find, answers];
    element.addEventListener("submit", submit);
    element.addEventListener("input", typed);
    element.addEventListener("click", clicked);
    watch("value", refresh);
    refresh();
  }

  // What the server drew has nothing of what this script drew: it is put back here.
  async function refresh() {
    const { language, stand } = form.dataset;
    if (stand && (language !== state.language || stand !== state.stand)) {
      const about = await server.about(language);
      if (about) Object.assign(state, { about, language, stand });
    }
    if (state.about) draw();
  }

  function draw() {
    const { examples, ids, consent_known } = state.about;
    form.dataset.consent = consent_known ? "known" : "unknown";
    form.querySelector(".kd-try").replaceChildren(...examples.map(exampleButton));
    drawIds(ids);
    drawConditions();
  }

  function exampleButton({ mode, label, asked }) {
    return button(label, "kd-chip", () => {
      form.elements.mode.value = mode;
      form.elements[mode].value = asked;
      ask();
    });
  }

  // ---- ids -------------------------------------------------------------------------------------

  function drawIds(ids) {
    const room = form.querySelector(".kd-suggested");
    if (room.contains(document.activeElement)) return; // one of them is about to be pressed
    room.replaceChildren(...ids.map((id) => button(id, "kd-chip", () => putId(id))));
  }

  // The piece that is being typed ends at the caret and begins after a comma or white space.
  function piece(area) {
    const before = area.value.slice(0, area.selectionEnd);
    return before.slice(before.search(/[^\s,;，；、]*$/));
  }

  function putId(id) {
    const area = form.elements.customers;
    const end = area.selectionEnd;
    const start = end - piece(area).length;
    area.setRangeText(`${id}, `, start, end, "end");
    area.focus();
    if (state.about) drawIds(state.about.ids);
  }

  const suggestIds = later(async () => {
    const part = piece(form.elements.customers);
    const ids = part ? await server.suggest({ field: "customer", typed: part }) : state.about?.ids;
    if (ids && part === piece(form.elements.customers)) drawIds(ids);
  });

  function replaceId(given, id) {
    const area = form.elements.customers;
    const own = given.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    area.value = area.value.replace(new RegExp(`(^|[\\s,;，；、])${own}(?=$|[\\s,;，；、])`, "g"), `$1${id}`);
  }

  // ---- conditions ------------------------------------------------------------------------------

  function drawConditions() {
    const room = form.querySelector(".kd-rows");
    room.replaceChildren(...state.conditions.map(conditionRow));
    form.querySelector(".kd-add").disabled = !state.about;
  }

  function choiceOf(condition) {
    return state.about.choices.find((one) => one.name === condition.field);
  }

  function conditionRow(condition, place) {
    const { words } = state.about;
    const choice = choiceOf(condition);
    const name = words.condition.replace("{n}", place + 1);
    const row = make("div", { className: "kd-condition", role: "group", ariaLabel: name });
    row.append(fieldPicker(condition));
    if (choice) row.append(operatorPicker(condition, choice), ...valueInputs(condition, choice));
    const label = words.remove.replace("{n}", place + 1).replace("{field}", choice?.label ?? "");
    const remove = button("×", "kd-remove", () => removeCondition(place));
    remove.ariaLabel = remove.title = label;
    row.append(remove);
    return row;
  }

  function addCondition() {
    state.conditions.push({ field: "", op: "", value: "" });
    drawConditions();
    focusIn(state.conditions.length - 1, "select");
  }

  function removeCondition(place) {
    state.conditions.splice(place, 1);
    drawConditions();
    if (state.conditions.length) focusIn(Math.max(0, place - 1), "select");
    else form.querySelector(".kd-add").focus();
  }

  function focusIn(place, selector) {
    form.querySelectorAll(".kd-condition")[place]?.querySelector(selector)?.focus();
  }

  function fieldPicker(condition) {
    const { choices, words } = state.about;
    const picker = make("select", { ariaLabel: words.field, className: "kd-field" });
    picker.append(new Option(words.pick, ""));
    for (const [group, title] of Object.entries(words.groups)) {
      const own = choices.filter((choice) => choice.group === group);
      const options = make("optgroup", { label: title });
      options.append(...own.map((choice) => new Option(choice.label, choice.name)));
      if (own.length) picker.append(options);
    }
    picker.value = condition.field;
    picker.onchange = () => {
      condition.field = picker.value;
      const choice = choiceOf(condition);
      Object.assign(condition, { op: choice?.operators[0] ?? "", value: first(choice) });
      redraw(condition, ".kd-field");
    };
    return picker;
  }

  function operatorPicker(condition, choice) {
    const { words } = state.about;
    const said = choice.kind === "date" ? words.date_operators : words.operators;
    const picker = make("select", { ariaLabel: words.operator, className: "kd-op" });
    picker.append(...choice.operators.map((op) => new Option(said[op], op)));
    picker.value = condition.op;
    picker.onchange = () => {
      condition.op = picker.value;
      condition.value = { in: [], between: ["", ""] }[condition.op] ?? first(choice);
      redraw(condition, ".kd-op");
    };
    return picker;
  }

  function redraw(condition, selector) {
    drawConditions();
    focusIn(state.conditions.indexOf(condition), selector);
  }

  // Where there is something to pick, the first is picked: what is seen is what is asked for.
  function first(choice) {
    if (choice?.kind === "flag") return "true";
    return choice?.values.length ? choice.values[0][0] : "";
  }

  function valueInputs(condition, choice) {
    const { words } = state.about;
    if (condition.op === "in") return [checkboxes(condition, choice)];
    if (condition.op === "between") {
      const upto = make("span", { textContent: words.upto });
      return [bound(condition, choice, 0), upto, bound(condition, choice, 1), unit(choice)];
    }
    if (choice.kind === "flag") return [listed(condition, Object.entries(words.flags))];
    if (choice.values.length && condition.op !== "contains") {
      return [listed(condition, choice.values)];
    }
    const input = entry(choice, condition.value, (value) => (condition.value = value));
    if (choice.kind === "number") return [input, unit(choice)];
    return choice.kind === "date" ? [input] : [input, suggestions(input, choice)];
  }

  function bound(condition, choice, end) {
    return entry(choice, condition.value[end], (value) => (condition.value[end] = value));
  }

  function listed(condition, values) {
    const picker = make("select", { ariaLabel: state.about.words.value, className: "kd-value" });
    picker.append(...values.map(([value, label]) => new Option(label, value)));
    picker.value = condition.value;
    picker.onchange = () => (condition.value = picker.value);
    return picker;
  }

  function checkboxes(condition, choice) {
    const box = make("div", { className: "kd-several", role: "group" });
    box.ariaLabel = state.about.words.value;
    for (const [value, label] of choice.values) {
      const check = make("input", { type: "checkbox", checked: condition.value.includes(value) });
      check.onchange = () => {
        const others = condition.value.filter((one) => one !== value);
        condition.value = check.checked ? [...others, value] : others;
      };
      const line = make("label", {});
      line.append(check, make("span", { textContent: label }));
      box.append(line);
    }
    return box;
  }

  function entry(choice, value, keep) {
    const type = { number: "number", date: "date" }[choice.kind] ?? "text";
    const input = make("input", { type, value, className: "kd-value", autocomplete: "off" });
    input.ariaLabel = state.about.words.value;
    if (type === "number") Object.assign(input, { step: "any", placeholder: usual(choice) });
    input.oninput = () => keep(input.value);
    return input;
  }

  function usual({ usual, unit }) {
    if (usual === null) return "";
    const shown = Number((unit === "share" ? 100 * usual : usual).toPrecision(2));
    return state.about.words.usual.replace("{value}", shown);
  }

  function unit(choice) {
    const shown = { share: "%" }[choice.unit] ?? state.about.words.units[choice.unit];
    const code = /^[A-Z]{3}$/.test(choice.unit) ? choice.unit : "";
    return make("span", { textContent: shown ?? code, className: "kd-unit" });
  }

  function suggestions(input, choice) {
    const list = make("datalist", { id: `kd-values-${++serial}` });
    input.setAttribute("list", list.id);
    const suggest = later(async () => {
      const found = await server.suggest({ field: choice.name, typed: input.value });
      list.replaceChildren(...found.map((value) => new Option(value, value)));
    });
    input.addEventListener("focus", suggest);
    input.addEventListener("input", suggest);
    return list;
  }

  // ---- asking ----------------------------------------------------------------------------------

  function asked() {
    const { mode, customers, words, segment, contactable, n } = form.elements;
    return {
      mode: mode.value,
      customers: customers.value,
      words: words.value,
      segment: segment.value,
      n: n.value === "" ? null : Number(n.value),
      contactable: contactable.checked,
      filters: state.conditions.filter((one) => one.field),
    };
  }

  function ask() {
    if (form.ariaBusy === "true") return;
    form.ariaBusy = "true";
    form.elements.customers.removeAttribute("aria-invalid");
    send(structuredClone(asked()));
  }

  // Called when a search is over, whatever came of it.
  function found() {
    form.ariaBusy = "false";
    const room = document.querySelector("#kd-found");
    if (room.querySelector("[data-replace]")) {
      form.elements.customers.setAttribute("aria-invalid", "true");
    }
    const said = room.querySelector("[role=alert], .kd-status");
    said?.scrollIntoView({ block: room.querySelector("table") ? "start" : "nearest" });
  }

  function submit(event) {
    event.preventDefault();
    ask();
  }

  function typed(event) {
    if (event.target === form.elements.customers) suggestIds();
  }

  function clicked(event) {
    if (event.target.closest(".kd-add")) addCondition();
    if (event.target.closest(".kd-reset")) {
      form.reset();
      state.conditions = [];
      drawConditions();
    }
  }

  document.addEventListener("click", (event) => {
    const mend = event.target.closest("#kd-found [data-replace]");
    if (!mend) return;
    replaceId(mend.dataset.replace, mend.dataset.with);
    mend.closest(".kd-mend").remove();
    form.elements.customers.focus();
  });

  // ---- small tools -----------------------------------------------------------------------------

  function make(tag, properties) {
    const { role, ...own } = properties;
    const element = Object.assign(document.createElement(tag), own);
    if (role) element.setAttribute("role", role);
    return element;
  }

  function button(text, className, press) {
    return make("button", { type: "button", textContent: text, className, onclick: press });
  }

  function later(work, wait = 180) {
    let timer = 0;
    return () => {
      clearTimeout(timer);
      timer = setTimeout(work, wait);
    };
  }

  window.kindred = { ...window.kindred, finder: attach, found };
})();
