// Tables stay: across reloads, tabs and accidents, and each source once.

import assert from "node:assert/strict";

import {
  choose,
  download,
  file,
  message,
  messages,
  ndjson,
  open,
  opened,
  openTab,
  outlierTable,
  pagedTable,
  PATIENCE,
  read,
  ready,
  REAL_VOTES,
  saved,
  scenario,
  showTable,
  site,
  summary,
  tableNames,
  votes,
  WITHOUT_REAL_VOTES,
} from "./support.mjs";

const NOTHING = { read: 0, stored: 0, duplicates: 0, conflicts: 0, rejected: 0 };

/** Waits until the page says this of its tables. */
const keeping = (page, text) =>
  page.getByTestId("keeping").filter({ hasText: new RegExp(`^${text}`) }).waitFor({ timeout: PATIENCE });

/** Reads files and waits until what came of them is saved. */
async function keep(page, give) {
  await read(page, give);
  await saved(page);
  await keeping(page, "Saved");
}

async function reload(page) {
  await page.reload();
  await ready(page);
  await opened(page);
}

/** How many rows the catalog says that a table has. */
const rows = async (page, id = 0) => {
  const text = await page.locator(".catalog-table").filter({ has: page.getByTestId(`table-${id}`) }).innerText();
  return Number(/([\d,]+)\srows?/.exec(text)[1].replaceAll(",", ""));
};

scenario("the real votes are read once, and are there after a reload", { skip: WITHOUT_REAL_VOTES }, async (page) => {
  const path = REAL_VOTES;
  await keep(page, () => choose(page, path));
  assert.equal((await summary(page)).stored, 40_299);
  const before = await outlierTable(page);
  assert.equal(before.length, 162);
  await reload(page);
  assert.deepEqual(await outlierTable(page), before);
  assert.equal(await rows(page), 40_299);
  assert.match(await page.getByTestId("keeping-note").innerText(), /Kept in this browser until you remove them: .* of .* are used/);
  // The same bytes again, under another name as well.
  await read(page, () => choose(page, path));
  assert.deepEqual(await summary(page), NOTHING);
  assert.match(await page.locator("main").innerText(), /[Ii]ts bytes are known: they were read as votes\.jsonl in ingestion \d+, and are not read again/);
  assert.deepEqual(await outlierTable(page), before);
});

scenario("rows, rejects, conflicts and other tables are there after a reload", async (page) => {
  const lines = ndjson(votes(300)) + "{oops}\n" + ndjson(votes(1)).replace(/"PostId":"?\d+"?/, '"PostId":"999999"');
  await keep(page, async () => choose(page, await file("first.jsonl", lines)));
  await keep(page, async () => choose(page, await file("towns.csv", "town,people\nUlm,126000\nJena,110000\n")));
  const shown = async () => {
    const seen = {};
    for (const table of await tableNames(page)) {
      await showTable(page, table);
      seen[table] = { rows: await pagedTable(page, "rows"), rejects: table === "votes" && (await pagedTable(page, "rejects")) };
      if (table === "votes") seen.conflicts = await pagedTable(page, "conflicts");
    }
    return seen;
  };
  const before = await shown();
  assert.deepEqual(Object.keys(before).sort(), ["conflicts", "towns", "votes"]);
  assert.equal(before.votes.rejects.length, 1);
  assert.equal(before.conflicts.length, 1);
  assert.equal(before.towns.rows.length, 2);
  await reload(page);
  assert.deepEqual(await shown(), before);
  // What comes now is added to it, and what was there is known.
  await keep(page, async () => choose(page, await file("second.jsonl", ndjson(votes(310)))));
  assert.deepEqual(await summary(page), { read: 310, stored: 10, duplicates: 300, conflicts: 0, rejected: 0 });
  // Their files are not at hand any more.
  await showTable(page, "towns");
  await openTab(page, "columns");
  assert.equal(await page.getByTestId("read-again").count(), 0);
  await page.getByText("Its files were read before this page was loaded.").waitFor();
});

