// The browser that tests and benchmarks run in.

import { chromium } from "playwright-core";

/** As root and without a graphics card; and nothing that the browser asks for by itself. */
const FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking"];

/** Starts Chromium: the one that SANDGLASS_CHROMIUM names, or the system's. The caller closes it. */
export const launch = () =>
  chromium.launch({ executablePath: process.env.SANDGLASS_CHROMIUM ?? "/usr/bin/chromium", headless: true, args: FLAGS });
