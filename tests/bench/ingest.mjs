// How reading grows and what it costs for other records than votes: nested ones with all their columns stored against
// JSON.parse per line, and many votes against the floor, in time and in memory. One Chromium, round after round in turn.
//
//     node tests/bench/ingest.mjs [--rows 1000000] [--many 10000000] [--megabytes 200] [--rounds 3] [--strict]
//
// Needs what browser.mjs needs. Writes target/bench/ingest.json.

import assert from "node:assert/strict";
import { cp, mkdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { launch } from "../e2e/support/chromium.mjs";
import { serveDist } from "../e2e/support/dist.mjs";
import { serve } from "../serve.mjs";
import { reader, sandglass } from "./contenders.mjs";
import { OUT, ROOT, ordersFile, votesFile } from "./data.mjs";
import { median, table } from "./report.mjs";

const { values: given } = parseArgs({
  options: {
    rows: { type: "string", default: "1000000" },
    many: { type: "string", default: "10000000" },
    megabytes: { type: "string", default: "200" },
    rounds: { type: "string", default: "3" },
    strict: { type: "boolean", default: false },
  },
});
/** How long people look at a page before they choose a file, at least, in milliseconds. The bars do without. */
const RESTED = 2_000;
const [rows, many] = [Number(given.rows), Number(given.many)];
const files = {
  some: await votesFile(rows),
  many: await votesFile(many),
  orders: await ordersFile(Number(given.megabytes) * 1e6),
};

const ours = await serveDist();
const site = join(OUT, "site");
await mkdir(site, { recursive: true });
await cp(join(ROOT, "tests/bench/pages"), site, { recursive: true });
const theirs = await serve({ root: site, port: 0, base: "/" });
const browser = await launch();
const contenders = {
  "some votes": sandglass(ours.url, files.some),
  "some votes, page at rest": sandglass(ours.url, files.some, { rest: RESTED }),
  "some votes, floor": reader(theirs.url, "drain", files.some),
  "many votes": sandglass(ours.url, files.many),
  "many votes, floor": reader(theirs.url, "drain", files.many),
  "nested orders": sandglass(ours.url, files.orders.path, { what: "records" }),
  "nested orders, JSON.parse": reader(theirs.url, "parse", files.orders.path),
  "nested orders, floor": reader(theirs.url, "drain", files.orders.path),
};
const runs = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
try {
  for (let round = 0; round <= Number(given.rounds); round++) {
    for (const [name, contend] of Object.entries(contenders)) {
      const run = await contend(browser);
      if (name.startsWith("nested") && !name.endsWith("floor")) assert.deepEqual(run.weeks, [[files.orders.records]], name);
      // The first round only warms up the machine.
      if (round > 0) runs[name].push(run);
    }
    console.error(round === 0 ? "warm" : `round ${round} of ${given.rounds}`);
  }
} finally {
  await browser.close();
  await Promise.all([ours.close(), theirs.close()]);
}

const answer = (name) => median(runs[name].map((run) => run.answer));
const most = (name, kind) => Math.max(...runs[name].map((run) => run[kind]));
const sizes = await Promise.all([files.some, files.many, files.orders.path].map(async (path) => (await stat(path)).size));
console.log(`\nvotes ${rows} (${mb(sizes[0])}) and ${many} (${mb(sizes[1])}), nested orders ${mb(sizes[2])}; medians of ${given.rounds} rounds\n`);
console.log(table(
  ["in the browser", "file to answer"],
  Object.keys(contenders).map((name) => [name, `${answer(name).toFixed(0)} ms`]),
));
const overhead = most("many votes", "memory") - most("many votes", "stored");
const bars = [
  { name: `${rows} votes: drop to answer / draining the file`, measured: answer("some votes") / answer("some votes, floor"), bar: 1.3 },
  { name: `${many} votes: drop to answer / draining the file`, measured: answer("many votes") / answer("many votes, floor"), bar: 1.3 },
  { name: "time per row of many votes / of some", measured: answer("many votes") / many / (answer("some votes") / rows), bar: 1.1 },
  { name: "nested orders, all columns stored / JSON.parse per line", measured: answer("nested orders") / answer("nested orders, JSON.parse"), bar: 0.25 },
  { name: `peak memory over the stored columns of ${many} votes, MB`, measured: overhead / 1e6, bar: 256 },
].map((bar) => ({ ...bar, met: bar.measured <= bar.bar }));
console.log(`\n${table(
  ["bar", "measured", "at most", ""],
  bars.map(({ name, measured, bar, met }) => [name, measured.toFixed(3), bar.toFixed(3), met ? "met" : "MISSED"]),
)}`);
const rested = answer("some votes, page at rest") / answer("some votes, floor");
console.log(`\n${rows} votes on a page that was looked at for ${RESTED / 1000} s: ${rested.toFixed(3)} of draining the file.`);
const least = answer("nested orders, floor") / answer("nested orders, JSON.parse");
console.log(`Draining the file of nested orders alone takes ${least.toFixed(3)} of JSON.parse per line.`);
await writeFile(join(OUT, "ingest.json"), `${JSON.stringify({ bars, runs }, null, 2)}\n`);
if (given.strict && bars.some(({ met }) => !met)) process.exitCode = 1;

function mb(bytes) {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}
