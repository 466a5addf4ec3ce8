// The page stays alive while it reads: no task of its main thread is longer than 50 ms between a drop and its answer.

import assert from "node:assert/strict";

import { choose, file, ndjson, read, scenario, votes } from "./support.mjs";

/** The tasks over 50 ms that began between the last drop and its answer, in milliseconds. */
async function longTasks(page) {
  return page.evaluate(async () => {
    // Entries come a moment after the task.
    await new Promise((resolve) => setTimeout(resolve, 300));
    const at = (name) => performance.getEntriesByName(`sandglass:${name}`).at(-1).startTime;
    const [from, to] = [at("drop"), at("answer")];
    return globalThis.longTasks.filter(({ start }) => start > from && start < to).map(({ ms }) => ms);
  });
}

const observe = (page) =>
  page.evaluate(() => {
    globalThis.longTasks = [];
    new PerformanceObserver((list) => {
      for (const { startTime, duration } of list.getEntries()) {
        globalThis.longTasks.push({ start: startTime, ms: duration });
      }
    }).observe({ type: "longtask", buffered: false });
  });

scenario("what counts as a long task is noticed", async (page) => {
  await observe(page);
  const noticed = await page.evaluate(async () => {
    await new Promise((resolve) => setTimeout(resolve));
    const end = performance.now() + 80;
    while (performance.now() < end);
    await new Promise((resolve) => setTimeout(resolve, 300));
    return globalThis.longTasks.length;
  });
  assert.ok(noticed >= 1);
});

scenario("a million made-up votes are read without a long task", async (page) => {
  await page.waitForLoadState("networkidle");
  await observe(page);
  await read(page, () => page.getByTestId("sample-1000000").click());
  assert.deepEqual(await longTasks(page), []);
});

scenario("a large file is read without a long task, and the page answers meanwhile", async (page) => {
  await page.waitForLoadState("networkidle");
  const path = await file("large.jsonl", ndjson(votes(20_000)).repeat(50));
  await observe(page);
  await read(page, async () => {
    await choose(page, path);
    // The look can be changed in the middle.
    await page.getByTestId("theme").click();
  });
  assert.deepEqual(await longTasks(page), []);
});
