// Files of formats that few need: their readers are fetched when such a file comes, and not before.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import {
  REAL_DATA, SALES_PARQUET, answered, choose, daysOf, drop, file, message, ndjson, openTab, pagedTable, read, scenario, showTable, summary,
  tableNames, votes, weeks, weeksTable, without,
} from "./support.mjs";

const CHINOOK = join(REAL_DATA, "chinook/chinook.db");

/** Rows of the tables of Chinook, as counted independently. */
const ROWS = {
  albums: 347, artists: 275, customers: 59, employees: 8, genres: 25, invoices: 412, invoice_items: 2_240, media_types: 5,
  playlists: 18, playlist_track: 8_715, tracks: 3_503,
};

/** The files of the module that the page has asked for. */
const asked = (watch) => watch.requested.filter((url) => url.includes("/formats/"));

/** A zip archive of files that are not compressed. */
function zip(files) {
  const parts = [];
  const directory = [];
  let offset = 0;
  for (const [name, text] of Object.entries(files)) {
    const [path, data] = [Buffer.from(name), Buffer.from(text)];
    const head = Buffer.alloc(26);
    head.writeUInt16LE(20, 0);
    head.writeUInt32LE(crc32(data), 10);
    head.writeUInt32LE(data.length, 14);
    head.writeUInt32LE(data.length, 18);
    head.writeUInt16LE(path.length, 22);
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), head, path, data]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\x00"), head, tail, path]));
    parts.push(local);
    offset += local.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(directory.length, 4);
  end.writeUInt16LE(directory.length, 6);
  end.writeUInt32LE(list.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...parts, list, Buffer.from("PK\x05\x06"), end]);
}

function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** A workbook of one sheet, with a row of these texts for every row. */
function xlsx(rows) {
  const cell = (text, x, y) => `<c r="${"ABC"[x]}${y + 1}" t="inlineStr"><is><t>${text}</t></is></c>`;
  const cells = (row, y) => row.map((text, x) => cell(text, x, y)).join("");
  const sheet = rows.map((row, y) => `<row r="${y + 1}">${cells(row, y)}</row>`).join("");
  const part = (name, type) =>
    `<Override PartName="/xl/${name}" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.${type}+xml"/>`;
  const schema = "http://schemas.openxmlformats.org";
  const related = (target, type) =>
    `<Relationships xmlns="${schema}/package/2006/relationships"><Relationship Id="r1" Target="${target}" ` +
    `Type="${schema}/officeDocument/2006/relationships/${type}"/></Relationships>`;
  return zip({
    "[Content_Types].xml":
      `<Types xmlns="${schema}/package/2006/content-types">` +
      '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>' +
      `${part("workbook.xml", "sheet.main")}${part("worksheets/sheet1.xml", "worksheet")}</Types>`,
    "_rels/.rels": related("xl/workbook.xml", "officeDocument"),
    "xl/workbook.xml":
      `<workbook xmlns="${schema}/spreadsheetml/2006/main" xmlns:r="${schema}/officeDocument/2006/relationships">` +
      '<sheets><sheet name="Sales" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": related("worksheets/sheet1.xml", "worksheet"),
    "xl/worksheets/sheet1.xml":
      `<worksheet xmlns="${schema}/spreadsheetml/2006/main"><sheetData>${sheet}</sheetData></worksheet>`,
  });
}

for (const [name, bytes, line, stored] of [
  ["sales.parquet", SALES_PARQUET, "2", [["1", "1", "5", "2024-01-01"], ["2", "3", "7", "2024-01-09"]]],
  ["sales.xlsx", xlsx([["id", "sold"], ["1", "5"], ["2", "many"], ["3", "7"]]), "3", [["1", "1", "5"], ["2", "3", "7"]]],
]) {
  scenario(`the type of a column of ${name} is chosen, and what does not fit is a reject`, async (page) => {
    await read(page, async () => choose(page, await file(name, bytes)));
    assert.deepEqual(await summary(page), { read: 3, stored: 3, duplicates: 0, conflicts: 0, rejected: 0 });
    await openTab(page, "columns");
    await page.getByLabel("Type of sold").selectOption("integer");
    await read(page, () => page.getByTestId("read-again").click());
    assert.deepEqual(await summary(page), { read: 3, stored: 2, duplicates: 0, conflicts: 0, rejected: 1 });
    assert.deepEqual(await pagedTable(page, "rows"), stored);
    const [reject] = await pagedTable(page, "rejects");
    assert.deepEqual([reject[1], reject[3]], [line, "sold is not a whole number: many"]);
    assert.match(reject[4], /"many"/);

    await openTab(page, "columns");
    assert.equal(await page.getByLabel("Type of sold").inputValue(), "integer");
    assert.equal(await page.getByTestId("delimiter").count(), 0, "only what acts is offered");
    await page.getByTestId("more-reading").click();
    await page.getByTestId("at-reject").selectOption("stop");
    await page.getByTestId("read-again").click();
    assert.match((await message(page, "was not read"))[1], new RegExp(`row ${line} could not be taken, and was to be the end`, "i"));
    await answered(page);
    assert.deepEqual(await pagedTable(page, "rows"), stored, "the table stays as it was");
  });
}

