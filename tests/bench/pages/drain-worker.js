// The floor: reads every byte of a file and does nothing with it.

onmessage = async ({ data: file }) => {
  const reader = file.stream().getReader();
  let bytes = 0;
  for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) bytes += value.length;
  if (bytes !== file.size) throw new Error(`${bytes} bytes of ${file.size}`);
  postMessage("drained");
};
postMessage("ready");
