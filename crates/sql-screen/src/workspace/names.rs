//! Names of tables and columns as they are written in a query.

/// Words that mean something else where a name is expected.
const WORDS: [&str; 64] = [
    "all",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "between",
    "by",
    "case",
    "cast",
    "check",
    "column",
    "create",
    "cross",
    "default",
    "delete",
    "desc",
    "distinct",
    "drop",
    "else",
    "end",
    "except",
    "exists",
    "false",
    "fetch",
    "for",
    "from",
    "full",
    "group",
    "having",
    "in",
    "inner",
    "insert",
    "intersect",
    "interval",
    "into",
    "is",
    "join",
    "left",
    "like",
    "limit",
    "natural",
    "not",
    "null",
    "offset",
    "on",
    "or",
    "order",
    "outer",
    "partition",
    "qualify",
    "right",
    "select",
    "set",
    "table",
    "then",
    "true",
    "union",
    "unnest",
    "update",
    "using",
    "values",
    "when",
    "where",
];

/// A name as it is written: in quotes where it must be.
pub(crate) fn written(name: &str) -> String {
    let mut letters = name.bytes();
    let begins = letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_');
    let is_plain = begins && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == b'_');
    let is_word = name.len() <= 9 && WORDS.contains(&name.to_ascii_lowercase().as_str());
    if is_plain && !is_word { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

/// A table with its schema.
pub(crate) fn qualified(schema: &str, name: &str) -> String {
    format!("{}.{}", written(schema), written(name))
}

/// The query that shows the first rows of a table.
pub(crate) fn first_rows(schema: &str, name: &str) -> String {
    format!("SELECT *\nFROM {}\nLIMIT 1000;\n", qualified(schema, name))
}
