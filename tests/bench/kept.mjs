// What it costs that tables stay: reading votes into the browser's storage against reading them into memory, and opening a
// warehouse again. Chromium with a profile on disk, because windows without one keep their files in memory.
//
//     node tests/bench/kept.mjs [--rows 1000000] [--many 10000000] [--few 100000] [--rounds 3] [--strict]
//
// Needs what browser.mjs needs. Writes target/bench/kept.json.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { launchIn } from "../e2e/support/chromium.mjs";
import { serveDist } from "../e2e/support/dist.mjs";
import { OUT, votesFile } from "./data.mjs";
import { median, table } from "./report.mjs";

const { values: given } = parseArgs({
  options: {
    rows: { type: "string", default: "1000000" },
    many: { type: "string", default: "10000000" },
    few: { type: "string", default: "100000" },
    rounds: { type: "string", default: "3" },
    strict: { type: "boolean", default: false },
  },
});
const [rows, many, few, rounds] = [given.rows, given.many, given.few, given.rounds].map(Number);
const files = { rows: await votesFile(rows), many: await votesFile(many), few: await votesFile(few) };
const PATIENCE = 300_000;
/** How long a new window is left alone: see contenders.mjs. */
const SETTLED = 2_000;
/** How long the page is left alone: then it has fetched what saving needs. */
const CALM = 5_000;

const ours = await serveDist();
/** The same page under a name that is not secure, where browsers give no storage. */
const insecure = ours.url.replace(/127\.0\.0\.1|localhost/, "sandglass.test");

/** Does something with a new profile. */
async function withProfile(body) {
  const profile = await mkdtemp(join(tmpdir(), "sandglass-profile-"));
  const context = await launchIn(profile);
  try {
    return await body(context);
  } finally {
    await context.close();
    await rm(profile, { recursive: true, force: true });
  }
}

async function blank(context) {
  const page = await context.newPage();
  await page.waitForTimeout(SETTLED);
  return page;
}

const marked = (page, name) =>
  page.waitForFunction((name) => performance.getEntriesByName(name).length > 0, `sandglass:${name}`, {
    timeout: PATIENCE,
    polling: "raf",
  });
const at = (page, name) => page.evaluate((name) => performance.getEntriesByName(`sandglass:${name}`).at(-1).startTime, name);

/** Reads a file; how long it takes until the answer is painted, and until it is saved. */
async function read(context, url, file, keeps) {
  const page = await blank(context);
  await page.goto(url);
  await marked(page, "ready");
  await page.waitForTimeout(CALM);
  await page.getByTestId("file-input").setInputFiles(file);
  await marked(page, "answer");
  if (keeps) await marked(page, "kept");
  const drop = await at(page, "drop");
  const times = { answer: (await at(page, "answer")) - drop, kept: keeps ? (await at(page, "kept")) - drop : null };
  await page.close();
  return times;
}

/** Opens what was kept; from the start of the navigation until its outlier table is painted. */
async function open(context) {
  const page = await blank(context);
  await page.goto(ours.url);
  await marked(page, "opened");
  const opened = await at(page, "opened");
  await page.close();
  return opened;
}

const runs = { memory: [], kept: [], "open many": [], "open few": [] };
for (let round = 0; round <= rounds; round++) {
  const memory = await withProfile((context) => read(context, insecure, files.rows, false));
  const kept = await withProfile((context) => read(context, ours.url, files.rows, true));
  // The first round only warms up the machine.
  if (round > 0) {
    runs.memory.push(memory);
    runs.kept.push(kept);
  }
  console.error(round === 0 ? "warm" : `round ${round} of ${rounds}`);
}
for (const [name, file] of [["open many", files.many], ["open few", files.few]]) {
  await withProfile(async (context) => {
    await read(context, ours.url, file, true);
    for (let round = 0; round <= rounds; round++) {
      const opened = await open(context);
      if (round > 0) runs[name].push(opened);
    }
  });
  console.error(name);
}
await ours.close();

const [memory, kept] = [median(runs.memory.map((run) => run.answer)), median(runs.kept.map((run) => run.kept))];
const [openMany, openFew] = [median(runs["open many"]), median(runs["open few"])];
console.log(`\nmedians of ${rounds} rounds\n`);
console.log(table(["in the browser", "ms"], [
  [`${rows} votes into memory, drop to answer`, memory.toFixed(0)],
  [`${rows} votes to be kept, drop to answer`, median(runs.kept.map((run) => run.answer)).toFixed(0)],
  [`${rows} votes to be kept, drop to saved`, kept.toFixed(0)],
  [`${many} votes, load to outlier table`, openMany.toFixed(0)],
  [`${few} votes, load to outlier table`, openFew.toFixed(0)],
]));
const bars = [
  { name: `${rows} votes: drop to saved / drop to answer in memory`, measured: kept / memory, bar: 2 },
  { name: `load to the outlier table of ${many} votes, ms`, measured: openMany, bar: 500 },
  { name: `the same / that of ${few} votes`, measured: openMany / openFew, bar: 2 },
].map((bar) => ({ ...bar, met: bar.measured <= bar.bar }));
console.log(`\n${table(
  ["bar", "measured", "at most", ""],
  bars.map(({ name, measured, bar, met }) => [name, measured.toFixed(3), bar.toFixed(3), met ? "met" : "MISSED"]),
)}`);
await writeFile(join(OUT, "kept.json"), `${JSON.stringify({ bars, runs }, null, 2)}\n`);
if (given.strict && bars.some(({ met }) => !met)) process.exitCode = 1;
