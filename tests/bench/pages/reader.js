// Hands the chosen file to the worker that the address names, and shows what comes back.

import { mark, show } from "./show.js";

const worker = new Worker(`./${new URLSearchParams(location.search).get("worker")}-worker.js`);
const field = document.querySelector("#file");
worker.onmessage = ({ data }) => {
  if (data === "ready") mark("ready");
  // The floor has no answer to show: its time ends with the last byte.
  else if (data === "drained") mark("answer");
  else show(data);
};
field.addEventListener("change", () => {
  mark("drop");
  worker.postMessage(field.files[0]);
});
