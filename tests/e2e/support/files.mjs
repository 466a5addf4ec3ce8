// Where the tests find and put files.

import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

import { whenDone } from "./cleanup.mjs";

/** The project's folder. */
export const ROOT = resolve(import.meta.dirname, "../../..");

/** Where tests leave pictures for people to look at. */
export const OUTPUT = join(ROOT, "tests/e2e/output");

/** The real votes and what is known of them, in the folder beside the project. */
const REAL = resolve(ROOT, "../shared/data/votes");
export const REAL_VOTES = join(REAL, "votes.jsonl");
export const REAL_OUTLIERS = join(REAL, "outlier_weeks.csv");

/** Other real data, in the same place. */
export const REAL_DATA = resolve(ROOT, "../shared/data");

/** For `skip` of a test that needs some of them. */
export const without = (...names) => {
  const missing = names.map((name) => join(REAL_DATA, name)).filter((path) => !existsSync(path));
  return missing.length > 0 ? `needs ${missing.join(" and ")}` : false;
};

/** For `skip` of a test that needs the real votes. */
export const WITHOUT_REAL_VOTES =
  existsSync(REAL_VOTES) && existsSync(REAL_OUTLIERS) ? false : `needs ${REAL_VOTES} and ${REAL_OUTLIERS}`;

let folder;

/** A path in a folder that is gone when the tests of this file are done. */
export async function scratch(...names) {
  if (!folder) {
    folder = mkdtemp(join(tmpdir(), "sandglass-e2e-"));
    whenDone(async () => rm(await folder, { recursive: true, force: true }));
  }
  const path = join(await folder, ...names);
  await mkdir(dirname(path), { recursive: true });
  return path;
}

/** Writes a file into that folder and returns its path. `content` is anything that `writeFile` takes. */
export async function file(name, content) {
  const path = await scratch(...name.split("/"));
  await writeFile(path, content);
  return path;
}

/** Makes an empty folder in it and returns its path. */
export async function emptyFolder(name) {
  const path = await scratch(name);
  await mkdir(path);
  return path;
}

/** Three rows of `id` (integer), `sold` (text, one of them no number) and `day` (date), as pyarrow writes them. */
export const SALES_PARQUET = Buffer.from(
  "UEFSMRUAFTwVPCwVBhUAFQYVBhwAAAACAAAABgEBAAAAAAAAAAIAAAAAAAAAAwAAAAAAAAAVABUwFTAsFQYVABUGFQYcAAAAAgAAAAYBAQAAAD" +
  "UEAAAAbWFueQEAAAA3FQAVJBUkLBUGFQAVBhUGHAAAAAIAAAAGAQtNAAAMTQAAE00AABUEGUw1ABgGc2NoZW1hFQYAFQQlAhgCaWQAFQwlAhgE" +
  "c29sZCUATBwAAAAVAiUCGANkYXklDExsAAAAFgYZHBk8JgAcFQQZJQYAGRgCaWQVABYGFmIWYiYISRwVABUAFQIAPCkGGSYABgAAACYAHBUMGS" +
  "UGABkYBHNvbGQVABYGFlYWViZqSRwVABUAFQIAPBYMGQYZJgAGAAAAJgAcFQIZJQYAGRgDZGF5FQAWBhZKFkomwAFJHBUAFQAVAgA8KQYZJgAG" +
  "AAAAFoICFgYmCBaCAgAoIHBhcnF1ZXQtY3BwLWFycm93IHZlcnNpb24gMjYuMC4xGTwcAAAcAAAcAAAAAQEAAFBBUjE=",
  "base64",
);
