// One Chromium per test file, a fresh context per test, and an eye on everything that a page does: what it requests,
// what it complains about, and what its content security policy had to stop.

import assert from "node:assert/strict";
import { test } from "node:test";

import { launch } from "./chromium.mjs";
import { whenDone } from "./cleanup.mjs";
import { PATIENCE } from "./page.mjs";
import { site } from "./site.mjs";

let browser;

/** The browser of this test file. */
export function sharedBrowser() {
  if (!browser) {
    browser = launch();
    whenDone(async () => (await browser.catch(() => undefined))?.close());
  }
  return browser;
}

/**
 * A test with a page of its own, which is open and ready when `body` begins. Whatever the test is about, it fails when
 * the page asked anything of another origin, violated its content security policy, threw, or logged an error.
 *
 * @param {string} name what holds
 * @param {object} [options] of the browser context, and also:
 *   `base`, the path that the page is served under; `alarms: true` when the test itself provokes what would fail it
 * @param {(page: import("playwright-core").Page, watch: Watch) => Promise<void>} body
 */
export function scenario(name, ...rest) {
  const [options, body] = rest.length === 2 ? rest : [{}, ...rest];
  const { base, alarms = false, skip, timeout = 240_000, ...contextOptions } = options;
  test(name, { skip, timeout }, async () => {
    const { url } = await site(base);
    const context = await (await sharedBrowser()).newContext({
      viewport: { width: 1280, height: 800 },
      colorScheme: "light",
      acceptDownloads: true,
      ...contextOptions,
    });
    try {
      // Long enough for a machine that is busy with other things; what is there is not waited for.
      context.setDefaultTimeout(Math.min(60_000, PATIENCE));
      const watch = await Watch.over(context, new URL(url).origin);
      const page = await context.newPage();
      await open(page, url);
      await body(page, watch);
      if (!alarms) watch.assertQuiet();
    } finally {
      await context.close();
    }
  });
}

/** Opens the page and waits until its engine takes requests. */
export async function open(page, url) {
  await page.goto(url);
  await ready(page);
}

/** Waits until the engine takes requests. */
export async function ready(page) {
  await page.waitForFunction(() => performance.getEntriesByName("sandglass:ready").length > 0, undefined, { polling: 50 });
}

/** What the pages of a context asked for and complained about. */
export class Watch {
  /** Addresses of other origins that were asked for; `blob:` and `data:` stay in the browser. */
  foreign = [];
  /** Addresses that were asked for, all of them. */
  requested = [];
  /** Errors on the console, workers included. */
  errors = [];
  /** Exceptions that nothing caught. */
  exceptions = [];
  /** `securitypolicyviolation` events. */
  violations = [];

  static async over(context, origin) {
    const watch = new Watch();
    context.on("request", (request) => {
      const url = request.url();
      watch.requested.push(url);
      if (!/^(blob|data):/.test(url) && new URL(url).origin !== origin) watch.foreign.push(url);
    });
    context.on("console", (message) => {
      if (message.type() === "error") watch.errors.push(message.text());
    });
    context.on("weberror", (event) => watch.exceptions.push(String(event.error())));
    await context.exposeBinding("reportViolation", (_, violation) => watch.violations.push(violation));
    await context.addInitScript(() => {
      addEventListener("securitypolicyviolation", (event) => {
        globalThis.reportViolation(`${event.effectiveDirective}: ${event.blockedURI} ${event.sourceFile ?? ""}`);
      });
    });
    return watch;
  }

  assertQuiet() {
    const { foreign, errors, exceptions, violations } = this;
    const nothing = { foreign: [], errors: [], exceptions: [], violations: [] };
    assert.deepEqual({ foreign, errors, exceptions, violations }, nothing);
  }
}
