// The SQL workspace: queries over what was read, scripts and what stays of them, and what happens when something goes wrong.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import {
  PATIENCE, REAL_DATA, REAL_OUTLIERS, REAL_VOTES, SALES_PARQUET, WITHOUT_REAL_VOTES, choose, download, editor, ended, file, gridRows, message,
  ndjson, open, openSql, read, ready, rowCount, runSql, saved, scenario, site, sqlReady, text, votes, without, write,
} from "./support.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Reads some votes and goes to the workspace when they are saved. */
async function withVotes(page, count = 300) {
  await read(page, async () => choose(page, await file("votes.jsonl", ndjson(votes(count)))));
  await saved(page);
  await openSql(page);
}

const failure = (page) => page.getByTestId("sql-error").locator("visible=true");

/** Opens the list of what ran. */
const showHistory = async (page) => {
  const list = page.getByTestId("sql-history");
  if (!(await list.isVisible())) await page.getByTestId("sql-history-title").click();
};

scenario("votes that were read are queried, and the result is seen in four ways", async (page) => {
  await withVotes(page);
  await runSql(page, "SELECT count(*) AS n, NULL AS nothing, 'é😀' AS text FROM votes");
  assert.deepEqual(await gridRows(page), [["300", null, "é😀"]]);
  assert.match(await page.getByTestId("sql-cost").innerText(), /It took/);
  for (const [view, what] of [["columns", "column-explorer"], ["chart", "chart-tab"], ["plan", "plan-tree"]]) {
    await page.getByTestId(`view-${view}`).click();
    assert.equal(await page.getByTestId(`view-${view}`).getAttribute("aria-selected"), "true");
    if (view !== "plan") await page.getByTestId(what).waitFor();
  }
  await page.getByTestId("view-rows").click();
  assert.deepEqual(await gridRows(page), [["300", null, "é😀"]]);
});

scenario("a table's view leads to a query for it, and Back leads back", async (page) => {
  await read(page, async () => choose(page, await file("a b.csv", "day,city\n2024-01-01,Oslo\n2024-01-02,Rome\n")));
  await saved(page);
  await page.getByTestId("query-table").click();
  await sqlReady(page);
  assert.match(await text(page), /^SELECT \*\nFROM main\.\w+|"a b"/);
  await editor(page).click();
  await page.keyboard.press("ControlOrMeta+Enter");
  assert.deepEqual((await gridRows(page)).map(([, city]) => city), ["Oslo", "Rome"]);
  await page.goBack();
  await page.getByTestId("query-table").waitFor();
  await page.goForward();
  await page.getByTestId("sql-editor").waitFor();
  assert.deepEqual((await gridRows(page)).map(([, city]) => city), ["Oslo", "Rome"], "the result is there still");
});

scenario("SQL gives the known outlier weeks of the real votes", { skip: WITHOUT_REAL_VOTES }, async (page) => {
  await read(page, () => choose(page, REAL_VOTES));
  await saved(page);
  await openSql(page);
  await runSql(page, "SELECT * FROM blog_analysis.outlier_weeks");
  assert.equal(await rowCount(page), 162);
  const [, ...expected] = readFileSync(REAL_OUTLIERS, "utf8").trim().split(/\r?\n/);
  const shown = (await gridRows(page)).map((row) => row.map((cell) => cell.replaceAll(",", "")).join(","));
  assert.ok(shown.length >= 5);
  assert.deepEqual(shown, expected.slice(0, shown.length));
});

/** The questions of the pipeline for databases, with their answers: a row that has these texts. */
const QUESTIONS = {
  "chinook customers": ["59"],
  "chinook longest track": ["Occupation / Precipice", "88.12"],
  "chinook shortest genre": ["Rock And Roll", "2.24"],
  "chinook artist in most playlists": ["Eugene Ormandy", "7"],
  "chinook album with most purchases": ["Minha Historia", "27"],
  "chinook best customer": ["Helena", "Holý"],
  "chinook customers over 40": ["14"],
};

scenario("the saved questions about a dropped database have their answers", { skip: without("chinook/chinook.db") }, async (page) => {
  await read(page, () => choose(page, join(REAL_DATA, "chinook/chinook.db")));
  await saved(page);
  await openSql(page);
  for (const [name, answer] of Object.entries(QUESTIONS)) {
    const offered = page.getByTestId("sql-offered").locator(`[data-query="${name}"]`);
    await offered.getByRole("button", { name: `Run ${name}` }).click();
    await page.locator('.sql-tab[aria-current="true"]').filter({ hasText: name }).waitFor();
    await ended(page);
    const rows = await gridRows(page);
    assert.equal(rows.length, 1, name);
    for (const part of answer) assert.ok(rows[0].includes(part), `${name}: ${rows[0]}`);
  }
});

