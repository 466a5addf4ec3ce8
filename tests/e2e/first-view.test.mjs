// What a visitor sees first, and that everything on it can be reached with the keyboard.

import assert from "node:assert/strict";
import { test } from "node:test";

import { choose, file, messages, ndjson, read, scenario, sharedBrowser, site, summary, tableNames, votes } from "./support.mjs";

const HEADLINE = "Drop data files and see which weeks stand out.";

scenario("the first view says what this is and where files go", async (page) => {
  assert.match(await page.title(), /^Sandglass/);
  assert.equal(await page.locator("html").getAttribute("lang"), "en");
  assert.equal(await page.getByRole("heading", { level: 1 }).count(), 1);
  assert.ok(await page.getByRole("heading", { level: 1, name: HEADLINE }).isVisible());
  const zone = page.getByTestId("drop-zone");
  assert.ok(await zone.isVisible());
  for (const name of ["Open files", "Open folder"]) {
    assert.ok(await zone.getByRole("button", { name }).isEnabled(), name);
  }
  for (const rows of [16, 10_000, 1_000_000, 10_000_000]) {
    assert.ok(await page.getByTestId(`sample-${rows}`).isEnabled(), `sample of ${rows}`);
  }
  assert.match(await page.locator("body").innerText(), /Nothing leaves your browser/);
});

scenario("nothing jumps while the page gets ready", async (page) => {
  const shift = await page.evaluate(
    () =>
      new Promise((resolve) => {
        let sum = 0;
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) sum += entry.value;
        }).observe({ type: "layout-shift", buffered: true });
        setTimeout(() => resolve(sum), 500);
      }),
  );
  // Below 0.1 is what https://web.dev/articles/cls calls good.
  assert.ok(shift < 0.05, `cumulative layout shift ${shift}`);
});

scenario("only a job that takes long takes the place of the drop zone", async (page) => {
  // What waits for as long as jobs are given waits until it is let go.
  await page.evaluate(() => {
    const { setTimeout, clearTimeout } = globalThis;
    const held = new Map();
    globalThis.setTimeout = (then, time, ...more) => {
      const id = setTimeout(time === 300 ? () => {} : then, time, ...more);
      if (time === 300) held.set(id, then);
      return id;
    };
    globalThis.clearTimeout = (id) => {
      held.delete(id);
      clearTimeout(id);
    };
    globalThis.letGo = () => held.forEach((then) => then());
    globalThis.titles = [];
    new MutationObserver(() => {
      const title = document.querySelector("#drop-title, #job-title")?.innerText;
      if (title && titles.at(-1) !== title) titles.push(title);
    }).observe(document.querySelector("main"), { subtree: true, childList: true, characterData: true });
  });
  await read(page, async () => choose(page, await file("short.jsonl", ndjson(votes(50)))));
  assert.equal((await summary(page)).stored, 50);
  assert.deepEqual(await page.evaluate(() => titles), ["Reading short.jsonl"]);

  await page.getByRole("button", { name: "Sandglass" }).click();
  await page.getByTestId("sample-10000000").click();
  await page.getByTestId("drop-zone").getByRole("heading", { name: "Reading a sample of 10,000,000 lines" }).waitFor();
  assert.equal(await page.getByTestId("progress").count(), 0);
  await page.evaluate(() => letGo());
  await page.getByTestId("progress").waitFor();
  assert.equal(await page.getByTestId("drop-zone").count(), 0);
  await page.getByTestId("cancel").click();
  await page.getByTestId("drop-zone").getByRole("heading", { name: "Drop files or folders here" }).waitFor();
});

scenario("results are rehearsed without a trace", async (page) => {
  const seen = await page.evaluate(
    () =>
      new Promise((resolve) => {
        const frames = [];
        const look = () => {
          frames.push(document.querySelectorAll(".rehearsal, .results").length);
          if (frames.length < 60) requestAnimationFrame(look);
          else resolve(Math.max(...frames));
        };
        look();
      }),
  );
  assert.equal(seen, 0, "nothing of it is in a frame or stays");
  const marks = await page.evaluate(() => performance.getEntriesByType("mark").map(({ name }) => name));
  assert.deepEqual(marks.filter((name) => /^sandglass:(answer|chart|drop)$/.test(name)), []);
  assert.ok(await page.getByTestId("drop-zone").isVisible());
});

