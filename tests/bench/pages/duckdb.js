// DuckDB-Wasm as its documentation says, with the bundle for browsers that have wasm exceptions, chosen by hand: it boots
// while the page loads, and reads the chosen CSV file by its handle. Bundled by the benchmark.

import { AsyncDuckDB, DuckDBDataProtocol, VoidLogger } from "@duckdb/duckdb-wasm";

import { mark, show } from "./show.js";

const SOURCE = `
    read_csv('votes.csv', header = true, auto_detect = false, delim = ',', quote = '"', columns = {
        Id: 'BIGINT', PostId: 'BIGINT', VoteTypeId: 'BIGINT', CreationDate: 'TIMESTAMP', UserId: 'BIGINT',
        BountyAmount: 'BIGINT'
    })`;

const weeks = (votes) => `
    weeks AS (
        SELECT year(CreationDate) AS year, CAST(strftime(CreationDate, '%W') AS INTEGER) AS week, count(*) AS votes
        FROM ${votes} GROUP BY ALL
    )
    SELECT year, week, votes FROM weeks WHERE abs(1 - votes / (SELECT avg(votes) FROM weeks)) > 0.2 ORDER BY ALL`;

/** The last statement of each way gives the answer. */
const WAYS = {
  // The same work as ours: every vote is kept once, with all its columns, and then counted.
  table: [`CREATE TABLE votes AS SELECT DISTINCT ON (Id) * FROM ${SOURCE}`, `WITH ${weeks("votes")}`],
  // The least that gives the answer: nothing is kept but the date of each Id.
  answer: [
    `WITH dates AS (SELECT any_value(CreationDate) AS CreationDate FROM ${SOURCE} GROUP BY Id), ${weeks("dates")}`,
  ],
};

const statements = WAYS[new URLSearchParams(location.search).get("way")];
const db = new AsyncDuckDB(new VoidLogger(), new Worker("./duckdb-browser-eh.worker.js"));
await db.instantiate(new URL("./duckdb-eh.wasm", location.href).href);
const connection = await db.connect();
globalThis.version = await db.getVersion();
mark("ready");

const field = document.querySelector("#file");
field.addEventListener("change", async () => {
  mark("drop");
  try {
    await db.registerFileHandle("votes.csv", field.files[0], DuckDBDataProtocol.BROWSER_FILEREADER, true);
    let result;
    for (const statement of statements) result = await connection.query(statement);
    show(result.toArray().map(({ year, week, votes }) => [Number(year), Number(week), Number(votes)]));
  } catch (error) {
    globalThis.failure = String(error);
    dispatchEvent(new CustomEvent("bench:failure", { detail: globalThis.failure }));
  }
});
