// The page stays alive while it reads: no task of its main thread takes over 50 ms between a drop and its answer.
//
// Tasks are measured in processor time, from a trace of the browser. By the clock on the wall, whatever else runs on the
// machine makes tasks longer, and a test must not depend on that; the benchmark, which has the machine for itself, tells
// the longest task by the clock.

import assert from "node:assert/strict";

import { choose, file, ndjson, read, scenario, sharedBrowser, votes } from "./support.mjs";

/** The longest that a task may be, in milliseconds. */
const LIMIT = 50;

/** Records a trace while something is done. */
async function trace(page, doing) {
  const browser = await sharedBrowser();
  await browser.startTracing(page, { categories: ["toplevel", "blink.user_timing"] });
  await doing();
  return JSON.parse((await browser.stopTracing()).toString()).traceEvents;
}

/** The processor time of the main thread's tasks between two marks of the page, in milliseconds, the longest first. */
function tasks(events, from, to) {
  const mark = (name) => events.findLast((event) => event.cat === "blink.user_timing" && event.name === name);
  const [begin, end] = [mark(from), mark(to)];
  assert.ok(begin && end && begin.ts < end.ts, `the trace has the marks ${from} and ${to}`);
  return events
    .filter(({ name, pid, tid, ts, dur }) => name.endsWith("RunTask") && pid === begin.pid && tid === begin.tid &&
      ts + (dur ?? 0) > begin.ts && ts < end.ts)
    .map(({ tdur }) => tdur / 1000)
    .sort((left, right) => right - left);
}

/** Reads something in a page that has come to rest, and looks at every task on the way. */
async function expectNoLongTask(page, give) {
  await page.waitForLoadState("networkidle");
  const events = await trace(page, () => read(page, give));
  const times = tasks(events, "sandglass:drop", "sandglass:answer");
  assert.ok(times.length > 10, `${times.length} tasks are in the trace`);
  assert.ok(times[0] <= LIMIT, `the longest tasks took ${times.slice(0, 5)} ms of processor time`);
}

scenario("a task that is long would be noticed", async (page) => {
  const events = await trace(page, () =>
    page.evaluate(
      () =>
        new Promise((resolve) => {
          performance.mark("begin");
          setTimeout(() => {
            const end = performance.now() + 400;
            while (performance.now() < end);
            setTimeout(() => {
              performance.mark("end");
              setTimeout(resolve, 100);
            });
          });
        }),
    ),
  );
  assert.ok(tasks(events, "begin", "end")[0] > LIMIT);
});

scenario("a million made-up votes are read without a long task", async (page) => {
  await expectNoLongTask(page, () => page.getByTestId("sample-1000000").click());
});

scenario("a large file is read without a long task, and the page answers meanwhile", async (page) => {
  const path = await file("large.jsonl", ndjson(votes(20_000)).repeat(50));
  await expectNoLongTask(page, async () => {
    await choose(page, path);
    // The look can be changed in the middle.
    await page.getByTestId("theme").click();
  });
});
