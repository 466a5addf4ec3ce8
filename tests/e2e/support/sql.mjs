// Using the SQL workspace as a user does.

import { PATIENCE } from "./page.mjs";

/** Goes to the workspace and waits until its editor and its engine are there. */
export async function openSql(page) {
  await page.getByTestId("sql").click();
  await sqlReady(page);
}

/** Waits until the editor takes text and the engine has told its catalog. */
export async function sqlReady(page) {
  await page.locator('[data-testid="sql-editor"][data-ready]').waitFor({ timeout: PATIENCE });
  await page.getByTestId("sql-catalog").waitFor({ timeout: PATIENCE });
}

/** The element that holds the text. */
export const editor = (page) => page.getByTestId("sql-editor").locator(".cm-content");

/** Puts this text in place of all that is in the editor, as if it were pasted. */
export async function write(page, text) {
  await editor(page).click();
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.insertText(text);
}

/** The text in the editor. */
export const text = (page) =>
  editor(page).evaluate((content) => [...content.querySelectorAll(".cm-line")].map((line) => line.textContent).join("\n"));

/** Waits until the script of the open tab has ended. */
export async function ended(page) {
  await page.getByTestId("sql-run").waitFor({ timeout: PATIENCE });
}

/** Runs this text in the open tab and waits for its end. */
export async function runSql(page, sql) {
  await write(page, sql);
  await page.keyboard.press("ControlOrMeta+Enter");
  // It may be over before anyone looks.
  await page.waitForTimeout(50);
  await ended(page);
}

/** The rows that the grid shows, without the row numbers; `null` stands for `NULL`. */
export async function gridRows(page) {
  const grid = page.getByTestId("result-grid").locator("visible=true");
  await grid.waitFor({ timeout: PATIENCE });
  await grid.locator('[role="row"][aria-rowindex="2"]').waitFor({ timeout: PATIENCE });
  return grid.locator('[role="row"]:not([aria-rowindex="1"])').evaluateAll((rows) =>
    rows
      .sort((one, other) => Number(one.ariaRowIndex ?? one.getAttribute("aria-rowindex")) - Number(other.getAttribute("aria-rowindex")))
      .map((row) =>
        [...row.querySelectorAll('[role="gridcell"]')].map((cell) =>
          cell.classList.contains("is-null") ? null : cell.textContent.replaceAll("\u00a0", " ").trim(),
        ),
      ),
  );
}

/** How many rows the result has, as the grid tells those who cannot see it. */
export async function rowCount(page) {
  const grid = page.getByTestId("result-grid").locator("visible=true");
  await grid.waitFor({ timeout: PATIENCE });
  return Number(await grid.getAttribute("aria-rowcount")) - 1;
}
