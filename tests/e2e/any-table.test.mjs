// Whatever has rows becomes a table: with its columns and types, a key and a time to choose, and weeks of its own.

import assert from "node:assert/strict";
import { join } from "node:path";

import {
  REAL_DATA, answered, choose, daysOf, download, drop, file, message, ndjson, number, openTab, outlierTable,
  pagedTable, read, scenario, showTable, summary, tableNames, votes, weeks, weeksTable, without,
} from "./support.mjs";

/** Sales on days that are known: 3 in one week, 1 in the next, the second line a duplicate of the first. */
const SALES = "day,city,sold\n2024-01-01,Oslo,5\n2024-01-01,Oslo,5\n2024-01-02,Rome,7\n2024-01-09,Oslo,6\n";

/** Reads the table that is shown once more, after what `change` has chosen. */
async function readAgain(page, change) {
  await openTab(page, "columns");
  await change();
  await read(page, () => page.getByTestId("read-again").click());
}

const headline = (page) => page.locator(".headline h1").innerText();

/** The columns that are shown: names and types. */
async function columns(page) {
  await openTab(page, "columns");
  return page.getByTestId("columns-table").locator("tbody tr").evaluateAll((rows) =>
    rows.map(({ cells: [name, type] }) => {
      const chosen = type.querySelector("select")?.selectedOptions[0];
      return `${name.textContent} ${(chosen ?? type).textContent}`;
    }),
  );
}

scenario("a CSV of anything is a table with types, rows and weeks", async (page) => {
  await read(page, async () => choose(page, await file("sales.csv", SALES)));
  assert.deepEqual(await summary(page), { read: 4, stored: 4, duplicates: 0, conflicts: 0, rejected: 0 });
  assert.deepEqual(await tableNames(page), ["sales"]);
  assert.equal(await headline(page), "sales");
  assert.deepEqual(await columns(page), ["day date", "city text", "sold integer"]);
  const rows = await pagedTable(page, "rows");
  assert.deepEqual(rows.at(-1), ["4", "2024-01-09", "Oslo", "6"]);
  assert.deepEqual(await weeksTable(page), [[2024, 1, 3], [2024, 2, 1]]);
  assert.deepEqual(await outlierTable(page), [[2024, 1, 3], [2024, 2, 1]]);
  const csv = page.locator("#tab-panel").getByRole("button", { name: "CSV" });
  const { bytes } = await download(page, () => csv.click());
  assert.equal(bytes.toString(), "Year,WeekNumber,RowCount\n2024,1,3\n2024,2,1\n");
});

scenario("a key and a time are chosen, and the file is read again", async (page) => {
  await read(page, async () => choose(page, await file("again/sales.csv", SALES)));
  await readAgain(page, () => page.getByTestId("key-row").check());
  assert.deepEqual(await summary(page), { read: 4, stored: 3, duplicates: 1, conflicts: 0, rejected: 0 });
  assert.deepEqual(await tableNames(page), ["sales"]);

  await readAgain(page, () => page.getByLabel("city is part of the key").check());
  assert.deepEqual(await summary(page), { read: 4, stored: 2, duplicates: 2, conflicts: 1, rejected: 0 });
  const conflicts = await pagedTable(page, "conflicts");
  assert.deepEqual(conflicts.map((cells) => cells.slice(1)), [
    ["5", "Oslo", "day", "2024-01-01", "2024-01-09"], ["5", "Oslo", "sold", "5", "6"],
  ]);

  await readAgain(page, () => page.getByTestId("time-column").selectOption(""));
  assert.equal(await page.getByTestId("tab-weeks").count(), 0);
  assert.equal(await page.getByTestId("chart").count(), 0);
  await readAgain(page, async () => {
    await page.getByTestId("key-none").check();
    await page.getByTestId("time-column").selectOption("day");
  });
  assert.deepEqual(await weeksTable(page), [[2024, 1, 3], [2024, 2, 1]]);
  assert.equal(await page.getByTestId("tab-conflicts").count(), 0);
});

