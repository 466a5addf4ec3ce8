// What has to be ended or removed when a test file is done. `after` of node:test belongs to whatever test is running when
// it is called; this belongs to the file.

import { after } from "node:test";

const duties = [];

after(async () => {
  // The last thing that was begun is ended first.
  for (const duty of duties.reverse()) await duty();
});

/** Does this when all tests of the file are done. */
export const whenDone = (duty) => duties.push(duty);
