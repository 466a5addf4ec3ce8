// The SQL editor: CodeMirror behind a small interface, with one document for each tab of the page.
//
// `open(element, options)` makes the editor and returns a handle. The page owns the texts: it hears of every change, and never
// changes a document that is there already, but for what it inserts where the cursor is. Positions are UTF-16 units, as
// everywhere in JavaScript.

import {
  acceptCompletion, autocompletion, closeBrackets, closeBracketsKeymap, closeCompletion, completionKeymap,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, toggleComment } from "@codemirror/commands";
import { bracketMatching, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, openSearchPanel, search, searchKeymap } from "@codemirror/search";
import { Compartment, EditorSelection, EditorState, Prec } from "@codemirror/state";
import {
  EditorView, crosshairCursor, drawSelection, dropCursor, highlightActiveLine, highlightSpecialChars, keymap, lineNumbers,
  placeholder, rectangularSelection,
} from "@codemirror/view";

import { language } from "./editor/language.js";
import { notes, setNotes } from "./editor/notes.js";
import { colours, look, mountWithoutStyleElements } from "./editor/look.js";

mountWithoutStyleElements();

/** How long nothing has been typed before the page is told the text, in milliseconds. */
const TELL_AFTER = 150;

/**
 * Types over what is selected. Left to itself Chromium merges the lines and keeps how they look by inline styles, which the
 * content security policy stops, and reports.
 */
function typeOver(event, view) {
  const { main } = view.state.selection;
  const text = event.data;
  if (event.inputType !== "insertText" || text === null || main.empty || view.composing) return false;
  const insert = () => view.state.update(view.state.replaceSelection(text), { userEvent: "input.type", scrollIntoView: true });
  const handlers = view.state.facet(EditorView.inputHandler);
  if (!handlers.some((handle) => handle(view, main.from, main.to, text, insert))) view.dispatch(insert());
  event.preventDefault();
  return true;
}

/**
 * Makes an editor.
 *
 * @param {HTMLElement} element where; it is emptied
 * @param {object} options
 * @param {string} options.label what it is, for those who cannot see it
 * @param {(tab: number, text: string) => void} options.onText the text of a tab has changed
 * @param {() => void} options.onRun Ctrl or Cmd and Enter was pressed
 */