scenario("the type of a column is chosen, and what does not fit is a reject or told", async (page) => {
  const text = `${SALES}2024-01-10,Rome,many\n`;
  await read(page, async () => choose(page, await file("types/sales.csv", text)));
  assert.deepEqual(await columns(page), ["day date", "city text", "sold text"]);
  await readAgain(page, () => page.getByLabel("Type of sold").selectOption("integer"));
  assert.deepEqual(await summary(page), { read: 5, stored: 4, duplicates: 0, conflicts: 0, rejected: 1 });
  const [reject] = await pagedTable(page, "rejects");
  assert.deepEqual([reject[1], reject[4]], ["6", "2024-01-10,Rome,many"]);
  assert.match(reject[3], /sold is not a whole number: many/);
  await openTab(page, "columns");
  assert.equal(await page.getByLabel("Type of sold").inputValue(), "integer");

  await page.getByLabel("Type of city").selectOption("float");
  await page.getByTestId("read-again").click();
  assert.match((await message(page, "sales.csv was not read"))[1], /none of its 5 records.*city/i);
  await answered(page);
  assert.equal((await pagedTable(page, "rows")).length, 4, "the table stays as it was");

  await readAgain(page, async () => {
    await page.getByLabel("Type of city").selectOption("");
    await page.getByLabel("Type of sold").selectOption("");
  });
  assert.equal((await summary(page)).stored, 5);
});

scenario("how delimited text is written can be chosen where it was told wrong", async (page) => {
  const text = "1;2,5;x\n3;4,5\n5;6,5;y;z\n";
  await read(page, async () => choose(page, await file("choice/t.csv", text)));
  await readAgain(page, async () => {
    await page.getByTestId("delimiter").selectOption(";");
    await page.getByTestId("header").selectOption("values");
    await page.getByTestId("ragged").selectOption("pad");
  });
  assert.deepEqual(await summary(page), { read: 3, stored: 3, duplicates: 0, conflicts: 0, rejected: 0 });
  const rows = await pagedTable(page, "rows");
  assert.deepEqual(rows, [["1", "1", "2,5", "x", "null"], ["2", "3", "4,5", "null", "null"], ["3", "5", "6,5", "y", "z"]]);
  await openTab(page, "columns");
  assert.equal(await page.getByTestId("ragged").inputValue(), "pad");
  await readAgain(page, () => page.getByTestId("header").selectOption("names"));
  assert.deepEqual(await columns(page), ["1 integer", "2,5 text", "x text", "column_4 text"]);
  await readAgain(page, () => page.getByTestId("ragged").selectOption("reject"));
  assert.deepEqual(await summary(page), { read: 2, stored: 0, duplicates: 0, conflicts: 0, rejected: 2 });
});

scenario("all of how a text is written can be chosen, also characters that are not in the list", async (page) => {
  const text = "!made by hand\n~a^b~^1\nx^2\n";
  await read(page, async () => choose(page, await file("written/t.csv", text)));
  await openTab(page, "columns");
  assert.equal(await page.getByTestId("quote").isVisible(), false, "what few need is folded away");
  await page.getByTestId("more-reading").focus();
  await page.keyboard.press("Enter");
  const other = async (name, character) => {
    await page.getByTestId(name).selectOption("other");
    await page.getByTestId(`${name}-other`).fill(character);
  };
  await page.getByTestId("format").selectOption("csv");
  await other("delimiter", "^");
  await other("quote", "~");
  await other("comment", "!");
  await page.getByTestId("header").selectOption("values");
  await page.getByTestId("escape").selectOption("doubled");
  await read(page, () => page.getByTestId("read-again").click());
  assert.deepEqual(await pagedTable(page, "rows"), [["1", "a^b", "1"], ["2", "x", "2"]]);
  await openTab(page, "columns");
  assert.equal(await page.getByTestId("comment-other").inputValue(), "!");
  assert.equal(await page.getByTestId("encoding").locator("option").first().innerText(), "found: UTF-8");

  await page.getByTestId("delimiter-other").fill("5");
  await page.getByTestId("read-again").click();
  assert.match((await message(page, "t.csv was not read"))[1], /delimiter cannot be 5/);
  await answered(page);
  assert.equal((await pagedTable(page, "rows")).length, 2, "the table stays as it was");

  await openTab(page, "columns");
  await page.getByTestId("format").selectOption("ndjson");
  await page.getByTestId("read-again").click();
  assert.match((await message(page, "none of its 3 records"))[1], /not JSON/);
});

scenario("what was found is shown, and only what has an effect is offered", async (page) => {
  await read(page, async () => choose(page, await file("found/t.csv", "a;b\n1;2\n")));
  await openTab(page, "columns");
  const first = (name) => page.getByTestId(name).locator("option").first().innerText();
  assert.deepEqual(
    [await first("format"), await first("delimiter"), await first("header")],
    ["found: delimited text (CSV)", "found: semicolons", "found: the names of the columns"],
  );
  await page.getByTestId("format").selectOption("json");
  assert.equal(await page.getByTestId("delimiter").count(), 0, "JSON has no delimiter");
  await read(page, async () => choose(page, await file("found/t.ndjson", '{"k":1}\n')));
  await openTab(page, "columns");
  assert.equal(await first("format"), "found: an object on every line (NDJSON)");
  assert.equal(await page.getByTestId("delimiter").count(), 0);
});

