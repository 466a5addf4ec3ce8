// The threshold and the rule for cutting weeks act at once, on the table, the headline and the chart.

import assert from "node:assert/strict";

import {
  PATIENCE, choose, daysOf, file, ndjson, opened, outlierTable, outliers, read, saved, scenario, votes, weeks, weeksTable,
} from "./support.mjs";

// Years that begin on every weekday but Saturday, leap years and years with 53 ISO weeks among them.
const RECORDS = votes(6_000, { from: "2014-12-25", days: 2600 });
const DAYS = daysOf(RECORDS);

const readVotes = (page) => read(page, async () => choose(page, await file("view.jsonl", ndjson(RECORDS))));

/** Waits until the outlier table is this, and fails with the difference when it does not come to it. */
async function expectOutliers(page, expected) {
  const deadline = Date.now() + PATIENCE / 3;
  let shown = await outlierTable(page);
  while (JSON.stringify(shown) !== JSON.stringify(expected) && Date.now() < deadline) {
    await page.waitForTimeout(30);
    shown = await outlierTable(page);
  }
  assert.deepEqual(shown, expected);
}

scenario("every threshold flags exactly the weeks that are further from the mean", async (page) => {
  await readVotes(page);
  const all = weeks(DAYS, "monday");
  for (const percent of ["0", "12.5", "20", "35", "99.9", "100", "250"]) {
    await page.getByTestId("threshold").fill(percent);
    const expected = outliers(all, Number(percent) * 10);
    await expectOutliers(page, expected);
    const verb = expected.length === 1 ? "stands" : "stand";
    const headline = await page.getByRole("heading", { level: 1 }).innerText();
    assert.equal(headline.replaceAll("\u00a0", " "), `${expected.length} of ${all.length} weeks ${verb} out`);
  }
});

scenario("each rule cuts the weeks in its own way", async (page) => {
  await readVotes(page);
  for (const rule of ["sunday", "iso", "monday"]) {
    await page.getByTestId(`rule-${rule}`).check({ force: true });
    const all = weeks(DAYS, rule);
    await expectOutliers(page, outliers(all, 200));
    assert.deepEqual(await weeksTable(page), all);
  }
  const [monday, sunday, iso] = ["monday", "sunday", "iso"].map((rule) => JSON.stringify(weeks(DAYS, rule)));
  assert.ok(monday !== sunday && sunday !== iso && iso !== monday, "the fixture tells the rules apart");
});

scenario("a week at exactly the threshold is not flagged", async (page) => {
  // Four weeks of 8, 10, 12 and 10 votes: the mean is 10, and two of them are exactly 20 % away.
  const days = ["2018-01-01", "2018-01-08", "2018-01-15", "2018-01-22"];
  let id = 0;
  const records = [8, 10, 12, 10].flatMap((count, index) =>
    Array.from({ length: count }, () => ({ Id: ++id, PostId: 1, VoteTypeId: 2, CreationDate: days[index] })),
  );
  await read(page, async () => choose(page, await file("exact.jsonl", ndjson(records))));
  await page.getByText("No week is that far from the mean.").waitFor();
  await page.getByTestId("threshold").fill("19.9");
  await expectOutliers(page, [[2018, 1, 8], [2018, 3, 12]]);
});

scenario("what is no number leaves the threshold as it was, and says so", async (page) => {
  await readVotes(page);
  const before = await outlierTable(page);
  const field = page.getByTestId("threshold");
  for (const text of ["", "abc", "-5", "1e3"]) {
    await field.fill(text);
    assert.equal(await field.getAttribute("aria-invalid"), "true", text);
    assert.deepEqual(await outlierTable(page), before, text);
  }
  await field.fill("x");
  await field.blur();
  assert.equal(await field.inputValue(), "20");
});

scenario("rule and threshold also hold for what is read after them, and in the next visit", async (page) => {
  await readVotes(page);
  await page.getByTestId("rule-iso").check({ force: true });
  await page.getByTestId("threshold").fill("50");
  await expectOutliers(page, outliers(weeks(DAYS, "iso"), 500));
  const more = votes(1_000, { seed: "more", firstId: 100_000, from: "2019-01-01", days: 300 });
  await read(page, async () => choose(page, await file("more.jsonl", ndjson(more))));
  const both = weeks([...DAYS, ...daysOf(more)], "iso");
  await expectOutliers(page, outliers(both, 500));

  await saved(page);
  await page.reload();
  await opened(page);
  await expectOutliers(page, outliers(both, 500));
});

