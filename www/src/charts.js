// Charts: Vega-Lite behind a small interface, and nothing of Sandglass's own data.
//
// `render(element, spec, options)` draws a Vega-Lite specification on a canvas and resolves to a handle. What the user
// does with the mouse or a finger is reported, not acted on: the page owns the span that is shown and sends it back
// with `update`. `draw(element, spec, rows, config)` draws any specification over some rows. Expressions run in vega-interpreter, so that a content security policy without `unsafe-eval` holds, and
// every position is set through CSSOM, so that one without inline styles does.

import { compile } from "vega-lite";
import { View, Error as LogErrors, parse } from "vega";
import { expressionInterpreter } from "vega-interpreter";

/** A pointer that moved less than this many pixels was a click and not a drag. */
const CLICK_PIXELS = 4;

/** How much one notch of the wheel zooms. */
const WHEEL_STEP = 1.2;

/**
 * Draws a chart whose horizontal scale is named `x` and runs over time.
 *
 * @param {HTMLElement} element where to draw; it must be positioned, and is emptied
 * @param {object} spec a Vega-Lite specification
 * @param {object} options
 * @param {string} options.hover the dataset whose rows a tooltip describes: each has `from` and `to` on the x scale and
 *   `lines`, the text of its tooltip
 * @param {{datasets: object, params: object}} options.initial what `update` takes
 * @param {(from: number, to: number) => void} options.onSpan the user chose a span, in milliseconds
 * @param {() => void} options.onReset the user wants to see everything again
 */
export async function render(element, spec, options) {
  const canvasHolder = child(element, "chart-canvas");
  const overlay = child(element, "chart-overlay");
  const runtime = parse(compile(spec).spec, {}, { ast: true });
  const view = new View(runtime, {
    renderer: "canvas",
    container: canvasHolder,
    expr: expressionInterpreter,
    hover: false,
    logLevel: LogErrors,
  });

  // The specification's own size is of no consequence: the chart fills its element.
  const size = () => [Math.max(120, element.clientWidth), Math.max(80, element.clientHeight)];
  let drawn = size();
  assign(view, options.initial);
  await view.width(drawn[0]).height(drawn[1]).runAsync();

  const pointer = watchPointer(element, overlay, view, options);
  const observer = new ResizeObserver(() => {
    const [width, height] = size();
    if (width === drawn[0] && height === drawn[1]) return;
    drawn = [width, height];
    pointer.hide();
    view.width(width).height(height).runAsync();
  });
  observer.observe(element);

  return {
    /** New rows for named datasets and new values for named parameters; the view stays. */
    async update(change) {
      assign(view, change);
      pointer.hide();
      await view.runAsync();
    },
    /** The chart as the text of an SVG file. */
    toSVG: () => view.toSVG(),
    /** The chart as a PNG, `scale` times as large as on the page. */
    toPNG: (scale) => png(view, scale),
    /** Ends the chart and gives back what it holds. */
    finalize() {
      observer.disconnect();
      pointer.end();
      view.finalize();
      element.replaceChildren();
    },
  };
}

/** A chart has the rows that it is given, and nothing from anywhere else. */
const NO_LOADER = {
  load: () => Promise.reject(new Error("a chart has only the rows of its result")),
  sanitize: () => Promise.reject(new Error("a chart has no links and no pictures")),
  http: () => Promise.reject(new Error("a chart fetches nothing")),
  file: () => Promise.reject(new Error("a chart fetches nothing")),
};

/** The least height of a chart that says nothing of its own, in pixels. */
const LEAST_HEIGHT = 120;

/**
 * Draws any Vega-Lite specification over the dataset `rows`. It fills the width of its element, and its height unless the
 * specification says one.
 *
 * @param {HTMLElement} element where to draw; it must be positioned
 * @param {object} spec a Vega-Lite specification
 * @param {string} rows an array of objects, as JSON
 * @param {object} config colours and fonts; what the specification says itself comes first
 * @returns a handle as `render` gives, with `warnings`: what is wrong with the specification, though it could be drawn
 */
