// The SQL screen as a module of its own: fetched when it is first wanted, explained when it cannot be, and no danger to the page.

import assert from "node:assert/strict";

import {
  PATIENCE, answered, choose, file, gridRows, message, ndjson, openSql, read, runSql, saved, scenario, sqlReady, summary, text, votes,
  write,
} from "./support.mjs";

const MODULE = /\/sql\/[0-9a-f]+\/.*\.(js|wasm)/;

const requests = (watch) => watch.requested.filter((url) => MODULE.test(new URL(url).pathname));

/** Breaks the module in a way that no program can go on after: its memory is overwritten. What it does next is its end. */
async function breakScreen(page) {
  await page.evaluate(async () => {
    const folder = document.querySelector('meta[name="sandglass-sql"]').content;
    const { default: init } = await import(new URL(`${folder}sandglass-sql-screen.js`, document.baseURI));
    const { memory } = await init();
    new Uint8Array(memory.buffer).fill(0xff);
  });
  await page.getByTestId("sql-new-tab").click();
}

scenario("the screen is fetched when it is first wanted, and once", async (page, watch) => {
  await read(page, async () => choose(page, await file("votes.jsonl", ndjson(votes(50)))));
  await saved(page);
  assert.deepEqual(requests(watch), []);
  await openSql(page);
  assert.equal(requests(watch).length, 2, "its bindings and its module");
  await page.goBack();
  await page.getByTestId("query-table").waitFor();
  assert.equal(await page.getByTestId("sql-editor").count(), 0);
  await page.goForward();
  await sqlReady(page);
  assert.equal(requests(watch).length, 2);
});

scenario("a screen that cannot be loaded is explained, and can be tried again", { alarms: true }, async (page) => {
  await read(page, async () => choose(page, await file("cities.csv", "city,sold\nOslo,1\nRome,2\n")));
  await saved(page);
  await page.context().route(MODULE, (route) => route.abort());
  await page.getByTestId("query-table").click();
  await page.getByText("The SQL screen could not be loaded").waitFor({ timeout: PATIENCE });
  await page.getByTestId("sql-load-again").click();
  await page.getByText("The SQL screen could not be loaded").waitFor({ timeout: PATIENCE });
  await page.context().unroute(MODULE);
  await page.getByTestId("sql-load-again").click();
  await sqlReady(page);
  assert.match(await text(page), /cities/, "what was asked of it waited for it");
  await runSql(page, "SELECT sum(sold) FROM read_csv('cities.csv')");
  assert.deepEqual(await gridRows(page), [["3"]], "and so did the files of this visit");
});

scenario("a screen that breaks down leaves the page and its tables as they are", { alarms: true }, async (page) => {
  await read(page, async () => choose(page, await file("votes.jsonl", ndjson(votes(300)))));
  await saved(page);
  await openSql(page);
  await runSql(page, "CREATE TABLE few AS SELECT \"Id\" FROM votes WHERE \"Id\" <= 10");
  await write(page, "SELECT count(*) FROM few");
  await page.waitForFunction(() => localStorage.getItem("sandglass.sql.scripts")?.includes("FROM few"));
  await breakScreen(page);
  const [title, words] = await message(page, "The SQL screen stopped");
  assert.equal(title, "The SQL screen stopped");
  assert.match(words, /tables are intact, and what you wrote is kept/);
  assert.equal(await page.getByTestId("sql-editor").count(), 0);
  // One that is just ending has no name any more.
  const name = (worker) => worker.evaluate(() => self.name).catch(() => "");
  assert.ok(!(await Promise.all(page.workers().map(name))).includes("sandglass-query"), "its worker went with it");

  // The page goes on.
  await choose(page, await file("more.jsonl", ndjson(votes(330))));
  await answered(page);
  await saved(page);
  await page.getByTestId("sql-load-again").click();
  await sqlReady(page);
  assert.equal(await text(page), "SELECT count(*) FROM few");
  await runSql(page, "SELECT (SELECT count(*) FROM few), (SELECT count(*) FROM votes)");
  assert.deepEqual(await gridRows(page), [["10", "330"]]);
  await page.goBack();
  assert.equal((await summary(page)).stored, 30);
});
