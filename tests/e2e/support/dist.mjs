// `dist/` on a plain static server, as any web host would serve it.

import { existsSync } from "node:fs";
import { join, resolve } from "node:path";

import { serve } from "../../serve.mjs";

/** What the build makes. */
export const DIST = process.env.DIST ?? resolve(import.meta.dirname, "../../../dist");

/** Serves the build under this path. The caller closes it. */
export async function serveDist(base = "/") {
  if (!existsSync(join(DIST, "index.html"))) {
    throw new Error(`${DIST} has no index.html; \`cargo xtask build\` makes it`);
  }
  return serve({ root: DIST, port: 0, base });
}
