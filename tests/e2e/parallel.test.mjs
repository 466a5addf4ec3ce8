// Large files are read by several workers where there are cores for them. What comes of it is what one worker makes of it.

import assert from "node:assert/strict";

import {
  choose, file, message, ndjson, open, pagedTable, read, scenario, site, summary, votes, weeksTable,
} from "./support.mjs";

/** Opens the page anew as on a machine with so many cores. */
async function withCores(page, cores) {
  await page.addInitScript((cores) => {
    Object.defineProperty(Navigator.prototype, "hardwareConcurrency", { get: () => cores, configurable: true });
  }, cores);
  await open(page, (await site()).url);
}

/** Lines of votes with bad ones, blank ones and duplicates among them; some forty megabytes. */
function manyVotes() {
  const block = votes(60_000);
  const parts = [];
  for (let round = 0; round < 8; round++) {
    const lines = ndjson(block.map((vote) => ({ ...vote, Id: String(Number(vote.Id) + round * 50_000) }))).split("\n");
    lines[1_000 + round] = '{"Id": oops}';
    lines[30_000] = "";
    parts.push(lines.join("\n"));
  }
  return parts.join("");
}

/** A table whose texts have line breaks in quotes everywhere, so that many cuts are within quotes. */
function manyQuotes() {
  const lines = ["id,day,text"];
  for (let id = 0; id < 600_000; id++) {
    const text = id % 3 === 0 ? '"two\nlines, ""quoted"" and\n1,2,3"' : "plain text without anything else in it";
    lines.push(`${id},2024-0${1 + (id % 9)}-1${id % 10},${text} `.trimEnd() + (id % 100_000 === 9 ? ",one too many" : ""));
  }
  return `${lines.join("\n")}\n`;
}

/** All that the page says of what it has read. */
async function everything(page, name) {
  const result = { summary: await summary(page), weeks: await weeksTable(page), rejects: await pagedTable(page, "rejects") };
  if (name) result.rows = await pagedTable(page, "rows");
  return result;
}

for (const [name, make] of [["many-votes.jsonl", manyVotes], ["many-quotes.csv", manyQuotes]]) {
  scenario(`${name}: with 2, 3 and 9 cores the same`, { timeout: 300_000 }, async (page) => {
    const path = await file(name, make());
    let expected;
    for (const cores of [2, 3, 9]) {
      await withCores(page, cores);
      let most = 0;
      page.on("worker", () => (most = Math.max(most, page.workers().length)));
      await read(page, () => choose(page, path));
      const found = await everything(page, name);
      assert.ok(found.summary.rejected >= 5, "there are rejects to compare");
      expected ??= found;
      assert.deepEqual(found, expected, `${cores} cores`);
      if (cores > 2) assert.ok(most >= 2, `parse workers were started with ${cores} cores`);
    }
  });
}

scenario("a large file can be cancelled while several workers read it, and read again", { timeout: 300_000 }, async (page) => {
  await withCores(page, 4);
  const path = await file("cancel.jsonl", manyVotes().repeat(10));
  await choose(page, path);
  await page.getByTestId("cancel").click();
  await message(page, "Cancelled cancel.jsonl");
  await read(page, () => choose(page, path));
  const { read: records, rejected } = await summary(page);
  assert.ok(records > 4_000_000 && rejected >= 80);
});