export function open(element, { label, onText, onRun }) {
  /** The documents that are not shown, by tab. */
  const states = new Map();
  /** The run whose problems were marked last, by tab. */
  const marked = new Map();
  const schema = new Compartment();
  let catalog = { tables: [], functions: [] };
  let tab = 0;
  let timer;

  const tell = () => {
    if (timer === undefined) return;
    clearTimeout(timer);
    timer = undefined;
    onText(tab, view.state.doc.toString());
  };
  const extensions = [
    lineNumbers(), highlightSpecialChars(), history(), drawSelection(), dropCursor(), indentOnInput(), bracketMatching(),
    closeBrackets(), autocompletion({ icons: false, filterStrict: true }), rectangularSelection(), crosshairCursor(), highlightActiveLine(),
    highlightSelectionMatches(), search({ top: true }), notes, look, syntaxHighlighting(colours),
    EditorState.allowMultipleSelections.of(true), EditorView.lineWrapping,
    EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false", autocapitalize: "off" }),
    placeholder("SELECT …"),
    Prec.highest(keymap.of([
      { key: "Mod-Enter", run: () => (onRun(), true), preventDefault: true },
      { key: "Tab", run: acceptCompletion },
      { key: "Shift-Alt-f", run: () => (format(), true) },
    ])),
    keymap.of([
      ...closeBracketsKeymap,
      // Escape belongs to the page, which ends what runs, unless something of the editor's own is open.
      ...defaultKeymap.filter(({ key }) => key !== "Escape"),
      ...searchKeymap, ...historyKeymap, ...completionKeymap, ...lintKeymap,
    ]),
    EditorView.updateListener.of((update) => {
      if (!update.docChanged) return;
      clearTimeout(timer);
      timer = setTimeout(tell, TELL_AFTER);
    }),
    EditorView.domEventHandlers({
      blur: () => tell(),
      // Files that are dropped are read by the page, and not put into the text.
      drop: (event) => event.dataTransfer?.files.length > 0,
      beforeinput: typeOver,
    }),
  ];
  const fresh = (doc) => EditorState.create({ doc, extensions: [...extensions, schema.of(language(catalog))] });
  element.replaceChildren();
  const view = new EditorView({ state: fresh(""), parent: element });

  /** What Run means: what is selected, or else everything. */
  const chosen = () => {
    const { main } = view.state.selection;
    return main.empty ? { from: 0, to: view.state.doc.length } : { from: main.from, to: main.to };
  };
  async function format() {
    const { from, to } = chosen();
    const before = view.state.doc;
    const { formatted } = await import("./editor/format.js");
    const insert = formatted(before.sliceString(from, to));
    if (view.state.doc === before) view.dispatch({ changes: { from, to, insert }, userEvent: "format", scrollIntoView: true });
  }

  return {
    /** Shows the document of a tab, which begins with this text. */
    show(next, text) {
      if (next === tab) return;
      tell();
      if (tab !== 0) states.set(tab, view.state);
      tab = next;
      view.setState(states.get(next) ?? fresh(text));
      states.delete(next);
      // What was learnt of the catalog since.
      view.dispatch({ effects: schema.reconfigure(language(catalog)) });
    },
    /** Forgets the documents of all tabs but these. */
    keep(tabs) {
      for (const known of [states, marked]) {
        for (const other of known.keys()) if (!tabs.includes(other)) known.delete(other);
      }
    },
    /** What is to be run: its text, and where it begins. */
    script() {
      tell();
      closeCompletion(view);
      const { from, to } = chosen();
      return { text: view.state.doc.sliceString(from, to), from };
    },
    /** Puts text where the cursor is, in place of what is selected there. */
    insert(text) {
      const { main } = view.state.selection;
      const before = view.state.doc.sliceString(Math.max(main.from - 1, 0), main.from);
      const insert = /[\w"']$/.test(before) ? ` ${text}` : text;
      view.dispatch({
        changes: { from: main.from, to: main.to, insert },
        selection: EditorSelection.cursor(main.from + insert.length),
        userEvent: "input", scrollIntoView: true,
      });
      view.focus();
    },
    /** What can be completed: `{ tables: [{ schema, name, columns: [{ name, type }] }], functions: [name] }`. */
    catalog(next) {
      catalog = next;
      view.dispatch({ effects: schema.reconfigure(language(catalog)) });
    },
    /**
     * Marks what a run has found wrong with the text of the present tab: `[{ from, to, message }]`. Once for each run; run 0 takes
     * the marks away.
     */
    problems(run, list) {
      if (marked.get(tab) === run) return;
      marked.set(tab, run);
      const end = view.state.doc.length;
      const diagnostics = list.map(({ from, to, message }) => {
        const start = Math.min(from, end);
        return { from: start, to: Math.min(Math.max(to, start), end), severity: "error", message };
      });
      view.dispatch(setDiagnostics(view.state, diagnostics));
      view.dispatch({ effects: setNotes.of(diagnostics) });
    },
    /** Puts the cursor there and shows it. */
    goTo(position) {
      const at = Math.min(position, view.state.doc.length);
      view.dispatch({ selection: EditorSelection.cursor(at), scrollIntoView: true });
      view.focus();
    },
    /** Formats what is selected, or everything. Rejects what cannot be read as SQL. */
    format,
    /** Makes comments of the lines that are selected, or takes the marks away. */
    comment() {
      toggleComment(view);
      view.focus();
    },
    /** Opens the field that finds and replaces. */
    find() {
      openSearchPanel(view);
    },
    focus: () => view.focus(),
    /** Ends the editor. */
    end() {
      tell();
      view.destroy();
    },
  };
}
