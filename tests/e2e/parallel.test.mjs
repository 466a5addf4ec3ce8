// Large files are read by several workers where there are cores for them. What comes of it is what one worker makes of it.

import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";

import {
  choose, clearStorage, dismissAll, drop, file, message, messages, ndjson, number, open, openTab, pagedTable, read, saved, scenario, scratch, showTable, site,
  summary, tableNames, votes, weeksTable,
} from "./support.mjs";

/** Opens the page anew as on a machine with so many cores. */
async function withCores(page, cores) {
  await page.addInitScript((cores) => {
    Object.defineProperty(Navigator.prototype, "hardwareConcurrency", { get: () => cores, configurable: true });
  }, cores);
  // Nothing is there of what was read before.
  await clearStorage(page);
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

/** A table with a column that is numbers but for a few values, the first of them far behind. */
function fewTexts() {
  const lines = ["id,day,count"];
  for (let id = 0; id < 900_000; id++) {
    lines.push(`${id},2024-0${1 + (id % 9)}-1${id % 10},${id % 150_000 === 149_999 ? "many" : id % 1_000}`);
  }
  return `${lines.join("\n")}\n`;
}

scenario("a large file with chosen types: with 2, 3 and 9 cores the same", { timeout: 300_000 }, async (page) => {
  const path = await file("few-texts.csv", fewTexts());
  let expected;
  for (const cores of [2, 3, 9]) {
    await withCores(page, cores);
    await read(page, () => choose(page, path));
    await openTab(page, "columns");
    const type = page.getByLabel("Type of count");
    assert.match(await type.evaluate((select) => select.selectedOptions[0].textContent), /text/);
    await type.selectOption("integer");
    await page.getByLabel("Type of id").selectOption("text");
    let most = 0;
    page.on("worker", () => (most = Math.max(most, page.workers().length)));
    await read(page, () => page.getByTestId("read-again").click());
    const found = await everything(page, "few-texts");
    assert.equal(found.summary.rejected, 6);
    assert.match(found.rejects[0][3], /count is not a whole number: many/);
    expected ??= found;
    assert.deepEqual(found, expected, `${cores} cores`);
    if (cores > 2) assert.ok(most >= 2, `parse workers were started with ${cores} cores`);
  }
});

/** Files of many kinds, good and bad, most of them small; some forty megabytes. */
async function manyFiles() {
  const some = (count, first) => ndjson(votes(count, { seed: `many ${first}`, firstId: first }));
  const rows = (count, first, columns) => {
    const values = (id) => columns.map((column) => `${column}${id % 7}`).join(",");
    return `id,day,${columns}\n${Array.from({ length: count }, (_, at) => `${first + at},2023-05-1${at % 10},${values(at)}\n`).join("")}`;
  };
  for (let at = 0; at < 60; at++) {
    const name = (rest) => `many-files/${String(at).padStart(2, "0")}-${rest}`;
    await file(name("votes.jsonl"), some(3_000, 1 + at * 2_500));
    await file(name("shop.csv"), rows(9_000, at * 9_000, ["city", "kind"]));
    if (at % 6 === 1) await file(name("votes.jsonl.gz"), gzipSync(some(20_000, 1_000_000 + at * 20_000)));
    if (at % 7 === 2) await file(name("bad.jsonl"), `{"Id": 1}\n${some(10, 2_000_000 + at * 10)}{"Id": oops}\n`);
    if (at % 9 === 3) await file(name("cut.jsonl.gz"), gzipSync(some(5_000, 3_000_000)).subarray(0, 40_000));
    if (at % 9 === 4) await file(name("empty.csv"), "");
    if (at % 9 === 5) await file(name("umlauts.csv"), Buffer.from("name,city\nJ\xf6rg,K\xf6ln\n", "latin1"));
    if (at % 20 === 7) await file(name("other.csv"), rows(500 + at, 0, ["x", "y", "z"]));
    if (at % 20 === 9) await file(name("more.json"), JSON.stringify([{ a: at, b: [at] }, { a: "text", c: { d: at } }, 7]));
    if (at === 30) await file(name("large.csv"), rows(800_000, 1_000_000, ["city", "kind"]));
  }
  return scratch("many-files");
}

/** The same for every table. */
async function everyTable(page) {
  const found = { tables: (await tableNames(page)).toSorted(), messages: await messages(page) };
  // Messages lie over what is below them.
  await dismissAll(page);
  for (const name of found.tables) {
    await showTable(page, name);
    const tab = (name) => page.getByTestId(`tab-${name}`);
    found[name] = {};
    for (const list of ["rows", "rejects", "conflicts"]) {
      const count = (await tab(list).count()) && number(await tab(list).locator(".badge").innerText());
      found[name][list] = [count, count ? await pagedTable(page, list) : []];
    }
    if (await tab("weeks").count()) found[name].weeks = await weeksTable(page);
  }
  return found;
}

scenario("a folder of many small files: with 2, 3 and 9 cores the same", { timeout: 300_000 }, async (page) => {
  const folder = await manyFiles();
  let expected, expectedAgain;
  for (const cores of [2, 3, 9]) {
    await withCores(page, cores);
    let most = 0;
    page.on("worker", () => (most = Math.max(most, page.workers().length)));
    await read(page, () => drop(page, [folder]));
    const found = { summary: await summary(page), ...(await everyTable(page)) };
    assert.ok(found.summary.stored > 1_000_000 && found.summary.duplicates > 10_000 && found.summary.rejected > 10);
    assert.ok(found.tables.length >= 4 && found.messages.length >= 1, `${found.tables}`);
    expected ??= found;
    assert.deepEqual(found, expected, `${cores} cores`);
    if (cores === 9) assert.ok(most >= 6, `parse workers read them with ${cores} cores: ${most}`);

    // Read again with other types, by whoever is there.
    const shop = found.tables.find((name) => found[name].rows[1][0]?.includes("kind0"));
    await showTable(page, shop);
    await openTab(page, "columns");
    await page.getByLabel("Type of id").selectOption("text");
    await page.getByLabel("Type of day").selectOption("timestamp");
    await read(page, () => page.getByTestId("read-again").click());
    const again = { summary: await summary(page), ...(await everyTable(page)) };
    expectedAgain ??= again;
    assert.deepEqual(again, expectedAgain, `${cores} cores, read again`);
  }
});

scenario("many small files that were read are known again, with 9 cores as well", { timeout: 300_000 }, async (page) => {
  await withCores(page, 9);
  const folder = await manyFiles();
  await read(page, () => drop(page, [folder]));
  await saved(page);
  assert.ok((await summary(page)).stored > 1_000_000);
  await read(page, () => drop(page, [folder]));
  const { read: records, stored, duplicates } = await summary(page);
  assert.deepEqual({ records, stored, duplicates }, { records: 0, stored: 0, duplicates: 0 });
});

scenario("many small files can be cancelled, and are read then", { timeout: 300_000 }, async (page) => {
  await withCores(page, 5);
  const folder = await manyFiles();
  await drop(page, [folder]);
  await page.getByTestId("cancel").click();
  await message(page, "Cancelled");
  await read(page, () => drop(page, [folder]));
  assert.ok((await summary(page)).stored > 1_000_000);
});

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
