// The votes that every contender reads, made anew for every run: by the native program as NDJSON, and the same records as
// CSV for those that cannot read that.

import { execFileSync } from "node:child_process";
import { createReadStream, createWriteStream, existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { finished } from "node:stream/promises";
import { fileURLToPath } from "node:url";

/** The project's folder. */
export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

/** Where everything that is made goes. */
export const OUT = join(ROOT, "target/bench");

const COLUMNS = ["Id", "PostId", "VoteTypeId", "CreationDate", "UserId", "BountyAmount"];

/** The files of this many sample votes, `{ndjson, csv}`. */
export async function sampleFiles(rows) {
  await mkdir(OUT, { recursive: true });
  const ndjson = join(OUT, `votes-${rows}.jsonl`);
  const csv = join(OUT, `votes-${rows}.csv`);
  execFileSync(program(), ["sample", "--rows", String(rows), "--seed", "1", "-o", ndjson], { stdio: "inherit" });
  await writeCsv(ndjson, csv);
  return { ndjson, csv };
}

/** The native program. */
function program() {
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
