// Who runs in the browser benchmark, and how each is measured. Every run has a fresh context: nothing is cached, and
// nothing of the run before is in memory.
//
// `ready` is from the start of the navigation until the contender takes a file, `answer` from the choice of the file
// until the answer is painted; both in milliseconds on the page's own clock.

import { cells, number } from "../e2e/support/page.mjs";
import { transfers } from "../e2e/support/transfer.mjs";

/** How long a run may take, in milliseconds. */
const PATIENCE = 180_000;

/**
 * How long a new window is left alone, in milliseconds. Chromium draws the frame of its windows with pages of its own,
 * which keep a core busy for most of a second after a window is opened. Those who open a page have had their window for
 * longer than that.
 */
const SETTLED = 2_000;

/** A blank page in a context of its own, whose window has settled. */
async function blank(context) {
  const page = await context.newPage();
  await page.waitForTimeout(SETTLED);
  return page;
}

/**
 * Our page: reads the file. `what` says which answer is looked at, the weeks of votes or the number of records; `rest` for how many
 * milliseconds the page is looked at before the file is chosen.
 */
export const sandglass = (url, file, { what = "weeks", rest = 0 } = {}) => async (browser) => {
  const context = await browser.newContext();
  try {
    const { before } = transfers(context);
    const page = await blank(context);
    await page.addInitScript(() => {
      globalThis.longTasks = [];
      new PerformanceObserver((list) => {
        for (const { startTime, duration } of list.getEntries()) globalThis.longTasks.push({ startTime, duration });
      }).observe({ type: "longtask" });
      // What is in memory when the answer is out, before it is saved and leaves it.
      new PerformanceObserver((list) => {
        if (list.getEntriesByName("sandglass:answer").length) globalThis.catalog = document.querySelector(".catalog").innerText;
      }).observe({ type: "mark" });
    });
    await page.goto(url);
    await marked(page, "sandglass:ready");
    if (rest) await page.waitForTimeout(rest);
    await page.getByTestId("file-input").setInputFiles(file);
    await marked(page, "sandglass:answer");
    const weeks = what === "weeks" ? (await cells(page, "outlier-table")).map((cells) => cells.slice(0, 3).map(number)) :
      [[number(await page.getByTestId("summary-read").innerText())]];
    const times = await page.evaluate(async () => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      const at = (name) => performance.getEntriesByName(`sandglass:${name}`).at(-1).startTime;
      const [ready, drop, answer] = [at("ready"), at("drop"), at("answer")];
      const during = globalThis.longTasks.filter(({ startTime }) => startTime > drop && startTime < answer);
      const end = performance.timeOrigin + answer;
      return { ready, answer: answer - drop, longest: Math.max(0, ...during.map(({ duration }) => duration)), end };
    });
    const sent = await before(times.end);
    return {
      weeks,
      ready: times.ready,
      answer: times.answer,
      longest: times.longest,
      transferred: sent.reduce((sum, { bytes }) => sum + bytes, 0),
      memory: await engineMemory(page),
      stored: await storedBytes(page),
    };
  } finally {
    await context.close();
  }
};

/**
 * The wasm memory of the worker that has the data, in bytes. It never shrinks, so what it is at the end is the most that
 * it was. The glue of a module that is loaded already hands out its exports once more.
 */
async function engineMemory(page) {
  const [worker] = page.workers();
  return worker.evaluate(async () => {
    const loaded = performance.getEntriesByType("resource").map(({ name }) => name);
    const wasm = loaded.find((name) => /_bg\.wasm(\?|$)/.test(name));
    const glue = await import(wasm.replace("_bg.wasm", ".js"));
    const { memory } = await glue.default();
    return memory.buffer.byteLength;
  });
}

/** The bytes that the columns of all tables take, as the catalog says: `1,000 rows, 2.1 MB in memory`. */
async function storedBytes(page) {
  const catalog = (await page.evaluate(() => globalThis.catalog)).replaceAll("\u00a0", " ");
  const bytes = [...catalog.matchAll(/([\d.,]+) ([kMG]?B) in memory/g)].map(
    ([, digits, unit]) => number(digits) * { B: 1, kB: 1e3, MB: 1e6, GB: 1e9 }[unit],
  );
  return bytes.reduce((sum, bytes) => sum + bytes, 0);
}

/** A page that hands the file to a worker of `pages/`. */
export const reader = (url, worker, file) => plain(`${url}reader.html?worker=${worker}`, file);

/** DuckDB-Wasm, by one of its ways. */
export const duckdb = (url, way, file) => plain(`${url}duckdb.html?way=${way}`, file);

const plain = (url, file) => async (browser) => {
  const context = await browser.newContext();
  try {
    const page = await blank(context);
    await page.goto(url);
    await marked(page, "bench:ready");
    await page.locator("#file").setInputFiles(file);
    await marked(page, "bench:answer");
    return await page.evaluate(() => {
      const at = (name) => performance.getEntriesByName(`bench:${name}`).at(-1).startTime;
      return { weeks: globalThis.answer, ready: at("ready"), answer: at("answer") - at("drop"), version: globalThis.version };
    });
  } finally {
    await context.close();
  }
};

/** Waits for a mark in a way that costs the page nothing while it waits. */
async function marked(page, name) {
  const failure = await page.evaluate(
    ({ name, patience }) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, patience, `no ${name} after ${patience} ms`);
        const end = (failure) => {
          clearTimeout(timer);
          resolve(failure);
        };
        const observer = new PerformanceObserver(() => {
          if (performance.getEntriesByName(name).length > 0) end();
        });
        observer.observe({ type: "mark", buffered: true });
        // What a page of the contenders says when it cannot go on.
        addEventListener("bench:failure", ({ detail }) => end(detail));
        if (globalThis.failure) end(globalThis.failure);
      }),
    { name, patience: PATIENCE },
  );
  if (failure) throw new Error(failure);
}
