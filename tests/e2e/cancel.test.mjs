// A job that is cancelled leaves nothing behind; neither does one that a reload cuts off.

import assert from "node:assert/strict";

import {
  PATIENCE, choose, file, idle, message, ndjson, number, outlierTable, read, ready, scenario, summary, votes,
} from "./support.mjs";

/** Starts the largest sample and waits until the bar has visibly advanced. */
async function startLarge(page) {
  if (!(await page.getByTestId("sample-10000000").isVisible())) {
    await page.getByRole("button", { name: "Sandglass" }).click();
  }
  await page.getByTestId("sample-10000000").click();
  await advanced(page, 1);
}

const advanced = (page, percent) =>
  page.waitForFunction(
    (percent) => document.querySelector('[data-testid="progress"]')?.value > percent,
    percent,
    { timeout: PATIENCE },
  );

/** What the results show. */
const shown = async (page) => ({
  counts: await summary(page),
  outliers: await outlierTable(page),
  rows: number(await page.getByTestId("tab-rows").locator(".badge").innerText()),
});

const CANCELLED = /Cancelled .*sample of 10,000,000/;

for (const [way, cancel] of [
  ["with the button", (page) => page.getByTestId("cancel").click()],
  ["with Escape", (page) => page.keyboard.press("Escape")],
]) {
  scenario(`cancelling ${way} leaves the tables as they were`, async (page) => {
    const records = votes(300);
    await read(page, async () => choose(page, await file("before.jsonl", ndjson(records))));
    const before = await shown(page);
    await startLarge(page);
    await cancel(page);
    await message(page, CANCELLED);
    await idle(page);
    await page.getByRole("button", { name: "Back to the results" }).click();
    assert.deepEqual(await shown(page), before);

    const more = votes(50, { firstId: 1_001 });
    await read(page, async () => choose(page, await file("after.jsonl", ndjson(more))));
    assert.deepEqual(await summary(page), { read: 50, stored: 50, duplicates: 0, conflicts: 0, rejected: 0 });
    assert.equal((await shown(page)).rows, 350);
  });
}

scenario("cancelling the first job of all leads back to the first view", async (page) => {
  await startLarge(page);
  await page.getByTestId("cancel").click();
  await message(page, CANCELLED);
  await page.getByTestId("drop-zone").waitFor();
  await read(page, async () => choose(page, await file("next.jsonl", ndjson(votes(20)))));
  assert.equal((await summary(page)).stored, 20);
});

scenario("a file from disk can be cancelled as well", async (page) => {
  // Large enough that it is still being read when the button is pressed.
  const block = ndjson(votes(20_000));
  const path = await file("large.jsonl", block.repeat(200));
  await choose(page, path);
  await advanced(page, 0.5);
  await page.getByTestId("cancel").click();
  await message(page, "Cancelled large.jsonl");
  await page.getByTestId("drop-zone").waitFor();
});

scenario("progress is told in bytes, records, speed and time, and only grows", async (page) => {
  await startLarge(page);
  const values = [];
  for (const percent of [2, 4, 6]) {
    await advanced(page, percent);
    values.push(await page.getByTestId("progress").evaluate((bar) => bar.value));
  }
  assert.deepEqual(values, values.toSorted((left, right) => left - right));
  await page.locator(".job-facts").filter({ hasText: "left" }).waitFor();
  const facts = (await page.locator(".job-facts").innerText()).replaceAll("\u00a0", " ");
  assert.match(facts, /[\d.]+ [kMG]B of [\d.]+ MB/);
  assert.match(facts, /Records\s+[\d,]{7,}/);
  assert.match(facts, /records a second/);
  assert.match(facts, /about \d+ (s|min) left/);
  await page.getByTestId("cancel").click();
  await message(page, CANCELLED);
});

scenario("a reload in the middle starts from nothing, and works", async (page) => {
  await startLarge(page);
  await page.reload();
  await ready(page);
  await page.getByTestId("drop-zone").waitFor();
  assert.equal(await page.getByTestId("progress").count(), 0);
  await read(page, async () => choose(page, await file("reloaded.jsonl", ndjson(votes(20)))));
  assert.equal((await summary(page)).stored, 20);
});

scenario("Back leads to the first view and Forward to the results", async (page) => {
  await read(page, async () => choose(page, await file("history.jsonl", ndjson(votes(100)))));
  const before = await shown(page);
  const url = page.url();
  await page.goBack();
  await page.getByTestId("drop-zone").waitFor();
  await page.getByText("100 rows are still in this tab.").waitFor();
  await page.goForward();
  assert.deepEqual(await shown(page), before);
  assert.equal(page.url(), url, "nothing of the data is in the address");

  // Also while something is read.
  await page.goBack();
  await startLarge(page);
  await page.goForward();
  assert.deepEqual(await shown(page), before);
  await page.goBack();
  await page.getByTestId("cancel").click();
  await message(page, CANCELLED);
  await page.goForward();
  assert.deepEqual(await shown(page), before);
});

scenario("starting over forgets everything, after asking", async (page) => {
  const path = await file("over.jsonl", ndjson(votes(100)));
  await read(page, () => choose(page, path));
  await page.getByTestId("start-over").click();
  await page.getByTestId("confirm-no").click();
  assert.equal((await summary(page)).stored, 100);
  await page.getByTestId("start-over").click();
  await page.getByTestId("confirm-yes").click();
  await page.getByTestId("drop-zone").waitFor();
  assert.equal(await page.getByText("still in this tab").count(), 0);
  await read(page, () => choose(page, path));
  assert.deepEqual(await summary(page), { read: 100, stored: 100, duplicates: 0, conflicts: 0, rejected: 0 });
});
