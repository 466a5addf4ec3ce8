//! What comes of a statement: rows, as they are asked for, until somebody wants no more of them.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use arrow::array::{ArrayRef, AsArray as _, RecordBatch, StringArray};
use arrow::datatypes::SchemaRef;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::task::AtomicWaker;
use futures::{Stream, TryStreamExt as _};

use crate::QueryError;
use crate::plan::without_pauses;
use crate::scan::Progress;

/// Wants no more of a query. Copies are the same flag.
#[derive(Debug, Clone, Default)]
pub struct CancelFlag(Arc<Wish>);

#[derive(Debug, Default)]
struct Wish {
    is_set: AtomicBool,
    waiting: AtomicWaker,
}

impl CancelFlag {
    /// The query ends with its next step.
    pub fn cancel(&self) {
        self.0.is_set.store(true, Ordering::Release);
        self.0.waiting.wake();
    }

    /// Whether somebody wanted that.
    pub fn is_set(&self) -> bool {
        self.0.is_set.load(Ordering::Acquire)
    }

    /// Waits until somebody wants that. One at a time can wait.
    pub async fn wished(&self) {
        std::future::poll_fn(|context| {
            self.0.waiting.register(context.waker());
            if self.is_set() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}

/// What came of a statement.
#[derive(Debug)]
pub enum Outcome {
    /// Rows, which are still to come.
    Rows(Rows),
    /// Something has changed: what, in words.
    Done(String),
}

/// The rows of a query, worked out as they are asked for. Dropping it ends the query.
pub struct Rows {
    pub(crate) schema: SchemaRef,
    pub(crate) stream: SendableRecordBatchStream,
    pub(crate) plan: Option<Arc<dyn ExecutionPlan>>,
    pub(crate) progress: Arc<Progress>,
    pub(crate) notes: Vec<String>,
    pub(crate) flag: CancelFlag,
}

impl fmt::Debug for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows")
            .field("schema", &self.schema)
            .field("notes", &self.notes)
            .finish_non_exhaustive()
    }
}

impl Rows {
    /// Plans as texts, as they are shown.
    pub(crate) fn shown_as_plan(mut self) -> Self {
        let schema = self.stream.schema();
        let shown = self.stream.map_ok(|batch| {
            let columns = batch.columns().iter().map(|column| -> ArrayRef {
                match column.as_string_opt::<i32>() {
                    Some(texts) => {
                        Arc::new(texts.iter().map(|text| text.map(without_pauses)).collect::<StringArray>())
                    }
                    None => Arc::clone(column),
                }
            });
            RecordBatch::try_new(batch.schema(), columns.collect()).unwrap_or(batch)
        });
        self.stream = Box::pin(RecordBatchStreamAdapter::new(schema, shown));
        self
    }

    /// Rows that are there.
    pub(crate) fn of(batch: RecordBatch) -> Self {
        let schema = batch.schema();
        let stream = futures::stream::iter([Ok(batch)]);
        let stream = RecordBatchStreamAdapter::new(Arc::clone(&schema), stream);
        Self {
            schema,
            stream: Box::pin(stream),
            plan: None,
            progress: Arc::default(),
            notes: Vec::new(),
            flag: CancelFlag::default(),
        }
    }

    /// The columns.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// What is worth knowing about the query.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// What was read so far.
    pub fn progress(&self) -> &Arc<Progress> {
        &self.progress
    }

    /// The plan, with what its steps have done so far.
    pub fn plan(&self) -> Option<&Arc<dyn ExecutionPlan>> {
        self.plan.as_ref()
    }

    /// The next rows; none at the end.
    ///
    /// # Errors
    /// When values cannot be worked with, memory does not suffice, or what is stored cannot be read.
    pub async fn next(&mut self) -> Option<Result<RecordBatch, QueryError>> {
        futures::StreamExt::next(self).await
    }

    /// All rows.
    ///
    /// # Errors
    /// As [`next`](Self::next).
    pub async fn collect(mut self) -> Result<Vec<RecordBatch>, QueryError> {
        let mut all = Vec::new();
        while let Some(batch) = self.next().await {
            all.push(batch?);
        }
        Ok(all)
    }
}

impl Stream for Rows {
    type Item = Result<RecordBatch, QueryError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.flag.is_set() {
            return Poll::Ready(Some(Err(QueryError::cancelled())));
        }
        match self.stream.as_mut().poll_next(context) {
            Poll::Ready(Some(Ok(batch))) => Poll::Ready(Some(Ok(batch))),
            Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(error.into()))),
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    }
}
