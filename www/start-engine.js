// Starts the engine, which is a worker, as soon as the browser reads the head of the page: it loads while the page's own
// module does. Stands in the page itself, as a classic script, which nothing delays.
//
// A worker that is started from its address is not held by the page's Content-Security-Policy: it has the one of its own
// response, and a static host sends none. A worker that is started from a blob inherits the page's. So the worker begins
// with the few lines below, which import the rest.
//
// The SQL engine is started in the same way, when it is wanted.

globalThis.sandglass = (() => {
  /** Where the files of a worker are, without their ends, if there are any. */
  const place = (part, name = part) => {
    const folder = document.querySelector(`meta[name="sandglass-${part}"]`)?.content;
    return folder && new URL(`${folder}sandglass-${name}-worker`, document.baseURI).href;
  };

  /**
   * The first lines of a worker whose files are there. What goes wrong in a promise is thrown, because only errors that are
   * thrown come out. It is told the address of its bindings, and waits for a port for files that the page lends: what is posted to a
   * worker before it runs waits for the page's thread, which may be busy for longer than the module needs to be there.
   */
  const script = (files) => `
    const given = new Promise((resolve) => {
      onmessage = ({ data }) => {
        onmessage = null;
        globalThis.sandglassFiles = data;
        resolve();
      };
    });
    addEventListener("unhandledrejection", ({ reason }) => setTimeout(() => { throw reason; }));
    globalThis.sandglassBindings = ${JSON.stringify(`${files}.js`)};
    const module_or_path = fetch(${JSON.stringify(`${files}_bg.wasm`)});
    const bindings = import(${JSON.stringify(`${files}.js`)});
    Promise.all([bindings, given]).then(([bindings]) => bindings.default({ module_or_path }));
  `;

  /**
   * The warehouse worker starts more workers. So it is told where the readers of rarer formats and what stores tables are, and
   * how many cores there are.
   */
  const surroundings = (formats, segments) => `
    globalThis.sandglassFormats = ${JSON.stringify(formats && `${formats}.js`)};
    globalThis.sandglassFormatsModule = ${JSON.stringify(formats && `${formats}_bg.wasm`)};
    globalThis.sandglassSegments = ${JSON.stringify(segments && `${segments}.js`)};
    globalThis.sandglassSegmentsModule = ${JSON.stringify(segments && `${segments}_bg.wasm`)};
    globalThis.sandglassCores = ${navigator.hardwareConcurrency ?? 1};
  `;

  /** Starts a worker. What it says is kept until `release` is called, which returns the events so far. */
  const start = (name, text) => {
    const address = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
    const worker = new Worker(address, { type: "module", name });
    const port = sandglassLend();
    worker.postMessage(port, [port]);
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

  const startWarehouse = () => {
    const files = place("workers", "warehouse") ?? new URL("sandglass-warehouse-worker", document.baseURI).href;
    return start("sandglass-warehouse", surroundings(place("formats"), place("segments")) + script(files));
  };

  const makeQueries = () => {
    const files = place("query");
    if (!files) throw new Error("this page was built without it");
    return start("sandglass-query", script(files));
  };

  // The worker of the SQL engine that nobody has yet, and the one that somebody has.
  let prepared;
  let queries;

  let first;
  try {
    first = startWarehouse();
  } catch {
    // The page's module will try once more, and say what went wrong.
  }
  return {
    /** The worker that was started first, if nobody has it yet, or a new one. Throws when the browser refuses. */
    startEngine() {
      const started = first ?? startWarehouse();
      first = undefined;
      return started;
    },
    /** Starts a worker of the SQL engine for whoever asks next, so that it loads meanwhile. */
    prepareQueries() {
      try {
        prepared ??= makeQueries();
      } catch {
        // Whoever asks is told.
      }
    },
    /** The worker of the SQL engine that was prepared, or a new one. Throws when there is none, or the browser refuses. */
    startQueries() {
      queries = prepared ?? makeQueries();
      prepared = undefined;
      return queries;
    },
    /** Ends the worker of the SQL engine, for one who had it and cannot any more. */
    endQueries() {
      queries?.end();
      queries = undefined;
    },
  };
})();
