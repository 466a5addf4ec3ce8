// What is wrong with a line, written behind it.

import { StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, WidgetType } from "@codemirror/view";

/** Longer messages are cut here; the whole one is in a tooltip, and with the results. */
const LONGEST = 160;

class Note extends WidgetType {
  constructor(message) {
    super();
    this.message = message;
  }

  eq(other) {
    return other.message === this.message;
  }

  toDOM() {
    const note = document.createElement("span");
    note.className = "cm-problem";
    const [line] = this.message.split("\n");
    note.textContent = line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
    return note;
  }
}

/** Sets the notes: `[{ to, message }]`. */
export const setNotes = StateEffect.define();

export const notes = StateField.define({
  create: () => Decoration.none,
  update(now, transaction) {
    let next = now.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (!effect.is(setNotes)) continue;
      const { doc } = transaction.state;
      next = Decoration.set(
        effect.value.map(({ to, message }) =>
          Decoration.widget({ widget: new Note(message), side: 1 }).range(doc.lineAt(to).to),
        ),
        true,
      );
    }
    return next;
  },
  provide: (field) => EditorView.decorations.from(field),
});
