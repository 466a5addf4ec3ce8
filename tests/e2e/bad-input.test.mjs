// Whatever is dropped, the page names the file and the reason, keeps what was there, and takes the next good file.

import assert from "node:assert/strict";
import { createWriteStream } from "node:fs";
import { stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { constants, deflateRawSync, gzipSync } from "node:zlib";

import {
  answered, choose, daysOf, dismissAll, drop, emptyFolder, file, longLine, message, messages, ndjson,
  outlierTable, outliers, pagedTable, read, scenario, scratch, showTable, summary, tableNames, votes, weeks, weeksTable,
} from "./support.mjs";

const LINE = ndjson(votes(1)).trimEnd();

/** The smallest PNG: one black pixel. */
const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==",
  "base64",
);

const gzipped = gzipSync(ndjson(votes(5_000, { firstId: 50_000 })));

/** Sources of which nothing can be kept: what they hold, and what the page must say about them. */
const NOTHING_KEPT = [
  { name: "empty.jsonl", content: "", reason: /is empty/i },
  { name: "blank.jsonl", content: "\n \r\n\n", reason: /no records, only blank lines/i },
  { name: "picture.jsonl", content: PNG, reason: /a PNG image/i },
  { name: "array.jsonl", content: "[[1], [2]]", reason: /none of its 2 records .*line 1: .*an array, not an object/i },
  { name: "broken-utf8.jsonl", content: Buffer.concat([Buffer.from('{"Id":"'), Buffer.from([0xff, 0xfe, 0x80]), Buffer.from('"}')]), reason: /line 1: byte 8 of the line is not UTF-8/i },
  { name: "nul.jsonl", content: Buffer.alloc(5_000), reason: /binary|not JSON/i },
  { name: "cut.jsonl", content: LINE.slice(0, 40), reason: /its only record could not be taken: line 1: not JSON/i },
  { name: "cut.jsonl.gz", content: gzipped.subarray(0, gzipped.length / 2), reason: /gzip data ends too early/i },
  { name: "cut-in-head.jsonl.gz", content: gzipped.subarray(0, 7), reason: /gzip data ends too early/i },
  { name: "damaged.jsonl.gz", content: damaged(gzipped), reason: /gzip data is damaged/i },
  { name: "a name with <b>& 漢字.jsonl", content: "", reason: /is empty/i },
];

function damaged(bytes) {
  const copy = Buffer.from(bytes);
  copy[Math.floor(copy.length / 2)] ^= 0x10;
  return copy;
}

/** What is in the tables, as the page shows it. */
async function tables(page) {
  return { weeks: await weeksTable(page), outliers: await outlierTable(page), rows: await pagedTable(page, "rows") };
}

scenario("nothing of an unusable file is kept, and what was there stays", { timeout: 300_000 }, async (page) => {
  let records = votes(200, { firstId: 1_000 });
  await read(page, async () => choose(page, await file("good.jsonl", ndjson(records))));
  for (const [index, { name, content, reason }] of NOTHING_KEPT.entries()) {
    const before = await tables(page);
    await read(page, async () => choose(page, await file(`bad/${name}`, content)));
    const [title, why] = await message(page, name);
    assert.equal(title, `${name} was not read`);
    assert.match(why, reason, name);
    assert.equal((await summary(page)).stored, 0, name);
    // What could not be taken can be looked at, as a table without rows.
    await showTable(page, "votes");
    assert.deepEqual(await tables(page), before, name);
    await dismissAll(page);

    const more = votes(10, { seed: name, firstId: 10_000 + 10 * index });
    await read(page, async () => choose(page, await file(`good-${index}.jsonl`, ndjson(more))));
    assert.deepEqual(await summary(page), { read: 10, stored: 10, duplicates: 0, conflicts: 0, rejected: 0 }, name);
    assert.deepEqual(await messages(page), [], name);
    records = [...records, ...more];
    assert.deepEqual(await weeksTable(page), weeks(daysOf(records), "monday"), name);
  }
});

for (const { name, content, reason } of NOTHING_KEPT.slice(0, 4)) {
  scenario(`${name} as the first file of all is explained as well`, async (page) => {
    await choose(page, await file(`first/${name}`, content));
    const [title, why] = await message(page, name);
    assert.equal(title, `${name} was not read`);
    assert.match(why, reason);
    await read(page, async () => choose(page, await file("then.jsonl", ndjson(votes(10)))));
    assert.equal((await summary(page)).stored, 10);
  });
}

