// Pictures of the page. With UPDATE_SCREENSHOT=1 the one in the README is made anew; the others are for looking at, and
// end up in tests/e2e/output.

import assert from "node:assert/strict";
import { mkdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";

import { OUTPUT, PATIENCE, ROOT, answered, read, scenario } from "./support.mjs";

/** Reads the sample and waits until everything is drawn and has come to rest. */
async function showVotes(page) {
  await read(page, () => page.getByTestId("sample-1000000").click());
  await answered(page);
  await page.locator('[data-testid="chart"][data-drawn]').waitFor({ timeout: PATIENCE });
  await page.evaluate(() => document.fonts.ready);
}

async function picture(page, path, options = {}) {
  await mkdir(dirname(path), { recursive: true });
  await page.screenshot({ path, animations: "disabled", ...options });
  assert.ok((await stat(path)).size > 10_000, `${path} has something on it`);
}

const README = process.env.UPDATE_SCREENSHOT === "1" ? join(ROOT, "docs/screenshot.png") : join(OUTPUT, "screenshot.png");

scenario("the picture in the README shows the votes view", { deviceScaleFactor: 1.25 }, async (page) => {
  await showVotes(page);
  await picture(page, README);
});

for (const colorScheme of ["light", "dark"]) {
  for (const viewport of [{ width: 1280, height: 800 }, { width: 390, height: 844 }]) {
    const name = `${viewport.width}-${colorScheme}`;
    scenario(`pictures of the first view, of reading and of the votes view, ${name}`, { colorScheme, viewport }, async (page) => {
      await picture(page, join(OUTPUT, `first-view-${name}.png`), { fullPage: true });
      await page.getByTestId("sample-10000000").click();
      await page.waitForFunction(() => document.querySelector('[data-testid="progress"]')?.value > 20, undefined, {
        timeout: PATIENCE,
      });
      await picture(page, join(OUTPUT, `reading-${name}.png`), { fullPage: true });
      await page.getByTestId("cancel").click();
      await page.getByTestId("drop-zone").waitFor();
      await showVotes(page);
      await picture(page, join(OUTPUT, `votes-${name}.png`), { fullPage: true });
    });
  }
}
