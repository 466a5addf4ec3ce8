//! The tables and how they are looked at. It answers questions and carries ingestions, one at a time, but reads no
//! bytes itself.

use sandglass_pipelines::{Pipeline, SourceRun, votes};
use sandglass_protocol::{self as protocol, ViewOptions};
use sandglass_warehouse::{CommitError, Ingestion, Table};
use sandglass_weekly::{Threshold, WeekRule};

use crate::{answers, exports};

/// Rows for [`Engine::warm_up`]: as few as make browsers compile the reader well, which takes some milliseconds in
/// which no file is read.
const WARM_UP_ROWS: usize = 10_000;

/// The first row for [`Engine::warm_up`], where in it the digits of its key are, and where its month is.
const WARM_UP_ROW: &[u8] =
    b"{\"Id\":\"1000000\",\"PostId\":\"7\",\"VoteTypeId\":\"2\",\"CreationDate\":\"2020-01-20T00:00:00.000\"}\n";
const WARM_UP_KEY: std::ops::Range<usize> = 7..14;
const WARM_UP_MONTH: usize = 68;

/// The votes table and the present view of it.
#[derive(Debug)]
pub struct Engine {
    pipeline: Pipeline,
    table: Table,
    options: ViewOptions,
}

impl Default for Engine {
    fn default() -> Self {
        let pipeline = votes::pipeline();
        let table = Table::new(pipeline.table.clone());
        Self { pipeline, table, options: ViewOptions::default() }
    }
}

impl Engine {
    /// Reads some rows into tables of its own, and answers as it would of them. Browsers compile a function when it is
    /// called for the first time, quickly, and once more and well when they have seen that it runs often; after this
    /// they have.
    pub fn warm_up() -> (protocol::WeeklyView, protocol::TableInfo) {
        let mut engine = Self::default();
        let text = warm_up_rows();
        let mut ingestion = engine.begin();
        let mut run = SourceRun::new(&engine.pipeline, &mut ingestion, "");
        // What comes of it is known, and that it cannot fail.
        let _ = run.push(&mut ingestion, &text, |_| ());
        let _ = run.finish(&mut ingestion, |_| ());
        let _ = engine.commit(ingestion);
        (engine.weekly(), engine.table())
    }

    /// The pipeline that sources go through.
    pub fn pipeline(&self) -> &Pipeline {
        &self.pipeline
    }

    /// Begins an ingestion; nothing changes before it is committed.
    pub fn begin(&self) -> Ingestion {
        self.table.begin()
    }

    /// Takes over what an ingestion has brought.
    ///
    /// # Errors
    /// When the table has changed in the meantime.
    pub fn commit(&mut self, ingestion: Ingestion) -> Result<(), CommitError> {
        self.table.commit(ingestion)
    }

    /// Uses these options from now on, and answers with the view that they give.
    pub fn set_view(&mut self, options: ViewOptions) -> protocol::WeeklyView {
        self.options = options;
        self.weekly()
    }

    /// Forgets all rows, rejects and conflicts. The view's options stay.
    pub fn clear(&mut self) {
        self.table = Table::new(self.pipeline.table.clone());
    }

    /// The weeks under the present options.
    pub fn weekly(&self) -> protocol::WeeklyView {
        answers::weekly(self.table.days(), self.options)
    }

    /// The table, for the catalog.
    pub fn table(&self) -> protocol::TableInfo {
        answers::table(&self.table)
    }

    /// A page of rows.
    pub fn rows(&self, first: u64, count: u32) -> protocol::RowPage {
        answers::rows(&self.table, first, count)
    }

    /// A page of rejects.
    pub fn rejects(&self, first: u64, count: u32) -> protocol::RejectPage {
        answers::rejects(&self.table, first, count)
    }

    /// A page of conflicts.
    pub fn conflicts(&self, first: u64, count: u32) -> protocol::ConflictPage {
        answers::conflicts(&self.table, first, count)
    }

    /// The kept rejects as NDJSON.
    pub fn export_rejects(&self) -> Vec<u8> {
        exports::rejects(self.table.rejects())
    }

    /// The weeks of the present view as CSV.
    pub fn export_weeks(&self, outliers_only: bool) -> Vec<u8> {
        exports::weeks(&self.weekly(), outliers_only)
    }
}

/// Rows of two weeks, the second the fuller one, with keys that ascend, and now and then one for the second time. Made in as few steps as can be, because what
/// runs here is compiled as well, and therefore it stands alone.
#[inline(never)]
fn warm_up_rows() -> Vec<u8> {
    let mut row = WARM_UP_ROW.to_vec();
    let mut text = Vec::with_capacity(WARM_UP_ROWS * row.len());
    for number in 0..WARM_UP_ROWS {
        if number == WARM_UP_ROWS / 4 {
            row[WARM_UP_MONTH] += 1;
        }
        text.extend_from_slice(&row);
        if number % 1000 == 0 {
            continue;
        }
        for digit in row[WARM_UP_KEY].iter_mut().rev() {
            if *digit < b'9' {
                *digit += 1;
                break;
            }
            *digit = b'0';
        }
    }
    text
}

/// The engine's rule for the page's.
pub(crate) fn week_rule(rule: protocol::WeekRule) -> WeekRule {
    match rule {
        protocol::WeekRule::Monday => WeekRule::Monday,
        protocol::WeekRule::Sunday => WeekRule::Sunday,
        protocol::WeekRule::Iso => WeekRule::Iso,
    }
}

/// The engine's threshold for the page's; a denominator of 0, which the page does not send, gives the default.
pub(crate) fn threshold(threshold: protocol::Threshold) -> Threshold {
    Threshold::new(threshold.numerator, threshold.denominator).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warming_up_goes_all_the_way() {
        let (weekly, table) = Engine::warm_up();
        let repeated = WARM_UP_ROWS.div_ceil(1000);
        assert_eq!(table.rows, (WARM_UP_ROWS - repeated) as u64);
        assert_eq!(weekly.weeks.len(), 2);
        assert!(weekly.weeks.iter().all(|week| week.outlier));
    }
}
