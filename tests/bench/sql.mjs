// SQL in the browser: the query worker against DuckDB-Wasm, in one Chromium, on the same rows, in turn. The 22 queries of TPC-H
// over the tables that a warehouse stores, the weekly outliers of stored votes, and how long it takes from nothing to the first
// result. Every answer is held against DuckDB's.
//
//     node tests/bench/sql.mjs [--scale 0.1] [--rows 1000000] [--rounds 3] [--boots 5] [--strict]
//
// Needs what browser.mjs needs, and the example `tpch` of the crate sandglass-query in SANDGLASS_TPCH. Both engines run a query
// again and again with what they keep warm; the first run of each is not counted. Writes target/bench/sql.json.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { launch } from "../e2e/support/chromium.mjs";
import { serveDist } from "../e2e/support/dist.mjs";
import { serve } from "../serve.mjs";
import { OUT, ROOT, program, votesFile } from "./data.mjs";
import { duckdbSite } from "./duckdb-site.mjs";
import { median, table } from "./report.mjs";
import { duckdb, sandglass } from "./sql-engines.mjs";

const { values: given } = parseArgs({
  options: {
    scale: { type: "string", default: "0.1" },
    rows: { type: "string", default: "1000000" },
    rounds: { type: "string", default: "3" },
    boots: { type: "string", default: "5" },
    strict: { type: "boolean", default: false },
  },
});
const rounds = Number(given.rounds);

const WEEKS = "SELECT * FROM blog_analysis.outlier_weeks";
/** The same as people write it for DuckDB, which has no views of ours. */
const BY_FORMAT = `
  WITH weeks AS (
    SELECT year(CreationDate) AS year, CAST(strftime(CreationDate, '%W') AS INTEGER) AS week, count(*) AS votes
    FROM votes GROUP BY 1, 2
  ), total AS (SELECT sum(votes) AS s, count(*) AS n FROM weeks)
  SELECT year, week, votes FROM weeks, total WHERE 5 * abs(s - votes * n) > s ORDER BY 1, 2`;

const queries = (await readFile(join(ROOT, "tests/bench/tpch.sql"), "utf8"))
  .split("\n").filter((line) => !line.startsWith("--")).join("\n")
  .split(";").map((query) => query.trim()).filter(Boolean);
assert.equal(queries.length, 22);

const data = await warehouses();
const ours = await serveDist();
const theirs = await serve({ root: await duckdbSite(data.tables), port: 0, base: "/" });
const browser = await launch();
let result;
try {
  result = { boot: await boots(), ...(await race()) };
} finally {
  await browser.close();
  await Promise.all([ours.close(), theirs.close()]);
}
const bars = report(result);
await writeFile(join(OUT, "sql.json"), `${JSON.stringify({ bars, ...result }, null, 2)}\n`);
if (given.strict && bars.some(({ met }) => !met)) process.exitCode = 1;

/** Stores the tables of TPC-H and the votes. Returns them as one file, and as an Arrow file of each table. */
async function warehouses() {
  const folder = join(OUT, "sql-warehouse");
  await rm(folder, { recursive: true, force: true });
  await mkdir(OUT, { recursive: true });
  const quiet = { stdio: ["ignore", "ignore", "inherit"] };
  execFileSync(process.env.SANDGLASS_TPCH, [folder, given.scale], quiet);
  execFileSync(program(), ["ingest", await votesFile(Number(given.rows)), "--warehouse", folder, "--pipeline", "votes"], quiet);
  const file = join(OUT, "sql.sandglass");
  await rm(file, { force: true });
  execFileSync(program(), ["export", file, "--warehouse", folder], quiet);
  const tables = {};
  for (const schema of ["tpch", "blog_analysis"]) {
    for (const name of await readdir(join(folder, "tables", schema))) {
      tables[name] = join(OUT, `sql-${name}.arrow`);
      const all = ["sql", `SELECT * FROM ${schema}.${name}`, "--warehouse", folder, "--format", "arrow", "--output", tables[name]];
      execFileSync(program(), all, quiet);
    }
  }
  return { file, tables };
}

