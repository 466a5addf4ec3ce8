// The servers of a test file: one with the page, and one on another origin that must never be asked for anything.

import { createServer } from "node:http";

import { whenDone } from "./cleanup.mjs";
import { serveDist } from "./dist.mjs";

const served = new Map();

/** The build under a path of a server that this test file has for itself. */
export function site(base = "/") {
  if (!served.has(base)) {
    const server = serveDist(base);
    served.set(base, server);
    // A server that could not start has failed a test already.
    whenDone(async () => (await server.catch(() => undefined))?.close());
  }
  return served.get(base);
}

/** A server on another origin that allows everyone everything. `requests` are the paths it was asked for. */
export async function canary() {
  const requests = [];
  const server = createServer((request, response) => {
    requests.push(request.url);
    response.setHeader("access-control-allow-origin", "*");
    response.end("export {};");
  });
  server.on("upgrade", (request, socket) => {
    requests.push(request.url);
    socket.destroy();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  whenDone(() => new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  }));
  return { url: `http://127.0.0.1:${server.address().port}/`, requests };
}
