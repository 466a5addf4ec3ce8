// What the end-to-end tests share. The parts are in `support/`:
//
// | file | what |
// | --- | --- |
// | `chromium.mjs`, `dist.mjs` | the browser, and the build on a server; the benchmarks use them as well |
// | `site.mjs` | the servers of a test file, and another origin that must never be asked for anything |
// | `cleanup.mjs` | what is ended when a test file is done |
// | `browser.mjs` | a test with a page of its own, and an eye on what the page does |
// | `page.mjs` | using the page, and reading what it shows |
// | `files.mjs` | where files are |
// | `sql.mjs` | the same of the SQL workspace |
// | `transfer.mjs` | bytes on the wire |
// | `votes.mjs` | made-up votes |
// | `weeks.mjs` | weeks and outliers, calculated independently |

export * from "./support/browser.mjs";
export * from "./support/dist.mjs";
export * from "./support/files.mjs";
export * from "./support/page.mjs";
export * from "./support/site.mjs";
export * from "./support/sql.mjs";
export * from "./support/transfer.mjs";
export * from "./support/votes.mjs";
export * from "./support/weeks.mjs";