/** From nothing to the first result, in windows that have nothing in their caches. */
async function boots() {
  const times = { sandglass: [], duckdb: [] };
  for (let round = 0; round <= Number(given.boots); round++) {
    for (const [name, engine] of [["sandglass", sandglass(ours.url)], ["duckdb", duckdb(theirs.url)]]) {
      const time = await engine.boot(browser);
      if (round > 0) times[name].push(time);
    }
  }
  return { sandglass: median(times.sandglass), duckdb: median(times.duckdb) };
}

/** Runs every query in both engines in turn, and holds the answers against each other. */
async function race() {
  const own = await sandglass(ours.url).open(browser, data.file);
  const other = await duckdb(theirs.url).open(browser, Object.keys(data.tables));
  const all = [
    ...queries.map((sql, at) => ({ name: `Q${at + 1}`, own: sql, other: sql })),
    { name: "outlier weeks", own: WEEKS, other: BY_FORMAT },
    { name: "the same, by strftime", own: BY_FORMAT, other: BY_FORMAT },
  ];
  const found = [];
  for (const query of all) {
    const answers = [await own.answer(query.own), await other.answer(query.other)];
    agree(query.name, ...answers);
    const times = { own: [], other: [] };
    for (let round = 0; round < rounds; round++) {
      times.own.push(await own.time(query.own));
      times.other.push(await other.time(query.other));
    }
    found.push({ name: query.name, rows: answers[0].length, own: median(times.own), other: median(times.other) });
  }
  const version = await other.version();
  await Promise.all([own.close(), other.close()]);
  return { found, version };
}

/** The same rows, whatever form their values have as text; numbers may differ by one part in a million. */
function agree(name, ours, theirs) {
  assert.equal(ours.length, theirs.length, `${name}: rows`);
  const same = (one, other) => {
    if (one === null || other === null) return one === other;
    const numbers = [Number(one), Number(other)];
    if (one !== "" && other !== "" && !numbers.some(Number.isNaN)) {
      return Math.abs(numbers[0] - numbers[1]) <= 1e-6 * Math.max(1, Math.abs(numbers[1]));
    }
    return one === other || (one.slice(0, 10) === other.slice(0, 10) && /^\d{4}-\d\d-\d\d/.test(one));
  };
  for (const [at, row] of ours.entries()) {
    const equal = row.length === theirs[at].length && row.every((cell, column) => same(cell, theirs[at][column]));
    assert.ok(equal, `${name}: row ${at} is ${JSON.stringify(row)} and not ${JSON.stringify(theirs[at])}`);
  }
}

/** Prints what came out; returns the bars. */
function report({ boot, found, version }) {
  const ratio = ({ own, other }) => own / other;
  const tpch = found.filter(({ name }) => name.startsWith("Q"));
  const mean = Math.exp(tpch.reduce((sum, query) => sum + Math.log(ratio(query)), 0) / tpch.length);
  const worst = tpch.reduce((worst, query) => (ratio(query) > ratio(worst) ? query : worst));
  const weeks = found.find(({ name }) => name === "outlier weeks");
  console.log(`\nTPC-H at scale ${given.scale}, ${given.rows} votes; DuckDB-Wasm with DuckDB ${version}; medians of ${rounds} runs; all answers are the same\n`);
  console.log(table(
    ["in the browser", "rows", "Sandglass ms", "DuckDB-Wasm ms", "ratio"],
    found.map((query) => [query.name, String(query.rows), query.own.toFixed(1), query.other.toFixed(1), ratio(query).toFixed(2)]),
  ));
  console.log(`\nfrom nothing to the first result: ${boot.sandglass.toFixed(0)} ms, DuckDB-Wasm ${boot.duckdb.toFixed(0)} ms`);
  const bars = [
    { name: "boot to first result / DuckDB-Wasm", measured: boot.sandglass / boot.duckdb, bar: 0.5 },
    { name: "TPC-H, geometric mean / DuckDB-Wasm", measured: mean, bar: 1.3 },
    { name: `the slowest of its queries, ${worst.name}`, measured: ratio(worst), bar: 3 },
    { name: `outlier weeks of ${given.rows} votes / DuckDB-Wasm`, measured: ratio(weeks), bar: 0.8 },
  ].map((bar) => ({ ...bar, met: bar.measured <= bar.bar }));
  console.log(`\n${table(
    ["bar", "measured", "at most", ""],
    bars.map(({ name, measured, bar, met }) => [name, measured.toFixed(3), bar.toFixed(3), met ? "met" : "MISSED"]),
  )}`);
  return bars;
}
