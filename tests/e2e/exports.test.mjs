// What can be taken away: tables as CSV, rejects as NDJSON, the chart as SVG and PNG, and copies for a spreadsheet.

import assert from "node:assert/strict";

import {
  PATIENCE, choose, daysOf, download, file, ndjson, openTab, outliers, pagedTable, read, scenario, votes, weeks,
} from "./support.mjs";

const RECORDS = votes(2_000);
const WEEKS = weeks(daysOf(RECORDS), "monday");
const OUTLIERS = outliers(WEEKS, 200);

const BAD = ['{"Id":"1"', 'no JSON at all: "quotes", \ttabs and 漢字', "{}"];

/** A file of votes with bad lines at its end, read. */
async function readVotes(page) {
  const text = `${ndjson(RECORDS)}${BAD.join("\n")}`;
  await read(page, async () => choose(page, await file("votes.jsonl", text)));
}

const button = (page, name) => page.getByRole("button", { name, exact: true });

/** Clicks a button of the open table and returns what is downloaded. */
const save = (page, name) => download(page, () => page.getByRole("tabpanel").getByRole("button", { name }).click());

scenario("outlier weeks and all weeks are downloaded as CSV", async (page) => {
  await readVotes(page);
  const saved = await save(page, "CSV");
  assert.equal(saved.name, "outlier_weeks.csv");
  const lines = (rows) => rows.map((row) => `${row.join(",")}\n`).join("");
  assert.equal(saved.bytes.toString(), `Year,WeekNumber,VoteCount\n${lines(OUTLIERS)}`);

  await openTab(page, "weeks");
  const all = await save(page, "CSV");
  assert.equal(all.name, "weeks.csv");
  const marked = WEEKS.map((week) => [...week, OUTLIERS.includes(week)]);
  assert.equal(all.bytes.toString(), `Year,WeekNumber,VoteCount,Outlier\n${lines(marked)}`);
});

scenario("rejects are downloaded as NDJSON that other programs read", async (page) => {
  await readVotes(page);
  await openTab(page, "rejects");
  const saved = await save(page, "Download all as NDJSON");
  assert.equal(saved.name, "rejects.ndjson");
  const text = saved.bytes.toString();
  assert.ok(text.endsWith("\n"));
  const rejects = text.trimEnd().split("\n").map((line) => JSON.parse(line));
  let offset = Buffer.byteLength(ndjson(RECORDS));
  const expected = BAD.map((raw, index) => {
    const bytes = Buffer.byteLength(raw);
    const reject = { source: "votes.jsonl", line: RECORDS.length + index + 1, byte_offset: offset, raw, raw_bytes: bytes };
    offset += bytes + 1;
    return reject;
  });
  assert.deepEqual(rejects.map(({ reason, ...rest }) => rest), expected);
  const shown = await pagedTable(page, "rejects");
  assert.deepEqual(rejects.map(({ reason }) => reason), shown.map((row) => row[3]));
});

scenario("the chart is downloaded as SVG and as PNG", async (page) => {
  await readVotes(page);
  await page.locator('[data-testid="chart"][data-drawn]').waitFor({ timeout: PATIENCE });

  const svg = await download(page, () => button(page, "SVG").click());
  assert.match(svg.name, /\.svg$/);
  const found = await page.evaluate((text) => {
    const parsed = new DOMParser().parseFromString(text, "image/svg+xml");
    const { width, height } = parsed.documentElement.attributes;
    return {
      error: parsed.querySelector("parsererror")?.textContent ?? null,
      root: parsed.documentElement.localName,
      width: Number(width.value),
      height: Number(height.value),
      bars: parsed.querySelectorAll("g.mark-rect path").length,
      scripts: parsed.querySelectorAll("script, foreignObject").length,
    };
  }, svg.bytes.toString());
  assert.deepEqual({ ...found, width: 0, height: 0, bars: 0 }, {
    error: null, root: "svg", width: 0, height: 0, bars: 0, scripts: 0,
  });
  assert.ok(found.width > 200 && found.height > 100, JSON.stringify(found));
  assert.ok(found.bars >= WEEKS.length, `${found.bars} bars for ${WEEKS.length} weeks`);

  const png = await download(page, () => button(page, "PNG").click());
  assert.match(png.name, /\.png$/);
  assert.deepEqual([...png.bytes.subarray(0, 8)], [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const [width, height] = [png.bytes.readUInt32BE(16), png.bytes.readUInt32BE(20)];
  assert.ok(width > 2 * 200 && height > 2 * 100, `${width} x ${height}`);
});

scenario("tables are copied as text for a spreadsheet", { permissions: ["clipboard-read", "clipboard-write"] }, async (page) => {
  await readVotes(page);
  const copy = async () => {
    await page.getByRole("tabpanel").getByRole("button", { name: "Copy" }).click();
    await page.getByRole("button", { name: "Copied" }).waitFor();
    const text = await page.evaluate(() => navigator.clipboard.readText());
    return text.trimEnd().split("\n").map((line) => line.split("\t"));
  };
  const [head, ...rows] = await copy();
  assert.deepEqual(head.slice(0, 3), ["Year", "WeekNumber", "VoteCount"]);
  assert.deepEqual(rows.map((row) => row.slice(0, 3).map(Number)), OUTLIERS);

  await pagedTable(page, "rows");
  const [columns, ...cells] = await copy();
  assert.deepEqual(columns.slice(0, 4), ["Id", "PostId", "VoteTypeId", "CreationDate"]);
  assert.deepEqual(cells.map(([id]) => id), RECORDS.slice(0, 100).map(({ Id }) => Id));

  await pagedTable(page, "rejects");
  const [, ...rejects] = await copy();
  assert.ok(rejects.every((row) => row.length === 6), "a tab inside a cell does not break the table");
});
