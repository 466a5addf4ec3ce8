// SQL as Sandglass has it: the words, and what can be completed where.

import { SQLDialect, keywordCompletionSource, schemaCompletionSource } from "@codemirror/lang-sql";
import { LanguageSupport } from "@codemirror/language";

const DIALECT = SQLDialect.define({
  keywords:
    "all alter analyze and anti any as asc between by case cast column create cross current current_date current_time " +
    "current_timestamp delete desc describe distinct drop else end escape except exclude exists explain extract fetch filter " +
    "first following for from full group grouping having if ilike in inner insert intersect interval into is join last lateral " +
    "left like limit natural not null nulls offset on only or order outer over partition preceding qualify range recursive " +
    "replace right rollup row rows select semi set sets show similar some substring summarize table tables temporary then to " +
    "try_cast unbounded union unnest update using values view when where window with within",
  types:
    "bigint binary blob boolean bytea char date decimal double float int integer numeric real smallint string text time " +
    "timestamp timestamptz tinyint varchar",
  builtin: "",
  operatorChars: "*+-%<>!=&|^/~?:@#",
  identifierQuotes: '"`',
  doubleDollarQuotedStrings: true,
  caseInsensitiveIdentifiers: true,
});

/** Names that need no quotes. */
const PLAIN = /^[a-z_][a-z0-9_]*$/i;

/** A name as it is written in a query. */
const written = (name) => (PLAIN.test(name) ? name : `"${name.replaceAll('"', '""')}"`);

/** The language with what this catalog knows. */
export function language({ tables, functions }) {
  const support = [];
  const source = (complete) => {
    // Behind AS stands a name that is new.
    const autocomplete = (context) => (context.matchBefore(/\bas\s+\w*/i) && !context.explicit ? null : complete(context));
    support.push(DIALECT.language.data.of({ autocomplete }));
  };
  source(keywordCompletionSource(DIALECT, true));
  source(schemaCompletionSource({ dialect: DIALECT, schema: namespace(tables), defaultSchema: "main" }));
  source(columnsAndFunctions(tables, functions));
  return new LanguageSupport(DIALECT.language, support);
}

/** Schemas with their tables, and, beside them, every table that one can name without its schema. */
function namespace(tables) {
  const schemas = {};
  for (const { schema, name, rows, columns } of tables) {
    const self = { label: name, type: "class", detail: rows ?? schema };
    const children = columns.map(({ name, type }) => ({ label: name, type: "property", detail: type }));
    (schemas[schema] ??= {})[name] = { self, children };
  }
  const top = { ...schemas };
  for (const { schema, name } of tables) {
    const others = tables.filter((other) => other.name === name);
    const isSystem = schema === "information_schema" || schema === "system";
    if (!(name in schemas) && (others.length === 1 || schema === "main") && !isSystem) top[name] = schemas[schema][name];
  }
  return top;
}

/** Columns of the tables that the text names, or else of all, and functions: where no name with a dot is being written. */
function columnsAndFunctions(tables, functions) {
  const calls = functions.map((name) => ({ label: name, type: "function", apply: `${name}(`, boost: -10 }));
  return (context) => {
    const word = context.matchBefore(/[\w"]+/);
    if (!word && !context.explicit) return null;
    const from = word?.from ?? context.pos;
    if (context.state.sliceDoc(from - 1, from) === ".") return null;
    const text = context.state.sliceDoc(Math.max(0, context.pos - 20_000), context.pos + 20_000).toLowerCase();
    const words = new Set(text.match(/[\p{L}\p{N}_]+/gu));
    const named = tables.filter(({ name }) => words.has(name.toLowerCase()) || text.includes(`"${name.toLowerCase()}"`));
    const columns = new Map();
    for (const table of named) {
      for (const { name, type } of table.columns) {
        if (!columns.has(name)) {
          columns.set(name, { label: name, apply: written(name), type: "property", detail: `${type}  ${table.name}`, boost: 5 });
        }
      }
    }
    return { from, options: [...columns.values(), ...calls], validFor: /^[\w"]*$/ };
  };
}
