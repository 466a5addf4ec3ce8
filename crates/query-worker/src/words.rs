//! The engine's words in those of the protocol.

use sandglass_pipelines::{View, datasets, votes};
use sandglass_protocol::sql::{ColumnKind, OfferedQuery, Place, SqlCatalog, SqlColumn, SqlError, SqlTable};
use sandglass_query::arrow::datatypes::{DataType, Field, SchemaRef};
use sandglass_query::{Catalog, QueryError, TableName, quoted, type_name};

/// Where the lines of a script begin, in characters.
#[derive(Debug)]
pub(crate) struct Script {
    starts: Vec<u32>,
    characters: u32,
}

impl Script {
    pub(crate) fn of(text: &str) -> Self {
        let (mut starts, mut characters) = (vec![0], 0);
        for letter in text.chars() {
            characters += 1;
            if letter == '\n' {
                starts.push(characters);
            }
        }
        Self { starts, characters }
    }

    /// The whole of it.
    pub(crate) fn whole(&self) -> Place {
        Place { from: 0, to: self.characters }
    }

    /// A part of it, which the engine has by lines and columns. There is always something to be seen of it, unless the script
    /// is empty.
    pub(crate) fn place(&self, place: sandglass_query::Place) -> Place {
        let from = self.offset(place.line, place.column);
        let to = self.offset(place.end_line, place.end_column);
        if to > from {
            return Place { from, to };
        }
        let to = (from + 1).min(self.characters);
        Place { from: from.min(to.saturating_sub(1)), to }
    }

    fn offset(&self, line: u64, column: u64) -> u32 {
        let line = usize::try_from(line.max(1) - 1).unwrap_or(usize::MAX);
        let Some(start) = self.starts.get(line) else { return self.characters };
        let column = u32::try_from(column.max(1) - 1).unwrap_or(u32::MAX);
        start.saturating_add(column).min(self.characters)
    }
}

pub(crate) fn error(error: &QueryError, script: &Script) -> SqlError {
    SqlError { message: error.message.clone(), place: error.place.map(|place| script.place(place)) }
}

pub(crate) fn columns(schema: &SchemaRef) -> Vec<SqlColumn> {
    schema.fields().iter().map(|field| column(field)).collect()
}

pub(crate) fn column(field: &Field) -> SqlColumn {
    column_of(field.name(), field.data_type())
}

fn column_of(name: &str, data_type: &DataType) -> SqlColumn {
    SqlColumn { name: name.to_owned(), sql_type: type_name(data_type), kind: kind(data_type) }
}

pub(crate) fn kind(data_type: &DataType) -> ColumnKind {
    match data_type {
        DataType::Boolean => ColumnKind::Boolean,
        DataType::Date32 | DataType::Date64 | DataType::Timestamp(..) => ColumnKind::Time,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => ColumnKind::Text,
        DataType::Dictionary(_, of) => kind(of),
        other if other.is_numeric() => ColumnKind::Number,
        other if other.is_nested() => ColumnKind::Nested,
        _ => ColumnKind::Other,
    }
}

/// Tables about tables come last, without what would have to be made to know it.
pub(crate) fn catalog(catalog: &Catalog, functions: &[&str], about: &[(TableName, SchemaRef)]) -> SqlCatalog {
    let mut tables: Vec<SqlTable> = Vec::new();
    for table in &catalog.tables {
        tables.push(SqlTable {
            schema: table.name.schema.clone(),
            name: table.name.name.clone(),
            view: None,
            rows: Some(table.rows()),
            columns: table.columns.iter().map(|column| column_of(&column.name, &column.data_type)).collect(),
        });
    }
    for view in &catalog.views {
        tables.push(SqlTable {
            schema: view.name.schema.clone(),
            name: view.name.name.clone(),
            view: Some(view.sql.clone()),
            rows: None,
            columns: Vec::new(),
        });
    }
    for (name, schema) in about {
        tables.push(SqlTable {
            schema: name.schema.clone(),
            name: name.name.clone(),
            view: None,
            rows: None,
            columns: columns(schema),
        });
    }
    let functions = functions.iter().map(|name| (*name).to_owned()).collect();
    SqlCatalog { tables, functions, queries: offered() }
}

/// The queries that the pipelines offer: what their views have, and questions about databases.
fn offered() -> Vec<OfferedQuery> {
    let votes = votes::pipeline();
    let question = |view: &str| match view {
        votes::OUTLIER_WEEKS => "Which weeks have far more or fewer votes than the mean?".to_owned(),
        _ => "How many votes are there in each week?".to_owned(),
    };
    let of_view = |view: &View| OfferedQuery {
        pipeline: votes.name.clone(),
        name: view.name.clone(),
        question: question(&view.name),
        sql: format!("SELECT * FROM {}.{}", quoted(&votes.schema), quoted(&view.name)),
    };
    let of_datasets = datasets::QUERIES.iter().map(|query| OfferedQuery {
        pipeline: "datasets".to_owned(),
        name: query.name.to_owned(),
        question: query.question.to_owned(),
        sql: query.sql.to_owned(),
    });
    votes.views.iter().map(of_view).chain(of_datasets).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_in_characters() {
        let script = Script::of("SELECT 'ä😀',\n  b\nFROM t");
        let place = |line, column, end_line, end_column| {
            let Place { from, to } =
                script.place(sandglass_query::Place { line, column, end_line, end_column });
            (from, to)
        };
        assert_eq!(place(1, 1, 1, 7), (0, 6));
        assert_eq!(place(2, 3, 2, 4), (15, 16));
        assert_eq!(place(3, 6, 3, 7), (22, 23));
        // What stands behind the end is its last character.
        assert_eq!(place(3, 7, 3, 7), (22, 23));
        assert_eq!(place(9, 1, 9, 2), (22, 23));
        assert_eq!(script.whole(), Place { from: 0, to: 23 });
        assert_eq!(Script::of("").place(sandglass_query::Place::at(1, 1)), Place { from: 0, to: 0 });
    }
}