scenario("an encoding is chosen where another one was assumed", async (page) => {
  const text = Buffer.from('{"name":"plain"}\n{"name":"Ren\xe9"}\n', "latin1");
  await read(page, async () => choose(page, await file("encoding/n.ndjson", text)));
  assert.deepEqual(await summary(page), { read: 2, stored: 1, duplicates: 0, conflicts: 0, rejected: 1 });
  await readAgain(page, () => page.getByTestId("encoding").selectOption("windows-1252"));
  assert.deepEqual(await summary(page), { read: 2, stored: 2, duplicates: 0, conflicts: 0, rejected: 0 });
  assert.deepEqual(await pagedTable(page, "rows"), [["1", "plain"], ["2", "René"]]);
  await readAgain(page, () => page.getByTestId("encoding").selectOption(""));
  assert.equal((await summary(page)).rejected, 1);
});

scenario("how many rejects are kept can be limited, and the first can be the end", async (page) => {
  const lines = ["a,b", "1,2", ...Array(150).fill("3")];
  await read(page, async () => choose(page, await file("rejects/t.csv", lines.join("\n"))));
  assert.equal((await summary(page)).rejected, 150);
  const more = async (name, value) => {
    if (!(await page.getByTestId(name).isVisible())) await page.getByTestId("more-reading").click();
    await page.getByTestId(name).selectOption(value);
  };
  await readAgain(page, () => more("rejects-kept", "100"));
  assert.deepEqual(await summary(page), { read: 151, stored: 1, duplicates: 0, conflicts: 0, rejected: 150 });
  assert.equal((await pagedTable(page, "rejects")).length, 100);
  assert.match(await page.locator("#tab-panel").innerText(), /150.records were rejected; the first 100 were kept/);
  await readAgain(page, () => more("rejects-kept", "0"));
  assert.equal((await summary(page)).rejected, 150);
  await openTab(page, "rejects");
  assert.match(await page.locator("#tab-panel").innerText(), /150.records could not be taken; none was kept/);

  await openTab(page, "columns");
  await more("at-reject", "stop");
  await page.getByTestId("read-again").click();
  assert.match((await message(page, "t.csv was not read"))[1], /line 3 \(from byte 9\) .*was to be the end/i);
  await answered(page);
  assert.equal((await pagedTable(page, "rows")).length, 1, "the table stays as it was");
});

scenario("a source that cannot be read in one way can still be read in another", async (page) => {
  const paths = [await file("both/a.csv", "a,b\n1,2\n"), await file("both/b.csv", "a,b\n3,x\n")];
  await read(page, () => choose(page, paths));
  assert.equal((await summary(page)).stored, 2);
  await openTab(page, "columns");
  await page.getByLabel("Type of b").selectOption("integer");
  await page.getByTestId("more-reading").click();
  await page.getByTestId("at-reject").selectOption("stop");
  await page.getByTestId("read-again").click();
  assert.match((await message(page, "b.csv was not read"))[1], /b is not a whole number: x/);
  await answered(page);
  assert.equal((await pagedTable(page, "rows")).length, 1);
  await readAgain(page, () => page.getByTestId("at-reject").selectOption("go-on"));
  assert.deepEqual(await summary(page), { read: 2, stored: 1, duplicates: 0, conflicts: 0, rejected: 1 });
});

scenario("votes and other files of one drop go where they belong", async (page) => {
  const records = votes(300);
  const paths = [
    await file("drop/sales.csv", SALES),
    await file("drop/v.jsonl", ndjson(records)),
    await file("drop/people.json", JSON.stringify([{ name: "Ann", tags: ["a", "b"] }, { name: "Bob", home: { city: "Rome" } }])),
  ];
  await read(page, () => drop(page, paths));
  assert.equal((await summary(page)).stored, 306);
  assert.deepEqual(await tableNames(page), ["votes", "sales", "people"]);
  assert.deepEqual(await weeksTable(page), weeks(daysOf(records), "monday"));
  await showTable(page, "people");
  assert.deepEqual(await columns(page), ["name text", "tags list", "home struct"]);
  const rows = await pagedTable(page, "rows");
  assert.deepEqual(rows, [["1", "Ann", '["a","b"]', "null"], ["2", "Bob", "null", '{"city":"Rome"}']]);
  await showTable(page, "sales");
  assert.equal(number(await page.getByTestId("tab-rows").locator(".badge").innerText()), 4);
  await showTable(page, "votes");
  assert.deepEqual(await weeksTable(page), weeks(daysOf(records), "monday"));
});