scenario("the table can be put in the order of its counts", async (page) => {
  await readVotes(page);
  const expected = outliers(weeks(DAYS, "monday"), 200);
  const byCount = page.getByRole("columnheader", { name: "VoteCount" });
  await byCount.getByRole("button").click();
  assert.equal(await byCount.getAttribute("aria-sort"), "descending");
  // Equal counts stay in the order of time.
  assert.deepEqual(await outlierTable(page), expected.toSorted((left, right) => right[2] - left[2]));
  await byCount.getByRole("button").click();
  assert.deepEqual(await outlierTable(page), expected.toSorted((left, right) => left[2] - right[2]));
});

scenario("the chart follows the threshold, the rule and the span", async (page) => {
  await readVotes(page);
  const chart = page.getByTestId("chart");
  await page.locator('[data-testid="chart"][data-drawn]').waitFor({ timeout: PATIENCE });
  const picture = () => chart.locator("canvas").evaluate((canvas) => canvas.toDataURL());
  let shown = await picture();
  /** Does something, waits until the chart is another one and has come to rest, and returns it. */
  const changed = async (change) => {
    const before = shown;
    await change();
    const deadline = Date.now() + PATIENCE / 3;
    for (let last = before; ; last = shown) {
      await page.waitForTimeout(200);
      shown = await picture();
      if (shown !== before && shown === last) return shown;
      assert.ok(Date.now() < deadline, `the chart does not follow ${change}`);
    }
  };
  await changed(() => page.getByTestId("threshold").fill("60"));
  const whole = await changed(() => page.getByTestId("rule-sunday").check({ force: true }));
  const [first, last] = [await page.getByTestId("chart-from").inputValue(), await page.getByTestId("chart-to").inputValue()];
  const sorted = DAYS.toSorted();
  assert.ok(first <= sorted[0] && last >= sorted.at(-1), `${first} to ${last} holds all days`);
  await changed(() => page.getByTestId("chart-from").fill("2018-01-01"));
  const { x, y, width, height } = await chart.boundingBox();
  await changed(async () => {
    await page.mouse.move(x + width * 0.4, y + height / 2);
    await page.mouse.down();
    await page.mouse.move(x + width * 0.7, y + height / 2, { steps: 5 });
    await page.mouse.up();
  });
  assert.ok((await page.getByTestId("chart-from").inputValue()) > "2018-01-01");
  const again = await changed(() => page.getByTestId("chart-reset").click());
  assert.deepEqual([await page.getByTestId("chart-from").inputValue(), await page.getByTestId("chart-to").inputValue()], [first, last]);
  // Bars that come back are painted after those that stayed, which shows in a few pixels where they touch.
  assert.ok((await difference(page, whole, again)) < 0.001);
});

/** The share of pixels in which two pictures of the same size differ. */
const difference = (page, left, right) =>
  page.evaluate(async (urls) => {
    const pixels = async (url) => {
      const image = new Image();
      image.src = url;
      await image.decode();
      const canvas = new OffscreenCanvas(image.width, image.height);
      const context = canvas.getContext("2d");
      context.drawImage(image, 0, 0);
      return new Uint32Array(context.getImageData(0, 0, image.width, image.height).data.buffer);
    };
    const [one, other] = await Promise.all(urls.map(pixels));
    return one.length === other.length ? one.filter((pixel, index) => pixel !== other[index]).length / one.length : 1;
  }, [left, right]);

scenario("the chart tells what is under the pointer", async (page) => {
  await readVotes(page);
  await page.locator('[data-testid="chart"][data-drawn]').waitFor({ timeout: PATIENCE });
  const { x, y, width, height } = await page.getByTestId("chart").boundingBox();
  await page.mouse.move(x + width / 2, y + height / 2);
  const tip = page.locator(".chart-tip.shown");
  await tip.waitFor();
  assert.match(await tip.innerText(), /20\d\d, week.\d+ \(.*\)\s+[\d,]+.votes?\s+[+−]?\d+\.\d.%/);
});
