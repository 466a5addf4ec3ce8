// The static server that the other tests stand on: it has to be as plain as the hosts that people publish to.

import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from "node:fs/promises";
import http from "node:http";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { gunzipSync } from "node:zlib";

import { serve } from "./serve.mjs";

let folder;
let server;

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "sandglass-serve-"));
  const site = path.join(folder, "site");
  await mkdir(path.join(site, "workers"), { recursive: true });
  await writeFile(path.join(folder, "secret.txt"), "secret");
  await writeFile(path.join(site, "index.html"), "<!doctype html><p>sand</p>");
  await writeFile(path.join(site, "workers", "index.html"), "inner");
  await writeFile(path.join(site, "workers", "a b.js"), "export {};");
  await writeFile(path.join(site, "module.wasm"), Buffer.from([0, 97, 115, 109]));
  await writeFile(path.join(site, "picture.png"), Buffer.alloc(64));
  await symlink(path.join(folder, "secret.txt"), path.join(site, "link.txt"));
  server = await serve({ root: site, base: "/some/sub-path" });
});

after(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

/** Asks with the path exactly as given; `fetch` would clean it up, and decompress the answer. */
function ask(target, { method = "GET", headers = {} } = {}) {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const request = http.request({ hostname, port, path: target, method, headers }, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () => {
        resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) });
      });
    });
    request.on("error", reject);
    request.end();
  });
}

const BASE = "/some/sub-path/";

test("the address names the path under which the folder appears", () => {
  assert.match(server.url, /^http:\/\/127\.0\.0\.1:\d+\/some\/sub-path\/$/);
});

test("files have the media types that browsers insist on", async () => {
  const types = {
    "": "text/html; charset=utf-8",
    "module.wasm": "application/wasm",
    "workers/a%20b.js": "text/javascript; charset=utf-8",
    "picture.png": "image/png",
  };
  for (const [file, type] of Object.entries(types)) {
    const { status, headers } = await ask(BASE + file);
    assert.deepEqual([file, status, headers["content-type"]], [file, 200, type]);
  }
});

test("a folder is shown by its index.html, at the address with a slash", async () => {
  assert.equal((await ask(`${BASE}workers/`)).body.toString(), "inner");
  assert.equal((await ask(`${BASE}workers`)).headers.location, `${BASE}workers/`);
  assert.equal((await ask("/some/sub-path")).headers.location, BASE);
});

test("no security headers are set: the page protects itself", async () => {
  const { headers } = await ask(BASE);
  for (const name of ["content-security-policy", "cross-origin-opener-policy", "cross-origin-embedder-policy"]) {
    assert.equal(headers[name], undefined);
  }
});

test("what is worth it is compressed for those who ask", async () => {
  const headers = { "accept-encoding": "gzip, deflate, br" };
  for (const round of ["made", "remembered"]) {
    const answer = await ask(`${BASE}module.wasm`, { headers });
    assert.equal(answer.headers["content-encoding"], "gzip", round);
    assert.deepEqual([...gunzipSync(answer.body)], [0, 97, 115, 109], round);
  }
  assert.equal((await ask(`${BASE}picture.png`, { headers })).headers["content-encoding"], undefined);
  for (const none of ["", "br", "gzip;q=0"]) {
    const answer = await ask(`${BASE}module.wasm`, { headers: { "accept-encoding": none } });
    assert.equal(answer.headers["content-encoding"], undefined, none);
  }
});

test("a file that has changed is never served from a cache", async () => {
  const file = path.join(folder, "site", "workers", "a b.js");
  const address = `${BASE}workers/a%20b.js`;
  const headers = { "accept-encoding": "gzip" };
  const first = await ask(address, { headers });
  assert.equal(first.headers["cache-control"], "no-cache");
  const again = await ask(address, { headers: { ...headers, "if-none-match": first.headers.etag } });
  assert.deepEqual([again.status, again.body.length], [304, 0]);

  await writeFile(file, "export { };");
  await utimes(file, new Date(), new Date(Date.now() + 1000));
  const changed = await ask(address, { headers: { ...headers, "if-none-match": first.headers.etag } });
  assert.deepEqual([changed.status, gunzipSync(changed.body).toString()], [200, "export { };"]);
});

test("nothing outside the folder is served", async () => {
  const targets = [
    "/",
    "/index.html",
    `${BASE}../../secret.txt`,
    `${BASE}../secret.txt`,
    `${BASE}%2e%2e/secret.txt`,
    `${BASE}..%2fsecret.txt`,
    `${BASE}link.txt`,
    `${BASE}/etc/passwd`,
    `${BASE}workers/%00`,
    `${BASE}%ff`,
    `${BASE}missing.js`,
  ];
  for (const target of targets) {
    const { status, body } = await ask(target);
    assert.deepEqual([target, status], [target, 404]);
    assert.doesNotMatch(body.toString(), /secret|root:/);
  }
});

test("only reading is possible", async () => {
  assert.equal((await ask(BASE, { method: "POST" })).status, 405);
  const head = await ask(BASE, { method: "HEAD" });
  assert.deepEqual([head.status, head.body.length], [200, 0]);
});
