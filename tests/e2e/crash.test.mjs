// When the engine stops by a defect, the page says so, starts it again, and the next file works.

import assert from "node:assert/strict";

import { choose, file, message, ndjson, opened, read, ready, saved, scenario, summary, votes } from "./support.mjs";

/** Ways in which a worker breaks, done to it from inside. */
const WAYS = {
  "an exception in a callback": () => setTimeout(() => { throw new Error("made by a test"); }),
  "an exception in a microtask": () => queueMicrotask(() => { throw new Error("made by a test"); }),
  "a rejected promise": () => void Promise.reject(new Error("made by a test")),
  "a message that makes no sense": () =>
    void self.onmessage(new MessageEvent("message", { data: [{ nonsense: "made by a test" }, []] })),
};

/** The worker of the engine. */
async function engine(page) {
  await page.waitForFunction(() => performance.getEntriesByName("sandglass:ready").length > 0);
  const [worker] = page.workers();
  assert.ok(worker, "there is a worker");
  return worker;
}

/** Breaks the worker and waits for the one that takes its place. */
async function breakEngine(page, way) {
  const starts = () => page.evaluate(() => performance.getEntriesByName("sandglass:ready").length);
  const before = await starts();
  await (await engine(page)).evaluate(way);
  await message(page, "The engine stopped");
  await page.waitForFunction(
    (before) => performance.getEntriesByName("sandglass:ready").length > before,
    before,
  );
}

for (const [what, way] of Object.entries(WAYS)) {
  scenario(`after ${what} in the engine the next file works`, { alarms: true }, async (page) => {
    await read(page, async () => choose(page, await file("before.jsonl", ndjson(votes(100)))));
    await saved(page);
    await breakEngine(page, way);
    const [title, text] = await message(page, "The engine stopped");
    assert.equal(title, "The engine stopped");
    assert.match(text, /Your tables were saved and are there again/);
    assert.match(text, /made by a test|makes no sense/);
    await opened(page);
    await read(page, async () => choose(page, await file("after.jsonl", ndjson(votes(130)))));
    assert.deepEqual(await summary(page), { read: 130, stored: 30, duplicates: 100, conflicts: 0, rejected: 0 });
    const names = await Promise.all(page.workers().map((worker) => worker.evaluate(() => self.name)));
    assert.equal(names.filter((name) => name === "sandglass-warehouse").length, 1, "the broken engine is gone");
  });
}

scenario("an engine that stops while it reads names the job", { alarms: true }, async (page) => {
  await page.getByTestId("sample-10000000").click();
  await page.waitForFunction(() => document.querySelector('[data-testid="progress"]')?.value > 1);
  await breakEngine(page, WAYS["an exception in a callback"]);
  const [title, text] = await message(page, /The engine stopped while reading .*sample of 10,000,000/);
  assert.match(title, /lines$/);
  assert.doesNotMatch(text, /tables that were in memory are gone/);
  assert.equal(await page.getByTestId("progress").count(), 0);
  await read(page, async () => choose(page, await file("after.jsonl", ndjson(votes(30)))));
  assert.equal((await summary(page)).stored, 30);
});

scenario("rule and threshold survive the engine", { alarms: true }, async (page) => {
  const path = await file("kept.jsonl", ndjson(votes(300)));
  await read(page, () => choose(page, path));
  await page.getByTestId("threshold").fill("45");
  await page.getByTestId("rule-iso").check({ force: true });
  const headline = () => page.getByRole("heading", { level: 1 }).innerText();
  await page.getByText("by more than 45").waitFor();
  const before = await headline();
  await breakEngine(page, WAYS["an exception in a callback"]);
  await read(page, () => choose(page, path));
  assert.equal(await headline(), before);
});

scenario("an engine that cannot be loaded is explained, and can be tried again", { alarms: true }, async (page) => {
  await page.context().route(/\.wasm(\?|$)/, (route) =>
    /worker/.test(route.request().url()) ? route.abort() : route.continue(),
  );
  await page.reload();
  const [title, text] = await message(page, "The engine could not be started");
  assert.equal(title, "The engine could not be started");
  assert.ok(text.length > 20);
  assert.equal(await page.getByTestId("open-files").isEnabled(), false);
  await page.context().unroute(/\.wasm(\?|$)/);
  await page.getByRole("button", { name: "Try again" }).click();
  await ready(page);
  await read(page, async () => choose(page, await file("retry.jsonl", ndjson(votes(10)))));
  assert.equal((await summary(page)).stored, 10);
});
