// What a query brings: a grid of any size, its columns, a chart, the plan, and files of all of it.

import assert from "node:assert/strict";

import { download, scenario } from "./support.mjs";
import { PATIENCE } from "./support/page.mjs";
import { openSql, rowCount, runSql } from "./support/sql.mjs";

const MILLION = "SELECT value AS n, 'text ' || value AS t FROM generate_series(1, 1000000) AS s(value)";
const CLIPBOARD = { permissions: ["clipboard-read", "clipboard-write"] };

const grid = (page) => page.getByTestId("result-grid").locator("visible=true");
const copied = (page) => page.evaluate(() => navigator.clipboard.readText());
const status = async (page) => (await page.getByTestId("grid-status").innerText()).replaceAll("\u00a0", " ");

/** Runs a query in the workspace and waits for its rows. */
async function query(page, sql) {
  await openSql(page);
  await runSql(page, sql);
  await settled(page);
}

/** Waits until all rows that are seen have come. */
async function settled(page) {
  await grid(page).waitFor({ timeout: PATIENCE });
  await page.waitForFunction(
    () => [...document.querySelectorAll('[data-testid="result-grid"]')].every((grid) => !grid.hasAttribute("aria-busy")),
    undefined,
    { timeout: PATIENCE },
  );
}

/** The cells of a row, counted from 1; `null` stands for `NULL`. */
async function row(page, number) {
  const found = grid(page).locator(`[role="row"][aria-rowindex="${number + 1}"]`);
  await found.waitFor();
  await settled(page);
  return found
    .getByRole("gridcell")
    .evaluateAll((cells) => cells.map((cell) => (cell.classList.contains("is-null") ? null : cell.textContent)));
}

/** What the cursor is on: `{ row, column }` counted from 1, row 0 is the head. */
const cursor = (page) =>
  grid(page).evaluate((grid) => {
    const element = document.getElementById(grid.getAttribute("aria-activedescendant") ?? "");
    const row = element?.closest('[role="row"]');
    return element && { row: Number(row.getAttribute("aria-rowindex")) - 1, column: Number(element.getAttribute("aria-colindex")) - 1 };
  });

/** The orders of the columns. */
const orders = (page) =>
  grid(page)
    .locator('[role="columnheader"][aria-sort]')
    .evaluateAll((heads) => heads.map((head) => head.getAttribute("aria-sort")));

/** Copies and waits until it is said. */
async function copy(page, copying) {
  await copying();
  await page.getByTestId("grid-status").filter({ hasText: "Copied" }).waitFor({ timeout: PATIENCE });
  return copied(page);
}

scenario("the end of a million rows is a scroll or two keys away, and they are sorted", async (page) => {
  await query(page, MILLION);
  assert.equal(await rowCount(page), 1_000_000);
  assert.deepEqual(await row(page, 1), ["1", "text 1"]);
  assert.ok((await grid(page).getByRole("row").count()) < 60, "only the rows that are seen are on the page");

  await grid(page).evaluate((grid) => (grid.scrollTop = grid.scrollHeight));
  assert.deepEqual(await row(page, 1_000_000), ["1000000", "text 1000000"]);
  await grid(page).evaluate((grid) => (grid.scrollTop = 0));
  assert.deepEqual(await row(page, 1), ["1", "text 1"]);
  await grid(page).focus();
  await page.keyboard.press("Control+End");
  assert.deepEqual(await row(page, 1_000_000), ["1000000", "text 1000000"]);
  assert.deepEqual(await cursor(page), { row: 1_000_000, column: 2 });

  const head = grid(page).getByRole("columnheader", { name: "n BIGINT" });
  await head.click();
  assert.deepEqual(await orders(page), ["ascending", "none"]);
  await head.click();
  assert.deepEqual(await orders(page), ["descending", "none"]);
  assert.deepEqual(await row(page, 1), ["1000000", "text 1000000"]);
  await head.click();
  assert.deepEqual(await orders(page), ["none", "none"]);
  assert.deepEqual(await row(page, 1), ["1", "text 1"]);
});

scenario("no value, its name and an empty text are three things, on the page and when copied", CLIPBOARD, async (page) => {
  await query(page, "SELECT * FROM (VALUES (1, NULL), (2, 'NULL'), (3, ''), (4, 'a|b')) AS v(n, t)");
  assert.deepEqual(await row(page, 1), ["1", null]);
  assert.deepEqual(await row(page, 2), ["2", "NULL"]);
  assert.deepEqual(await row(page, 3), ["3", ""]);

  const tsv = await copy(page, () => page.getByTestId("grid-copy-tsv").click());
  assert.equal(tsv, "n\tt\n1\t\n2\tNULL\n3\t\n4\ta|b\n");
  await grid(page).focus();
  await page.keyboard.press("Control+a");
  const markdown = await copy(page, () => page.getByTestId("grid-copy-markdown").click());
  assert.equal(markdown, "| n | t |\n| ---: | --- |\n| 1 | *NULL* |\n| 2 | NULL |\n| 3 |  |\n| 4 | a\\|b |\n");

  await page.keyboard.press("Control+Home");
  await grid(page).focus();
  await page.keyboard.press("Control+Home");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  const detail = page.getByTestId("grid-detail");
  await detail.getByText("NULL: no value").waitFor();
  await page.keyboard.press("ArrowDown");
  await detail.getByText("4 characters").waitFor();
  await page.keyboard.press("ArrowDown");
  await detail.getByText("Empty text").waitFor();
  await page.keyboard.press("Escape");
  await detail.waitFor({ state: "detached" });
});