scenario("removed tables are gone for good, and their files are new", async (page) => {
  const path = await file("towns.csv", "town,people\nUlm,126000\nJena,110000\n");
  await keep(page, () => choose(page, path));
  await keep(page, async () => choose(page, await file("votes.jsonl", ndjson(votes(50)))));
  await showTable(page, "towns");
  await openTab(page, "columns");
  await page.getByTestId("forget-table").click();
  await page.waitForFunction(() => document.querySelectorAll(".catalog-name").length === 1);
  await keeping(page, "Saved");
  await reload(page);
  assert.deepEqual(await tableNames(page), ["votes"]);
  await keep(page, () => choose(page, path));
  assert.equal((await summary(page)).stored, 2);
  await page.getByTestId("start-over").click();
  await page.getByRole("button", { name: "Remove the tables" }).click();
  await page.getByTestId("drop-zone").waitFor();
  await page.waitForTimeout(300);
  await page.reload();
  await ready(page);
  await page.waitForTimeout(700);
  assert.equal(await page.getByTestId("drop-zone").count(), 1);
});

scenario("a file that grows is read on from where it ended", async (page) => {
  const old = ndjson(votes(200));
  await keep(page, async () => choose(page, { name: "log.jsonl", mimeType: "", buffer: Buffer.from(old) }));
  const grown = ndjson(votes(230));
  assert.ok(grown.startsWith(old));
  await keep(page, async () => choose(page, { name: "log.jsonl", mimeType: "", buffer: Buffer.from(grown) }));
  assert.deepEqual(await summary(page), { ...NOTHING, read: 30, stored: 30 });
  await reload(page);
  assert.equal(await rows(page), 230);
});

scenario("a CSV file that grows is read on into its table, which has no key", async (page) => {
  const give = (text) => choose(page, { name: "towns.csv", mimeType: "text/csv", buffer: Buffer.from(text) });
  const old = 'town,people\r\nUlm,126000\r\n"Bad\nEms",9000\r\n';
  await keep(page, async () => give(old));
  assert.deepEqual(await summary(page), { ...NOTHING, read: 2, stored: 2 });
  const grown = `${old}Jena,110000\r\nbad\r\n`;
  await keep(page, async () => give(grown));
  assert.deepEqual(await summary(page), { ...NOTHING, read: 2, stored: 1, rejected: 1 });
  assert.deepEqual(await tableNames(page), ["towns"]);
  await reload(page);
  // Another beginning is another file, and a table of its own.
  await keep(page, async () => give(`${grown.replace("Ulm", "Aalen")}Gera,90000\r\n`));
  assert.deepEqual(await tableNames(page), ["towns", "towns_2"]);
});

scenario("a second tab looks on, and takes over when the first is closed", async (page) => {
  await keep(page, async () => choose(page, await file("votes.jsonl", ndjson(votes(100)))));
  const other = await page.context().newPage();
  await open(other, page.url());
  await opened(other);
  await message(other, "Another tab has these tables");
  await keeping(other, "Read only");
  assert.equal(await rows(other), 100);
  // It refuses to read, and the first goes on.
  await choose(other, await file("more.jsonl", ndjson(votes(120))));
  const [title, text] = await message(other, "more.jsonl was not read");
  assert.equal(title, "more.jsonl was not read");
  assert.match(text, /[Aa]nother tab has these tables open/);
  await keep(page, async () => choose(page, await file("more.jsonl", ndjson(votes(120)))));
  // What it adds is seen at once, also of a table that was not there.
  const sees = (rows) =>
    other.waitForFunction((rows) => new RegExp(`(?<!\\d)${rows}\\srows`).test(document.querySelector(".catalog")?.textContent), rows, { timeout: PATIENCE });
  await sees(120);
  await keep(page, async () => choose(page, await file("towns.csv", "town,people\nUlm,126000\nJena,110000\n")));
  await sees(2);
  await showTable(other, "towns");
  assert.equal((await pagedTable(other, "rows")).length, 2);
  await keeping(other, "Read only");
  await page.close();
  await keeping(other, "Saved");
  await keep(other, async () => choose(other, await file("most.jsonl", ndjson(votes(150)))));
  assert.equal((await summary(other)).stored, 30);
});

scenario("an engine that breaks down comes back with what was saved", { alarms: true }, async (page) => {
  await keep(page, async () => choose(page, await file("votes.jsonl", ndjson(votes(100)))));
  const engine = page.workers().find((worker) => !/segments|parser/.test(worker.url()) && worker.url().startsWith("blob:"));
  await engine.evaluate(() => setTimeout(() => { throw new Error("made by a test"); }));
  const [, text] = await message(page, "The engine stopped");
  assert.match(text, /Your tables were saved and are there again/);
  await opened(page);
  await keeping(page, "Saved");
  assert.equal(await rows(page), 100);
  assert.ok(!(await messages(page)).some((text) => text.includes("Another tab")));
  await keep(page, async () => choose(page, await file("more.jsonl", ndjson(votes(120)))));
  assert.equal((await summary(page)).stored, 20);
});