scenario("a runaway join is cancelled, and work goes on", async (page) => {
  await withVotes(page, 5_000);
  await write(page, "SELECT count(*) FROM votes a, votes b, votes c WHERE a.\"Id\" + b.\"Id\" + c.\"Id\" = 1");
  await page.keyboard.press("ControlOrMeta+Enter");
  await page.getByTestId("sql-progress").waitFor();
  await page.waitForTimeout(1_500);
  assert.match(await page.getByTestId("sql-progress").innerText(), /memory/);
  await page.getByTestId("sql-cancel").click();
  await ended(page);
  await page.getByTestId("sql-cancelled").waitFor();
  await runSql(page, "SELECT count(*) FROM votes");
  assert.deepEqual(await gridRows(page), [["5000"]]);

  // Escape does the same.
  await write(page, "SELECT count(*) FROM votes a, votes b, votes c WHERE a.\"Id\" + b.\"Id\" + c.\"Id\" = 1");
  await page.keyboard.press("ControlOrMeta+Enter");
  await page.getByTestId("sql-progress").waitFor();
  await page.waitForTimeout(500);
  await page.keyboard.press("Escape");
  await page.getByTestId("sql-cancelled").waitFor({ timeout: PATIENCE });
});

scenario("what is wrong is underlined at its place, with the message beside it", async (page) => {
  await withVotes(page);
  await runSql(page, "SELECT '😀' AS smile,\n  nmae\nFROM votes");
  await failure(page).waitFor();
  assert.equal(await editor(page).locator(".cm-lintRange-error").innerText(), "nmae");
  assert.match(await editor(page).locator(".cm-problem").innerText(), /nmae/);
  assert.match(await failure(page).innerText(), /Line 2, column 3/);

  await runSql(page, "SELECT 1; SELECT 2 +; SELECT 3");
  await failure(page).waitFor();
  assert.ok((await editor(page).locator(".cm-lintRange-error").count()) > 0);
  await runSql(page, "SELECT 3");
  assert.deepEqual(await gridRows(page), [["3"]]);
  assert.equal(await editor(page).locator(".cm-problem").count(), 0);
});

scenario("a script has several statements, and each has its result", async (page) => {
  await withVotes(page);
  await runSql(page, "SELECT 1 AS one;\nSELECT 'a;b' AS two;\nSELECT nothing FROM votes;\nSELECT 4");
  const statements = page.getByTestId("sql-statement");
  assert.equal(await statements.count(), 3);
  await failure(page).waitFor();
  await statements.nth(1).click();
  assert.deepEqual(await gridRows(page), [["a;b"]]);
  await statements.nth(0).click();
  assert.deepEqual(await gridRows(page), [["1"]]);

  // Only what is selected.
  await write(page, "SELECT 1 AS one;\nSELECT 2 AS two");
  await page.keyboard.press("Shift+Home");
  await page.keyboard.press("ControlOrMeta+Enter");
  await page.waitForTimeout(50);
  await ended(page);
  assert.deepEqual(await gridRows(page), [["2"]]);
});

scenario("a table that a script makes is there after a reload", async (page) => {
  await withVotes(page);
  await runSql(page, "CREATE TABLE few AS SELECT \"Id\" FROM votes WHERE \"Id\" <= 10");
  await page.getByTestId("sql-done").waitFor();
  await page.locator('[data-table="main.few"]').waitFor({ timeout: PATIENCE });
  await page.reload();
  await ready(page);
  await sqlReady(page);
  await page.locator('[data-table="main.few"]').waitFor({ timeout: PATIENCE });
  await runSql(page, "SELECT count(*) FROM few");
  assert.deepEqual(await gridRows(page), [["10"]]);
});

