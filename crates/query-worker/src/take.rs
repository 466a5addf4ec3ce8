//! Results taken elsewhere: as files, and as the rows of charts.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use sandglass_protocol::sql::{ExportForm, ResultId, SqlColumn, SqlEvent};
use sandglass_query::arrow::array::RecordBatch;
use sandglass_query::arrow::json::writer::JsonArray;
use sandglass_query::arrow::json::{Writer, WriterBuilder};
use sandglass_query::{CancelFlag, ErrorKind, Export, Outcome, QueryError};

use crate::Session;
use crate::over::Over;
use crate::session::KeptResult;
use crate::words;

/// Bytes of a file that are handed on at a time.
const PIECE: usize = 4 << 20;

/// Rows that a chart can have.
const DRAWN: usize = 50_000;

impl Session {
    /// Hands the page all rows of a result as a file.
    pub async fn export(&self, id: ResultId, form: ExportForm) {
        // What was released is not answered.
        let Some(result) = self.result(id) else { return };
        if let Err(error) = self.exported(id, &result, of_protocol(form)).await {
            self.world.tell(SqlEvent::CannotExport { result: id, reason: error.message });
        }
    }

    async fn exported(
        &self,
        id: ResultId,
        result: &KeptResult,
        form: sandglass_query::ExportForm,
    ) -> Result<(), QueryError> {
        let pieces = Pieces::default();
        let mut file = self.world.begin_file(form.media_type());
        let mut export = Export::begin(form, result.kept.schema(), pieces.clone())?;
        if result.is_whole {
            for batch in result.kept.batches() {
                export.write(batch)?;
                pieces.take(PIECE).into_iter().for_each(|piece| file.push(piece));
                tokio::task::yield_now().await;
            }
        } else {
            let flag = CancelFlag::default();
            let Outcome::Rows(mut rows) = self.engine.run(&result.statement, &flag).await? else {
                return Err(QueryError::new(ErrorKind::Defect, "the statement has no rows any more"));
            };
            while let Some(batch) = rows.next().await {
                export.write(&batch?)?;
                pieces.take(PIECE).into_iter().for_each(|piece| file.push(piece));
            }
        }
        let rows = export.finish()?;
        pieces.take(0).into_iter().for_each(|piece| file.push(piece));
        let file_name = format!("result.{}", form.ending());
        file.end(SqlEvent::Exported { result: id, file_name, rows });
        Ok(())
    }

    /// Tells the page the rows of a chart, which are a query over a result.
    pub async fn chart(&self, id: ResultId, ask: u32, sql: &str) {
        // What was released is not answered.
        let Some(result) = self.result(id) else { return };
        let (columns, rows) = match self.drawn(id, &result, sql).await {
            Ok((columns, rows)) => (columns, Ok(rows)),
            Err(error) => (Vec::new(), Err(error.message)),
        };
        self.world.tell(SqlEvent::ChartData { ask, columns, rows });
    }

    async fn drawn(
        &self,
        id: ResultId,
        result: &KeptResult,
        sql: &str,
    ) -> Result<(Vec<SqlColumn>, String), QueryError> {
        let engine = self.engine.over(Arc::new(Over::of(&result.kept, id)));
        let mut rows = engine.rows_of(sql, &CancelFlag::default()).await?;
        let columns = words::columns(rows.schema());
        let mut batches: Vec<RecordBatch> = Vec::new();
        let mut count = 0;
        while let Some(batch) = rows.next().await {
            let batch = batch?;
            count += batch.num_rows();
            if count > DRAWN {
                let what = format!("it would have more than {DRAWN} marks; group the rows, or take fewer");
                return Err(QueryError::new(ErrorKind::Unsupported, what));
            }
            batches.push(batch);
        }
        Ok((columns, json(&batches)?))
    }
}

/// Rows as an array of objects. Times are in UTC, and say so.
fn json(batches: &[RecordBatch]) -> Result<String, QueryError> {
    let wrong = |error: &dyn std::fmt::Display| QueryError::new(ErrorKind::Data, error.to_string());
    let builder = WriterBuilder::new()
        .with_explicit_nulls(true)
        .with_timestamp_format("%Y-%m-%dT%H:%M:%S%.fZ".to_owned())
        .with_timestamp_tz_format("%Y-%m-%dT%H:%M:%S%.f%:z".to_owned());
    let mut writer: Writer<_, JsonArray> = builder.build(Vec::new());
    for batch in batches {
        writer.write(batch).map_err(|error| wrong(&error))?;
    }
    writer.finish().map_err(|error| wrong(&error))?;
    let bytes = writer.into_inner();
    // Without rows nothing is written.
    if bytes.is_empty() {
        Ok("[]".to_owned())
    } else {
        String::from_utf8(bytes).map_err(|error| wrong(&error))
    }
}

fn of_protocol(form: ExportForm) -> sandglass_query::ExportForm {
    use sandglass_query::ExportForm as To;
    match form {
        ExportForm::Csv => To::Csv,
        ExportForm::Ndjson => To::Ndjson,
        ExportForm::Json => To::Json,
        ExportForm::Parquet => To::Parquet,
        ExportForm::Arrow => To::Arrow,
        ExportForm::Markdown => To::Markdown,
        ExportForm::Inserts => To::Inserts,
    }
}

/// What was written of a file and is not handed on yet. Copies are the same file.
#[derive(Clone, Default)]
struct Pieces(Arc<Mutex<Vec<u8>>>);

impl Pieces {
    /// What there is, if that is more than so many bytes.
    fn take(&self, more_than: usize) -> Option<Vec<u8>> {
        let mut bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (bytes.len() > more_than).then(|| std::mem::take(&mut *bytes))
    }
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