for (const wait of [0, 150, 400, 3_000]) {
  scenario(`the engine's rehearsal leaves nothing behind, and gives way, ${wait} ms after it is ready`, async (page) => {
    await page.waitForTimeout(wait);
    assert.deepEqual([await page.locator(".catalog").count(), await messages(page)], [0, []]);
    await read(page, async () => choose(page, await file("few.jsonl", ndjson(votes(300)))));
    const { read: count, stored, duplicates, rejected } = await summary(page);
    assert.deepEqual([count, stored, duplicates, rejected], [300, 300, 0, 0], "no key was there before");
    assert.deepEqual(await tableNames(page), ["votes"]);
  });
}

test("until its module is in, and without JavaScript, the page shows the same words", async () => {
  const context = await (await sharedBrowser()).newContext({ javaScriptEnabled: false });
  try {
    const page = await context.newPage();
    await page.goto((await site()).url);
    const heading = page.getByRole("heading", { level: 1, name: HEADLINE });
    assert.ok(await heading.isVisible());
    assert.ok(await page.getByText("Nothing leaves your browser").isVisible());
    assert.ok(await page.getByText("Getting ready", { exact: true }).isVisible());
    // The browser's switch for tests stops scripts, but does not have it show what is for pages without them.
    assert.match(await page.locator("noscript").textContent(), /needs JavaScript/);
  } finally {
    await context.close();
  }
});

scenario("the buttons open dialogs for several files and for a folder", async (page) => {
  const chooser = async (name) => {
    const [chooser] = await Promise.all([
      page.waitForEvent("filechooser"),
      page.getByRole("button", { name }).click(),
    ]);
    return chooser;
  };
  assert.ok((await chooser("Open files")).isMultiple());
  const folder = await (await chooser("Open folder")).element().evaluate((field) => field.webkitdirectory);
  assert.equal(folder, true);
});

scenario("Tab reaches every button, in the order of the page, and shows where it is", async (page) => {
  // The last button comes when the warehouse is open.
  await page.getByTestId("warehouse").waitFor();
  const wanted = await page.evaluate(() => {
    const visible = [...document.querySelectorAll("button, a[href], input:not([hidden])")];
    return visible.filter((element) => element.checkVisibility() && !element.disabled).length;
  });
  const reached = [];
  for (let step = 0; step < wanted + 5; step++) {
    await page.keyboard.press("Tab");
    const focused = await page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body) return null;
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
      const ring = (outlineStyle !== "none" && Number.parseFloat(outlineWidth) > 0) || boxShadow !== "none";
      const { width, height } = element.getBoundingClientRect();
      const name = element.getAttribute("data-testid") ?? element.textContent.trim();
      return { name, tag: element.tagName, ring, seen: width > 0 && height > 0 };
    });
    if (!focused) break;
    reached.push(focused);
  }
  const names = reached.map(({ name }) => name);
  for (const name of ["theme", "open-files", "open-folder", "sample-16", "sample-10000000"]) {
    assert.ok(names.includes(name), `${name} is reached; reached were ${names.join(", ")}`);
  }
  assert.ok(names.indexOf("open-files") < names.indexOf("open-folder"), "in order");
  assert.ok(names.indexOf("open-folder") < names.indexOf("sample-16"), "in order");
  assert.deepEqual(reached.filter(({ ring, seen }) => !ring || !seen), [], "what has the focus shows it");
  assert.equal(reached.filter(({ tag }) => tag !== "PRE").length, wanted);
});

scenario("a drag over the page says that it can be dropped, and leaving says no more", async (page) => {
  const transfer = await page.evaluateHandle(() => {
    const transfer = new DataTransfer();
    transfer.items.add(new File(["{}"], "votes.jsonl"));
    return transfer;
  });
  const fire = (target, type) => page.locator(target).first().dispatchEvent(type, { dataTransfer: transfer });
  const invitation = page.getByText("Drop to read");
  await fire("main", "dragenter");
  await invitation.waitFor();
  // On the way from element to element, the next one is entered before the last one is left.
  await fire("main h1", "dragenter");
  await fire("main", "dragleave");
  assert.ok(await invitation.isVisible());
  await fire("main h1", "dragleave");
  await invitation.waitFor({ state: "detached" });
});
