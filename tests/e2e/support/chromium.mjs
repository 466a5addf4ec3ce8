// The browser that tests and benchmarks run in.

import { chromium } from "playwright-core";

/**
 * As root and without a graphics card; and nothing that the browser asks for by itself. `sandglass.test` is this machine under
 * a name that is not secure, where browsers give no storage.
 */
const FLAGS = [
  "--headless=new",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--host-resolver-rules=MAP sandglass.test 127.0.0.1",
];

/** Starts Chromium: the one that SANDGLASS_CHROMIUM names, or the system's. The caller closes it. */
export const launch = () =>
  chromium.launch({ executablePath: process.env.SANDGLASS_CHROMIUM ?? "/usr/bin/chromium", headless: true, args: FLAGS });

/** The same with a profile in this folder, which is kept. Returns its context; the caller closes it. */
export const launchIn = (folder) =>
  chromium.launchPersistentContext(folder, {
    executablePath: process.env.SANDGLASS_CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    args: FLAGS,
  });