scenario("tabs, history and saved queries are there after a reload", async (page) => {
  await withVotes(page);
  await runSql(page, "SELECT 42 AS answer");
  await page.getByTestId("sql-rename-tab").click();
  await page.getByTestId("sql-name").fill("The answer");
  await page.keyboard.press("Enter");
  await page.getByTestId("sql-save").click();
  await page.getByTestId("sql-saved").getByText("The answer").waitFor();
  await page.getByTestId("sql-new-tab").click();
  await write(page, "SELECT 'second'");
  await page.getByTestId("sql-save").click();
  await page.waitForFunction(() => localStorage.getItem("sandglass.sql.scripts")?.includes("second"));

  await page.reload();
  await ready(page);
  await sqlReady(page);
  assert.deepEqual(await page.getByTestId("sql-tab").allInnerTexts(), ["The answer", "Query 1"]);
  assert.equal(await text(page), "SELECT 'second'");
  await page.getByTestId("sql-tab").first().click();
  assert.equal(await text(page), "SELECT 42 AS answer");
  await showHistory(page);
  assert.match(await page.getByTestId("sql-history").innerText(), /SELECT 42 AS answer[^]*1\s+row/);

  const query = page.getByTestId("sql-saved").locator('[data-query="The answer"]');
  await query.getByRole("button", { name: "Run The answer" }).click();
  await page.waitForTimeout(50);
  await ended(page);
  assert.deepEqual(await gridRows(page), [["42"]]);
  await query.getByRole("button", { name: "Rename The answer" }).click();
  await page.getByTestId("sql-name").fill("Renamed");
  await page.keyboard.press("Enter");
  await page.getByTestId("sql-saved").getByRole("button", { name: "Delete Renamed" }).click();
  assert.equal(await page.getByTestId("sql-saved").getByText("Renamed").count(), 0);
  for (let tabs = await page.getByTestId("sql-tab").count(); tabs > 0; tabs--) await page.getByTestId("sql-close-tab").first().click();
  assert.equal(await page.getByTestId("sql-tab").count(), 1, "there is always one");
});

scenario("what was kept badly does no harm", async (page) => {
  await page.evaluate(() => {
    localStorage.setItem("sandglass.sql.scripts", '{"open":7,"scripts":[{"name":5}]}');
    localStorage.setItem("sandglass.sql.past", "{");
    localStorage.setItem("sandglass.sql.saved", "[null]");
  });
  await open(page, (await site()).url);
  await openSql(page);
  await runSql(page, "SELECT 1 AS one");
  assert.deepEqual(await gridRows(page), [["1"]]);
});

scenario("the editor completes, formats, comments and finds", async (page) => {
  await withVotes(page);
  await editor(page).click();
  await page.keyboard.type("select * from vo");
  const options = page.locator(".cm-tooltip-autocomplete li");
  await options.filter({ hasText: "votes" }).first().waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.type("tes where Cre");
  await options.filter({ hasText: "CreationDate" }).first().waitFor();
  // Keys that come right with the list are not meant for it.
  await page.waitForTimeout(150);
  await page.keyboard.press("Tab");
  assert.equal(await text(page), "select * from votes where CreationDate");

  await write(page, "select 1,2 from votes where 1=1");
  await page.getByTestId("sql-format").click();
  await page.waitForFunction(() => document.querySelector(".cm-content").textContent.includes("SELECT"));
  assert.match(await text(page), /^SELECT\n\s+1,\n\s+2\nFROM\n\s+votes/);
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.press("ControlOrMeta+/");
  assert.match(await text(page), /^-- SELECT\n--/);
  await page.keyboard.press("ControlOrMeta+/");
  await page.keyboard.press("ControlOrMeta+F");
  await page.locator(".cm-search [name=search]").waitFor();
  await page.keyboard.press("Escape");
  assert.equal(await page.locator(".cm-search").count(), 0);

  const table = page.locator('[data-table$=".votes"]');
  await write(page, "SELECT ");
  await table.getByRole("button", { name: "Columns of votes", exact: true }).click();
  await table.getByRole("button", { name: "Id", exact: true }).click();
  await page.keyboard.type(" FROM");
  await table.getByRole("button", { name: "votes", exact: true }).click();
  assert.match(await text(page), /^SELECT "?Id"? FROM blog_analysis.votes$/);
});

scenario("a result is taken away as a file", async (page) => {
  await withVotes(page);
  await runSql(page, "SELECT 1 AS one, 'x,y' AS two");
  await page.getByTestId("export-menu").click();
  const { name, bytes } = await download(page, () => page.getByTestId("export-csv").click());
  assert.match(name, /\.csv$/);
  assert.equal(bytes.toString().trim().replaceAll("\r", ""), 'one,two\n1,"x,y"');
});

scenario("files of this visit can be queried by their names", async (page) => {
  await read(page, async () => choose(page, await file("cities.csv", "city,sold\nOslo,1\nRome,2\n")));
  await saved(page);
  await openSql(page);
  await runSql(page, "SELECT sum(sold) FROM read_csv('cities.csv')");
  assert.deepEqual(await gridRows(page), [["3"]]);
});

