// Nothing leaves the page: what it asks for comes from its own origin, and a strict content security policy holds it to
// that. The policy is tried out, not only read: a second origin must not get a single request.

import assert from "node:assert/strict";

import {
  PATIENCE, answered, canary, choose, download, file, message, ndjson, open, openTab, read, saved, scenario, site, votes,
} from "./support.mjs";

/** The directives of the policy in the page's head. */
async function policy(page) {
  const content = await page.locator('meta[http-equiv="Content-Security-Policy"]').getAttribute("content");
  return new Map(
    content.split(";").map((part) => part.trim()).filter(Boolean).map((part) => {
      const [name, ...sources] = part.split(/\s+/);
      return [name, sources];
    }),
  );
}

scenario("a whole tour asks nothing of another origin and violates no policy", async (page, watch) => {
  await read(page, async () => choose(page, await file("tour.jsonl", ndjson(votes(3_000)))));
  await page.locator('[data-testid="chart"][data-drawn]').waitFor({ timeout: PATIENCE });
  for (const tab of ["weeks", "rows", "rejects", "conflicts", "outliers"]) await openTab(page, tab);
  await page.getByTestId("threshold").fill("35");
  await page.getByTestId("rule-iso").check({ force: true });
  for (const name of ["SVG", "PNG"]) {
    await download(page, () => page.getByRole("button", { name, exact: true }).click());
  }
  await download(page, () => page.getByRole("tabpanel").getByRole("button", { name: "CSV" }).click());
  const { x, y, width, height } = await page.getByTestId("chart").boundingBox();
  await page.mouse.move(x + width / 2, y + height / 2);
  await page.getByTestId("theme").click();
  await page.getByTestId("theme").click();
  await page.goBack();
  await choose(page, await file("empty.jsonl", ""));
  await message(page, "empty.jsonl was not read");
  await page.getByTestId("sample-1000000").click();
  await answered(page);
  await page.waitForTimeout(500);
  watch.assertQuiet();
  assert.ok(watch.requested.some((url) => url.endsWith(".wasm")), "requests are seen at all");
});

scenario("after the page has loaded, reading files asks for nothing at all", async (page, watch) => {
  await page.waitForLoadState("networkidle");
  const chart = await file("first.jsonl", ndjson(votes(50)));
  await read(page, () => choose(page, chart));
  await page.locator('[data-testid="chart"][data-drawn]').waitFor({ timeout: PATIENCE });
  const before = watch.requested.length;
  await read(page, async () => choose(page, await file("second.jsonl", ndjson(votes(5_000, { firstId: 100 })))));
  await page.locator('[data-testid="chart"][data-drawn="2"]').waitFor({ timeout: PATIENCE });
  assert.deepEqual(watch.requested.slice(before).filter((url) => !url.startsWith("blob:")), []);
});

scenario("it works with the network gone once it has loaded", async (page) => {
  // What charts and saving need comes when the page has had nothing to do for a while.
  const fetched = new Set();
  page.on("requestfinished", (request) => {
    for (const [, part] of request.url().matchAll(/(charts\.js|segments-worker_bg\.wasm)/g)) fetched.add(part);
  });
  while (fetched.size < 2) await page.waitForTimeout(100);
  await page.waitForLoadState("networkidle");
  await page.context().setOffline(true);
  await read(page, async () => choose(page, await file("offline.jsonl", ndjson(votes(500)))));
  await saved(page);
  await page.locator('[data-testid="chart"][data-drawn]').waitFor({ timeout: PATIENCE });
});

scenario("the policy is there, and strict", async (page) => {
  const directives = await policy(page);
  assert.deepEqual(directives.get("default-src"), ["'none'"]);
  for (const [name, sources] of directives) {
    for (const source of sources) {
      assert.ok(!["'unsafe-inline'", "'unsafe-eval'", "*", "http:", "https:"].includes(source), `${name} ${source}`);
      assert.doesNotMatch(source, /^(https?:)?\/\//, `${name} names a host: ${source}`);
    }
  }
  assert.ok(directives.get("script-src").includes("'wasm-unsafe-eval'"));
  assert.deepEqual(directives.get("connect-src"), ["'self'"]);
  for (const name of ["base-uri", "form-action"]) {
    assert.ok(directives.has(name), `${name} does not fall back to default-src and must be named`);
  }
  const first = await page.evaluate(() => {
    const policy = document.querySelector('meta[http-equiv="Content-Security-Policy"]');
    const others = [...document.querySelectorAll("script, link, style, base")];
    return others.every((other) => policy.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING);
  });
  assert.ok(first, "a policy only holds for what comes after it");
});

/** Ways for a page to send something out, each of which must fail. */
const WAYS_OUT = {
  fetch: (url) => fetch(url, { mode: "no-cors", method: "POST", body: "data" }),
  beacon: (url) => navigator.sendBeacon(url, "data"),
  image: (url) => { new Image().src = url; },
  script: (url) => document.head.append(Object.assign(document.createElement("script"), { src: url })),
  style: (url) => document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: url })),
  frame: (url) => document.body.append(Object.assign(document.createElement("iframe"), { src: url })),
  socket: (url) => new WebSocket(url.replace("http", "ws")),
  events: (url) => new EventSource(url),
  form: (url) => {
    const form = Object.assign(document.createElement("form"), { action: url, method: "post" });
    document.body.append(form);
    form.submit();
  },
  module: (url) => import(url),
};

