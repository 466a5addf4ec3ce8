// Starts the engine, which is a worker, as soon as the browser reads the head of the page: it loads while the page's own
// module does. Stands in the page itself, as a classic script, which nothing delays.
//
// A worker that is started from its address is not held by the page's Content-Security-Policy: it has the one of its own
// response, and a static host sends none. A worker that is started from a blob inherits the page's. So the worker begins
// with the few lines below, which import the rest.

globalThis.sandglass = (() => {
  const NAME = "sandglass-warehouse-worker";

  /**
   * The worker's own first lines. What goes wrong in a promise is thrown, because only errors that are thrown come out. It
   * is told the address of its bindings, those of the readers of rarer formats and of what stores tables, and how many cores
   * there are, because it starts more workers.
   */
  const script = (bindings, module, formats, segments) => `
    addEventListener("unhandledrejection", ({ reason }) => setTimeout(() => { throw reason; }));
    globalThis.sandglassFormats = ${JSON.stringify(formats && `${formats}.js`)};
    globalThis.sandglassFormatsModule = ${JSON.stringify(formats && `${formats}_bg.wasm`)};
    globalThis.sandglassSegments = ${JSON.stringify(segments && `${segments}.js`)};
    globalThis.sandglassSegmentsModule = ${JSON.stringify(segments && `${segments}_bg.wasm`)};
    globalThis.sandglassBindings = ${JSON.stringify(bindings)};
    globalThis.sandglassCores = ${navigator.hardwareConcurrency ?? 1};
    const module_or_path = fetch(${JSON.stringify(module)});
    import(${JSON.stringify(bindings)}).then((bindings) => bindings.default({ module_or_path }));
  `;

  /** Starts a worker. What it says is kept until `release` is called, which returns the events so far. */
  const start = () => {
    const folder = document.querySelector('meta[name="sandglass-workers"]')?.content ?? "./";
    const at = (file) => new URL(folder.replace(/\/*$/, `/${file}`), document.baseURI).href;
    const beside = (part) => {
      const at = document.querySelector(`meta[name="sandglass-${part}"]`)?.content;
      return at && new URL(`${at}sandglass-${part}-worker`, document.baseURI).href;
    };
    const text = script(at(`${NAME}.js`), at(`${NAME}_bg.wasm`), beside("formats"), beside("segments"));
    const address = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
    const worker = new Worker(address, { type: "module", name: "sandglass-warehouse" });
    const early = [];
    const kinds = ["message", "messageerror", "error"];
    const keep = (event) => {
      event.preventDefault();
      early.push(event);
    };
    for (const kind of kinds) worker.addEventListener(kind, keep);
    const release = () => {
      for (const kind of kinds) worker.removeEventListener(kind, keep);
      return early;
    };
    /** Ends it, and forgets its first lines. */
    const end = () => {
      worker.terminate();
      URL.revokeObjectURL(address);
    };
    return { worker, release, end };
  };

  let first;
  try {
    first = start();
  } catch {
    // The page's module will try once more, and say what went wrong.
  }
  return {
    /** The worker that was started first, if nobody has it yet, or a new one. Throws when the browser refuses. */
    startEngine() {
      const started = first ?? start();
      first = undefined;
      return started;
    },
  };
})();
