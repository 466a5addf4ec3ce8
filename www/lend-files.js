// Lends files to the workers of this page where the browser keeps none. They are blobs, which the browser holds, and a list of
// their names, which is here: the page outlives its workers, and forgets all of it with itself.
//
// Each worker has a port. Questions are answered at once and in their order, so an answer is told by its place
// (crates/opfs/src/line.rs). Stands in the page itself, before the script that starts the engine.

globalThis.sandglassLend = (() => {
  const files = new Map();
  const within = (folder) => [...files].filter(([name]) => name.startsWith(folder));

  /** Why files are lent, or null if they are not, once a worker has told what the browser gives it: that holds for all of them. */
  let settled;

  const answers = {
    settle: (refused) => (settled ??= { refused }).refused,
    list: (folder) => within(folder).map(([name, { size }]) => [name, size]),
    open: (name) => files.get(name),
    write: (name, blob) => !files.has(name) && !!files.set(name, blob),
    remove: (name) => files.delete(name),
    clear: (folder) => within(folder).forEach(([name]) => files.delete(name)),
    port: () => lend(),
  };

  /** A port for one more worker. */
  const lend = () => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data: [what, ...rest] }) => {
      const answer = answers[what](...rest);
      port1.postMessage(answer, answer instanceof MessagePort ? [answer] : []);
    };
    return port2;
  };
  return lend;
})();
