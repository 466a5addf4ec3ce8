// The look of the editor, in the colours of the page, which are custom properties and so follow light and dark.

import { HighlightStyle } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { StyleModule } from "style-mod";

/**
 * Has CodeMirror's styles go into a style sheet that is made by a script. Otherwise they are put into a <style> element, which the
 * content security policy of the page does not permit.
 */
export function mountWithoutStyleElements() {
  const mounted = new Map();
  let sheet;
  StyleModule.mount = (_root, modules) => {
    const before = mounted.size;
    // Those that come first in the list give way to those behind them; what was there before stays before.
    for (const module of [modules].flat()) if (!mounted.has(module)) mounted.set(module, module.getRules());
    if (mounted.size === before) return;
    if (!sheet) {
      sheet = new CSSStyleSheet();
      document.adoptedStyleSheets.push(sheet);
    }
    sheet.replaceSync([...mounted.values()].join("\n"));
  };
}

export const look = EditorView.theme({
  "&": { color: "var(--ink)", backgroundColor: "var(--surface)", fontSize: "0.94rem", height: "100%" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.5", overflow: "auto" },
  ".cm-content": { caretColor: "var(--ink)", padding: "0.5rem 0" },
  ".cm-cursor, .cm-dropCursor": { borderLeftColor: "var(--ink)", borderLeftWidth: "2px" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    background: "var(--code-selection)",
  },
  ".cm-activeLine": { backgroundColor: "var(--code-line)" },
  ".cm-gutters": { color: "var(--muted)", backgroundColor: "var(--sunken)", borderRight: "1px solid var(--line)" },
  ".cm-placeholder": { color: "var(--muted)" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--accent-wash)", outline: "1px solid var(--accent)" },
  "&.cm-focused .cm-nonmatchingBracket": { backgroundColor: "var(--alarm-wash)" },
  ".cm-selectionMatch": { backgroundColor: "var(--sand-wash)" },
  ".cm-searchMatch": { backgroundColor: "var(--warn-wash)", outline: "1px solid var(--warn)" },
  ".cm-searchMatch.cm-searchMatch-selected": { backgroundColor: "var(--code-selection)" },
  ".cm-lintRange-error": {
    backgroundImage: "none", textDecoration: "underline wavy var(--alarm) 1.5px", textUnderlineOffset: "3px",
  },
  ".cm-problem": {
    marginInlineStart: "1.5rem", padding: "0 0.5rem", borderRadius: "6px", color: "var(--alarm)",
    backgroundColor: "var(--alarm-wash)", fontFamily: "var(--text)", fontSize: "0.85rem",
  },
  ".cm-panels": { color: "var(--ink)", backgroundColor: "var(--sunken)" },
  ".cm-panels.cm-panels-top": { borderBottom: "1px solid var(--line)" },
  ".cm-panel.cm-search": { display: "flex", flexWrap: "wrap", alignItems: "center", gap: "0.3rem", padding: "0.4rem 2rem 0.4rem 0.5rem" },
  ".cm-panel.cm-search br": { flexBasis: "100%", height: "0" },
  ".cm-panel.cm-search label": { display: "inline-flex", alignItems: "center", gap: "0.3rem", fontSize: "0.85rem" },
  ".cm-panel.cm-search [name=close]": { minHeight: "1.5rem", width: "1.5rem", padding: "0", color: "var(--ink)" },
  ".cm-textfield": {
    color: "var(--ink)", backgroundColor: "var(--surface)", border: "1px solid var(--line-strong)", borderRadius: "6px",
    fontSize: "0.9rem", padding: "0.15rem 0.4rem",
  },
  ".cm-button": {
    minHeight: "1.75rem", padding: "0.1rem 0.6rem", color: "var(--ink)", backgroundImage: "none",
    backgroundColor: "var(--surface)", border: "1px solid var(--line-strong)", borderRadius: "6px", fontSize: "0.85rem",
    "&:active": { backgroundImage: "none", backgroundColor: "var(--accent-wash)" },
  },
  ".cm-tooltip": {
    color: "var(--ink)", backgroundColor: "var(--surface)", border: "1px solid var(--line-strong)", borderRadius: "8px",
    boxShadow: "var(--shadow)", overflow: "hidden",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", maxHeight: "14rem" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "0.15rem 0.6rem" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { color: "var(--on-accent)", backgroundColor: "var(--accent)" },
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "700" },
  ".cm-completionDetail": { fontStyle: "normal", color: "var(--muted)", marginInlineStart: "1rem" },
  "li[aria-selected] .cm-completionDetail": { color: "inherit" },
  ".cm-diagnostic": { padding: "0.4rem 0.6rem", maxWidth: "34rem" },
  ".cm-diagnostic-error": { borderLeft: "4px solid var(--alarm)" },
});

export const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier], color: "var(--code-keyword)", fontWeight: "600" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--code-text)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--code-number)" },
  { tag: [tags.typeName, tags.standard(tags.name)], color: "var(--code-type)" },
  { tag: [tags.lineComment, tags.blockComment], color: "var(--muted)", fontStyle: "italic" },
]);
