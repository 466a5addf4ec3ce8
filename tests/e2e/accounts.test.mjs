// Nothing is lost: every record is stored, a duplicate or a reject, across files, folders and ingestions.

import assert from "node:assert/strict";

import {
  PATIENCE, cells, choose, daysOf, drop, file, message, ndjson, outlierTable, outliers, pagedTable, read, scenario, scratch,
  summary, votes, weeks, weeksTable,
} from "./support.mjs";

scenario("the same file again stores nothing new", async (page) => {
  const path = await file("again.jsonl", ndjson(votes(500)));
  await read(page, () => choose(page, path));
  assert.deepEqual(await summary(page), { read: 500, stored: 500, duplicates: 0, conflicts: 0, rejected: 0 });
  const before = await weeksTable(page);
  // The same bytes are known.
  await read(page, () => choose(page, path));
  assert.deepEqual(await summary(page), { read: 0, stored: 0, duplicates: 0, conflicts: 0, rejected: 0 });
  assert.deepEqual((await message(page, "was read before"))[0], "again.jsonl was read before");
  assert.deepEqual(await weeksTable(page), before);
  // The same records in other bytes are duplicates.
  await read(page, async () => choose(page, await file("other.jsonl", `\n${ndjson(votes(500))}`)));
  assert.deepEqual(await summary(page), { read: 500, stored: 0, duplicates: 500, conflicts: 0, rejected: 0 });
  assert.deepEqual(await weeksTable(page), before);
});

scenario("several files are read in the order given, and become one table", async (page) => {
  const [first, second] = [votes(300, { seed: "a" }), votes(300, { seed: "b", firstId: 201 })];
  const paths = [await file("several/b.jsonl", ndjson(first)), await file("several/a.jsonl", ndjson(second))];
  await read(page, () => choose(page, paths));
  const counts = await summary(page);
  assert.deepEqual({ ...counts, conflicts: 100 }, { read: 600, stored: 500, duplicates: 100, conflicts: 100, rejected: 0 });
  // The first of each Id is kept, so the second file only adds what has a new one.
  const kept = [...first, ...second.slice(100)];
  assert.deepEqual(await weeksTable(page), weeks(daysOf(kept), "monday"));
  const sources = await page.getByRole("table", { name: "What became of the records of each source" }).innerText();
  assert.match(sources, /b\.jsonl[^]*300\s+300\s+0[^]*a\.jsonl[^]*300\s+200\s+100/);
});

/** A folder with two files of votes, one of them in a folder below, and one that systems put there unasked. */
async function folderOfVotes(name) {
  const all = votes(400, { seed: name });
  await file(`${name}/2/part-10.jsonl`, ndjson(all.slice(200)));
  await file(`${name}/2/part-9.jsonl`, ndjson(all.slice(0, 200)));
  await file(`${name}/.DS_Store`, "not data");
  return { path: await scratch(name), all };
}

for (const [way, give] of [
  ["dropped", (page, path) => drop(page, [path])],
  ["chosen", (page, path) => page.getByTestId("folder-input").setInputFiles(path)],
]) {
  scenario(`a folder, ${way}, is read with all that is in it`, async (page) => {
    const { path, all } = await folderOfVotes(`folder-${way}`);
    await read(page, () => give(page, path));
    assert.deepEqual(await summary(page), { read: 400, stored: 400, duplicates: 0, conflicts: 0, rejected: 0 });
    assert.deepEqual(await weeksTable(page), weeks(daysOf(all), "monday"));
    const rows = await pagedTable(page, "rows");
    assert.equal(rows[0][1], all[0].Id, "part-9 comes before part-10");
    await page.getByTestId("message").filter({ hasText: ".DS_Store" }).waitFor();
  });
}

scenario("files that are given while others are read wait for their turn", async (page) => {
  await page.getByTestId("sample-10000000").click();
  await page.getByTestId("progress").waitFor();
  const path = await file("waits.jsonl", ndjson(votes(50)));
  await drop(page, [path]);
  await page.getByText("1 more drop will be read after this.").waitFor();
  await page.getByTestId("cancel").click();
  await page.waitForFunction(() => document.querySelector('[data-testid="summary-read"]')?.textContent === "50", undefined, {
    timeout: PATIENCE,
  });
  assert.equal((await summary(page)).stored, 50);
});

scenario("conflicts are listed with what is stored and what came", async (page) => {
  const [one, two] = votes(2);
  const lines = [one, two, { ...two, PostId: "4711" }, { ...one, VoteTypeId: "3", UserId: "8" }, one];
  await read(page, async () => choose(page, await file("conflicts.jsonl", ndjson(lines))));
  assert.deepEqual(await summary(page), { read: 5, stored: 2, duplicates: 3, conflicts: 2, rejected: 0 });
  assert.deepEqual(await pagedTable(page, "conflicts"), [
    ["conflicts.jsonl", "3", "2", "PostId", two.PostId, "4711"],
    ["conflicts.jsonl", "4", "1", "VoteTypeId", "2", "3"],
    ["conflicts.jsonl", "4", "1", "UserId", "null", "8"],
  ]);
});

scenario("rejects are listed with line, byte, reason and text, wherever lines end", async (page) => {
  const good = ndjson(votes(1)).trimEnd();
  const lines = [good, "", '{"Id":"7"', "[1,2]", '{"Id":"8","PostId":"1","VoteTypeId":"2","CreationDate":"2019-02-30"}'];
  const text = `\u{feff}${lines.join("\r\n")}`;
  await read(page, async () => choose(page, await file("rejects.jsonl", text)));
  assert.deepEqual(await summary(page), { read: 4, stored: 1, duplicates: 0, conflicts: 0, rejected: 3 });
  const found = await pagedTable(page, "rejects");
  const offset = (line) => Buffer.byteLength(text.slice(0, text.indexOf(line))).toLocaleString("en");
  assert.deepEqual(
    found.map(([source, line, byte, , raw]) => [source, line, byte, raw]),
    [[lines[2], "3"], [lines[3], "4"], [lines[4], "5"]].map(([raw, line]) => ["rejects.jsonl", line, offset(raw), raw]),
  );
  const reasons = found.map((row) => row[3]);
  assert.match(reasons[0], /^not JSON/);
  assert.match(reasons[1], /an array, not an object/);
  assert.match(reasons[2], /^CreationDate is not a timestamp: "2019-02-30"/);
});

scenario("a column that turns up late is added", async (page) => {
  const records = votes(30_000);
  records[29_990].Colour = "green";
  await read(page, async () => choose(page, await file("late.jsonl", ndjson(records))));
  assert.equal((await summary(page)).stored, 30_000);
  assert.match(await page.getByRole("complementary", { name: "Catalog" }).innerText(), /Colour/);
  assert.deepEqual(await outlierTable(page), outliers(weeks(daysOf(records), "monday"), 200));
  await openLastPage(page);
  const shown = await cells(page, "rows-table");
  assert.equal(shown.at(-10).at(-1), "green");
});

async function openLastPage(page) {
  await pagedTable(page, "rows");
  await page.getByRole("button", { name: "Last page" }).click();
  await page.locator('.table-scroll:not([aria-busy]) [data-testid="rows-table"]').getByText("30,000").waitFor();
}
