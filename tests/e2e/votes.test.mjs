// Votes in, outlier weeks out: the real data set, and the small example.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

import {
  REAL_OUTLIERS, REAL_VOTES, WITHOUT_REAL_VOTES, answered, choose, drop, dropScripted, outlierTable, read, scenario,
  summary,
} from "./support.mjs";

const REAL_COUNTS = { read: 40_299, stored: 40_299, duplicates: 0, conflicts: 0, rejected: 0 };

/** The weeks of a CSV file with a head line. */
async function weeksOfCsv(path) {
  const [head, ...lines] = (await readFile(path, "utf8")).trim().split(/\r?\n/);
  assert.equal(head, "Year,WeekNumber,VoteCount");
  return lines.map((line) => line.split(",").map(Number));
}

/** The ways to give the page a file. */
const WAYS = {
  "dropped from disk": (page) => drop(page, [REAL_VOTES]),
  "dropped by a script": async (page) =>
    dropScripted(page, [{ name: "votes.jsonl", text: await readFile(REAL_VOTES, "utf8") }]),
  "chosen in the dialog": (page) => choose(page, REAL_VOTES),
};

for (const [way, give] of Object.entries(WAYS)) {
  scenario(`the real votes, ${way}, give exactly the known outlier weeks`, { skip: WITHOUT_REAL_VOTES }, async (page) => {
    await read(page, () => give(page));
    assert.deepEqual(await summary(page), REAL_COUNTS);
    const expected = await weeksOfCsv(REAL_OUTLIERS);
    assert.equal(expected.length, 162);
    assert.deepEqual(await outlierTable(page), expected);
  });
}

scenario("the small example has six outlier weeks", async (page) => {
  await page.getByTestId("sample-16").click();
  await answered(page);
  assert.deepEqual(await summary(page), { read: 16, stored: 16, duplicates: 0, conflicts: 0, rejected: 0 });
  const expected = [[2022, 0, 1], [2022, 1, 3], [2022, 2, 3], [2022, 5, 1], [2022, 6, 1], [2022, 8, 1]];
  assert.deepEqual(await outlierTable(page), expected);
});

for (const [rows, rejected] of [[10_000, 6], [1_000_000, 20]]) {
  scenario(`the sample of ${rows} lines has duplicates, conflicts and bad lines to see`, async (page) => {
    await page.getByTestId(`sample-${rows}`).click();
    await answered(page);
    const counts = await summary(page);
    assert.equal(counts.read, rows);
    assert.equal(counts.rejected, rejected);
    assert.ok(counts.conflicts > 0 && counts.duplicates > counts.conflicts, JSON.stringify(counts));
    assert.ok((await outlierTable(page)).length > 0);
  });
}