export async function draw(element, spec, rows, config) {
  const warnings = new Set();
  const note = (...words) => (warnings.add(words.map(String).join(" ")), logger);
  const logger = { level: () => logger, error: note, warn: note, info: () => logger, debug: () => logger };
  // Several plots side by side have sizes of their own.
  const single = ["facet", "repeat", "concat", "hconcat", "vconcat"].every((several) => !(several in spec));
  const facets = ["row", "column", "facet"].some((channel) => channel in (spec.encoding ?? {}));
  const fill = { width: single && !facets && !("width" in spec), height: single && !facets && !("height" in spec) };
  const size = () => [Math.max(LEAST_HEIGHT, element.clientWidth), Math.max(LEAST_HEIGHT, element.clientHeight)];
  const whole = { ...spec, data: spec.data ?? { name: "rows" }, datasets: { ...spec.datasets, rows: JSON.parse(rows) } };
  let drawn = size();
  if (fill.width) whole.width = drawn[0];
  if (fill.height) whole.height = drawn[1];
  if (fill.width && !whole.autosize) {
    whole.autosize = { type: fill.height ? "fit" : "fit-x", contains: "padding" };
  }
  const runtime = parse(compile(whole, { config, logger }).spec, {}, { ast: true });
  const canvasHolder = child(element, "chart-canvas");
  const overlay = child(element, "chart-overlay");
  const tip = child(overlay, "chart-tip");
  const tell = (event, value) => {
    const lines =
      value === null || value === undefined || value === ""
        ? []
        : typeof value === "object"
          ? Object.entries(value).map(([name, text]) => `${name}: ${text}`)
          : [String(value)];
    tip.classList.toggle("shown", lines.length > 0);
    // At the end of a chart it is told that there is nothing, and no event.
    if (!event || lines.length === 0) return;
    tip.replaceChildren(...lines.map(line));
    const box = element.getBoundingClientRect();
    // Beside the pointer, on the side where there is room.
    const x = event.clientX - box.left;
    const y = event.clientY - box.top;
    const left = x + 14 + tip.offsetWidth > box.width ? x - 14 - tip.offsetWidth : x + 14;
    place(tip, { left: Math.max(left, 0), top: Math.max(Math.min(y + 14, box.height - tip.offsetHeight), 0) });
  };
  const view = new View(runtime, {
    renderer: "canvas",
    container: canvasHolder,
    expr: expressionInterpreter,
    loader: NO_LOADER,
    logger,
    tooltip: (_handler, event, _item, value) => tell(event, value),
  });
  // Another chart may be in the element by then.
  const end = () => {
    view.finalize();
    canvasHolder.remove();
    overlay.remove();
  };
  try {
    await view.runAsync();
  } catch (error) {
    end();
    throw error;
  }
  const observer = new ResizeObserver(() => {
    const [width, height] = size();
    // A chart that is hidden keeps its size until it is seen again.
    if (!element.clientWidth || (width === drawn[0] && (!fill.height || height === drawn[1]))) return;
    drawn = [width, height];
    if (fill.width) view.width(width);
    if (fill.height) view.height(height);
    view.runAsync();
  });
  observer.observe(element);
  return {
    warnings: [...warnings],
    toSVG: () => view.toSVG(),
    toPNG: (scale) => png(view, scale),
    finalize() {
      observer.disconnect();
      end();
    },
  };
}

/** The chart as a PNG, `scale` times as large as on the page. */
async function png(view, scale) {
  const canvas = await view.toCanvas(scale);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("the picture is too large"))), "image/png");
  });
}

/** Sets rows and parameters without running the view. */
function assign(view, { datasets, params }) {
  for (const [name, rows] of Object.entries(datasets ?? {})) view.data(name, rows);
  for (const [name, value] of Object.entries(params ?? {})) view.signal(name, value);
}

function child(element, className) {
  const created = document.createElement("div");
  created.className = className;
  element.append(created);
  return created;
}

