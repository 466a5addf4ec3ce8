//! What is in the columns of a result or table: asked by SQL, as anyone could.

use std::fmt::Write as _;

use sandglass_protocol::sql::{ColumnKind, ColumnProfile, Explored, SqlEvent};
use sandglass_query::arrow::array::{Array as _, ArrayRef, AsArray as _, RecordBatch};
use sandglass_query::arrow::compute::cast;
use sandglass_query::arrow::datatypes::{DataType, Float64Type, Int64Type, SchemaRef};
use sandglass_query::{CancelFlag, Engine, QueryError, TableName, display, quoted};

use crate::Session;
use crate::over::{NAME, Over};
use crate::words;

/// Spans of a histogram.
const BINS: usize = 20;
/// The most frequent values that are told.
const TOP: usize = 10;
/// Numbers and times with no more values than these have the most frequent ones beside a histogram.
const FEW: u64 = 50;

impl Session {
    /// Tells the page what is in the columns of something.
    pub async fn explore(&self, of: Explored) {
        let profiles = match &of {
            Explored::Result(id) => match self.result(*id) {
                // What was released is not answered.
                None => return,
                Some(result) => {
                    let over = self.engine.over(std::sync::Arc::new(Over::of(&result.kept, *id)));
                    profiles(&over, NAME).await
                }
            },
            Explored::Table { schema, name } => {
                profiles(&self.engine, &TableName::new(schema, name).to_string()).await
            }
        };
        self.world.tell(match profiles {
            Ok(columns) => SqlEvent::Explored { of, columns },
            Err(error) => SqlEvent::CannotExplore { of, reason: error.message },
        });
    }
}

/// What is in each column of a table, by its name as SQL has it.
async fn profiles(engine: &Engine, table: &str) -> Result<Vec<ColumnProfile>, QueryError> {
    let schema = engine.columns_of(&format!("SELECT * FROM {table}")).await?;
    let (mut profiles, spans) = summary(engine, table, &schema).await?;
    histograms(engine, table, &schema, &spans, &mut profiles).await?;
    for (profile, field) in profiles.iter_mut().zip(schema.fields()) {
        let is_nested = matches!(profile.column.kind, ColumnKind::Nested | ColumnKind::Other);
        let values = profile.rows - profile.nulls;
        let distinct = profile.distinct.unwrap_or(0);
        let few = profile.histogram.is_empty() || distinct <= FEW;
        // Where about every value is another one there is none that is frequent.
        let is_unique = distinct > 1_000 && distinct > values / 10 * 9;
        if !is_nested && few && !is_unique && values > 0 {
            profile.top = top(engine, table, &quoted(field.name())).await?;
        }
    }
    Ok(profiles)
}

/// The least and the greatest value of a column as numbers, if it has both.
type Span = Option<(f64, f64)>;

async fn summary(
    engine: &Engine,
    table: &str,
    schema: &SchemaRef,
) -> Result<(Vec<ColumnProfile>, Vec<Span>), QueryError> {
    let mut sql = "SELECT count(*) AS all_rows".to_owned();
    for (at, field) in schema.fields().iter().enumerate() {
        let name = quoted(field.name());
        // Writing to a string does not fail.
        let _ = write!(sql, ", count({name}) AS n{at}");
        let kind = words::kind(field.data_type());
        if !matches!(kind, ColumnKind::Nested | ColumnKind::Other) {
            let _ = write!(
                sql,
                ", min({name}) AS least{at}, max({name}) AS greatest{at}, approx_distinct({name}) AS distinct{at}"
            );
        }
        if kind == ColumnKind::Number {
            let _ = write!(sql, ", avg(CAST({name} AS DOUBLE)) AS mean{at}");
        }
    }
    let _ = write!(sql, " FROM {table}");
    let batches = engine.rows_of(&sql, &CancelFlag::default()).await?.collect().await?;
    let row = batches.iter().find(|batch| batch.num_rows() > 0);
    let value = |name: String| row.and_then(|row| row.column_by_name(&name));
    let count = |name: String| -> Option<u64> {
        let counts = cast(value(name)?, &DataType::Int64).ok()?;
        let counts = counts.as_primitive::<Int64Type>();
        (!counts.is_null(0)).then(|| u64::try_from(counts.value(0)).unwrap_or(0))
    };
    let text = |name: String| display::cell(value(name)?, 0);
    let rows = count("all_rows".to_owned()).unwrap_or(0);
    let (mut profiles, mut spans) = (Vec::new(), Vec::new());
    for (at, field) in schema.fields().iter().enumerate() {
        let number = |name: &str| as_number(value(format!("{name}{at}"))?).ok().filter(|n| n.is_finite());
        let column = words::column(field);
        let values = count(format!("n{at}")).unwrap_or(0).min(rows);
        let has_spans = matches!(column.kind, ColumnKind::Number | ColumnKind::Time);
        spans.push(number("least").zip(number("greatest")).filter(|_| has_spans));
        profiles.push(ColumnProfile {
            rows,
            nulls: rows - values,
            // It is counted by an estimate, which may be more than there can be.
            distinct: count(format!("distinct{at}")).map(|distinct| distinct.min(values)),
            least: text(format!("least{at}")),
            greatest: text(format!("greatest{at}")),
            mean: number("mean"),
            histogram: Vec::new(),
            top: Vec::new(),
            column,
        });
    }
    Ok((profiles, spans))
}

