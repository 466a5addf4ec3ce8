// The least that JavaScript can do with NDJSON: JSON.parse on every line, and nothing is kept.

onmessage = async ({ data: file }) => {
  const reader = file.stream().pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  let records = 0;
  for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      JSON.parse(line);
      records += 1;
    }
  }
  if (rest) {
    JSON.parse(rest);
    records += 1;
  }
  postMessage([[records]]);
};
postMessage("ready");
