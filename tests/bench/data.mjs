// The votes that every contender reads, made anew for every run: by the native program as NDJSON, and the same records as
// CSV for those that cannot read that.

import { execFileSync } from "node:child_process";
import { createReadStream, createWriteStream, existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { finished } from "node:stream/promises";
import { fileURLToPath } from "node:url";

/** The project's folder. */
export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

/** Where everything that is made goes. */
export const OUT = join(ROOT, "target/bench");

const COLUMNS = ["Id", "PostId", "VoteTypeId", "CreationDate", "UserId", "BountyAmount"];

/** The file of this many sample votes as NDJSON. */
export async function votesFile(rows) {
  await mkdir(OUT, { recursive: true });
  const ndjson = join(OUT, `votes-${rows}.jsonl`);
  execFileSync(program(), ["sample", "--rows", String(rows), "--seed", "1", "-o", ndjson], { stdio: "inherit" });
  return ndjson;
}

/** The files of this many sample votes, `{ndjson, csv}`. */
export async function sampleFiles(rows) {
  const ndjson = await votesFile(rows);
  const csv = join(OUT, `votes-${rows}.csv`);
  await writeCsv(ndjson, csv);
  return { ndjson, csv };
}

/** Real orders, in the folder beside the project. */
const REAL_ORDERS = ["historical_orders.ndjson", "recent_orders.ndjson"].map((name) => resolve(ROOT, "../shared/data/orders", name));

/**
 * Nested records as NDJSON: real orders where they are at hand, or else made-up ones of the same shape, repeated up to this
 * size. Returns the path and how many records there are.
 */
export async function ordersFile(bytes) {
  await mkdir(OUT, { recursive: true });
  const real = REAL_ORDERS.every((path) => existsSync(path));
  const parts = real ? await Promise.all(REAL_ORDERS.map((path) => readFile(path, "utf8"))) : [madeUpOrders(3_000)];
  const lines = parts.flatMap((part) => part.split("\n")).filter(Boolean);
  const block = Buffer.from(`${lines.join("\n")}\n`);
  const path = join(OUT, "orders.ndjson");
  const out = createWriteStream(path);
  let records = 0;
  for (let written = 0; written < bytes; written += block.length) {
    records += lines.length;
    if (!out.write(block)) await new Promise((resolve) => out.once("drain", resolve));
  }
  out.end();
  await finished(out);
  return { path, records };
}

/** Orders with one to twelve lines each, the same every time. */
function madeUpOrders(count) {
  let state = 1;
  const random = (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  const id = () => [8, 4, 4, 4, 12].map((length) => Array.from({ length }, () => random(16).toString(16)).join("")).join("-");
  const order = () => ({
    order_id: id(),
    customer_id: id(),
    order_lines: Array.from({ length: 1 + random(12) }, () => ({
      product_id: id(), volume: 1 + random(100), price: (1 + random(10_000)) / 100,
    })),
    amount: random(1_000_000) / 100,
    timestamp: new Date(1.7e12 + random(1e9)).toISOString().slice(0, -1),
  });
  return Array.from({ length: count }, () => JSON.stringify(order())).join("\n");
}

/** The native program. */
export function program() {
  const target = process.env.CARGO_TARGET_DIR ?? join(ROOT, "target");
  const path = process.env.SANDGLASS_PROGRAM ?? join(target, "release/sandglass");
  if (!existsSync(path)) throw new Error(`${path} is not there; run \`cargo build --release\` first`);
  return path;
}

/** The records of an NDJSON file as CSV; lines that are no votes are left out. */
async function writeCsv(ndjson, csv) {
  const out = createWriteStream(csv);
  out.write(`${COLUMNS.join(",")}\n`);
  for await (const line of createInterface({ input: createReadStream(ndjson), crlfDelay: Infinity })) {
    const record = vote(line);
    if (record && !out.write(`${COLUMNS.map((column) => record[column] ?? "").join(",")}\n`)) {
      await new Promise((resolve) => out.once("drain", resolve));
    }
  }
  out.end();
  await finished(out);
}

/** The record of a line, or nothing when a required value is missing or none. */
function vote(line) {
  let record;
  try {
    record = JSON.parse(line);
  } catch {
    return undefined;
  }
  const numbers = ["Id", "PostId", "VoteTypeId"].every((column) => /^\d+$/.test(record?.[column] ?? ""));
  return numbers && isDate(record.CreationDate) ? record : undefined;
}

function isDate(text) {
  const date = new Date(`${text}Z`);
  // A date that there is not, such as the 30th of February, comes out as another one.
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}