scenario("a grid is used with keys alone", CLIPBOARD, async (page) => {
  await query(page, MILLION);
  await grid(page).focus();
  await page.keyboard.press("Control+Home");
  for (const key of ["Shift+ArrowDown", "Shift+ArrowDown", "Shift+End"]) await page.keyboard.press(key);
  assert.match(await status(page), /Selected: 3 × 2/);
  assert.equal(await copy(page, () => page.keyboard.press("Control+c")), "n\tt\n1\ttext 1\n2\ttext 2\n3\ttext 3\n");

  // One cell is copied as it is; rows that are not on the page are fetched.
  await page.keyboard.press("Control+Home");
  await copy(page, () => page.keyboard.press("Control+c"));
  assert.equal(await copied(page), "1");
  for (let press = 0; press < 120; press++) await page.keyboard.press("Shift+PageDown");
  const size = Number((await status(page)).match(/Selected: ([\d,]+) × 1/)[1].replaceAll(",", ""));
  assert.ok(size > 1_000);
  const lines = (await copy(page, () => page.keyboard.press("Control+c"))).split("\n");
  assert.deepEqual([lines[0], lines[size], lines[size + 1]], ["n", String(size), ""]);
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Control+c");
  await page.getByTestId("grid-status").filter({ hasText: "select fewer, or export" }).waitFor();

  await page.keyboard.press("Control+Home");
  await page.keyboard.press("ArrowUp");
  assert.deepEqual(await cursor(page), { row: 0, column: 1 });
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  assert.deepEqual(await orders(page), ["descending", "none"]);
  const width = () => grid(page).locator('[role="columnheader"][aria-colindex="2"]').evaluate((head) => head.offsetWidth);
  const before = await width();
  await page.keyboard.press("Alt+ArrowRight");
  await page.waitForFunction(
    (before) => document.querySelector('[role="columnheader"][aria-colindex="2"]').offsetWidth === before + 16,
    before,
  );
});

scenario("two hundred columns and long texts stay quick and readable", async (page) => {
  const columns = Array.from({ length: 200 }, (_, index) => `value * ${index} AS "column ${index}"`).join(", ");
  await query(page, `SELECT repeat('long text ', 1000) AS long, ${columns} FROM generate_series(1, 2000) AS s(value)`);
  assert.equal(await grid(page).getAttribute("aria-colcount"), "202");
  assert.ok((await grid(page).getByRole("gridcell").count()) < 1_000, "only the columns that are seen are on the page");
  await grid(page).focus();
  await page.keyboard.press("Control+End");
  await settled(page);
  assert.deepEqual(await cursor(page), { row: 2_000, column: 201 });
  assert.equal((await row(page, 2_000)).at(-1), String(2_000 * 199));
  await page.keyboard.press("Control+Home");
  await settled(page);
  // What is cut off is shown as a whole by a click.
  await grid(page).locator('[aria-rowindex="2"] [aria-colindex="2"]').click();
  await page.getByTestId("grid-detail").getByText("10,000 characters").waitFor();
});

scenario("a chart is suggested, chosen, edited and taken away", async (page) => {
  await query(page, "SELECT 'odd \"name\"' || (value % 60) AS \"a \"\"b\"\" .c 🙂\", value AS n FROM generate_series(1, 6000) AS s(value)");
  await page.getByTestId("view-chart").click();
  const chart = page.getByTestId("sql-chart");
  const drawn = async () => {
    await page.locator('[data-testid="sql-chart"][data-drawn]').waitFor({ timeout: PATIENCE });
    return Number(await chart.getAttribute("data-drawn"));
  };
  await drawn();
  const chosen = async (name) => page.getByTestId(`chart-${name}`).evaluate((field) => field.selectedOptions[0].textContent);
  assert.deepEqual(
    [await chosen("mark"), await chosen("x"), await chosen("y"), await chosen("aggregate")],
    ["Bars", 'a "b" .c 🙂', "n", "sum"],
  );
  await page.getByTestId("chart-notes").filter({ hasText: "50 greatest of 60" }).waitFor();

  for (const [field, option] of [["aggregate", "median"], ["mark", "Slices"], ["mark", "Points"], ["colour", "n"]]) {
    const before = await drawn();
    await page.getByTestId(`chart-${field}`).selectOption({ label: option });
    await page.waitForFunction(
      (before) => Number(document.querySelector('[data-testid="sql-chart"]').dataset.drawn ?? 0) > before,
      before,
      { timeout: PATIENCE },
    );
  }

  await page.getByText("Edit the chart").click();
  const spec = page.getByTestId("chart-spec");
  const text = await spec.inputValue();
  await spec.fill(text.replace('"point"', '"nonsense"'));
  await page.getByTestId("chart-apply").click();
  await page.getByText("There is no mark “nonsense”").waitFor();
  await spec.fill(text.slice(0, -2));
  await page.getByTestId("chart-apply").click();
  await page.getByText(/This is not JSON: .* in line \d+/).waitFor();
  const before = await drawn();
  await spec.fill(text.replace('"point"', '"tick"'));
  await page.getByTestId("chart-apply").click();
  await page.waitForFunction((before) => Number(document.querySelector('[data-testid="sql-chart"]').dataset.drawn) > before, before);
  await page.getByTestId("chart-reset-spec").click();
  assert.equal(await spec.inputValue(), text);

  const figure = page.getByTestId("chart-tab");
  const svg = await download(page, () => figure.getByRole("button", { name: "SVG" }).click());
  assert.match(svg.bytes.toString(), /^<svg[\s>]/);
  const png = await download(page, () => figure.getByRole("button", { name: "PNG" }).click());
  assert.equal(png.bytes.subarray(1, 4).toString(), "PNG");
  await page.getByText(/The chart as a table/).click();
  await figure.getByText("The first 500 of them").waitFor();
  assert.equal(await figure.locator("tbody tr").count(), 500);
});

