// The folder that DuckDB-Wasm is served from: its files from its npm package, and a page that has nothing but it.

import { copyFile, cp, mkdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

import { build } from "esbuild";

import { OUT, ROOT } from "./data.mjs";

/**
 * Makes it, the pages of the other contenders included.
 *
 * @param {Record<string, string>} tables Arrow files by the tables that they are to be; they lie in `data/` then
 */
export async function duckdbSite(tables = {}) {
  const folder = join(OUT, "site");
  const pages = join(ROOT, "tests/bench/pages");
  await mkdir(join(folder, "data"), { recursive: true });
  await cp(pages, folder, { recursive: true });
  const packaged = dirname(createRequire(import.meta.url).resolve("@duckdb/duckdb-wasm"));
  for (const name of ["duckdb-eh.wasm", "duckdb-browser-eh.worker.js"]) {
    await copyFile(join(packaged, name), join(folder, name));
  }
  for (const [name, file] of Object.entries(tables)) await copyFile(file, join(folder, "data", `${name}.arrow`));
  await build({
    entryPoints: ["duckdb.js", "duckdb-sql.js"].map((name) => join(pages, name)),
    outdir: folder,
    bundle: true,
    format: "esm",
    minify: true,
    target: "es2022",
    logLevel: "warning",
  });
  await writeFile(join(folder, "blank.html"), "<!doctype html><meta charset=utf-8><link rel=icon href=data:,>");
  return folder;
}
