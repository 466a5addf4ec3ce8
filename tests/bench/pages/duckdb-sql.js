// DuckDB-Wasm for queries, as its documentation says: `boot` is from nothing to a first result. Bundled by the benchmark and
// imported by it into a page.

import { AsyncDuckDB, VoidLogger } from "@duckdb/duckdb-wasm";
import { tableFromIPC } from "apache-arrow";

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

/**
 * Makes a table of its own of an Arrow file. What reads Parquet is an extension, which it would fetch from a server of its makers;
 * the types of the columns are the same either way.
 */
export async function load(name, address) {
  const rows = tableFromIPC(new Uint8Array(await (await fetch(address)).arrayBuffer()));
  await connection.insertArrowTable(rows, { name, create: true });
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
