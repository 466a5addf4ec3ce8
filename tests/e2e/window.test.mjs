// Where the browser gives no storage: all that others have, for as long as the page is there.

import assert from "node:assert/strict";

import {
  choose,
  download,
  file,
  gridRows,
  message,
  ndjson,
  open,
  openSql,
  openTab,
  opened,
  outlierTable,
  pagedTable,
  PATIENCE,
  read,
  ready,
  runSql,
  saved,
  scenario,
  showTable,
  site,
  sqlReady,
  summary,
  tableNames,
  votes,
} from "./support.mjs";

/** An origin that is not this machine's and not secure: browsers give it no storage. */
const insecure = async () => (await site()).url.replace(/127\.0\.0\.1|localhost/, "sandglass.test");

/** Reads files and waits until what came of them is where queries and history find it. */
async function keep(page, give) {
  await read(page, give);
  await saved(page);
}

const note = (page) => page.getByTestId("keeping-note").innerText();

/** How many rows the catalog says that the table of votes has. */
const rows = async (page) => {
  const text = await page.locator(".catalog-table").filter({ has: page.getByTestId("table-0") }).innerText();
  return Number(/([\d,]+)\srows?/.exec(text)[1].replaceAll(",", ""));
};

/** The worker of this name. */
async function worker(page, name) {
  for (const one of page.workers()) if ((await one.evaluate(() => self.name)) === name) return one;
  throw new Error(`there is no worker ${name}`);
}

const log = (page) => page.getByTestId("log-table").locator("tbody tr");

async function showHistory(page) {
  await page.getByTestId("warehouse").click();
  await log(page).first().waitFor({ timeout: PATIENCE });
}

/** Takes the ingestion back that is the first of the log. */
async function takeBack(page) {
  await log(page).nth(0).getByRole("button", { name: "Take back" }).click();
  await page.getByTestId("confirm-yes").click();
  await log(page).nth(0).getByText("taken back").waitFor({ timeout: PATIENCE });
}

/** From the next load on, the first lines of a worker whose own first lines match begin with these. */
const begins = (page, which, lines) =>
  page.addInitScript(
    ([which, lines]) => {
      const Real = Blob;
      globalThis.Blob = class extends Real {
        constructor(parts, options) {
          const is = options?.type === "text/javascript" && parts[0].includes(which);
          super(is ? [lines, ...parts] : parts, options);
        }
      };
    },
    [which, lines],
  );

/** Lines in which the browser has no folder for a worker. */
const NO_FOLDER = `navigator.storage.getDirectory = async () => { throw new DOMException("made by a test", "SecurityError"); };`;

/** Lines in which it has one, and no file can be written there. */
const NO_FILES = `FileSystemFileHandle.prototype.createSyncAccessHandle = async () => { throw new DOMException("made by a test", "UnknownError"); };`;

/** What only the warehouse worker is told. */
const WAREHOUSE = "sandglassCores";

scenario("without storage there are history, quality, undoing and one file to take tables away", { alarms: true }, async (page) => {
  await open(page, await insecure());
  await page.getByText("Tables are kept in this tab until you close or reload it, and can be exported. The browser gives this page no storage: the page did not come over a safe connection").waitFor();
  await keep(page, async () => choose(page, await file("first.jsonl", ndjson(votes(100)) + "{oops}\n")));
  assert.equal(await page.getByTestId("keeping").innerText(), "In this tab only");
  assert.match(await note(page), /^Kept in this tab until you close or reload it: [\d.,]+\s\w+ are used\. .*safe connection.*Export the tables to keep them\.$/);
  await keep(page, async () => choose(page, await file("second.jsonl", ndjson(votes(130)))));
  assert.deepEqual(await summary(page), { read: 130, stored: 30, duplicates: 100, conflicts: 0, rejected: 0 });
  const before = await outlierTable(page);
  assert.equal((await pagedTable(page, "rows")).length > 0, true);
  assert.equal((await pagedTable(page, "rejects")).length, 1);
  // The same bytes again are known.
  await read(page, async () => choose(page, await file("again.jsonl", ndjson(votes(130)))));
  assert.equal((await summary(page)).read, 0);
  await openTab(page, "quality");
  assert.match(await page.getByTestId("quality-table").innerText(), /key \(Id\) is unique/);

  await showHistory(page);
  assert.match(await log(page).filter({ hasText: "second.jsonl" }).innerText(), /blog_analysis\.votes[^]*130\s+30\s+100\s+0/);
  await page.getByTestId("verify").click();
  await page.getByText("Every file is what was written").first().waitFor();
  const { bytes } = await download(page, () => page.getByTestId("export-warehouse").click());
  await page.getByRole("button", { name: "Back to the tables" }).click();
  await keep(page, async () => choose(page, await file("third.jsonl", ndjson(votes(150)))));
  assert.equal(await rows(page), 150);
  await showHistory(page);
  await takeBack(page);
  await page.getByTestId("vacuum").click();
  await page.getByText(/snapshots and \d+ other files were removed/).first().waitFor();
  await page.getByRole("button", { name: "Back to the tables" }).click();
  assert.equal(await rows(page), 130);

  // After a reload nothing is there, and the page says why.
  await page.reload();
  await ready(page);
  await page.getByText("Tables are kept in this tab until you close or reload it").waitFor();
  assert.equal(await page.getByTestId("drop-zone").count(), 1);
  await page.getByTestId("warehouse").click();
  await page.getByTestId("import-input").setInputFiles({ name: "all.sandglass", mimeType: "", buffer: bytes });
  await page.getByText("are here now").first().waitFor({ timeout: PATIENCE });
  await page.getByRole("button", { name: "Back to the tables" }).click();
  assert.equal(await rows(page), 130);
  // And in a window where tables stay.
  await open(page, (await site()).url);
  await page.getByTestId("warehouse").click();
  await page.getByTestId("import-input").setInputFiles({ name: "all.sandglass", mimeType: "", buffer: bytes });
  await page.getByText("are here now").first().waitFor({ timeout: PATIENCE });
  await page.getByRole("button", { name: "Back to the tables" }).click();
  assert.equal(await rows(page), 130);
  assert.deepEqual(await outlierTable(page), before);
  await page.reload();
  await opened(page);
  assert.equal(await rows(page), 130);
});

