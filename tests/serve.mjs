// A plain static file server for `dist/`: what any web host does, and nothing that only some do. It must not set
// security headers (COOP, COEP, CSP): the page has to work, and to protect itself, on a host that sets none.
//
//     node tests/serve.mjs [FOLDER] [--port 8080] [--host 127.0.0.1] [--base /some/sub-path/]
//
// Tests use it as a module: `const { url, close } = await serve({ root: "dist" })`.

import { createReadStream } from "node:fs";
import { readFile, realpath, stat } from "node:fs/promises";
import { createServer } from "node:http";
import path from "node:path";
import { pipeline } from "node:stream";
import { pathToFileURL } from "node:url";
import { parseArgs, promisify } from "node:util";
import zlib from "node:zlib";

const gzip = promisify(zlib.gzip);

/** Media types by extension. A wasm module compiles while it arrives only if its type is right. */
const TYPES = {
  ".css": "text/css; charset=utf-8",
  ".csv": "text/csv; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".jsonl": "application/x-ndjson",
  ".mjs": "text/javascript; charset=utf-8",
  ".ndjson": "application/x-ndjson",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
  ".woff2": "font/woff2",
};

/** What is worth compressing, as web hosts do; the rest is compressed already. */
const COMPRESSED = new Set([".css", ".csv", ".html", ".js", ".json", ".mjs", ".svg", ".txt", ".wasm", ".webmanifest"]);

/** Larger files go out as they are: they would have to be held in memory. */
const COMPRESSED_AT_MOST = 64 * 2 ** 20;

/**
 * Serves a folder until `close` is called.
 *
 * @param {object} options
 * @param {string} options.root the folder
 * @param {number} [options.port] 0 takes any free one
 * @param {string} [options.host] the address to listen on
 * @param {string} [options.base] the path under which the folder appears
 * @returns {Promise<{url: string, close: () => Promise<void>}>} `url` ends with a slash
 */
export async function serve({ root, port = 0, host = "127.0.0.1", base = "/" }) {
  const folder = await realpath(root);
  const prefix = `/${base}/`.replace(/\/+/g, "/");
  /** Compressed bodies by file, each with the tag of the version that it was made from. */
  const bodies = new Map();

  const server = createServer((request, response) => {
    answer({ folder, prefix, bodies }, request, response).catch((error) => {
      if (response.headersSent) response.destroy(error);
      else refuse(response, 500, error.message);
    });
  });
  await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const name = host.includes(":") ? `[${host}]` : host;
  return {
    url: `http://${name}:${server.address().port}${prefix}`,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

async function answer({ folder, prefix, bodies }, request, response) {
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.setHeader("allow", "GET, HEAD");
    return refuse(response, 405, "only GET and HEAD");
  }
  const asked = request.url.split(/[?#]/, 1)[0];
  if (`${asked}/` === prefix) return redirect(response, prefix);
  const file = asked.startsWith(prefix) ? await find(folder, asked.slice(prefix.length)) : undefined;
  if (!file) return refuse(response, 404, "not found");
  if (file.isFolder) return redirect(response, `${asked}/`);

  const extension = path.extname(file.path).toLowerCase();
  const tag = `W/"${file.size.toString(16)}-${Math.trunc(file.mtimeMs).toString(16)}"`;
  response.setHeader("content-type", TYPES[extension] ?? "application/octet-stream");
  // A file is asked for anew each time, and answered with 304 while it is the same.
  response.setHeader("cache-control", "no-cache");
  response.setHeader("etag", tag);
  const compressible = COMPRESSED.has(extension) && file.size <= COMPRESSED_AT_MOST;
  if (compressible) response.setHeader("vary", "accept-encoding");
  if ((request.headers["if-none-match"] ?? "").split(/,\s*/).includes(tag)) {
    response.statusCode = 304;
    return response.end();
  }
  if (compressible && /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/.test(request.headers["accept-encoding"] ?? "")) {
    const body = await compressed(bodies, file.path, tag);
    response.setHeader("content-encoding", "gzip");
    response.setHeader("content-length", body.length);
    return response.end(request.method === "HEAD" ? undefined : body);
  }
  response.setHeader("content-length", file.size);
  if (request.method === "HEAD") return response.end();
  pipeline(createReadStream(file.path), response, () => {});
}

/** The file behind the path of an address, or `undefined` where there is none that may be served. */
async function find(folder, encoded) {
  let relative;
  try {
    relative = decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
  if (relative.includes("\0") || relative.includes("\\")) return undefined;
  const isIndex = relative === "" || relative.endsWith("/");
  const wanted = path.join(folder, relative, isIndex ? "index.html" : "");
  try {
    // Resolved before it is compared, so that neither `..` nor a link leads out of the folder.
    const real = await realpath(wanted);
    if (real !== folder && !real.startsWith(folder + path.sep)) return undefined;
    const { size, mtimeMs, isFile, isFolder } = await kind(real);
    return isFile || isFolder ? { path: real, size, mtimeMs, isFolder } : undefined;
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "EACCES", "ELOOP", "ENAMETOOLONG"].includes(error.code)) return undefined;
    throw error;
  }
}

async function kind(file) {
  const found = await stat(file);
  return { size: found.size, mtimeMs: found.mtimeMs, isFile: found.isFile(), isFolder: found.isDirectory() };
}

async function compressed(bodies, file, tag) {
  const known = bodies.get(file);
  if (known?.tag === tag) return known.body;
  const body = readFile(file).then((bytes) => gzip(bytes));
  bodies.set(file, { tag, body });
  try {
    return await body;
  } catch (error) {
    bodies.delete(file);
    throw error;
  }
}

function redirect(response, to) {
  response.writeHead(308, { location: to });
  response.end();
}

function refuse(response, status, reason) {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" });
  response.end(`${status} ${reason}\n`);
}

if (process.argv[1] && import.meta.url === pathToFileURL(await realpath(process.argv[1])).href) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      port: { type: "string", default: "8080" },
      host: { type: "string", default: "127.0.0.1" },
      base: { type: "string", default: "/" },
    },
  });
  const root = positionals[0] ?? "dist";
  try {
    const { url } = await serve({ root, port: Number(values.port), host: values.host, base: values.base });
    console.log(`Serving ${root} on ${url} (Ctrl-C ends it)`);
  } catch (error) {
    const reasons = {
      EADDRINUSE: `port ${values.port} is in use; choose another one with --port`,
      ENOENT: `there is no folder ${root}; \`cargo xtask build\` makes it`,
    };
    console.error(`cannot serve ${root}: ${reasons[error.code] ?? error.message}`);
    process.exitCode = 1;
  }
}