scenario("no way out of the page leads anywhere", { alarms: true }, async (page, watch) => {
  const other = await canary();
  for (const [name, way] of Object.entries(WAYS_OUT)) {
    const source = `(${way})(${JSON.stringify(`${other.url}${name}`)})`;
    // Through a script of the page itself: what a test evaluates is not held by the policy in every respect.
    await page.evaluate((source) => Promise.resolve(eval(source)).catch(() => {}), source).catch(() => {});
  }
  await page.waitForTimeout(500);
  assert.deepEqual(other.requests, []);
  assert.ok(watch.violations.length >= 8, `the policy stopped them: ${watch.violations.join("; ")}`);

  // What this test stands on: the other origin notes who asks it, and so does the watch over the page.
  await page.goto(`${other.url}by-name`);
  assert.ok(other.requests.includes("/by-name"));
  assert.ok(watch.foreign.includes(`${other.url}by-name`));
});

scenario("no way out of the worker that has the data leads anywhere", { alarms: true }, async (page) => {
  const other = await canary();
  const [worker] = page.workers();
  const outcome = await worker.evaluate(async (url) => {
    const attempts = {
      fetch: () => fetch(`${url}fetch`, { mode: "no-cors", method: "POST", body: "data" }),
      module: () => import(`${url}module`),
      request: () => new Promise((resolve, reject) => {
        const request = new XMLHttpRequest();
        request.onload = resolve;
        request.onerror = reject;
        request.open("POST", `${url}request`);
        request.send("data");
      }),
      socket: () => new Promise((resolve, reject) => {
        const socket = new WebSocket(`${url.replace("http", "ws")}socket`);
        socket.onopen = resolve;
        socket.onerror = reject;
      }),
      evaluated: () => new Promise((resolve, reject) => {
        setTimeout(() => { try { resolve((0, eval)("1")); } catch (error) { reject(error); } });
      }),
    };
    const outcome = {};
    for (const [name, attempt] of Object.entries(attempts)) {
      outcome[name] = await attempt().then(() => "possible", () => "stopped");
    }
    return outcome;
  }, other.url);
  assert.deepEqual(other.requests, []);
  assert.deepEqual(outcome, {
    fetch: "stopped", module: "stopped", request: "stopped", socket: "stopped", evaluated: "stopped",
  });
});

scenario("scripts that are written into the page do not run", { alarms: true }, async (page, watch) => {
  const ran = await page.evaluate(async () => {
    const script = document.createElement("script");
    script.textContent = "globalThis.written = true";
    document.head.append(script);
    const holder = document.createElement("div");
    holder.innerHTML = '<img src="x:" onerror="globalThis.written = true"><a href="javascript:globalThis.written = true">x</a>';
    document.body.append(holder);
    holder.querySelector("a").click();
    await new Promise((resolve) => setTimeout(resolve, 300));
    return globalThis.written ?? false;
  });
  assert.equal(ran, false);
  assert.ok(watch.violations.length >= 2, watch.violations.join("; "));
});

scenario("names and values from files are shown as text, whatever they hold", async (page) => {
  const attack = '<img src=x onerror="globalThis.written = true"><script>globalThis.written = true</script>';
  const records = votes(20).map((record) => ({ ...record, [attack]: attack }));
  const text = `${ndjson(records)}${attack}\n`;
  await read(page, async () => choose(page, await file(`${attack.replaceAll("/", "_")}.jsonl`, text)));
  for (const tab of ["rows", "rejects"]) {
    await openTab(page, tab);
    await page.getByTestId(`${tab}-table`).getByText("<img").first().waitFor();
  }
  assert.equal(await page.evaluate(() => globalThis.written ?? false), false);
  assert.equal(await page.locator("main img, main script").count(), 0);
});

scenario("data is kept in one place only, and nothing is left of it when it is removed", async (page) => {
  await read(page, async () => choose(page, await file("secret-name.jsonl", ndjson(votes(100)))));
  const kept = await page.evaluate(async () => ({
    local: Object.keys(localStorage).filter((key) => !key.startsWith("sandglass.")),
    session: Object.keys(sessionStorage),
    cookies: document.cookie,
    databases: (await indexedDB.databases()).length,
    values: Object.values(localStorage).join(" "),
    address: location.href,
  }));
  assert.deepEqual({ ...kept, values: "", address: "" }, {
    local: [], session: [], cookies: "", databases: 0, values: "", address: "",
  });
  assert.doesNotMatch(`${kept.values} ${kept.address}`, /secret|2022|2017/);
  // Everything that is stored for this origin as text, names and contents.
  const stored = () =>
    page.evaluate(async () => {
      const all = [];
      const walk = async (folder) => {
        for await (const [name, handle] of folder) {
          all.push(name);
          if (handle.kind === "directory") await walk(handle);
          else all.push(await (await handle.getFile()).text());
        }
      };
      await walk(await navigator.storage.getDirectory());
      return all.join(" ");
    });
  await saved(page);
  assert.match(await stored(), /secret-name/);
  await page.getByTestId("start-over").click();
  await page.getByTestId("confirm-yes").click();
  await page.getByTestId("drop-zone").waitFor();
  await page.waitForFunction(async () => {
    const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle("warehouse");
    const names = [];
    for await (const name of folder.keys()) names.push(name);
    return names.join() === "manifests";
  });
  assert.doesNotMatch(await stored(), /secret|votes|2022|2017/);
  await open(page, (await site()).url);
  await page.getByTestId("drop-zone").waitFor();
});
