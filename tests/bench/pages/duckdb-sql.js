// DuckDB-Wasm for queries, as its documentation says: `boot` is from nothing to a first result. Bundled by the benchmark and
// imported by it into a page.

import { AsyncDuckDB, VoidLogger } from "@duckdb/duckdb-wasm";

let db;
let connection;

/** Starts it, and asks a first question. */
export async function boot() {
  db = new AsyncDuckDB(new VoidLogger(), new Worker("./duckdb-browser-eh.worker.js"));
  await db.instantiate(new URL("./duckdb-eh.wasm", location.href).href);
  connection = await db.connect();
  const rows = await connection.query("SELECT 6 * 7 AS answer");
  return Number(rows.toArray()[0].answer);
}

export const version = () => db.getVersion();

/** Makes a table of its own of some Parquet files. */
export async function load(name, addresses) {
  const files = [];
  for (const [at, address] of addresses.entries()) {
    const bytes = new Uint8Array(await (await fetch(address)).arrayBuffer());
    files.push(`${name}-${at}.parquet`);
    await db.registerFileBuffer(files[at], bytes);
  }
  const list = files.map((file) => `'${file}'`).join(", ");
  await connection.query(`CREATE TABLE ${name} AS SELECT * FROM read_parquet([${list}], union_by_name = true)`);
}

/** How long a query takes until its rows are in the page, in milliseconds. */
export async function time(sql) {
  const begun = performance.now();
  await connection.query(sql);
  return performance.now() - begun;
}

/** The rows of a query, every value as text. */
export async function answer(sql) {
  const result = await connection.query(`SELECT CAST(COLUMNS(*) AS VARCHAR) FROM (${sql})`);
  const names = result.schema.fields.map(({ name }) => name);
  return result.toArray().map((row) => names.map((name) => row[name] ?? null));
}