scenario("of several files the good ones are read and the bad ones named", async (page) => {
  const paths = [
    await file("mixed/1.jsonl", ndjson(votes(30))),
    await file("mixed/2.png", PNG),
    await file("mixed/3.jsonl", ndjson(votes(30, { firstId: 31 }))),
  ];
  await read(page, () => drop(page, paths));
  assert.match((await message(page, "2.png"))[1], /a PNG image/);
  assert.deepEqual(await summary(page), { read: 60, stored: 60, duplicates: 0, conflicts: 0, rejected: 0 });
});

scenario("a folder without data is named", async (page) => {
  await drop(page, [await emptyFolder("nothing-in-it")]);
  assert.match((await message(page, "nothing-in-it")).join(" "), /has no files to read/);
  await file("only-hidden/.DS_Store", "x");
  await drop(page, [await scratch("only-hidden")]);
  assert.match((await message(page, "The folder only-hidden")).join(" "), /has no files to read/);
  await file("pictures/a.png", PNG);
  await drop(page, [await scratch("pictures")]);
  assert.match((await message(page, "pictures/a.png was not read"))[1], /a PNG image/);
  await page.getByTestId("drop-zone").waitFor();
  await read(page, async () => choose(page, await file("folder-then.jsonl", ndjson(votes(10)))));
  assert.equal((await summary(page)).stored, 10);
});

/** Text of 64 MiB, of which a compressor makes the thousandth part. */
const MUCH = Buffer.alloc(64 << 20, "x");

/** Writes parts into a file and returns its path. */
async function written(name, parts) {
  const path = await scratch(name);
  await pipeline(Readable.from(parts), createWriteStream(path));
  return path;
}

/** A record and 1.2 GiB of one line, as gzip with several members. */
function* gzipBomb() {
  yield gzipSync(`${LINE}\n`);
  const member = gzipSync(MUCH, { level: 9 });
  for (let at = 0; at < 19; at++) yield member;
}

/** The same as a member of a zip archive, which says so. */
function* zipBomb() {
  const piece = deflateRawSync(MUCH, { level: 9, finishFlush: constants.Z_FULL_FLUSH });
  const data = [...Array(19).fill(piece), Buffer.from([3, 0])];
  const [packed, unpacked] = [19 * piece.length + 2, 19 * MUCH.length];
  const name = Buffer.from("bomb.jsonl");
  const head = Buffer.alloc(26);
  head.writeUInt16LE(20, 0);
  head.writeUInt16LE(8, 4);
  head.writeUInt32LE(packed, 14);
  head.writeUInt32LE(unpacked, 18);
  head.writeUInt16LE(name.length, 22);
  yield* [Buffer.from("PK\x03\x04"), head, name, ...data];
  yield* [Buffer.from("PK\x01\x02\x14\x00"), head, Buffer.alloc(14), name];
  const end = Buffer.alloc(18);
  end.writeUInt16LE(1, 4);
  end.writeUInt16LE(1, 6);
  end.writeUInt32LE(46 + name.length, 8);
  end.writeUInt32LE(30 + name.length + packed, 12);
  yield* [Buffer.from("PK\x05\x06"), end];
}

for (const [name, parts] of [["bomb.jsonl.gz", gzipBomb], ["bomb.zip", zipBomb]]) {
  scenario(`${name} is given up beyond a ratio and a size, and nothing of it is kept`, { timeout: 300_000 }, async (page) => {
    const records = votes(200, { firstId: 1_000 });
    await read(page, async () => choose(page, await file("good.jsonl", ndjson(records))));
    const before = await tables(page);
    const path = await written(name, parts());
    const { size } = await stat(path);
    assert.ok(19 * MUCH.length > Math.max(1 << 30, 1_000 * size), "it is a bomb");
    await choose(page, path);
    const [title, why] = await message(page, "was not read");
    assert.match(title, /^bomb\.(jsonl\.gz|zip(\/bomb\.jsonl)?) was not read$/);
    assert.match(why, /more than 1,?000 times/);
    await answered(page);
    assert.deepEqual(await tableNames(page), ["votes"]);
    assert.deepEqual(await tables(page), before);
    await dismissAll(page);

    const more = votes(10, { firstId: 10_000 });
    await read(page, async () => choose(page, await file("then.jsonl", ndjson(more))));
    assert.deepEqual(await summary(page), { read: 10, stored: 10, duplicates: 0, conflicts: 0, rejected: 0 });
    assert.deepEqual(await weeksTable(page), weeks(daysOf([...records, ...more]), "monday"));
  });
}