for (const [what, columns, mark] of [
  ["a time and a number are a line", "TIMESTAMP '2017-01-01 00:00:00' + CAST(value || ' days' AS INTERVAL) AS t, value AS n", "Line"],
  ["two numbers are points", "value AS a, value * value AS b", "Points"],
  ["one number is a histogram", "value AS a", "Bars"],
]) {
  scenario(what, async (page) => {
    await query(page, `SELECT ${columns} FROM generate_series(1, 300) AS s(value)`);
    await page.getByTestId("view-chart").click();
    await page.locator('[data-testid="sql-chart"][data-drawn]').waitFor({ timeout: PATIENCE });
    assert.equal(await page.getByTestId("chart-mark").evaluate((field) => field.selectedOptions[0].textContent), mark);
  });
}

scenario("the columns and the plan of a result are told", async (page) => {
  await query(page, "SELECT value AS n, CASE WHEN value % 4 = 0 THEN NULL ELSE 'k' || (value % 3) END AS k FROM generate_series(1, 1200) AS s(value) ORDER BY k");
  await page.getByTestId("view-columns").click();
  const columns = page.getByTestId("column-explorer");
  await columns.waitFor({ timeout: PATIENCE });
  const profile = (name) => columns.getByRole("region", { name, exact: true });
  assert.match(await profile("k").innerText(), /300 NULL \(25\.0/);
  assert.equal(await profile("k").getByRole("listitem").count(), 3);
  await profile("n").getByRole("img", { name: /^Rows in .* from 1 to 1200/ }).waitFor();
  await page.getByTestId("view-plan").click();
  const plan = page.getByTestId("plan-tree");
  await plan.getByText("Sort", { exact: false }).first().waitFor();
  assert.equal(await plan.locator(".hottest").count(), 1);
});

scenario("the whole result is taken away in seven forms", async (page) => {
  await query(page, "SELECT value AS n, 'it''s ' || value AS t FROM generate_series(1, 3000) AS s(value)");
  const take = async (form) => {
    await page.getByTestId("export-open").locator("visible=true").click();
    return download(page, () => page.getByTestId(`export-${form}`).click());
  };
  const lines = (text) => text.trimEnd().split("\n");
  const csv = lines((await take("csv")).bytes.toString());
  assert.deepEqual([csv.length, csv[0], csv.at(-1)], [3001, "n,t", "3000,it's 3000"]);
  const ndjson = lines((await take("ndjson")).bytes.toString());
  assert.deepEqual([ndjson.length, JSON.parse(ndjson.at(-1))], [3000, { n: 3000, t: "it's 3000" }]);
  const json = JSON.parse((await take("json")).bytes);
  assert.deepEqual([json.length, json.at(-1)], [3000, { n: 3000, t: "it's 3000" }]);
  const parquet = await take("parquet");
  assert.match(parquet.name, /\.parquet$/);
  assert.equal(parquet.bytes.subarray(0, 4).toString(), "PAR1");
  assert.equal(parquet.bytes.subarray(-4).toString(), "PAR1");
  const { tableFromIPC } = await import("apache-arrow");
  const arrow = tableFromIPC((await take("arrow")).bytes);
  assert.deepEqual([arrow.numRows, arrow.getChild("t").get(2999)], [3000, "it's 3000"]);
  const markdown = lines((await take("markdown")).bytes.toString());
  assert.equal(markdown.length, 3002);
  assert.match(markdown.at(-1), /3000 +\| +it's 3000/);
  const inserts = (await take("inserts")).bytes.toString();
  assert.match(inserts, /CREATE TABLE/);
  assert.match(inserts, /'it''s 3000'/);
});