scenario("Parquet and compressed files of this visit can be queried by their names", async (page) => {
  await read(page, async () => choose(page, await file("sales.parquet", SALES_PARQUET)));
  await saved(page);
  await read(page, async () => choose(page, await file("cities.csv.gz", gzipSync("city,sold\nOslo,1\nRome,2\n"))));
  await saved(page);
  await openSql(page);
  for (const [sql, rows] of [
    ["SELECT id, sold, day FROM 'sales.parquet' ORDER BY id DESC LIMIT 1", [["3", "7", "2024-01-09"]]],
    ["SELECT count(*), max(day) FROM read_parquet('sales.parquet')", [["3", "2024-01-09"]]],
    ["SELECT sum(sold) FROM 'cities.csv.gz'", [["3"]]],
  ]) {
    await runSql(page, sql);
    assert.deepEqual(await gridRows(page), rows, sql);
  }
  await runSql(page, "SELECT * FROM read_csv('sales.parquet')");
  assert.match(await failure(page).innerText(), /it is Parquet and not csv/);
});

scenario("an engine for SQL that stops is started again, and tables are intact", { alarms: true }, async (page) => {
  await withVotes(page);
  await runSql(page, "SELECT 1 AS one");
  let worker;
  for (const one of page.workers()) if ((await one.evaluate(() => self.name)) === "sandglass-query") worker = one;
  await worker.evaluate(() => setTimeout(() => { throw new Error("made by a test"); }));
  const [title, words] = await message(page, "The SQL engine stopped");
  assert.equal(title, "The SQL engine stopped");
  assert.match(words, /tables are intact.*made by a test/);
  await runSql(page, "SELECT count(*) FROM votes");
  assert.deepEqual(await gridRows(page), [["300"]]);
});

scenario("all of it can be done with keys", async (page) => {
  const focused = () => page.evaluate(() => document.activeElement?.dataset.testid ?? document.activeElement?.className ?? "");
  const tabTo = async (what, key = "Tab") => {
    for (let step = 0; step < 80; step++) {
      if ((await focused()).includes(what)) return;
      await page.keyboard.press(key);
    }
    assert.fail(`${what} is not reached with ${key}`);
  };
  await tabTo("sql");
  await page.keyboard.press("Enter");
  await sqlReady(page);
  await page.waitForFunction(() => document.activeElement?.classList.contains("cm-content"));
  await page.keyboard.type("SELECT 7 AS seven");
  await page.keyboard.press("ControlOrMeta+Enter");
  assert.deepEqual(await gridRows(page), [["7"]]);
  await page.keyboard.press("Escape");
  await tabTo("view-rows");
  await page.keyboard.press("ArrowRight");
  assert.equal(await focused(), "view-columns");
  await page.keyboard.press("End");
  assert.equal(await focused(), "view-plan");
  await page.keyboard.press("Home");
  await tabTo("sql-tab", "Shift+Tab");
  await page.keyboard.press("F2");
  await page.keyboard.type("By keys");
  await page.keyboard.press("Enter");
  assert.deepEqual(await page.getByTestId("sql-tab").allInnerTexts(), ["By keys"]);
});

for (const colorScheme of ["light", "dark"]) {
  for (const viewport of [{ width: 1280, height: 800 }, { width: 390, height: 844 }]) {
    const name = `${colorScheme}, ${viewport.width} x ${viewport.height}`;
    scenario(`the workspace has no accessibility violations: ${name}`, { colorScheme, viewport, reducedMotion: "reduce" }, async (page) => {
      const check = async (state) => {
        await page.evaluate(AXE);
        const violations = await page.evaluate(async () => {
          const { violations } = await globalThis.axe.run(document, { resultTypes: ["violations"] });
          return violations.map(({ id, nodes }) => ({ id, nodes: nodes.slice(0, 3).map((node) => `${node.html}\n${node.failureSummary}`) }));
        });
        assert.deepEqual(violations, [], state);
        const [wide, window] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
        assert.ok(wide <= window, `${state}: ${wide} pixels wide in a window of ${window}`);
      };
      await withVotes(page);
      await check("nothing has run");
      await runSql(page, "-- a comment\nSELECT \"Id\", 'text' AS t, 1.5 AS n, NULL AS nothing FROM votes LIMIT 50; SELECT 2");
      await check("rows");
      for (const view of ["columns", "chart", "plan"]) {
        await page.getByTestId(`view-${view}`).click();
        await page.waitForTimeout(300);
        await check(view);
      }
      await runSql(page, "SELECT nmae FROM votes");
      await failure(page).waitFor();
      await showHistory(page);
      await check("a failure, and the history");
      await page.keyboard.press("ControlOrMeta+F");
      await check("the field that finds");
    });
  }
}