scenario("text that is dropped is not mistaken for a file", async (page) => {
  const transfer = await page.evaluateHandle(() => {
    const transfer = new DataTransfer();
    transfer.setData("text/plain", "some text");
    return transfer;
  });
  await page.locator("main").dispatchEvent("drop", { dataTransfer: transfer });
  await page.getByTestId("drop-zone").waitFor();
  assert.equal(await page.getByTestId("progress").count(), 0);
});

scenario("a single line of 200 MB is a reject, and the lines around it are stored", { timeout: 300_000 }, async (page) => {
  const [before, after] = [ndjson(votes(3)), ndjson(votes(4, { firstId: 4 }))];
  const bytes = 200_000_000;
  const alone = await written("long.jsonl", longLine(bytes));
  await choose(page, alone);
  assert.match((await message(page, "long.jsonl was not read"))[1], /longer than 16 MiB/);

  function* around() {
    yield before;
    yield* longLine(bytes);
    yield `\n${after}`;
  }
  const path = await written("around.jsonl", around());
  await read(page, () => choose(page, path));
  assert.deepEqual(await summary(page), { read: 8, stored: 7, duplicates: 0, conflicts: 0, rejected: 1 });
  const found = (await pagedTable(page, "rejects")).at(-1);
  assert.deepEqual(found.slice(0, 3), ["around.jsonl", "4", Buffer.byteLength(before).toLocaleString("en")]);
  assert.match(found[5], /^200\.0 MB$/);
});

scenario("bad bytes and cut lines among good ones are rejects, each for its reason", async (page) => {
  const good = votes(300);
  const lines = ndjson(good).trimEnd().split("\n");
  const bad = [
    [Buffer.from([...Buffer.from('{"Id":"'), 0xc3, 0x28, ...Buffer.from('"}')]), /not UTF-8/],
    [Buffer.from('{"Id":"9\0"}'), /not JSON/],
    [Buffer.from(LINE.slice(0, 30)), /not JSON/],
    [Buffer.from(LINE.replace('"Id":"1"', '"Id":"1.5"')), /Id is not a whole number/],
    [Buffer.from(LINE.replace('"Id":"1"', '"Id":true')), /Id is not a whole number/],
  ];
  const content = lines.flatMap((line, index) => {
    const own = Buffer.from(`${line}\n`);
    const insert = index % 60 === 30 ? bad[(index - 30) / 60][0] : undefined;
    return insert ? [own, insert, Buffer.from("\n")] : [own];
  });
  await read(page, async () => choose(page, await file("among.jsonl", Buffer.concat(content))));
  assert.deepEqual(await summary(page), { read: 305, stored: 300, duplicates: 0, conflicts: 0, rejected: 5 });
  const found = await pagedTable(page, "rejects");
  for (const [index, [, reason]] of bad.entries()) assert.match(found[index][3], reason);
  assert.deepEqual(await outlierTable(page), outliers(weeks(daysOf(good), "monday"), 200));
});

scenario("gzip is read like what is in it, in one member or several", async (page) => {
  const records = votes(5_000);
  const parts = [records.slice(0, 1_234), records.slice(1_234)];
  const packed = Buffer.concat(parts.map((part) => gzipSync(ndjson(part))));
  await read(page, async () => choose(page, await file("votes.jsonl.gz", packed)));
  assert.deepEqual(await summary(page), { read: 5_000, stored: 5_000, duplicates: 0, conflicts: 0, rejected: 0 });
  assert.deepEqual(await weeksTable(page), weeks(daysOf(records), "monday"));
  assert.equal((await pagedTable(page, "rows"))[0][1], "1");
});

scenario("a file that is gone when it is to be read is named", { alarms: true }, async (page) => {
  const { rm } = await import("node:fs/promises");
  const path = await file("gone.jsonl", ndjson(votes(10)));
  // It waits behind a job, and is deleted meanwhile.
  await page.getByTestId("sample-10000000").click();
  await page.getByTestId("progress").waitFor();
  await drop(page, [path]);
  await page.getByText("1 more drop").waitFor();
  await rm(path);
  await page.getByTestId("cancel").click();
  assert.match((await message(page, "gone.jsonl was not read"))[1], /no longer there|changed since/);
});
