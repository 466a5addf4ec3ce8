// The page against DuckDB-Wasm, against JSON.parse by hand, and against the floor, which is reading the file and doing
// nothing: one Chromium, the same million votes, round after round in turn. The answers must be equal, or the run fails.
//
//     node tests/bench/browser.mjs [--rows 1000000] [--rounds 5] [--strict]
//
// Needs the build in `dist/`, the native program (which makes the votes) and the npm packages; `cargo xtask bench` sees
// to all of them. Writes target/bench/browser.json.

import assert from "node:assert/strict";
import { stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";

import { launch } from "../e2e/support/chromium.mjs";
import { serveDist } from "../e2e/support/dist.mjs";
import { serve } from "../serve.mjs";
import { duckdb, reader, sandglass } from "./contenders.mjs";
import { OUT, sampleFiles } from "./data.mjs";
import { duckdbSite } from "./duckdb-site.mjs";
import { median, table } from "./report.mjs";

const { values: given } = parseArgs({
  options: {
    rows: { type: "string", default: "1000000" },
    rounds: { type: "string", default: "5" },
    strict: { type: "boolean", default: false },
  },
});

const files = await sampleFiles(Number(given.rows));
const ours = await serveDist();
const theirs = await serve({ root: await duckdbSite(), port: 0, base: "/" });
const browser = await launch();
let result;
try {
  result = await race(
    {
      sandglass: sandglass(ours.url, files.ndjson),
      "sandglass, from CSV": sandglass(ours.url, files.csv),
      "floor: drain the file": reader(theirs.url, "drain", files.ndjson),
      "JSON.parse in a worker": reader(theirs.url, "json", files.ndjson),
      "DuckDB-Wasm, the answer only": duckdb(theirs.url, "answer", files.csv),
      "DuckDB-Wasm, table and answer": duckdb(theirs.url, "table", files.csv),
    },
    Number(given.rounds),
  );
} finally {
  await browser.close();
  await Promise.all([ours.close(), theirs.close()]);
}
const bars = await report(result);
if (given.strict && bars.some(({ met }) => !met)) process.exitCode = 1;

/** Runs all contenders in turn; the first round only warms up the machine and the server, and is not counted. */
async function race(contenders, rounds) {
  const runs = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
  let expected;
  for (let round = 0; round <= rounds; round++) {
    for (const [name, contend] of Object.entries(contenders)) {
      const { weeks, ...run } = await contend(browser);
      if (!name.startsWith("floor")) {
        expected ??= weeks;
        assert.deepEqual(weeks, expected, `${name} gives other outlier weeks than sandglass`);
      }
      if (round > 0) runs[name].push(run);
    }
    console.error(round === 0 ? "warm" : `round ${round} of ${rounds}`);
  }
  assert.ok(expected.length > 0, "there are outlier weeks to agree on");
  return { runs, weeks: expected };
}

/** Prints what came out, writes it as JSON, and returns the bars. */
async function report({ runs, weeks }) {
  const medians = Object.fromEntries(
    Object.entries(runs).map(([name, list]) => {
      const times = { ready: list.map((run) => run.ready), answer: list.map((run) => run.answer) };
      times.both = list.map((run) => run.ready + run.answer);
      return [name, Object.fromEntries(Object.entries(times).map(([kind, values]) => [kind, median(values)]))];
    }),
  );
  const own = medians.sandglass;
  const floor = medians["floor: drain the file"];
  const { size } = await stat(files.ndjson);
  console.log(
    `\n${basename(files.ndjson)}: ${(size / 1e6).toFixed(1)} MB, ${weeks.length} outlier weeks, the same from all; ` +
      `DuckDB ${runs["DuckDB-Wasm, table and answer"][0].version}; medians of ${given.rounds} rounds\n`,
  );
  const ms = (value) => `${value.toFixed(0)} ms`;
  console.log(table(
    ["in the browser", "load", "file to answer", "both", "ours / both", "answer / floor"],
    Object.entries(medians).map(([name, { ready, answer, both }]) => [
      name, ms(ready), ms(answer), ms(both), (own.both / both).toFixed(3), (answer / floor.answer).toFixed(2),
    ]),
  ));

  const rated = Math.min(...Object.keys(medians).filter((name) => name.startsWith("DuckDB")).map((name) => medians[name].both));
  const most = (kind) => Math.max(...runs.sandglass.map((run) => run[kind]));
  const bars = [
    { name: "load + drop to answer / DuckDB-Wasm, its quicker way", measured: own.both / rated, bar: 0.25 },
    { name: "drop to answer / draining the file", measured: own.answer / floor.answer, bar: 2 },
    {
      name: "from CSV: drop to answer / DuckDB-Wasm, its table and answer",
      measured: medians["sandglass, from CSV"].answer / medians["DuckDB-Wasm, table and answer"].answer,
      bar: 0.3,
    },
    { name: "transferred before the first answer, MB (gzip)", measured: most("transferred") / 1e6, bar: 1.2 },
    { name: "peak memory of the small module, MB", measured: most("memory") / 1e6, bar: 200 },
    { name: "longest task of the main thread while reading, ms", measured: most("longest"), bar: 50 },
  ].map((bar) => ({ ...bar, met: bar.measured <= bar.bar }));
  console.log(`\n${table(
    ["bar", "measured", "at most", ""],
    bars.map(({ name, measured, bar, met }) => [name, measured.toFixed(3), bar.toFixed(3), met ? "met" : "MISSED"]),
  )}`);
  const json = { file: basename(files.ndjson), bytes: size, medians, bars, runs };
  await writeFile(join(OUT, "browser.json"), `${JSON.stringify(json, null, 2)}\n`);
  return bars;
}
