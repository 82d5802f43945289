// Steps forward and back through both passes. Step 0: the leaves are given; then each call; then each step back.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const { cells, forward, backward, arrays } = data;
  const last = forward.length + backward.length;
  const at = (id) => document.getElementById(id);
  const graph = document.querySelector("#picture svg");
  const slider = at("slider");
  let step = 0;
  let chosen = null;
  let current = null; // the cell of this step

  // -- what each step changes --------------------------------------------------------------------------------
  const madeAt = cells.map(() => 0); // leaves are given
  forward.forEach((cell, k) => { madeAt[cell] = k + 1; });
  const history = cells.map(() => []); // for each cell: the steps at which it was sent something
  const wholeAt = cells.map(() => last + 1);
  backward.forEach((back, k) => {
    const when = forward.length + 1 + k;
    wholeAt[back.cell] = when;
    for (const sent of back.sent) history[sent.to].push({ when, from: back.cell, ...sent });
  });
  cells.forEach((cell, i) => { if (cell.kind === "leaf") wholeAt[i] = history[i].length ? history[i].at(-1).when : 0; });
  const root = backward.length ? backward[0].cell : 0;
  const groups = cells.map(() => []); // a cell may be drawn more than once
  const edges = [];
  const stretches = [...graph.querySelectorAll(".stretch")];
  stretches.forEach((stretch, k) => { if (data.stretches[k] === null) gather(stretch); });
  function gather(stretch) {
    for (const group of stretch.querySelectorAll(".node")) groups[group.dataset.node].push(group);
    edges.push(...stretch.querySelectorAll(".edge"));
  }

  // -- words -------------------------------------------------------------------------------------------------
  const make = (tag, attributes = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name === "onclick") made.addEventListener("click", value);
      else made.setAttribute(name, value);
    }
    made.append(...children);
    return made;
  };
  const number = (x) => (typeof x === "number" ? String(Number(x.toPrecision(5))) : String(x));
  const label = (i) => (cells[i].name && cells[i].kind === "call" ? `${cells[i].title} → ${cells[i].name}` : cells[i].title);
  const link = (i) => make("button", { class: "link", onclick: () => choose(i) }, label(i));

  function table(numbers, shape) {
    const columns = shape.length ? shape[shape.length - 1] : 1;
    const body = make("table", { class: "numbers" });
    for (let i = 0; i < numbers.length; i += columns) {
      const row = make("tr");
      for (const x of numbers.slice(i, i + columns)) row.append(make("td", { "data-number": x }, number(x)));
      body.append(row);
    }
    return body;
  }

  function heatMap(entry) {
    const shades = atob(entry.map);
    const rows = entry.rows;
    const columns = shades.length / rows;
    const canvas = make("canvas", { width: columns, height: rows, role: "img", "aria-label": `heat map of ${entry.text}` });
    canvas.style.aspectRatio = `${columns} / ${rows}`;
    const context = canvas.getContext("2d");
    const image = context.createImageData(columns, rows);
    for (let i = 0; i < shades.length; i++) {
      const shade = shades.charCodeAt(i);
      const t = shade / 254;
      const colour = shade === 255 ? [255, 0, 255] : [30 + 225 * t, 50 + 170 * t, 110 + 30 * t * (1 - t) - 40 * t];
      image.data.set([...colour, 255], 4 * i);
    }
    context.putImageData(image, 0, 0);
    const box = make("div", { class: "array" }, entry.text, canvas);
    const means = shades.length < entry.shape.reduce((a, b) => a * b, 1) ? "means of blocks, " : "";
    box.append(`${means}dark ${number(entry.low)}, light ${number(entry.high)}`);
    return box;
  }

  function array(i, kind) {
    const lost = kind === "leaf" ? "not kept: its Tensor is gone, or was written into" : "not kept: record within ag.watch()";
    if (i === null || i === undefined) return make("span", { class: "array" }, lost);
    const entry = arrays[i];
    if (entry.map) return heatMap(entry);
    if (!entry.numbers) return make("span", { class: "array" }, entry.text);
    if (entry.numbers.length === 1 && !entry.shape.length) {
      return make("span", { class: "array numbers", "data-number": entry.numbers[0] }, number(entry.numbers[0]));
    }
    if (!entry.numbers.length) return make("span", { class: "array" }, entry.text);
    return make("div", { class: "array" }, table(entry.numbers, entry.shape));
  }

  function list(pairs) {
    const made = make("dl");
    for (const [term, ...what] of pairs) {
      const name = typeof term === "string" ? document.createTextNode(term) : term;
      made.append(make("dt", {}, name), make("dd", {}, ...what));
    }
    return made;
  }

  // -- the gradient of a cell at a step ----------------------------------------------------------------------
  function gradientAt(i, when) {
    if (i === root) return when > forward.length ? { array: cells[i].gradient, whole: true } : null;
    const come = history[i].filter((sent) => sent.when <= when);
    return come.length ? { array: come.at(-1).total, whole: come.length === history[i].length } : null;
  }

  function mark(i, now) {
    const gradient = gradientAt(i, step);
    for (const group of groups[i]) {
      group.classList.toggle("waiting", madeAt[i] > step);
      group.classList.toggle("now", i === now);
      group.classList.toggle("chosen", i === chosen);
      group.classList.toggle("reached", gradient !== null);
      group.classList.toggle("partial", gradient !== null && !gradient.whole);
      const text = group.querySelector(".grad");
      if (text && gradient && gradient.array !== null) {
        const { short } = arrays[gradient.array];
        text.textContent = gradient.whole ? `grad ${short}` : `grad ${short.length > 17 ? `${short.slice(0, 16)}…` : short} + …`;
      }
    }
  }
  function markEdge(edge, now) {
    const { from, to } = edge.dataset;
    edge.classList.toggle("now", Number(to) === now && Number(from) !== now);
  }

  // -- drawing a step ----------------------------------------------------------------------------------------
  function draw() {
    const isBack = step > forward.length;
    const back = isBack ? backward[step - forward.length - 1] : null;
    const now = isBack ? back.cell : step ? forward[step - 1] : null;
    current = now;
    graph.classList.toggle("backwards", isBack);
    cells.forEach((cell, i) => { if (groups[i].length) mark(i, now); });
    for (const edge of edges) markEdge(edge, now);
    const said = now === null ? "the leaves are given" : label(now);
    slider.setAttribute("aria-valuetext", `${isBack ? "backward" : "forward"}, ${said}`);
    at("status").className = isBack ? "backward" : "";
    at("status").replaceChildren(`Step ${step} of ${last}, `, make("b", {}, isBack ? "backward" : "forward"), `: ${said}`);
    at("step").replaceChildren(...(isBack ? tellBackward(back) : tellForward(now)));
    at("chosen").replaceChildren(...(chosen === null ? [] : tellCell(chosen)));
    if (now !== null) reveal(now);
  }

  function tellForward(now) {
    if (now === null) {
      const leaves = cells.map((cell, i) => [cell, i]).filter(([cell]) => cell.kind === "leaf");
      return [make("h2", {}, "The leaves are given"), list(leaves.map(([cell, i]) => [link(i), array(cell.value, "leaf")]))];
    }
    const cell = cells[now];
    const given = cell.made_of.map(([name, what]) =>
      typeof what === "number"
        ? [name, link(what), " = ", array(cells[what].value, cells[what].kind)]
        : [name, make("span", { class: "array" }, what)]);
    const call = cell.kind === "fold" ? cell.title : `${cell.title}(${cell.made_of.map(([name]) => name).join(", ")})`;
    const result = cell.kind === "fold" ? [] : [["result", array(cell.value)], ["is", cell.type]];
    return [make("h2", {}, `Forward: ${label(now)}`), make("pre", {}, call), list([...given, ...result])];
  }

  function tellBackward(back) {
    const cell = cells[back.cell];
    const parts = [make("h2", {}, `Backward: ${label(back.cell)}`)];
    if (back.rule) parts.push(make("pre", { class: "rule" }, back.rule), make("p", { class: "place" }, back.place));
    if (cell.kind !== "fold") parts.push(list([["g", array(gradientAt(back.cell, step)?.array)]]));
    for (const sent of back.sent) {
      const rows = [];
      if (sent.body) {
        parts.push(make("h3", {}, `for ${sent.argument}: `, make("code", {}, sent.body)));
        if (sent.line) parts.push(make("pre", { class: "rule" }, sent.line), make("p", { class: "place" }, sent.place));
        for (const [name, value] of sent.reads) rows.push([name, array(value)]);
      }
      rows.push(["sends", array(sent.sent)], ["to", link(sent.to), sent.fitted || ""]);
      if (sent.part > 1) rows.push([`sum of ${sent.part}`, array(sent.total)]);
      parts.push(list(rows));
    }
    return parts;
  }

  function tellCell(i) {
    const cell = cells[i];
    const rows = [["is", cell.type || cell.title]];
    if (cell.kind !== "fold") rows.push(["value", madeAt[i] <= step ? array(cell.value, cell.kind) : "not computed yet"]);
    const gradient = gradientAt(i, step);
    if (cell.kind !== "fold") rows.push(["gradient", gradient ? array(gradient.array) : "not computed yet"]);
    const parts = [make("h2", { tabindex: "-1" }, `Value: ${label(i)}`), list(rows)];
    const come = history[i].filter((sent) => sent.when <= step);
    if (come.length) {
      parts.push(make("h3", {}, "What it was sent"));
      parts.push(list(come.map((sent) => [`step ${sent.when}`, link(sent.from), " ", array(sent.sent)])));
    }
    return parts;
  }

  // A stretch of the graph is drawn when it comes into sight, or nearly: a long graph opens at once.
  function drawStretch(k) {
    if (data.stretches[k] === null) return;
    stretches[k].innerHTML = data.stretches[k];
    data.stretches[k] = null;
    gather(stretches[k]);
    for (const group of stretches[k].querySelectorAll(".node")) mark(Number(group.dataset.node), current);
    for (const edge of stretches[k].querySelectorAll(".edge")) markEdge(edge, current);
  }
  function drawSight() {
    const pane = at("picture");
    const first = Math.floor((pane.scrollTop - 1500) / data.height);
    const end = Math.floor((pane.scrollTop + pane.clientHeight + 1500) / data.height);
    for (let k = Math.max(first, 0); k <= Math.min(end, stretches.length - 1); k++) drawStretch(k);
  }

  function reveal(i) {
    const pane = at("picture");
    drawStretch(cells[i].stretch);
    const group = groups[i].find((drawn) => !drawn.classList.contains("again"));
    const box = group.getBoundingClientRect();
    const view = pane.getBoundingClientRect();
    if (box.top < view.top || box.bottom > view.bottom || box.left < view.left || box.right > view.right) {
      pane.scrollTop += box.top + box.height / 2 - view.top - view.height / 2;
      pane.scrollLeft += box.left + box.width / 2 - view.left - view.width / 2;
    }
    drawSight();
  }

  // -- going -------------------------------------------------------------------------------------------------
  function choose(i) {
    chosen = chosen === i ? null : i;
    draw();
    if (chosen !== null) reveal(i);
  }

  graph.addEventListener("click", (event) => {
    const group = event.target.closest(".node");
    if (group) choose(Number(group.dataset.node));
  });
  graph.addEventListener("keydown", (event) => {
    const group = event.target.closest(".node");
    if (group && (event.key === "Enter" || event.key === " ")) {
      event.preventDefault();
      event.stopPropagation();
      choose(Number(group.dataset.node));
    }
  });
  at("picture").addEventListener("scroll", drawSight);
  window.addEventListener("resize", drawSight);
  drawSight();
  stepping(last, (to) => { step = to; draw(); }, 900)(0);
})();
