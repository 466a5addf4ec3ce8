// Everything can be done without a mouse: read a sample, go through the tables, change the controls, leave a dialog.

import assert from "node:assert/strict";

import { answered, number, scenario } from "./support.mjs";

/** Presses Tab (or Shift+Tab) until an element with this test id has the focus. */
async function tabTo(page, testId, key = "Tab") {
  for (let step = 0; step < 60; step++) {
    if ((await focused(page)) === testId) return;
    await page.keyboard.press(key);
  }
  assert.fail(`${testId} is not reached with ${key}`);
}

const focused = (page) => page.evaluate(() => document.activeElement?.dataset.testid ?? null);

const headline = async (page) => (await page.getByRole("heading", { level: 1 }).innerText()).replaceAll("\u00a0", " ");

scenario("a sample is read, its tables opened and its controls changed with keys alone", async (page) => {
  await tabTo(page, "sample-10000");
  await page.keyboard.press("Enter");
  await answered(page);
  assert.equal(await page.evaluate(() => document.activeElement?.id), "main", "the focus follows to the results");

  await tabTo(page, "tab-outliers");
  for (const name of ["weeks", "rows", "columns", "rejects", "conflicts", "quality", "outliers"]) {
    await page.keyboard.press("ArrowRight");
    assert.equal(await focused(page), `tab-${name}`);
    assert.equal(await page.getByTestId(`tab-${name}`).getAttribute("aria-selected"), "true");
    const table = name === "outliers" ? "outlier-table" : `${name}-table`;
    await page.getByTestId(table).waitFor();
  }
  await page.keyboard.press("ArrowLeft");
  assert.equal(await focused(page), "tab-quality");
  await page.keyboard.press("Home");
  assert.equal(await focused(page), "tab-outliers");
  await page.keyboard.press("End");
  assert.equal(await focused(page), "tab-quality");
  await page.keyboard.press("Home");

  const before = await headline(page);
  await tabTo(page, "threshold", "Shift+Tab");
  for (let step = 0; step < 10; step++) await page.keyboard.press("ArrowUp");
  await page.getByText("by more than 30 %").waitFor();
  await page.waitForFunction(() => document.querySelector('[data-testid="threshold"]').value === "30");
  assert.notEqual(await headline(page), before);
  await page.keyboard.press("Tab");
  assert.equal(await focused(page), "threshold-slider");
  await page.keyboard.press("ArrowLeft");
  await page.getByText("by more than 29 %").waitFor();

  await tabTo(page, "rule-monday", "Shift+Tab");
  await page.keyboard.press("ArrowRight");
  assert.equal(await focused(page), "rule-sunday");
  assert.ok(await page.getByTestId("rule-sunday").isChecked());
  await page.keyboard.press("ArrowRight");
  await page.getByText("ISO 8601: weeks start on Monday").waitFor();
});

scenario("long tables are paged, put in order and scrolled with keys", async (page) => {
  await page.getByTestId("sample-10000").click();
  await answered(page);
  await page.getByTestId("tab-rows").focus();
  await page.keyboard.press("Enter");
  await page.getByTestId("rows-table").waitFor();
  await page.getByRole("button", { name: "Next page" }).focus();
  await page.keyboard.press("Enter");
  const first = page.getByTestId("rows-table").locator("tbody tr").first().locator("td").first();
  await page.waitForFunction(
    () => document.querySelector('[data-testid="rows-table"] tbody td')?.textContent === "101",
  );
  assert.equal(number(await first.innerText()), 101);

  await page.getByTestId("tab-weeks").focus();
  await page.keyboard.press("Enter");
  const byCount = page.getByRole("columnheader", { name: "VoteCount" });
  await byCount.getByRole("button").focus();
  await page.keyboard.press("Space");
  assert.equal(await byCount.getAttribute("aria-sort"), "descending");

  const region = page.getByRole("region", { name: "All weeks" });
  await region.focus();
  await page.keyboard.press("End");
  await page.waitForFunction(
    () => document.querySelector('.table-scroll')?.scrollTop > 0 || document.documentElement.scrollTop > 0,
  );
});

scenario("the question before starting over keeps the focus and gives it back", async (page) => {
  await page.getByTestId("sample-16").click();
  await answered(page);
  await page.getByTestId("start-over").focus();
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  for (let step = 0; step < 5; step++) {
    await page.keyboard.press("Tab");
    const inside = await page.evaluate(() => {
      const element = document.activeElement;
      return element === document.body || element.closest("dialog") !== null;
    });
    assert.ok(inside, "the focus stays in the dialog");
  }
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  assert.equal(await focused(page), "start-over");
  assert.equal(await page.getByTestId("summary-read").innerText(), "16", "Escape loses nothing");
});

scenario("the first key leads past the head of the page", async (page) => {
  await page.getByTestId("sample-16").click();
  await answered(page);
  await page.evaluate(() => document.activeElement?.blur());
  await page.getByRole("button", { name: "Skip to the content" }).focus();
  assert.ok(await page.getByRole("button", { name: "Skip to the content" }).isVisible());
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement?.id), "main");
});
