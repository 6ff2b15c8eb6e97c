/* Filters of the team's page: the plot, the table of agents and the moments follow them. */
(() => {
  "use strict";
  const byId = (id) => document.getElementById(id);
  const data = JSON.parse(byId("team-data").textContent);
  const figure = document.querySelector("figure.plot");
  const empty = window.callcoachPlots.specOf(figure);
  const form = byId("filters");
  const NBSP = "\u00a0";

  const chosen = () => ({
    from: form.elements.from.value,
    to: form.elements.to.value,
    values: data.choices.map((name) => form.elements[name].value),
  });

  const passes = ([, , day, values], wish) => {
    if (wish.from && !(day && day >= wish.from)) return false;
    if (wish.to && !(day && day <= wish.to)) return false;
    return wish.values.every((value, place) => value === "" || values[place].includes(Number(value)));
  };

  const middle = (sorted) => {
    const half = sorted.length >> 1;
    return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  };

  // The innermost pair of ranks that holds the median in 95 of 100 cases (binomial counts).
  const interval = (sorted) => {
    const many = sorted.length;
    let log = -many * Math.LN2;
    let below = 0;
    let rank = -1;
    for (let under = 0; 2 * under < many; under += 1) {
      below += Math.exp(log);
      if (below > 0.025) break;
      rank = under;
      log += Math.log((many - under) / (under + 1));
    }
    return rank < 0 ? null : [sorted[rank], sorted[many - 1 - rank]];
  };

  // A half goes to the even number, as in the rest of the pages.
  const whole = (value) => {
    const up = Math.round(value);
    return up - value === 0.5 && up % 2 ? up - 1 : up;
  };
  const text = (value) => `${whole(value)}${NBSP}points`;

  const table = (scores, counts) => {
    for (const row of document.querySelectorAll("#agents tbody tr")) {
      const own = (scores.get(Number(row.dataset.agent)) || []).slice().sort((a, b) => a - b);
      const few = own.length < data.minCalls;
      const ends = few ? null : interval(own);
      const cell = (name) => row.querySelector(`[data-cell="${name}"]`);
      cell("calls").textContent = counts.get(Number(row.dataset.agent)) || 0;
      cell("scored").textContent = own.length;
      cell("median").textContent = own.length ? text(middle(own)) : "no score";
      cell("between").textContent = ends ? `${whole(ends[0])} to ${text(ends[1])}` : "too few calls";
    }
  };

  // Plotly reads a few tags in its texts: names are to stand as they are.
  const literal = (name) => name.replace(/&/g, "&amp;").replace(/</g, "&lt;");

  const plot = (calls, measure) => {
    const spec = JSON.parse(JSON.stringify(empty));
    const [boxes, dots] = spec.data;
    const sizes = new Map();
    const scored = calls.filter((call) => call[4][measure] !== null);
    for (const call of scored) sizes.set(call[1], (sizes.get(call[1]) || 0) + 1);
    const label = (agent) => `${literal(data.agents[agent].slice(0, 24))} (${sizes.get(agent) || 0})`;
    for (const call of scored) {
      const trace = sizes.get(call[1]) < data.minCalls ? dots : boxes;
      trace.x.push(call[4][measure]);
      trace.y.push(label(call[1]));
      trace.customdata.push([literal(call[0]), `calls/${encodeURIComponent(call[0])}/report.html`]);
    }
    if (scored.length > 3000) boxes.boxpoints = "outliers";
    const shown = data.agents.map((_, agent) => agent).filter((agent) => sizes.has(agent));
    spec.layout.yaxis.categoryorder = "array";
    spec.layout.yaxis.categoryarray = shown.map(label);
    spec.layout.height = 70 + 34 * Math.max(1, shown.length);
    window.callcoachPlots.show(figure, spec);
    return scored;
  };

  const moments = (kept) => {
    for (const list of document.querySelectorAll(".team-moments")) {
      let room = data.moments;
      for (const item of list.children) {
        const fits = kept.has(Number(item.dataset.call)) && room > 0;
        item.hidden = !fits;
        if (fits) room -= 1;
      }
    }
  };

  const update = () => {
    const wish = chosen();
    const kept = new Set();
    data.calls.forEach((call, place) => { if (passes(call, wish)) kept.add(place); });
    const calls = data.calls.filter((_, place) => kept.has(place));
    const select = form.elements.measure;
    const scored = plot(calls, data.measures.indexOf(select.value));
    const scores = new Map();
    const counts = new Map();
    for (const call of calls) counts.set(call[1], (counts.get(call[1]) || 0) + 1);
    for (const call of scored) {
      if (!scores.has(call[1])) scores.set(call[1], []);
      scores.get(call[1]).push(call[4][data.measures.indexOf(select.value)]);
    }
    table(scores, counts);
    moments(kept);
    const name = select.selectedOptions[0].textContent;
    byId("measure-name").textContent = name;
    // The words under the plot are about the overall scores of all calls.
    figure.querySelector("figcaption").hidden = select.selectedIndex > 0 || calls.length < data.calls.length;
    byId("found").textContent = `${calls.length} of ${data.calls.length} calls, ${scored.length} of them with a score: ${name}.`;
  };

  form.hidden = false;
  form.addEventListener("input", update);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(update));
  update();
})();