scenario("votes can be read as a table of their own, and back; a table can be forgotten", async (page) => {
  const records = votes(50);
  await read(page, async () => choose(page, await file("v.jsonl", ndjson([...records, ...records]))));
  await openTab(page, "columns");
  await read(page, () => page.getByTestId("read-as-table").click());
  assert.deepEqual(await tableNames(page), ["votes", "v"]);
  assert.deepEqual(await summary(page), { read: 100, stored: 100, duplicates: 0, conflicts: 0, rejected: 0 });
  await showTable(page, "votes");
  await openTab(page, "columns");
  await showTable(page, "v");
  await openTab(page, "columns");
  await read(page, () => page.getByTestId("read-as-votes").click());
  assert.deepEqual(await tableNames(page), ["votes"]);
  assert.deepEqual(await summary(page), { read: 100, stored: 0, duplicates: 100, conflicts: 0, rejected: 0 });

  await read(page, async () => choose(page, await file("forget/sales.csv", SALES)));
  await openTab(page, "columns");
  await page.getByTestId("forget-table").click();
  await page.locator(".catalog-name", { hasText: "sales" }).waitFor({ state: "detached" });
  assert.deepEqual(await tableNames(page), ["votes"]);
  assert.deepEqual(await weeksTable(page), weeks(daysOf(records), "monday"));
});

scenario("types widen, late columns appear, and each change is told with its line", async (page) => {
  const lines = ['{"a":1}', '{"a":2.5}', '{"a":3,"late":true}', '{"a":"x"}'];
  await read(page, async () => choose(page, await file("drift.ndjson", lines.join("\n"))));
  assert.deepEqual(await columns(page), ["a text", "late boolean"]);
  const told = await page.getByTestId("drift").locator("li").allInnerTexts();
  assert.equal(told.length, 3);
  assert.match(told[0], /drift\.ndjson: line 2: .*a.*integer.*float/);
  assert.match(told[1], /line 3: .*late/);
  const rows = await pagedTable(page, "rows");
  assert.deepEqual(rows.map((row) => row.slice(1)), [["1", "null"], ["2.5", "null"], ["3", "true"], ["x", "null"]]);
});

scenario("names that look like something else are shown as they are", async (page) => {
  const name = `<b onclick="alert(1)">'&amp;.csv`;
  const head = '"<img src=x onerror=alert(1)>","a ""b""\nc",../../up\n';
  await read(page, () => choose(page, [{ name, mimeType: "", buffer: Buffer.from(`${head}1,2,3\n`) }]));
  assert.deepEqual(await tableNames(page), [name.slice(0, -4)]);
  assert.deepEqual(
    await columns(page),
    ["<img src=x onerror=alert(1)> integer", 'a "b"\nc integer', "../../up integer"],
  );
});

scenario("a file that has changed since is not read again, and its table stays", { alarms: true }, async (page) => {
  // The file is another one by the time it is read again.
  const path = await file("changing/t.csv", SALES);
  await read(page, () => choose(page, path));
  await file("changing/t.csv", "something,else\n1,2\n3,4\n");
  await openTab(page, "columns");
  await page.getByTestId("key-row").check();
  await page.getByTestId("read-again").click();
  assert.match((await message(page, "t.csv was not read"))[1], /changed since|no longer there/);
  await answered(page);
  assert.equal((await pagedTable(page, "rows")).length, 4);
});

scenario("the billing folder is one table with the columns of its paths", { skip: without("billing/dataset") }, async (page) => {
  await read(page, () => drop(page, [join(REAL_DATA, "billing/dataset")]));
  assert.deepEqual(await summary(page), { read: 4_500, stored: 4_500, duplicates: 0, conflicts: 0, rejected: 0 });
  assert.deepEqual(await tableNames(page), ["dataset"]);
  assert.deepEqual((await columns(page)).slice(-3), ["year integer", "month integer", "day integer"]);
  assert.deepEqual(await weeksTable(page), [[2025, 17, 4_500]]);
});

const RAW = "chinook/raw_data";
scenario("folders of mixed CSV and JSON are one table each", { skip: without(RAW) }, async (page) => {
  await read(page, () => drop(page, [join(REAL_DATA, RAW)]));
  assert.equal((await summary(page)).read, 11_200 + 43_575 + 17_515 + 17_515);
  assert.deepEqual(await tableNames(page), ["orders", "playlist_track", "track_facts", "tracks"]);
  for (const [name, distinct] of [["orders", 2_142], ["playlist_track", 8_715], ["track_facts", 782], ["tracks", 3_503]]) {
    await showTable(page, name);
    await readAgain(page, () => page.getByTestId("key-row").check());
    assert.equal((await summary(page)).stored, distinct, name);
  }
});
