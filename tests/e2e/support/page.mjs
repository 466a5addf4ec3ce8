// Using the page as a user does, and reading what it shows. Everything goes through `data-testid` and what is on the
// screen; nothing here knows how the page is made.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

/** A time limit for what takes long on a slow machine, in milliseconds. */
export const PATIENCE = Number(process.env.SANDGLASS_PATIENCE ?? 90_000);

/** The text of an element with plain spaces. */
const plain = (text) => text.replaceAll("\u00a0", " ").trim();

/** A number as the page writes it: `1,234` or `−5`. */
export const number = (text) => Number(plain(text).replaceAll(",", "").replace("\u2212", "-"));

/** The field for files, which is always on the page. */
const fileField = (page) => page.getByTestId("file-input");

/** Gives files through the file dialog and does not wait for anything. `files` are paths, or what Playwright takes. */
export const choose = (page, files) => fileField(page).setInputFiles(files);

/**
 * Drops files and folders from disk, with a drop that the browser cannot tell from a user's.
 *
 * @param {string[]} paths absolute paths
 */
export async function drop(page, paths) {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: paths, dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"]) {
    await session.send("Input.dispatchDragEvent", { type, x: 400, y: 300, data });
  }
  await session.detach();
}

/** Drops files that a script of the page made, as other pages and tools do. */
export async function dropScripted(page, files) {
  const transfer = await page.evaluateHandle((files) => {
    const transfer = new DataTransfer();
    for (const { name, text } of files) transfer.items.add(new File([text], name));
    return transfer;
  }, files);
  for (const type of ["dragenter", "dragover", "drop"]) await page.locator("main").dispatchEvent(type, { dataTransfer: transfer });
  await transfer.dispose();
}

/** Waits until the results of the job that was given last are painted. */
export async function answered(page) {
  await page.waitForFunction(
    () => {
      const last = (name) => performance.getEntriesByName(`sandglass:${name}`).at(-1)?.detail ?? 0;
      return last("drop") > 0 && last("answer") === last("drop");
    },
    undefined,
    { timeout: PATIENCE },
  );
}

/** Waits until what was read last is saved. */
export async function saved(page) {
  await page.waitForFunction(
    () => {
      const last = (name) => performance.getEntriesByName(`sandglass:${name}`).at(-1)?.detail ?? 0;
      return last("drop") > 0 && last("kept") === last("drop");
    },
    undefined,
    { timeout: PATIENCE },
  );
}

/** Removes all that the browser has stored for the page, as its user can. */
export async function clearStorage(page) {
  const session = await page.context().newCDPSession(page);
  const origin = new URL(page.url()).origin;
  await session.send("Storage.clearDataForOrigin", { origin, storageTypes: "file_systems" });
  await session.detach();
}

/** Waits until tables that were kept are on the page. */
export const opened = (page, times = 1) =>
  page.waitForFunction((times) => performance.getEntriesByName("sandglass:opened").length >= times, times, {
    timeout: PATIENCE,
  });

/** Does something that gives the page a job, and waits for its results. */
export async function read(page, give) {
  const before = await jobs(page);
  await give();
  await page.waitForFunction(
    (before) => performance.getEntriesByName("sandglass:drop").length > before,
    before,
  );
  await answered(page);
}

const jobs = (page) => page.evaluate(() => performance.getEntriesByName("sandglass:drop").length);

/** Waits until no job runs or waits. */
export const idle = (page) => page.getByTestId("progress").waitFor({ state: "detached", timeout: PATIENCE });

/** The numbers of the last job. */
export async function summary(page) {
  const counts = {};
  for (const name of ["read", "stored", "duplicates", "conflicts", "rejected"]) {
    counts[name] = number(await page.getByTestId(`summary-${name}`).innerText());
  }
  assert.equal(counts.read, counts.stored + counts.duplicates + counts.rejected, "the equation that is shown");
  return counts;
}

/** The text of every cell of a table, row by row, without its head. */
export async function cells(page, table) {
  const found = page.getByTestId(table);
  // Long tables are drawn in a few frames, and say how many rows they will have with their head.
  await found.evaluateAll(async (tables) => {
    const whole = (table) => !(table.ariaRowCount > table.rows.length);
    while (!tables.every(whole)) await new Promise((resolve) => requestAnimationFrame(resolve));
  });
  const rows = await found
    .locator("tbody tr")
    .evaluateAll((rows) => rows.map((row) => [...row.cells].map((cell) => cell.textContent)));
  return rows.map((row) => row.map(plain));
}

/** Looks at a table by its name in the catalog. */
export async function showTable(page, name) {
  const button = page.locator(".catalog-name").filter({ hasText: new RegExp(`^${name}$`) });
  await button.click();
  await page.locator('.catalog-name[aria-current="true"]').filter({ hasText: new RegExp(`^${name}$`) }).waitFor();
}

/** The names of the tables in the catalog. */
export const tableNames = (page) => page.locator(".catalog-name").allInnerTexts();

/** Opens a tab. */
export const openTab = (page, name) => page.getByTestId(`tab-${name}`).click();

/** The weeks of a table as `[year, week, count]`, in the order shown. */
const weeksOf = async (page, table) =>
  (await cells(page, table)).map(([year, week, count]) => [Number(year), Number(week), number(count)]);

/** The outlier table, `[[year, week, count], ...]`; empty when it says that there are none. */
export async function outlierTable(page) {
  await openTab(page, "outliers");
  return weeksOf(page, "outlier-table");
}

/** The table of all weeks. */
export async function weeksTable(page) {
  await openTab(page, "weeks");
  return weeksOf(page, "weeks-table");
}

/** Opens the tab of a table that comes in pages, and returns the cells of the page that it shows. */
export async function pagedTable(page, name) {
  await openTab(page, name);
  await page.locator(`.table-scroll:not([aria-busy]) [data-testid="${name}-table"]`).waitFor();
  return cells(page, `${name}-table`);
}

/** Waits for a message and returns its text: `[title, explanation]`. */
export async function message(page, title) {
  const found = page.getByTestId("message").filter({ hasText: title }).first();
  await found.waitFor({ timeout: PATIENCE });
  return (await found.locator(".message-body").innerText()).split("\n").map(plain).filter(Boolean);
}

/** The texts of all messages. */
export async function messages(page) {
  return (await page.getByTestId("message").allInnerTexts()).map(plain);
}

/** Puts all messages away. */
export async function dismissAll(page) {
  const dismiss = page.getByTestId("message").getByRole("button", { name: /^Dismiss/ });
  while ((await dismiss.count()) > 0) await dismiss.first().click();
}

/** Does something that downloads a file; returns its name and bytes. */
export async function download(page, clicking) {
  const [download] = await Promise.all([page.waitForEvent("download"), clicking()]);
  return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
}