scenario("without storage SQL sees tables and makes more", { alarms: true }, async (page) => {
  await open(page, await insecure());
  await keep(page, async () => choose(page, await file("votes.jsonl", ndjson(votes(300)))));
  const outliers = await outlierTable(page);
  await openSql(page);
  await runSql(page, "SELECT count(*) FROM votes");
  assert.deepEqual(await gridRows(page), [["300"]]);
  await runSql(page, "SELECT * FROM blog_analysis.outlier_weeks");
  const found = (await gridRows(page)).map((row) => row.map((cell) => Number(cell.replaceAll(",", ""))));
  assert.ok(found.length >= 5);
  assert.deepEqual(found, outliers.slice(0, found.length));
  await runSql(page, 'CREATE TABLE few AS SELECT "Id" FROM votes WHERE "Id" <= 10');
  await page.getByTestId("sql-done").waitFor();
  await page.locator('[data-table="main.few"]').waitFor({ timeout: PATIENCE });
  await page.goBack();
  await showTable(page, "few");
  assert.equal((await pagedTable(page, "rows")).length, 10);
  // What comes of it stays when the engine for SQL does not.
  await page.goForward();
  await sqlReady(page);
  await (await worker(page, "sandglass-query")).evaluate(() => setTimeout(() => { throw new Error("made by a test"); }));
  await message(page, "The SQL engine stopped");
  await runSql(page, "SELECT (SELECT count(*) FROM few) AS few, (SELECT count(*) FROM votes) AS votes");
  assert.deepEqual(await gridRows(page), [["10", "300"]]);
  await page.reload();
  await ready(page);
  await sqlReady(page);
  assert.equal(await page.locator('[data-table="main.few"], [data-table$=".votes"]').count(), 0);
});

scenario("without storage tables are there again when the engine has stopped, and gone when they are removed", { alarms: true }, async (page) => {
  await open(page, await insecure());
  await keep(page, async () => choose(page, await file("votes.jsonl", ndjson(votes(100)) + "{oops}\n")));
  await keep(page, async () => choose(page, await file("towns.csv", "town,people\nUlm,126000\nJena,110000\n")));
  await (await worker(page, "sandglass-warehouse")).evaluate(() => setTimeout(() => { throw new Error("made by a test"); }));
  const [, text] = await message(page, "The engine stopped");
  assert.match(text, /Your tables are there again/);
  await opened(page);
  assert.equal(await rows(page), 100);
  assert.equal((await pagedTable(page, "rejects")).length, 1);
  assert.equal(await page.getByTestId("keeping").innerText(), "In this tab only");
  await keep(page, async () => choose(page, await file("more.jsonl", ndjson(votes(120)))));
  assert.deepEqual(await summary(page), { read: 120, stored: 20, duplicates: 100, conflicts: 0, rejected: 0 });
  await showTable(page, "towns");
  assert.equal((await pagedTable(page, "rows")).length, 2);

  await page.getByTestId("start-over").click();
  await page.getByRole("button", { name: "Remove the tables" }).click();
  await page.getByTestId("drop-zone").waitFor();
  await keep(page, async () => choose(page, await file("after.jsonl", ndjson(votes(30)))));
  assert.deepEqual(await tableNames(page), ["votes"]);
  await showHistory(page);
  assert.equal(await log(page).count(), 1, "what was before is forgotten");
});

for (const [what, lines] of Object.entries({ "gives no folder": NO_FOLDER, "gives a folder and no files": NO_FILES })) {
  scenario(`where the browser ${what} to one worker, all of them do without`, async (page) => {
    await begins(page, WAREHOUSE, lines);
    const { url } = await site();
    await page.goto("about:blank");
    // Where files lie already nobody tries whether there can be some.
    const session = await page.context().newCDPSession(page);
    await session.send("Storage.clearDataForOrigin", { origin: new URL(url).origin, storageTypes: "file_systems" });
    await open(page, url);
    await keep(page, async () => choose(page, await file("votes.jsonl", ndjson(votes(100)))));
    assert.match(await note(page), /Kept in this tab.*gives this page no storage.*made by a test/);
    await openSql(page);
    await runSql(page, "SELECT count(*) FROM votes");
    assert.deepEqual(await gridRows(page), [["100"]]);
    // Another window has tables of its own.
    const other = await page.context().newPage();
    await open(other, url);
    await keep(other, async () => choose(other, await file("votes.jsonl", ndjson(votes(20)))));
    assert.equal((await summary(other)).stored, 20);
    assert.equal(await other.getByTestId("keeping").innerText(), "Saved");
    const kept = await other.evaluate(async () => {
      const names = [];
      for await (const name of (await navigator.storage.getDirectory()).keys()) names.push(name);
      return names;
    });
    assert.deepEqual(kept, ["warehouse"]);
  });
}