scenario("how a text in UTF-16 in an archive is written is chosen", async (page) => {
  const text = Buffer.from("\u{feff}1;2,5;\u00e9\n3;4,5;x\n", "utf16le");
  await read(page, async () => choose(page, await file("wide.zip", zip({ "t.csv": text }))));
  await openTab(page, "columns");
  assert.equal(await page.getByTestId("encoding").locator("option").first().innerText(), "found: UTF-16, low byte first");
  await page.getByTestId("delimiter").selectOption(",");
  await page.getByTestId("header").selectOption("values");
  await read(page, () => page.getByTestId("read-again").click());
  assert.deepEqual(await pagedTable(page, "rows"), [["1", "1;2", "5;\u00e9"], ["2", "3;4", "5;x"]]);
  await openTab(page, "columns");
  await page.getByTestId("delimiter").selectOption(";");
  await read(page, () => page.getByTestId("read-again").click());
  assert.deepEqual(await pagedTable(page, "rows"), [["1", "1", "2,5", "\u00e9"], ["2", "3", "4,5", "x"]]);
});

scenario("an SQLite file becomes its tables", { skip: without("chinook/chinook.db") }, async (page, watch) => {
  assert.deepEqual(asked(watch), [], "nothing is fetched before it is needed");
  await read(page, () => drop(page, [CHINOOK]));
  assert.ok(asked(watch).length > 0);
  assert.deepEqual((await tableNames(page)).toSorted(), Object.keys(ROWS).toSorted());
  const total = Object.values(ROWS).reduce((sum, rows) => sum + rows, 0);
  assert.deepEqual(await summary(page), { read: total, stored: total, duplicates: 0, conflicts: 0, rejected: 0 });
  await showTable(page, "invoices");
  assert.ok((await weeksTable(page)).length > 200, "invoices have dates");
  await showTable(page, "genres");
  assert.deepEqual((await pagedTable(page, "rows"))[0], ["1", "1", "Rock"]);

  // Reading one table again leaves the others alone.
  await openTab(page, "columns");
  assert.equal(await page.getByTestId("format").count(), 0, "a database is no text");
  await page.getByTestId("key-row").check();
  await page.getByLabel("Type of GenreId").selectOption("text");
  await read(page, () => page.getByTestId("read-again").click());
  assert.equal((await summary(page)).stored, 25);
  assert.equal(await page.getByLabel("Type of GenreId").inputValue(), "text");
  assert.equal((await tableNames(page)).length, 11);
});

scenario("a packed database is read as well", { skip: without("chinook/chinook.db") }, async (page) => {
  const packed = gzipSync(await readFile(CHINOOK));
  await read(page, async () => choose(page, await file("chinook.db.gz", packed)));
  assert.equal((await tableNames(page)).length, 11);
});

scenario("text in other encodings is read, and the encoding is told", async (page) => {
  const records = votes(500);
  const utf16 = Buffer.from(`\u{feff}${ndjson(records)}`, "utf16le");
  await read(page, async () => choose(page, await file("v-utf16.jsonl", utf16)));
  assert.deepEqual(await tableNames(page), ["votes"], "votes are votes in any encoding");
  assert.deepEqual(await weeksTable(page), weeks(daysOf(records), "monday"));

  const western = Buffer.from("name;city\nRen\xe9;Z\xfcrich\nZo\xeb;K\xf6ln\n", "latin1");
  await read(page, async () => choose(page, await file("western.csv", western)));
  assert.deepEqual(await pagedTable(page, "rows"), [["1", "René", "Zürich"], ["2", "Zoë", "Köln"]]);
  assert.match(await page.locator(".summary-what").innerText(), /CSV, semicolon-separated, with a header, Windows-1252/);
});

scenario("an archive becomes the tables of its files, and a bad one among them is named", async (page) => {
  const archive = zip({
    "a/one.csv": "id,name\n1,x\n2,y\n",
    "a/two.csv": "id,name\n3,z\n",
    "b/<b>other</b>.json": '[{"k":1},{"k":2.5}]',
    "picture.csv": Buffer.from("\x89PNG\r\n\x1a\n\0\0\0", "latin1"),
  });
  await read(page, async () => choose(page, await file("some.zip", archive)));
  assert.match((await message(page, "picture.csv")).join(" "), /PNG/);
  assert.equal((await summary(page)).stored, 5);
  const names = await tableNames(page);
  assert.equal(names.length, 2, names.join());
});

for (const [name, damage, reason] of [
  ["cut.zip", (bytes) => bytes.subarray(0, bytes.length - 30), /zip|archive/i],
  ["flipped.zip", (bytes) => ((bytes[45] ^= 1), bytes), /checksum|CRC|damaged/i],
]) {
  scenario(`${name} is told as damaged, and the next file is read`, async (page) => {
    const bytes = damage(zip({ "one.csv": "id,name\n1,x\n2,y\n" }));
    await choose(page, await file(name, bytes));
    assert.match((await message(page, "was not read")).join(" "), reason);
    await read(page, async () => choose(page, await file("then.csv", "a,b\n1,2\n")));
    assert.deepEqual(await tableNames(page), ["then"]);
  });
}
