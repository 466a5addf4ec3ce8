// No accessibility violations, in any state of the page, light and dark, wide and narrow.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import { PATIENCE, answered, choose, file, message, openTab, ready, scenario } from "./support.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Runs all rules of axe-core over the page as it is. */
async function check(page, state) {
  await page.evaluate(AXE);
  const violations = await page.evaluate(async () => {
    // Elements in the middle of a fade have neither the one colour nor the other.
    await Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => {}))
      .map((finished) => Promise.race([finished, new Promise((resolve) => setTimeout(resolve, 500))])));
    const { violations } = await globalThis.axe.run(document, { resultTypes: ["violations"] });
    return violations.map(({ id, help, nodes }) => ({
      id, help, nodes: nodes.slice(0, 3).map(({ html, failureSummary }) => `${html}\n${failureSummary}`),
    }));
  });
  assert.deepEqual(violations, [], state);
}

/** Nothing moves for ever for those who asked that nothing moves. */
async function checkMotion(page) {
  const moving = await page.evaluate(() =>
    document.getAnimations().filter((animation) => animation.effect.getComputedTiming().endTime === Infinity).length,
  );
  assert.equal(moving, 0, "animations without an end");
}

/** Nothing of the page is cut off at the side or needs sideways scrolling. */
async function checkWidth(page, state) {
  const { wide, window } = await page.evaluate(() => ({
    wide: document.documentElement.scrollWidth, window: document.documentElement.clientWidth,
  }));
  assert.ok(wide <= window, `${state}: ${wide} pixels wide in a window of ${window}`);
}

const LOOKS = [];
for (const colorScheme of ["light", "dark"]) {
  for (const viewport of [{ width: 1280, height: 800 }, { width: 390, height: 844 }]) {
    LOOKS.push({ colorScheme, viewport, reducedMotion: "reduce" });
  }
}

for (const look of LOOKS) {
  const name = `${look.colorScheme}, ${look.viewport.width} x ${look.viewport.height}`;
  scenario(`no violations: ${name}`, look, async (page) => {
    const checkAll = async (state) => {
      await check(page, state);
      await checkWidth(page, state);
    };
    await checkAll("first view");

    await page.getByTestId("sample-10000000").click();
    await page.waitForFunction(() => document.querySelector('[data-testid="progress"]')?.value > 1);
    await checkAll("while reading");
    await checkMotion(page);
    await page.getByTestId("cancel").click();
    await message(page, "Cancelled");
    await checkAll("a message about what was cancelled");

    await choose(page, await file("empty.jsonl", ""));
    await message(page, "empty.jsonl was not read");
    await checkAll("a message about a bad file");

    await page.getByTestId("sample-10000").click();
    await answered(page);
    await page.locator('[data-testid="chart"][data-drawn]').waitFor({ timeout: PATIENCE });
    for (const tab of ["outliers", "weeks", "rows", "columns", "rejects", "conflicts"]) {
      await openTab(page, tab);
      await page.getByTestId(tab === "outliers" ? "outlier-table" : `${tab}-table`).waitFor();
      await checkAll(tab);
    }
    await page.getByTestId("threshold").fill("no number");
    await checkAll("a threshold that is no number");

    await choose(page, await file("days.csv", "day,city,sold\n2024-01-01,Oslo,1\n2024-01-02,Rome,2\n"));
    await answered(page);
    for (const tab of ["rows", "columns"]) {
      await openTab(page, tab);
      await page.getByTestId(`${tab}-table`).waitFor();
      await checkAll(`${tab} of a table that no pipeline made`);
    }
    await page.getByTestId("more-reading").click();
    await page.getByTestId("quote").selectOption("other");
    await checkAll("all choices of reading");

    const several = [await file("a.jsonl", "{}"), await file("b.jsonl", "")];
    await choose(page, several);
    await message(page, "b.jsonl was not read");
    await answered(page);
    await checkAll("a table of sources");

    await page.getByTestId("start-over").click();
    await page.getByRole("dialog").waitFor();
    await checkAll("the question before starting over");
    await page.getByTestId("confirm-no").click();
    await page.goBack();
    await page.getByTestId("drop-zone").waitFor();
    await checkAll("the first view with data behind it");
  });
}

scenario("a violation would be noticed", async (page) => {
  await page.evaluate(() => document.querySelector("main").insertAdjacentHTML("beforeend", "<button></button>"));
  await assert.rejects(check(page, "a button without a name"), /button-name/);
});

for (const width of [360, 3840]) {
  scenario(`everything fits a window of ${width} pixels`, { viewport: { width, height: 800 } }, async (page) => {
    await checkWidth(page, "first view");
    await page.getByTestId("sample-10000").click();
    await answered(page);
    for (const tab of ["outliers", "weeks", "rows", "columns", "rejects", "conflicts"]) {
      await openTab(page, tab);
      await page.getByTestId(tab === "outliers" ? "outlier-table" : `${tab}-table`).waitFor();
      await checkWidth(page, tab);
    }
  });
}

scenario("a chosen look goes before the system's, and is remembered", async (page) => {
  const colour = () => page.evaluate(() => getComputedStyle(document.body).color);
  const light = await colour();
  await page.getByTestId("theme").click();
  assert.match(await page.getByTestId("theme").getAttribute("aria-label"), /light/);
  assert.equal(await colour(), light);
  await page.getByTestId("theme").click();
  assert.match(await page.getByTestId("theme").getAttribute("aria-label"), /dark/);
  const dark = await colour();
  assert.notEqual(dark, light);
  await page.reload();
  await ready(page);
  assert.equal(await colour(), dark);
  await check(page, "dark by choice on a light system");
});

scenario("what happened is also said to those who do not see it", async (page) => {
  await page.getByTestId("sample-16").click();
  await answered(page);
  const said = page.getByRole("status").filter({ hasText: "Read 16" });
  assert.match((await said.first().textContent()).replaceAll("\u00a0", " "), /16 stored, 0 duplicates, 0 rejected.*6 of 9 weeks are outliers/);
});
