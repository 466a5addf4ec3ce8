// What a web host has to do for the page: serve files, from whatever path. And how many bytes that takes.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

import {
  PATIENCE, Watch, answerTime, choose, file, ndjson, open, outlierTable, read, ready, scenario, sharedBrowser,
  site, summary, transfers, votes,
} from "./support.mjs";

const SIZES = await readFile(new URL("../../size-budget.toml", import.meta.url), "utf8");
/** The most that may be transferred before the first answer, compressed, everything counted: the budget of the build. */
const BUDGET = Number(SIZES.match(/^total = ([\d_]+)$/m)[1].replaceAll("_", ""));

scenario("the page works from a sub-path", { base: "/some/sub-path/" }, async (page, watch) => {
  assert.equal(new URL(page.url()).pathname, "/some/sub-path/");
  await read(page, () => page.getByTestId("sample-16").click());
  assert.equal((await outlierTable(page)).length, 6);
  await page.locator('[data-testid="chart"][data-drawn]').waitFor({ timeout: PATIENCE });
  const outside = watch.requested.filter((url) => !/^(blob|data):/.test(url))
    .filter((url) => !new URL(url).pathname.startsWith("/some/sub-path/"));
  assert.deepEqual(outside, []);
  await page.reload();
  await ready(page);
});

// Each in a browser of its own: what one has kept another would show at once.
for (const address of ["index.html", "?from=somewhere#part"]) {
  scenario(`the page works from ${address}`, async (page) => {
    await open(page, `${(await site()).url}${address}`);
    await read(page, () => page.getByTestId("sample-16").click());
    assert.equal((await summary(page)).stored, 16);
  });
}

scenario("what is transferred before the first answer fits the budget", async () => {
  const { url } = await site();
  const context = await (await sharedBrowser()).newContext();
  try {
    const watch = await Watch.over(context, new URL(url).origin);
    const { before } = transfers(context);
    const page = await context.newPage();
    await open(page, url);
    await read(page, async () => choose(page, await file("votes.jsonl", ndjson(votes(1_000)))));
    // The chart comes behind the answer.
    const parts = await before(await answerTime(page));
    const total = parts.reduce((sum, { bytes }) => sum + bytes, 0);
    const list = parts.map(({ path, bytes }) => `${path} ${bytes}`).join("\n");
    for (const kind of [/\.wasm$/, /worker.*\.wasm$/, /\.js$/, /\.css$/, /\/$/]) {
      assert.ok(parts.some(({ path }) => kind.test(path)), `${kind} is counted:\n${list}`);
    }
    assert.ok(parts.filter(({ path }) => path.endsWith(".wasm")).every(({ encoding }) => encoding === "gzip"), "compressed");
    assert.ok(total <= BUDGET, `${total} bytes are more than ${BUDGET}:\n${list}`);
    console.log(`${total} bytes before the first answer:\n${list}`);
    watch.assertQuiet();
  } finally {
    await context.close();
  }
});
