// The call page: player, timeline, transcript. It needs nothing but the page it stands in.
(() => {
  "use strict";
  const $ = (what, within = document) => within.querySelector(what);
  const all = (what, within = document) => [...within.querySelectorAll(what)];
  const root = document.documentElement;
  root.classList.add("js");

  const main = $("main");
  const length = Number(main.dataset.length);
  const sound = $("#sound");
  const live = $("#live");
  const pane = $("#words");
  const lines = all(".line").map((element) => {
    const [start, end] = element.dataset.t.split(" ").map(Number);
    return { element, start, end };
  });
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const clock = (at) => {
    const two = (value) => String(value).padStart(2, "0");
    const s = Math.max(0, Math.floor(at));
    const hours = Math.floor(s / 3600);
    const minutes = Math.floor(s / 60) % 60;
    return hours ? `${hours}:${two(minutes)}:${two(s % 60)}` : `${minutes}:${two(s % 60)}`;
  };
  const say = (text) => { live.textContent = text; };
  const span = (element) => element.dataset.play.split(" ").map(Number);

  // ---------------------------------------------------------------- what is folded and linked
  const unfold = (element) => {
    for (let one = element; one; one = one.parentElement) {
      if (one.tagName === "DETAILS") one.open = true;
    }
  };
  const showLine = (element) => {
    const place = element.offsetTop - (pane.clientHeight - element.offsetHeight) / 2;
    pane.scrollTo({ top: place, behavior: calm ? "auto" : "smooth" });
  };
  const follow = () => {
    let name = location.hash.slice(1);
    try { name = decodeURIComponent(name); } catch { return; }
    const time = /^t=(\d+(?:\.\d+)?)$/.exec(name);
    if (time) {
      cue(Math.min(length, Number(time[1])));
      const line = lineAt(Number(time[1]));
      if (line) showLine(line.element);
      return;
    }
    if (!name) return;
    const target = document.getElementById(name) ||
      lines.map((line) => line.element).find((one) => one.dataset.turns.split(" ").includes(name));
    if (!target) return;
    unfold(target);
    if (target.classList.contains("line")) {
      all(".line.here").forEach((one) => one.classList.remove("here"));
      target.classList.add("here");
    }
    target.scrollIntoView({ block: target.classList.contains("line") ? "center" : "start" });
  };
  // Browsers that know no ::details-content print only what is open.
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = all("main details").filter((one) => !one.open);
    folded.forEach((one) => { one.open = true; });
  });
  addEventListener("afterprint", () => folded.forEach((one) => { one.open = false; }));

  // ---------------------------------------------------------------- sound
  let stopAt = null;
  let at = 0;
  let current = null;
  let usable = Boolean(sound);
  const bar = $("#player");
  const button = bar && $("[data-do=play]", bar);
  const seek = bar && $("#seek");
  const follows = bar && $("#follow");
  const cursor = $(".cursor");
  const hairs = all("[data-scrub]").map((svg) => {
    const hair = document.createElementNS("http://www.w3.org/2000/svg", "line");
    hair.setAttribute("class", "hair");
    hair.setAttribute("y2", "100%");
    svg.append(hair);
    return hair;
  });

  const lineAt = (time) => {
    let low = 0;
    let high = lines.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (lines[middle].start <= time + 0.01) low = middle + 1; else high = middle;
    }
    return low ? lines[low - 1] : null;
  };
  // About what is being said: a line's words are spread evenly over its time.
  const caption = (line) => {
    line.words ??= $(".said", line.element).textContent.trim().split(/\s+/);
    const part = (at - line.start) / Math.max(0.1, line.end - line.start);
    const first = Math.max(0, Math.floor(Math.min(0.99, part) * line.words.length / 6) * 6 - 3);
    const text = line.words.slice(first, first + 18).join(" ");
    const shown = `${$(".who", line.element).textContent}: ${first ? "… " : ""}${text}`;
    if ($("#caption").textContent !== shown) $("#caption").textContent = shown;
  };
  const draw = () => {
    const x = `${Math.min(100, 100 * at / length)}%`;
    cursor.style.left = x;
    cursor.hidden = !usable;
    hairs.forEach((hair) => { hair.setAttribute("x1", x); hair.setAttribute("x2", x); });
    if (!bar) return;
    seek.value = at;
    seek.setAttribute("aria-valuetext", `${clock(at)} of ${clock(length)}`);
    $("#clock").textContent = `${clock(at)} / ${clock(length)}`;
    const line = lineAt(at);
    if (line) caption(line);
    if (line === current) return;
    if (current) current.element.removeAttribute("aria-current");
    current = line;
    if (!line) { $("#caption").textContent = ""; return; }
    line.element.setAttribute("aria-current", "true");
    if (follows.checked) showLine(line.element);
  };
  const keepInView = () => {
    const box = $(".scroller");
    const x = cursor.offsetLeft;
    if (x < box.scrollLeft || x > box.scrollLeft + box.clientWidth) {
      box.scrollLeft = x - box.clientWidth / 4;
    }
  };
  const cue = (time, end = null) => {
    at = Math.min(Math.max(0, time), length);
    stopAt = end;
    if (usable) sound.currentTime = at;
    draw();
    keepInView();
  };
  const play = (time, end = null) => {
    if (!usable) return;
    if (time !== undefined) cue(time, end);
    sound.play().catch(() => say("The sound could not be played."));
  };
  const toggle = () => {
    if (sound.paused) { if (at >= length - 0.05) cue(0); play(); } else sound.pause();
  };
  const tick = () => {
    if (sound.readyState) at = sound.currentTime;
    if (stopAt !== null && at >= stopAt) { stopAt = null; sound.pause(); }
    draw();
    if (!sound.paused) requestAnimationFrame(tick);
  };

  if (sound) {
    sound.removeAttribute("controls");
    $(".controls", bar).hidden = false;
    seek.max = length;
    sound.addEventListener("play", () => {
      button.textContent = "❚❚";
      button.setAttribute("aria-label", "Pause");
      say(`Playing from ${clock(sound.currentTime)}`);
      requestAnimationFrame(tick);
    });
    sound.addEventListener("pause", () => {
      button.textContent = "▶";
      button.setAttribute("aria-label", "Play");
      say(`Stopped at ${clock(sound.currentTime)}`);
    });
    // A place that was asked for before the sound was known: not every browser keeps it.
    sound.addEventListener("loadedmetadata", () => {
      if (Math.abs(sound.currentTime - at) > 0.05) sound.currentTime = at;
    });
    sound.addEventListener("timeupdate", () => { if (!sound.seeking) { at = sound.currentTime; draw(); } });
    sound.addEventListener("error", () => {
      usable = false;
      root.classList.add("silent");
      $(".controls", bar).hidden = true;
      $("#lost").hidden = false;
      cursor.hidden = true;
    });
    if (sound.error) sound.dispatchEvent(new Event("error"));
    button.addEventListener("click", toggle);
    seek.addEventListener("input", () => cue(Number(seek.value)));
    const speed = $("#speed");
    const pace = () => { sound.playbackRate = Number(speed.value); };
    pace();  // Firefox keeps what was chosen when the page is loaded again
    speed.addEventListener("change", () => {
      pace();
      say(`Speed ${speed.value} times`);
    });
    const loose = () => { if (follows.checked) { follows.checked = false; say("The words no longer follow the sound"); } };
    pane.addEventListener("wheel", loose, { passive: true });
    pane.addEventListener("touchmove", loose, { passive: true });
    pane.addEventListener("keydown", (event) => {
      if (["PageUp", "PageDown", "Home", "End", "ArrowUp", "ArrowDown"].includes(event.key)) loose();
    });
    follows.addEventListener("change", () => { if (follows.checked && current) showLine(current.element); });

    // A button beside every moment that can be heard.
    all("[data-play]").forEach((element) => {
      if (element.closest("svg, .line")) return;
      const one = document.createElement("button");
      one.type = "button";
      one.className = "play";
      const card = element.closest(".lead");
      const title = card && $("h4", card);
      one.textContent = card ? "▶ Play" : "▶";
      one.setAttribute("aria-label", `Play ${title ? `“${title.textContent}” ` : ""}from ${element.textContent}`);
      one.addEventListener("click", () => play(...span(element)));
      if (card) $(".act", card).prepend(one); else element.before(one, " ");
    });
  }

  // ---------------------------------------------------------------- timeline
  const plot = $(".plotted");
  const timeOf = (event, element) => {
    const box = element.getBoundingClientRect();
    return length * Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
  };
  const go = (time) => {
    if (usable) { play(time); return; }
    const line = lineAt(time);
    if (line) location.hash = line.element.id;
  };
  plot.addEventListener("click", (event) => {
    if (!event.target.closest("a")) go(timeOf(event, plot));
  });
  all("[data-scrub]").forEach((svg) => {
    svg.addEventListener("click", (event) => go(timeOf(event, svg)));
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-play]");
    if (!link || !usable || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (!link.closest(".line, .plotted")) return;
    event.preventDefault();
    play(...span(link));
  });
  const marks = all(".plotted a[data-play]").map((element) => ({ element, start: span(element)[0] }));
  marks.sort((one, other) => one.start - other.start);
  // With a player the keys n and p lead through the moments; tabbing through dozens would not.
  const times = [...new Set(marks.map((mark) => mark.start))];
  const step = (way) => {
    const next = way > 0
      ? times.find((time) => time > at + 0.05)
      : [...times].reverse().find((time) => time < at - 1.5);
    if (next === undefined) { say(way > 0 ? "No later moment" : "No earlier moment"); return; }
    const mark = marks.find((one) => one.start === next);
    const title = $("title", mark.element).textContent;
    all(".plotted a.on").forEach((one) => one.classList.remove("on"));
    mark.element.classList.add("on");
    if (usable) play(...span(mark.element)); else { at = next; go(next + 1); }
    say(title);
  };
  all("[data-zoom]").forEach((one) => one.addEventListener("click", () => {
    const zoom = Number(one.dataset.zoom);
    const box = $(".scroller");
    const middle = (box.scrollLeft + box.clientWidth / 2) / plot.offsetWidth;
    plot.style.width = `${100 * zoom}%`;
    plot.dataset.zoomed = zoom;
    box.scrollLeft = (usable && at > 0 ? at / length : middle) * plot.offsetWidth - box.clientWidth / 2;
    all("[data-zoom]").forEach((other) => other.setAttribute("aria-pressed", String(other === one)));
  }));
  $(".zooms").hidden = false;

  // ---------------------------------------------------------------- search
  const search = $("#search");
  const count = $("#found");
  let hits = [];
  let hit = -1;
  const mark = (place, wanted) => {
    const texts = document.createTreeWalker(place, NodeFilter.SHOW_TEXT);
    const nodes = [];
    while (texts.nextNode()) nodes.push(texts.currentNode);
    for (const node of nodes) {
      let rest = node;
      for (;;) {
        const found = rest.data.toLocaleLowerCase().indexOf(wanted);
        if (found < 0 || found + wanted.length > rest.data.length) break;
        const part = rest.splitText(found);
        rest = part.splitText(wanted.length);
        const box = document.createElement("mark");
        part.replaceWith(box);
        box.append(part);
        hits.push(box);
      }
    }
  };
  const show = (index) => {
    if (!hits.length) return;
    if (hits[hit]) hits[hit].classList.remove("on");
    hit = (index + hits.length) % hits.length;
    hits[hit].classList.add("on");
    showLine(hits[hit].closest(".line"));
    count.textContent = `${hit + 1} of ${hits.length}`;
  };
  const look = () => {
    hits.forEach((one) => { const text = one.parentNode; one.replaceWith(...one.childNodes); text.normalize(); });
    hits = [];
    hit = -1;
    const wanted = search.value.trim().toLocaleLowerCase();
    count.textContent = "";
    if (wanted.length < 2) return;
    lines.forEach((line) => mark($(".said", line.element), wanted));
    if (hits.length) show(0); else count.textContent = "not found";
  };
  search.addEventListener("input", look);
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") { event.preventDefault(); show(hit + (event.shiftKey ? -1 : 1)); }
    if (event.key === "Escape") { search.value = ""; look(); search.blur(); }
  });
  $("#found-before").addEventListener("click", () => show(hit - 1));
  $("#found-next").addEventListener("click", () => show(hit + 1));
  $(".find").hidden = false;

  // ---------------------------------------------------------------- keys
  const help = $("#keys");
  all("[data-do]").forEach((one) => one.addEventListener("click", () => {
    const what = one.dataset.do;
    if (what === "back") cue(at - 5);
    if (what === "ahead") cue(at + 5);
    if (what === "next") step(1);
    if (what === "before") step(-1);
    if (what === "help") help.showModal();
    if (what === "close") help.close();
  }));
  const keys = {
    " ": () => usable && toggle(),
    ArrowLeft: () => usable && cue(at - 5),
    ArrowRight: () => usable && cue(at + 5),
    n: () => step(1),
    p: () => step(-1),
    "/": () => { search.focus(); search.scrollIntoView({ block: "center" }); },
    "?": () => help.showModal(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || help.open) return;
    const place = event.target;
    if (place.closest("input, select, textarea, [contenteditable]")) return;
    // Space and the arrows keep their own meaning where they have one.
    if (event.key === " " && place.closest("button, a, summary, audio")) return;
    if (event.key.startsWith("Arrow") && place.closest("audio, .scroller")) return;
    const action = keys[event.key];
    if (!action || action() === false) return;
    event.preventDefault();
  });

  addEventListener("hashchange", follow);
  draw();
  follow();
})();
