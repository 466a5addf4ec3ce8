// A file comes in slices, whose sizes browsers choose within bounds. Wherever one ends, no byte is lost.

import assert from "node:assert/strict";

import { choose, file, open, read, scenario, site, summary } from "./support.mjs";

const MIB = 2 ** 20;

/** Sizes around those that the worker asks for, which are one and two MiB, and around sums of them. */
const SIZES = [1, 2, 3, 5].flatMap((mib) => [-1, 0, 1].map((more) => mib * MIB + more)).concat(100, 65_536);

/** A file of exactly so many bytes, of lines that differ in length, whose last line has no line end. */
function text(size, id) {
  const lines = [];
  let left = size;
  for (let row = 0; left > 0; row++) {
    const start = `{"id":"${id}-${row}","text":"`;
    const most = 300 + ((row * 37) % 700);
    // What is left has to have room for a line.
    const length = left < most + 300 ? left : most;
    lines.push(`${start.padEnd(length - 2 - (length === left ? 0 : 1), "x")}"}`);
    left -= length;
  }
  const text = lines.join("\n");
  assert.equal(text.length, size);
  return { lines: lines.length, text };
}

/** What other browsers do differently, done in the worker before it begins. */
const BROWSERS = {
  "as this browser reads": "",
  "where no least size can be asked for":
    "const { read } = ReadableStreamBYOBReader.prototype; ReadableStreamBYOBReader.prototype.read = function (view) { return read.call(this, view); };",
  "where files are no byte streams": "globalThis.ReadableStreamBYOBReader = class { constructor() { throw new TypeError('no'); } };",
};

for (const [where, patch] of Object.entries(BROWSERS)) {
  scenario(`files are read to their last byte, ${where}`, { timeout: 300_000 }, async (page) => {
    let patched = 0;
    await page.context().route(/warehouse-worker\.js$/, async (route) => {
      const response = await route.fetch();
      patched += 1;
      await route.fulfill({ response, body: `${patch}\n${await response.text()}` });
    });
    await open(page, (await site()).url);
    assert.ok(patched > 0, "the worker was told");
    for (const [id, size] of SIZES.entries()) {
      const made = text(size, id);
      const path = await file(`part-${id}.jsonl`, made.text);
      await read(page, () => choose(page, path));
      const { read: count, stored, rejected } = await summary(page);
      assert.deepEqual([count, stored, rejected], [made.lines, made.lines, 0], `${size} bytes`);
    }
  });
}