/** Tooltip, drag, double click and wheel over the plot. */
function watchPointer(element, overlay, view, { hover, onSpan, onReset }) {
  const cursor = child(overlay, "chart-cursor");
  const brush = child(overlay, "chart-brush");
  const tip = child(overlay, "chart-tip");
  const ended = new AbortController();
  /** Where a drag began, in pixels of the plot; `null` when there is none. */
  let dragStart = null;

  const show = (part, shown) => part.classList.toggle("shown", shown);
  const hide = () => [cursor, brush, tip].forEach((part) => show(part, false));

  /** Left edge and top of the plot inside the element. */
  const origin = () => {
    const [x, y] = view.origin();
    const { left, top } = view.padding();
    return { x: x + left, y: y + top };
  };
  /** The pointer in pixels from the left edge of the plot, kept within it. */
  const plotX = (event) => {
    const x = event.clientX - element.getBoundingClientRect().left - origin().x;
    return Math.min(Math.max(x, 0), view.width());
  };
  const time = (x) => Number(view.scale("x").invert(x));

  const describe = (event) => {
    const at = time(plotX(event));
    const row = find(view.data(hover), at);
    show(cursor, Boolean(row));
    show(tip, Boolean(row));
    if (!row) return;
    const scale = view.scale("x");
    const { x: left, y: top } = origin();
    const from = Math.max(scale(row.from), 0);
    const to = Math.min(scale(row.to), view.width());
    place(cursor, { left: left + from, top, width: Math.max(to - from, 1), height: view.height() });
    tip.replaceChildren(...row.lines.map(line));
    const room = element.clientWidth - tip.offsetWidth;
    place(tip, { left: Math.min(Math.max(left + (from + to) / 2 - tip.offsetWidth / 2, 0), Math.max(room, 0)), top: 0 });
  };

  const listen = (type, handler, more) =>
    element.addEventListener(type, handler, { signal: ended.signal, ...more });

  listen("pointerdown", (event) => {
    if (event.button !== 0) return;
    dragStart = plotX(event);
    element.setPointerCapture(event.pointerId);
  });
  listen("pointermove", (event) => {
    if (dragStart === null) {
      describe(event);
      return;
    }
    const x = plotX(event);
    const { x: left, y: top } = origin();
    show(cursor, false);
    show(tip, false);
    show(brush, Math.abs(x - dragStart) >= CLICK_PIXELS);
    place(brush, { left: left + Math.min(x, dragStart), top, width: Math.abs(x - dragStart), height: view.height() });
  });
  listen("pointerup", (event) => {
    const x = plotX(event);
    const start = dragStart;
    dragStart = null;
    show(brush, false);
    if (start === null) return;
    if (Math.abs(x - start) >= CLICK_PIXELS) onSpan(time(Math.min(start, x)), time(Math.max(start, x)));
    // A finger does not hover: a tap shows what the mouse shows on its way.
    else describe(event);
  });
  listen("pointercancel", () => {
    dragStart = null;
    hide();
  });
  listen("pointerleave", () => {
    if (dragStart === null) hide();
  });
  listen("dblclick", () => onReset());
  listen(
    "wheel",
    (event) => {
      // The plain wheel scrolls the page; with Ctrl (which is also what a pinch sends) it zooms about the pointer.
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const middle = time(plotX(event));
      const [from, to] = view.scale("x").domain().map(Number);
      const factor = event.deltaY > 0 ? WHEEL_STEP : 1 / WHEEL_STEP;
      onSpan(middle - (middle - from) * factor, middle + (to - middle) * factor);
    },
    { passive: false },
  );

  return { hide, end: () => ended.abort() };
}

/** The row that holds this time, by bisection: rows come in order of time. */
function find(rows, at) {
  let low = 0;
  let high = rows.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (rows[middle].to <= at) low = middle + 1;
    else if (rows[middle].from > at) high = middle - 1;
    else return rows[middle];
  }
  return undefined;
}

function line(text) {
  const created = document.createElement("span");
  created.textContent = text;
  return created;
}

function place(part, { left, top, width, height }) {
  part.style.left = `${left}px`;
  part.style.top = `${top}px`;
  if (width !== undefined) part.style.width = `${width}px`;
  if (height !== undefined) part.style.height = `${height}px`;
}