scenario("without room nothing is lost, and it is saved when there is some", { alarms: true }, async (page) => {
  await keep(page, async () => choose(page, await file("votes.jsonl", ndjson(votes(100)))));
  const session = await page.context().newCDPSession(page);
  const origin = new URL(page.url()).origin;
  const { usage } = await session.send("Storage.getUsageAndQuota", { origin });
  await session.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: usage + 1000 });
  await read(page, async () => choose(page, await file("more.jsonl", ndjson(votes(60_000)))));
  assert.equal((await summary(page)).stored, 59_900);
  await message(page, "What was read last is not saved");
  await keeping(page, "Not saved");
  assert.match((await messages(page)).join(" "), /no room/);
  // What was there is whole, here and for others.
  assert.equal(await rows(page), 60_000);
  await session.send("Storage.overrideQuotaForOrigin", { origin });
  await page.getByTestId("save-again").click();
  await keeping(page, "Saved");
  await reload(page);
  assert.equal(await rows(page), 60_000);
});

/** From the next load on, the page holds so few bytes of rows that it writes segments while it reads. */
const holdLittle = (page) =>
  page.addInitScript(() => {
    const Real = Blob;
    // The first lines of the engine are such a blob.
    globalThis.Blob = class extends Real {
      constructor(parts, options) {
        super(options?.type === "text/javascript" ? [`globalThis.sandglassHeld = ${32 << 20};`, ...parts] : parts, options);
      }
    };
  });

/** The segments that are in the browser's storage. */
const segments = (page) =>
  page.evaluate(async () => {
    const found = [];
    const walk = async (folder) => {
      for await (const entry of folder.values()) {
        if (entry.kind === "directory") await walk(entry);
        else if (entry.name.endsWith(".parquet")) found.push(entry.name);
      }
    };
    await walk(await navigator.storage.getDirectory());
    return found.sort();
  });

const waitForSegments = async (page, count) => {
  const until = Date.now() + PATIENCE;
  while ((await segments(page)).length < count) {
    assert.ok(Date.now() < until, `there are not ${count} segments`);
    await page.waitForTimeout(50);
  }
};

scenario("a job that is larger than what is held writes while it reads, and leaves nothing when it is cancelled", { timeout: 900_000 }, async (page) => {
  await holdLittle(page);
  await page.reload();
  await ready(page);
  const first = await file("first.jsonl", ndjson(votes(1000)));
  await keep(page, () => choose(page, first));
  const before = await segments(page);
  const start = async () => {
    await page.getByRole("button", { name: "Sandglass" }).click();
    await page.getByTestId("sample-10000000").click();
    await waitForSegments(page, before.length + 2);
    assert.equal(await page.getByTestId("progress").count(), 1, "it is still being read");
  };
  await start();
  await page.getByTestId("cancel").click();
  await message(page, /Cancelled .*sample of 10,000,000/);
  assert.deepEqual(await segments(page), before);
  // The page is closed in the middle: what was written is removed when it is opened again.
  await start();
  await page.reload();
  await ready(page);
  await opened(page);
  await keeping(page, "Saved");
  assert.deepEqual(await segments(page), before);
  assert.equal(await rows(page), 1000);
});

scenario("a job that was written while it was read is whole", { timeout: 900_000 }, async (page) => {
  await holdLittle(page);
  await page.reload();
  await ready(page);
  await keep(page, () => page.getByTestId("sample-10000000").click());
  const [counts, outliers, count] = [await summary(page), await outlierTable(page), await rows(page)];
  assert.equal(counts.stored, count);
  assert.equal(counts.read, counts.stored + counts.duplicates + counts.rejected);
  await reload(page);
  assert.equal(await rows(page), count);
  assert.deepEqual(await outlierTable(page), outliers);
  await page.getByTestId("warehouse").click();
  await page.getByTestId("verify").click();
  await page.getByText("Every file is what was written").first().waitFor({ timeout: PATIENCE });
});

/** Moments at which the tab is closed, in milliseconds after the file was given. */
const MOMENTS = process.env.SANDGLASS_THOROUGH ? Array.from({ length: 20 }, (_, at) => 20 + at * 45) : [60, 420];

