// The two engines of the benchmark of SQL, each behind the same few functions. Times are those of the page's own clock, from the
// question until the rows are in the page.

/** How long a new window is left alone: see contenders.mjs. */
const SETTLED = 2_000;

async function blank(browser) {
  const context = await browser.newContext();
  const page = await context.newPage();
  page.setDefaultTimeout(600_000);
  await page.waitForTimeout(SETTLED);
  return { context, page };
}

/**
 * Defines `globalThis.asking` in a page of ours: the query worker, as the page starts it, asked by its messages.
 *
 * @param {string} folder where the worker's files are
 */
function defineAsking(folder) {
  const at = (file) => new URL(`${folder}sandglass-query-worker${file}`, document.baseURI).href;
  const text = `
    globalThis.sandglassBindings = ${JSON.stringify(at(".js"))};
    const module_or_path = fetch(${JSON.stringify(at("_bg.wasm"))});
    import(${JSON.stringify(at(".js"))}).then((bindings) => bindings.default({ module_or_path }));`;
  let worker;
  let heard;
  let run = 0;
  const say = (request) => worker.postMessage([request, []]);
  const boot = () =>
    new Promise((resolve, reject) => {
      worker = new Worker(URL.createObjectURL(new Blob([text], { type: "text/javascript" })), { type: "module" });
      worker.onerror = (event) => reject(new Error(event.message));
      worker.onmessage = ({ data: [event] }) => (event.Ready ? resolve() : heard?.(event));
    });
  /** Carries out a statement; what came of it. */
  const ask = (sql) =>
    new Promise((resolve, reject) => {
      run += 1;
      let outcome;
      heard = (event) => {
        if (event.Statement) outcome = event.Statement.outcome;
        if (event.Crashed) reject(new Error(event.Crashed.message));
        if (!event.Ended) return;
        if (outcome?.Rows) resolve(outcome.Rows);
        else reject(new Error(JSON.stringify(outcome)));
      };
      say({ Run: { run, sql } });
    });
  const release = (result) => say({ Release: { result } });
  /** All rows of a query as text. */
  const answer = async (sql) => {
    const { result, rows } = await ask(sql);
    const page = await new Promise((resolve) => {
      heard = (event) => event.Page && resolve(event.Page.rows);
      say({ Page: { result, first: 0, count: rows, sort: undefined } });
    });
    release(result);
    return page.map((row) => row.map((cell) => cell ?? null));
  };
  const time = async (sql) => {
    const begun = performance.now();
    const { result } = await ask(sql);
    const took = performance.now() - begun;
    release(result);
    return took;
  };
  globalThis.asking = { boot, ask, answer, time };
}

/** Sandglass. */
export const sandglass = (url) => {
  const folder = (page) => page.evaluate(() => document.querySelector('meta[name="sandglass-query"]').content);
  return {
    async boot(browser) {
      const { context, page } = await blank(browser);
      // Where the files are, from the page; then nothing of it is left.
      const html = await (await fetch(url)).text();
      const where = new URL(html.match(/<meta name="sandglass-query" content="([^"]*)"/)[1], url).href;
      await page.goto(`${url}icon-of-nothing.svg`);
      await page.evaluate(defineAsking, where);
      const took = await page.evaluate(async () => {
        const begun = performance.now();
        await asking.boot();
        const { first } = await asking.ask("SELECT 6 * 7 AS answer");
        const took = performance.now() - begun;
        if (Number(first[0][0]) !== 42) throw new Error(JSON.stringify(first));
        return took;
      });
      await context.close();
      return took;
    },
    async open(browser, file) {
      const { context, page } = await blank(browser);
      await page.goto(url);
      await page.getByTestId("warehouse").click();
      await page.getByTestId("import-input").setInputFiles(file);
      await page.getByText("are here now").first().waitFor();
      await page.evaluate(defineAsking, await folder(page));
      await page.evaluate(() => asking.boot());
      return {
        time: (sql) => page.evaluate((sql) => asking.time(sql), sql),
        answer: (sql) => page.evaluate((sql) => asking.answer(sql), sql),
        close: () => context.close(),
      };
    },
  };
};

/** DuckDB-Wasm. */
export const duckdb = (url) => {
  const define = (page) => page.evaluate(async () => void (globalThis.asking = await import("./duckdb-sql.js")));
  return {
    async boot(browser) {
      const { context, page } = await blank(browser);
      await page.goto(`${url}blank.html`);
      await define(page);
      const took = await page.evaluate(async () => {
        const begun = performance.now();
        const answer = await asking.boot();
        const took = performance.now() - begun;
        if (answer !== 42) throw new Error(String(answer));
        return took;
      });
      await context.close();
      return took;
    },
    async open(browser, names) {
      const { context, page } = await blank(browser);
      await page.goto(`${url}blank.html`);
      await define(page);
      await page.evaluate(() => asking.boot());
      for (const name of names) {
        const address = `${url}data/${name}.arrow`;
        await page.evaluate(({ name, address }) => asking.load(name, address), { name, address });
      }
      return {
        version: () => page.evaluate(() => asking.version()),
        time: (sql) => page.evaluate((sql) => asking.time(sql), sql),
        answer: (sql) => page.evaluate((sql) => asking.answer(sql), sql),
        close: () => context.close(),
      };
    },
  };
};
