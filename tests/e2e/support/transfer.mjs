// Bytes on the wire: what a page and its workers fetched, as it was sent, compressed.

/**
 * Notes every finished request of a context from now on.
 *
 * @returns `before(time)`: what was asked for before this time (milliseconds since 1970), as
 *   `{path, bytes, encoding}`, with bytes of the bodies as they were sent
 */
export function transfers(context) {
  const finished = [];
  context.on("requestfinished", (request) => {
    if (!/^(blob|data):/.test(request.url())) finished.push(request);
  });
  const before = (time) =>
    Promise.all(
      finished
        .filter((request) => request.timing().startTime <= time)
        .map(async (request) => {
          const [response, sizes] = await Promise.all([request.response(), request.sizes()]);
          const encoding = response.headers()["content-encoding"];
          return { path: new URL(request.url()).pathname, bytes: sizes.responseBodySize, encoding };
        }),
    );
  return { before };
}

/** When the answer of the last job was painted, in milliseconds since 1970. */
export const answerTime = (page) =>
  page.evaluate(() => performance.timeOrigin + performance.getEntriesByName("sandglass:answer").at(-1).startTime);
