/* Puts Plotly's figures in the place of the pictures, as they come into sight.

   The script that draws lies beside the pages and is loaded when the first figure is seen. Where it
   cannot be loaded the pictures stay. */
(() => {
  "use strict";
  // What stands for a colour on a dark page: the same hue, lighter.
  const DARK = {
    "#0072B2": "#8fcdf5", "#56B4E9": "#2f86c1", "#5a6675": "#c3ccd6",
    "rgba(86,180,233,0.35)": "rgba(86,180,233,0.28)",
  };
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const source = document.currentScript.dataset.plotly;
  const drawn = new Map();
  let loading = null;

  const load = () => {
    loading = loading || new Promise((done, failed) => {
      const script = document.createElement("script");
      script.src = source;
      script.onload = () => done(window.Plotly);
      script.onerror = () => failed(new Error("no plots"));
      document.head.append(script);
    });
    return loading;
  };

  const coloured = (value) => {
    if (typeof value === "string") return (dark.matches && DARK[value]) || value;
    if (Array.isArray(value)) return value.map(coloured);
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, coloured(one)]));
    }
    return value;
  };

  const dressed = (layout) => {
    const style = getComputedStyle(document.documentElement);
    const [ink, line, card] = ["--ink", "--line", "--card"].map((name) => style.getPropertyValue(name).trim());
    const axis = { color: ink, gridcolor: line, linecolor: line };
    return {
      ...layout,
      autosize: true,
      dragmode: false,
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { color: ink, family: "system-ui, sans-serif", size: 12 },
      hoverlabel: { bgcolor: card, bordercolor: ink, font: { color: ink } },
      xaxis: { ...layout.xaxis, ...axis },
      yaxis: { ...layout.yaxis, ...axis },
    };
  };

  const show = async (figure, spec) => {
    const first = !drawn.has(figure);
    drawn.set(figure, spec);
    let plotly;
    try {
      plotly = await load();
    } catch {
      return;
    }
    const now = coloured(drawn.get(figure));
    const place = figure.querySelector(".live");
    place.hidden = false;
    figure.classList.add("drawn");
    await plotly.react(place, now.data, dressed(now.layout), { displayModeBar: false, responsive: true });
    if (first) {
      place.on("plotly_click", (event) => {
        const data = event.points[0] && event.points[0].customdata;
        if (data && data[data.length - 1]) window.location.href = data[data.length - 1];
      });
    }
  };

  const specOf = (figure) => JSON.parse(figure.querySelector("script[type='application/json']").textContent);

  dark.addEventListener("change", () => drawn.forEach((spec, figure) => show(figure, spec)));
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (entry.isIntersecting) {
        seen.unobserve(entry.target);
        show(entry.target, specOf(entry.target));
      }
    }
  }, { rootMargin: "300px" });
  document.querySelectorAll("figure.plot[data-own]").forEach((figure) => seen.observe(figure));
  window.callcoachPlots = { show, specOf };
})();