/// Numbers and times as numbers whose distances are right.
fn numbers(array: &ArrayRef) -> Result<ArrayRef, QueryError> {
    let wrong = |error| {
        QueryError::new(sandglass_query::ErrorKind::Defect, format!("no numbers can be made of it: {error}"))
    };
    let whole = match array.data_type() {
        DataType::Date32 => cast(array, &DataType::Int32).map_err(wrong)?,
        DataType::Timestamp(..) | DataType::Date64 => cast(array, &DataType::Int64).map_err(wrong)?,
        _ => array.clone(),
    };
    cast(&whole, &DataType::Float64).map_err(wrong)
}

fn as_number(array: &ArrayRef) -> Result<f64, QueryError> {
    let numbers = numbers(array)?;
    let numbers = numbers.as_primitive::<Float64Type>();
    Ok(if numbers.is_empty() || numbers.is_null(0) { f64::NAN } else { numbers.value(0) })
}

/// Counts the values of columns over equal spans, of all columns that have a span in one go.
async fn histograms(
    engine: &Engine,
    table: &str,
    schema: &SchemaRef,
    spans: &[Span],
    profiles: &mut [ColumnProfile],
) -> Result<(), QueryError> {
    let spread = |span: &Span| span.filter(|(least, greatest)| least < greatest);
    let wanted: Vec<(usize, (f64, f64))> =
        spans.iter().enumerate().filter_map(|(at, span)| Some((at, spread(span)?))).collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = wanted.iter().map(|(at, _)| quoted(schema.field(*at).name())).collect();
    let sql = format!("SELECT {} FROM {table}", names.join(", "));
    let mut rows = engine.rows_of(&sql, &CancelFlag::default()).await?;
    let bins = |(at, (least, greatest)): &(usize, (f64, f64))| {
        // Whole numbers of a short span have one for each.
        let is_whole = schema.field(*at).data_type().is_integer();
        let values = greatest - least + 1.0;
        if is_whole && values < BINS as f64 { values as usize } else { BINS }
    };
    let mut counts: Vec<Vec<u64>> = wanted.iter().map(|wanted| vec![0; bins(wanted)]).collect();
    while let Some(batch) = rows.next().await {
        count_in(&batch?, &wanted, &mut counts)?;
    }
    for ((at, _), counts) in wanted.iter().zip(counts) {
        profiles[*at].histogram = counts;
    }
    Ok(())
}

fn count_in(
    batch: &RecordBatch,
    wanted: &[(usize, (f64, f64))],
    counts: &mut [Vec<u64>],
) -> Result<(), QueryError> {
    for ((column, (_, (least, greatest))), counts) in batch.columns().iter().zip(wanted).zip(counts) {
        let numbers = numbers(column)?;
        let bins = counts.len();
        let scale = bins as f64 / (greatest - least);
        for number in numbers.as_primitive::<Float64Type>().iter().flatten() {
            // What is no number is in no span; the greatest value is in the last one.
            let bin = (number - least) * scale;
            if bin >= 0.0 {
                counts[(bin as usize).min(bins - 1)] += 1;
            }
        }
    }
    Ok(())
}

/// The most frequent values of a column.
async fn top(engine: &Engine, table: &str, name: &str) -> Result<Vec<(Option<String>, u64)>, QueryError> {
    let sql = format!(
        "SELECT {name} AS value, count(*) AS rows FROM {table} WHERE {name} IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {TOP}"
    );
    let batches = engine.rows_of(&sql, &CancelFlag::default()).await?.collect().await?;
    let mut top = Vec::new();
    for batch in &batches {
        let counts = cast(batch.column(1), &DataType::Int64);
        let Ok(counts) = counts else { continue };
        let counts = counts.as_primitive::<Int64Type>();
        for row in 0..batch.num_rows() {
            let count = u64::try_from(counts.value(row)).unwrap_or(0);
            top.push((display::cell(batch.column(0), row), count));
        }
    }
    Ok(top)
}
