//! One source in several ranges of bytes, each read by another worker, and put together as if one had read all.
//!
//! * [`Plan`] tells from the beginning of a source whether it can be cut, and where;
//! * a [`RangeReader`] reads the range of a [`RangeTask`] and says what it found as [`RangeEvent`]s;
//! * [`Merge`] gives the tasks out, takes the events in any order, and hands out batches in the order of the source.
//!
//! A range has the records that begin in it: it begins behind the first line end, and its last record may end behind it.
//! Where a record of CSV begins is a guess, because a line end may stand within quotes. So a range says where its
//! first record began and where its last one ended, and counts only if the one before ended just there; if not, it is
//! read again from there.
//!
//! The columns that a range begins with are those that were known when its task was given out: at least those of the
//! source's first 64 KiB. All that changes them is kept with its line ([`Step`]), and [`Merge`] takes it into what is
//! known of the source so far. So columns, drift and counts are those of one reader. There are changes of which the rows
//! depend on what was known before, such as an object in a column that was text already. They are rare, and then the rest
//! of the range is read again as well, from the batch that has them and with all columns that are known there.
//!
//! ```
//! use sandglass_ingest::ranges::{Merge, Plan, PlanLimits, RangeReader};
//! use sandglass_ingest::{ReadOptions, RecordSpec, SourceError};
//!
//! let source = b"{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n";
//! let limits = PlanLimits { range: 12, head: 8, ..PlanLimits::default() };
//! let (spec, options) = (RecordSpec::inferred(), ReadOptions::default());
//! let plan = Plan::with_limits(source, 24, &spec, &options, limits).expect("two ranges");
//! let mut merge = Merge::new(plan, 4);
//! let mut rows = 0;
//! while let Some(task) = merge.next_task() {
//!     // This is what a worker does.
//!     let (id, from) = (task.id, task.read_from() as usize);
//!     let mut events = Vec::new();
//!     let mut reader = RangeReader::new(task);
//!     reader.push(&source[from..], |event| Ok::<_, SourceError>(events.push(event)))?;
//!     reader.finish(|event| Ok::<_, SourceError>(events.push(event)))?;
//!     for event in events {
//!         merge.accept(id, event, |batch| Ok::<_, SourceError>(rows += batch.rows.num_rows()))?;
//!     }
//! }
//! assert_eq!((rows, merge.finish()?.records), (3, 3));
//! # Ok::<(), SourceError>(())
//! ```
//!
//! Nothing here knows of threads or files. A batch that is not the next waits in the `Merge`. It gives out no range that is
//! more than a window of ranges ahead, and so no more waits than the columns of a window. A record that goes on behind its
//! range is read by who began it; like any other it is a reject once it is longer than 16 MiB, and takes no memory then.

mod arrange;
mod decoder;
mod known;
mod merge;
mod plan;
mod reader;
mod task;

pub use merge::Merge;
pub use plan::{Plan, PlanLimits, RANGE};
pub use reader::{RangeReader, RangeSink};
pub(crate) use task::RangeFormat;
pub use task::{RangeBatch, RangeEnd, RangeEvent, RangePlace, RangeTask, Step};