for (const [way, close] of Object.entries({
  "the tab is closed": (page) => page.close(),
  "the worker is ended": (page) => page.evaluate(() => globalThis.endEngine?.()),
})) {
  scenario(`when ${way} in the middle, what is there is the state before or the state after`, { timeout: 900_000, alarms: true }, async (page) => {
    const context = page.context();
    const { url } = await site();
    const first = await file("first.jsonl", ndjson(votes(1000)));
    const second = await file("second.jsonl", ndjson(votes(200_000)));
    await keep(page, () => choose(page, first));
    await page.close();
    for (const moment of MOMENTS) {
      let tab = await context.newPage();
      if (way === "the worker is ended") {
        await tab.addInitScript(() => {
          const Real = Worker;
          globalThis.Worker = class extends Real {
            constructor(...rest) {
              super(...rest);
              globalThis.endEngine = () => this.terminate();
            }
          };
        });
      }
      await open(tab, url);
      await opened(tab);
      await keeping(tab, "Saved");
      const before = await rows(tab);
      await choose(tab, second);
      await tab.waitForTimeout(moment);
      await close(tab);
      if (!tab.isClosed()) await tab.close();
      tab = await context.newPage();
      await open(tab, url);
      await opened(tab);
      await keeping(tab, "Saved");
      const after = await rows(tab);
      assert.ok([before, 200_000].includes(after), `${before} rows, and ${after} after ${moment} ms`);
      // Doing it again ends right.
      await keep(tab, () => choose(tab, second));
      assert.equal(await rows(tab), 200_000);
      assert.ok((await pagedTable(tab, "rows")).length > 0);
      // And it is taken back for the next time.
      await tab.getByTestId("start-over").click();
      await tab.getByRole("button", { name: "Remove the tables" }).click();
      await tab.getByTestId("drop-zone").waitFor();
      await tab.waitForTimeout(300);
      await keep(tab, () => choose(tab, first));
      await tab.close();
    }
  });
}

scenario("the warehouse can be looked after: quality, history, and one file to move it", async (page) => {
  await keep(page, async () => choose(page, await file("first.jsonl", ndjson(votes(100)))));
  await keep(page, async () => choose(page, await file("second.jsonl", ndjson(votes(130)))));
  // What is expected, and one thing more.
  await openTab(page, "quality");
  await page.getByTestId("quality-table").waitFor();
  assert.match(await page.getByTestId("quality-table").innerText(), /key \(Id\) is unique[^]*30|100 duplicates/);
  await page.getByTestId("add-check").fill("warning: PostId in (-5)");
  await page.getByTestId("add-check").press("Enter");
  const own = page.getByTestId("quality-table").locator("tr").filter({ hasText: "PostId in (-5)" });
  await own.waitFor();
  assert.match(await own.innerText(), /^warning[^]*130\s+130/);
  await own.getByRole("button", { name: "Remove" }).click();
  await own.waitFor({ state: "detached" });

  await page.getByTestId("warehouse").click();
  const log = page.getByTestId("log-table").locator("tbody tr");
  await log.nth(1).waitFor();
  assert.match(await log.nth(0).innerText(), /second\.jsonl\s+blog_analysis\.votes[^]*130\s+30\s+100\s+0/);
  const { bytes } = await download(page, () => page.getByTestId("export-warehouse").click());
  assert.ok(bytes.length > 1000);

  // The second ingestion is taken back, and then the state before that is there again.
  await log.nth(0).getByRole("button", { name: "Take back" }).click();
  await page.getByTestId("confirm-yes").click();
  await page.getByText("was taken back").first().waitFor();
  await log.nth(0).getByText("taken back").waitFor();
  const snapshots = page.getByTestId("snapshots-table").locator("tbody tr");
  assert.match(await snapshots.nth(0).innerText(), /was undone[^]*100\s+Present/);
  await snapshots.filter({ hasText: "second.jsonl was read" }).getByRole("button", { name: "Go back to it" }).click();
  await page.getByTestId("confirm-yes").click();
  await page.getByText("is the present state again").first().waitFor();
  await page.getByTestId("verify").click();
  await page.getByText("Every file is what was written").first().waitFor();
  await page.goBack();
  assert.equal(await rows(page), 130);

  // In another browser.
  await page.getByTestId("start-over").click();
  await page.getByTestId("confirm-yes").click();
  await page.getByTestId("drop-zone").waitFor();
  await page.getByTestId("warehouse").click();
  await page.getByTestId("import-input").setInputFiles({ name: "all.sandglass", mimeType: "", buffer: bytes });
  await page.getByText("are here now").first().waitFor();
  await page.getByRole("button", { name: "Back to the tables" }).click();
  assert.equal(await rows(page), 130);
});
