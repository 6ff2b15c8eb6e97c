"use strict";
// The table of calls: filters, sorting, pages. Everything is written as text, never as HTML.
// Plain JavaScript of our own: the one table library that a Python package brings (itables) is
// an ES module, and browsers load no modules from file://.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const calls = data.calls;
  const form = document.getElementById("filters");
  const box = document.getElementById("box");
  const table = document.getElementById("list");
  const body = table.tBodies[0];
  const count = document.getElementById("count");
  const [previous, next] = ["previous", "next"].map((id) => document.getElementById(id));
  // The columns of a call, in the order of reports/site/index_data.py.
  const [ID, LABEL, AGENT, DATE, AT, DAY, SECONDS, LENGTH, OVERALL, COVERAGE, TRUST, SCORES, BEST,
    WORK, LAYOUT, SHARES, OVERLAPS, AGENT_TOOK, CUSTOMER_TOOK, CATEGORIES, WARNINGS,
    DESCRIBED, UNNAMED] = Array.from({ length: 23 }, (_, place) => place);
  const TRUSTS = ["good", "fair", "poor"];
  const name = (place) => (place === null ? null : data.names[place]);
  const glued = (text) => text.replace(/ /g, "\u00a0");
  const label = (call) => (call[LABEL] === null ? call[ID] : call[LABEL]);
  const agentOf = (call) => name(call[AGENT]) || "agent not given";
  const practices = new Map(data.practices.map(([id], place) => [id, place]));

  const STRENGTH = 4;  // of a moment: title, key, time, quote, strength
  const sorts = {
    call: ["Call", label],
    agent: ["Agent", agentOf],
    date: ["Date", (call) => call[AT]],
    length: ["Length", (call) => call[SECONDS]],
    score: ["Overall score", (call) => call[OVERALL]],
    practice: ["Score of the chosen chapter", (call, state) => scoreOf(call, state.practice)],
    coverage: ["Coverage", (call) => call[COVERAGE]],
    trust: ["Trust", (call) => 2 - call[TRUST]],
    best: ["Went well, how clearly", (call) => call[BEST] && call[BEST][STRENGTH]],
    work: ["To work on, how clearly", (call) => call[WORK] && call[WORK][STRENGTH]],
    floor: ["Agent's share of the call", agentShare],
    overlaps: ["Both at once", (call) => call[OVERLAPS]],
    took: ["Agent took over", (call) => call[AGENT_TOOK]],
    warnings: ["Warnings", (call) => call[WARNINGS].length],
  };
  // Names begin at A; of numbers people ask for the newest, the longest, the most first.
  const DOWN = new Set(Object.keys(sorts).filter((key) => key !== "call" && key !== "agent"));
  const START = { sort: "-date", page: "1" };

  function scoreOf(call, practice) {
    const place = practices.get(practice);
    return place === undefined ? null : call[SCORES][place];
  }

  function agentShare(call) {
    const place = data.layouts[call[LAYOUT]].findIndex(([who]) => who === "Agent");
    return place < 0 ? null : parseInt(call[SHARES][place][1], 10);
  }

  // ------------------------------------------------------------------ writing

  function make(tag, attributes, ...children) {
    const node = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes || {})) {
      if (value !== null && value !== undefined && value !== false) node.setAttribute(key, value);
    }
    node.append(...children.filter((child) => child !== null));
    return node;
  }
  const bdi = (text) => make("bdi", null, text);
  const small = (...children) => make("span", { class: "small" }, ...children);
  const hrefOf = (call) => `calls/${encodeURIComponent(call[ID])}/report.html`;
  const many = (value, one, more) => `${value}\u00a0${value === 1 ? one : more}`;

  function momentCell(call, place, title) {
    const cell = make("td", { class: "moment", "data-name": title });
    const moment = call[place];
    if (moment === null) {
      cell.append(make("span", { class: "soft" }, "nothing stood out"));
      return cell;
    }
    const [head, key, at, quote] = moment;
    cell.append(make("a", { href: `${hrefOf(call)}#finding-${key}` }, bdi(name(head))));
    cell.append(quote ? small(`${at} “`, bdi(quote), "”") : small(at));
    return cell;
  }

  function bar(call) {
    const SVG = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(SVG, "svg");
    const parts = data.layouts[call[LAYOUT]].map(([who, tone], place) => {
      const [width, text] = call[SHARES][place];
      return { who, tone, width, text: glued(text) };
    });
    if (!parts.length) return make("td", { "data-name": "Who spoke how much" }, "not measured");
    svg.setAttribute("class", "bar");
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", parts.map((part) => `${part.who} ${part.text}`).join(", "));
    let x = 0;
    for (const part of parts) {
      const rect = document.createElementNS(SVG, "rect");
      for (const [key, value] of Object.entries({
        class: `fill-${part.tone}`, x: `${x}%`, y: 0, width: `${part.width}%`, height: "100%",
      })) rect.setAttribute(key, value);
      x += part.width;
      svg.append(rect);
    }
    const said = parts.filter((part) => part.tone !== "both" && part.tone !== "nobody")
      .map((part) => `${part.who} ${part.text}`).join(", ");
    return make("td", { "data-name": "Who spoke how much" }, svg, small(said));
  }

  function scoreCell(call, state) {
    const cell = make("td", { "data-name": "Overall score, of 100" });
    cell.append(make("strong", null, call[OVERALL] === null ? "none" : String(call[OVERALL])));
    if (call[COVERAGE] !== null) cell.append(small(`coverage ${call[COVERAGE]}\u00a0%`));
    const trust = TRUSTS[call[TRUST]];
    cell.append(make("span", { class: `small trust-${trust}` }, `${trust} trust`));
    if (practices.has(state.practice)) {
      const score = scoreOf(call, state.practice);
      const title = data.practices[practices.get(state.practice)][1];
      cell.append(small(bdi(title), `: ${score === null ? "no score" : score}`));
    }
    return cell;
  }

  function row(call, state) {
    const agent = agentOf(call);
    const page = Object.hasOwn(data.agents, agent) ? data.agents[agent] : null;
    const described = data.columns.map((column, place) => [column, name(call[DESCRIBED][place])])
      .filter(([column, value]) => value !== null && (column === "queue" || state[`m.${column}`]))
      .map(([, value]) => value).join(" · ");
    const took = [["agent", AGENT_TOOK], ["customer", CUSTOMER_TOOK]]
      .filter(([, place]) => call[place] !== null)
      .map(([who, place]) => `${who} took over ${call[place]}`).join(", ");
    const warnings = call[WARNINGS].map(name);
    return make("tr", null,
      make("th", { scope: "row" }, make("a", { href: hrefOf(call) }, bdi(label(call)))),
      make("td", { "data-name": "Agent" },
        page ? make("a", { href: page }, bdi(agent)) : bdi(agent),
        described ? small(bdi(described)) : null,
        call[UNNAMED] === null ? null : small(make("a", { href: `${hrefOf(call)}#who` }, "Who is the agent?"),
          " ", make("code", null, call[UNNAMED]))),
      make("td", { "data-name": "Date" }, bdi(call[DATE])),
      make("td", { class: "nowrap", "data-name": "Length" }, glued(call[LENGTH])),
      scoreCell(call, state),
      momentCell(call, BEST, "Went well"),
      momentCell(call, WORK, "To work on"),
      bar(call),
      make("td", { "data-name": "Both at once" },
        call[OVERLAPS] === null ? "not measured" : many(call[OVERLAPS], "time", "times"),
        took ? small(took) : null),
      make("td", null,
        ...call[CATEGORIES].map((place) => make("span", { class: "tag" }, bdi(name(place)))),
        warnings.length ? make("details", null,
          make("summary", null, many(warnings.length, "warning", "warnings")),
          make("ul", null, ...warnings.map((text) => make("li", null, bdi(text))))) : null));
  }

  // ------------------------------------------------------------------ filters

  const collator = new Intl.Collator("en", { numeric: true });
  const distinct = (values) => [...new Set(values)].sort(collator.compare);

  // A label beside its field, not around it: else the options become a part of its name.
  function labelled(title, control, wide) {
    control.id = `field-${form.elements.length}`;
    return make("div", { class: wide ? "wide-field" : null }, make("label", { for: control.id }, title), control);
  }
  function select(key, options, all) {
    const select = make("select", { name: key });
    if (all) select.append(make("option", { value: "" }, all));
    for (const [value, text] of options) select.append(make("option", { value }, text));
    return select;
  }
  const choice = (key, title, options, all) => labelled(title, select(key, options, all));
  const titled = (text) => text.charAt(0).toUpperCase() + text.slice(1).replace(/_/g, " ");
  const same = (values) => values.map((value) => [value, value]);

  function buildForm() {
    form.append(labelled("Search calls, agents, moments (key: /)",
      make("input", { name: "q", type: "search", autocomplete: "off", "aria-keyshortcuts": "/" }), true));
    form.append(choice("agent", "Agent", same(distinct(calls.map(agentOf))), "all agents"));
    data.columns.forEach((column, place) => {
      const values = distinct(calls.map((call) => name(call[DESCRIBED][place])).filter((v) => v !== null));
      form.append(choice(`m.${column}`, titled(column), same(values), "all"));
    });
    form.append(make("fieldset", { class: "wide-field" }, make("legend", null, "Date, from and to"),
      make("div", { class: "pair" },
        make("input", { name: "from", type: "date", "aria-label": "From" }),
        make("input", { name: "to", type: "date", "aria-label": "To" }))));
    if (data.practices.length) {
      const chosen = select("practice", data.practices, "any chapter");
      chosen.setAttribute("aria-label", "Chapter of the guide");
      const side = select("side", [["below", "below"], ["from", "from"]]);
      side.setAttribute("aria-label", "Below or from");
      form.append(make("fieldset", { class: "wide-field" }, make("legend", null, "Score of a chapter, 0 to 100"),
        make("div", { class: "three" }, chosen, side, make("input", {
          name: "score", type: "number", min: 0, max: 100, step: 1, placeholder: "50", "aria-label": "Score",
        }))));
    }
    const tags = distinct(calls.flatMap((call) => call[CATEGORIES]).map(name));
    if (tags.length) form.append(choice("category", "Category", same(tags), "all categories"));
    form.append(choice("trust", "Trust in the numbers", same(TRUSTS), "all"));
    const orders = Object.entries(sorts).flatMap(([key, [title]]) => {
      const text = key === "call" || key === "agent" ? ["A to Z", "Z to A"] : ["lowest first", "highest first"];
      if (key === "date") text.splice(0, 2, "oldest first", "newest first");
      const both = [[key, `${title}, ${text[0]}`], [`-${key}`, `${title}, ${text[1]}`]];
      return DOWN.has(key) ? both.reverse() : both;
    });
    form.append(choice("sort", "Sort by", orders));
    form.append(make("button", { type: "reset", class: "end" }, "Clear filters"));
  }

  // What is searched, made when it is asked for first.
  let texts = null;
  function searched() {
    texts = texts || calls.map((call) => [
      label(call), agentOf(call), ...call[DESCRIBED].map(name), ...call[CATEGORIES].map(name),
      ...[BEST, WORK].flatMap((place) => (call[place] ? [name(call[place][0]), call[place][3]] : [])),
    ].filter((text) => text).join("\n").toLowerCase());
    return texts;
  }

  function fits(state) {
    const tests = [];
    const words = (state.q || "").toLowerCase().split(/\s+/).filter((word) => word);
    if (words.length) {
      const found = searched();
      tests.push((call, at) => words.every((word) => found[at].includes(word)));
    }
    if (state.agent) tests.push((call) => agentOf(call) === state.agent);
    data.columns.forEach((column, place) => {
      const wanted = state[`m.${column}`];
      if (wanted) tests.push((call) => name(call[DESCRIBED][place]) === wanted);
    });
    if (state.from) tests.push((call) => call[DAY] !== null && call[DAY] >= state.from);
    if (state.to) tests.push((call) => call[DAY] !== null && call[DAY] <= state.to);
    if (practices.has(state.practice) && state.score) {
      const limit = Number(state.score);
      const below = state.side !== "from";
      tests.push((call) => {
        const score = scoreOf(call, state.practice);
        return score !== null && (below ? score < limit : score >= limit);
      });
    }
    if (state.category) tests.push((call) => call[CATEGORIES].some((place) => name(place) === state.category));
    if (state.trust) tests.push((call) => TRUSTS[call[TRUST]] === state.trust);
    return (call, at) => tests.every((test) => test(call, at));
  }

  function sorted(places, state) {
    const down = state.sort.startsWith("-");
    const rule = sorts[down ? state.sort.slice(1) : state.sort] || sorts.date;
    const keys = new Map(places.map((place) => [place, rule[1](calls[place], state)]));
    return places.sort((one, other) => {
      const [a, b] = [keys.get(one), keys.get(other)];
      // What was not measured comes last, whichever way the others go.
      if (a === null || b === null) return (a === null) - (b === null) || one - other;
      const order = typeof a === "string" ? collator.compare(a, b) : a - b;
      return (down ? -order : order) || one - other;
    });
  }

  // ------------------------------------------------------------------ state

  let state = {};

  function readHash() {
    let given = [];
    try {
      given = [...new URLSearchParams(location.hash.slice(1))];
    } catch (error) { /* a hash that is none of ours */ }
    state = { ...START };
    const known = new Set([...form.elements].map((field) => field.name).filter((key) => key));
    for (const [key, value] of given) if (known.has(key) || key === "page") state[key] = value;
    if (!sorts[state.sort.replace(/^-/, "")]) state.sort = START.sort;
    for (const field of form.elements) {
      if (!field.name) continue;
      field.value = state[field.name] ?? (field.name === "side" ? "below" : "");
      if (field.value !== (state[field.name] ?? field.value)) delete state[field.name];  // no such value
    }
    form.elements.sort.value = state.sort;
  }

  function writeHash() {
    const hash = new URLSearchParams();
    for (const [key, value] of Object.entries(state)) {
      if (value && value !== START[key] && !(key === "side" && value === "below")) hash.set(key, value);
    }
    try {
      history.replaceState(null, "", `#${hash}`);
    } catch (error) {
      location.hash = String(hash);
    }
  }

  function readForm() {
    const given = {};
    for (const field of form.elements) if (field.name && field.value) given[field.name] = field.value;
    state = { ...START, ...given, page: "1" };
  }

  function show() {
    const found = sorted([...calls.keys()].filter(((test) => (at) => test(calls[at], at))(fits(state))), state);
    const pages = Math.max(1, Math.ceil(found.length / data.perPage));
    const page = Math.min(pages, Math.max(1, parseInt(state.page, 10) || 1));
    state.page = String(page);
    const from = (page - 1) * data.perPage;
    const shown = found.slice(from, from + data.perPage);
    body.replaceChildren(...shown.map((at) => row(calls[at], state)));
    if (!shown.length) {
      body.append(make("tr", null, make("td", { colspan: 10 }, "No call fits all filters. Take one away.")));
    }
    const all = many(calls.length, "call", "calls");
    count.textContent = found.length === calls.length
      ? `${all}.${pages > 1 ? ` Page ${page} of ${pages}.` : ""}`
      : `${found.length} of ${all}.${pages > 1 ? ` Page ${page} of ${pages}.` : ""}`;
    document.getElementById("pages").hidden = pages < 2;
    document.getElementById("page").textContent = `Page ${page} of ${pages}`;
    previous.disabled = page === 1;
    next.disabled = page === pages;
    for (const head of table.tHead.rows[0].cells) {
      const key = state.sort.replace(/^-/, "");
      if (head.dataset.sort === key) {
        head.setAttribute("aria-sort", state.sort.startsWith("-") ? "descending" : "ascending");
      } else head.removeAttribute("aria-sort");
    }
    for (const part of document.querySelectorAll("[data-agent]")) {
      part.hidden = Boolean(state.agent) && part.dataset.agent !== state.agent;
    }
    if (state.agent) {
      for (const fold of document.querySelectorAll(".first > details")) fold.open = true;
    }
  }

  // ------------------------------------------------------------------ wiring

  function turn(step) {
    state.page = String(Number(state.page) + step);
    writeHash();
    show();
    table.scrollIntoView({ block: "start" });
    if (document.activeElement && document.activeElement.disabled) count.focus();
  }

  let waiting = 0;
  function changed() {
    clearTimeout(waiting);
    readForm();
    writeHash();
    show();
  }

  buildForm();
  box.hidden = false;
  count.tabIndex = -1;
  for (const head of table.tHead.rows[0].cells) {
    const button = make("button", { type: "button" }, head.textContent);
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const key = head.dataset.sort;
      const usual = DOWN.has(key) ? `-${key}` : key;
      const other = DOWN.has(key) ? key : `-${key}`;
      form.elements.sort.value = state.sort === usual ? other : usual;
      changed();
    });
  }
  form.addEventListener("submit", (event) => { event.preventDefault(); changed(); });
  form.addEventListener("change", changed);
  form.addEventListener("input", (event) => {
    if (event.target.name !== "q" && event.target.name !== "score") return;
    clearTimeout(waiting);
    waiting = setTimeout(changed, 150);
  });
  form.addEventListener("reset", (event) => {
    event.preventDefault();
    state = { ...START };
    writeHash();
    readHash();
    show();
  });
  previous.addEventListener("click", () => turn(-1));
  next.addEventListener("click", () => turn(1));
  window.addEventListener("hashchange", () => { readHash(); show(); });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (/^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName)) return;
    event.preventDefault();
    box.open = true;
    form.elements.q.focus();
  });
  readHash();
  // On a phone the calls come first, unless somebody has filtered them.
  box.open = window.matchMedia("(min-width: 641px)").matches || location.hash.length > 1;
  show();
})();
