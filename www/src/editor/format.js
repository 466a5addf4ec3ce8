// Formatting, in a chunk of its own: it is large, and fetched when it is asked for.

import { duckdb, formatDialect } from "sql-formatter";

/** The same statements, laid out. Throws where they cannot be read. */
export const formatted = (sql) =>
  formatDialect(sql, { dialect: duckdb, keywordCase: "upper", tabWidth: 2, linesBetweenQueries: 1, expressionWidth: 80 });
