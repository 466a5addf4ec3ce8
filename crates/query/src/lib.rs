//! SQL over the tables of a warehouse.
//!
//! An [`Engine`] carries out statements over what a [`Tables`] has: a warehouse, natively in a
//! directory and in a browser in its storage. What it plans and runs is DataFusion's; what it adds is how names are found, the dialect, reading no more than
//! is needed, and changes that last.
//!
//! ```text
//! text --script--> statements --resolve--> names as the engine needs them --engine--> plan --> batches
//!                                  |                                            |
//!                               catalog                                   scan: units of segments
//! ```
//!
//! | module | what is in it |
//! | --- | --- |
//! | `script` | the statements of a text |
//! | `resolve` | names |
//! | `functions` | functions and operators of the dialect |
//! | `tables` | what is stored, as a trait |
//! | `scan` | reading tables in parts |
//! | `engine` | a statement from its text to its rows |
//! | `rows` | what comes of a statement |
//! | `wanted` | what a query names beside tables |
//! | `change` | statements that change something |
//! | `describe` | `DESCRIBE`, `SHOW`, `SUMMARIZE` |
//! | `system` | tables about tables |
//! | `filter` | conditions that have to hold all together |
//! | `share` | what a query says several times is worked out once |
//! | `spill` | putting aside what does not fit into memory, where there is no directory for it |
//! | `logical` | which rules make a logical plan better |
//! | `rules` | which rules make a plan of steps better |
//! | `pace` | giving control back in the middle of a query |
//! | `plan` | plans, for whoever shows them |
//! | `display` | values as text |
//! | `export` | results as files |
//! | `error` | what can go wrong, and where |
//! | `stored` | a warehouse, natively in a directory |

#![forbid(unsafe_code)]

mod change;
mod describe;
pub mod display;
mod engine;
mod error;
mod export;
mod filter;
mod functions;
mod logical;
mod pace;
mod plan;
mod resolve;
mod rows;
mod rules;
mod scan;
mod script;
mod share;
mod spill;
pub mod stored;
mod system;
mod tables;
mod wanted;

pub use arrow;
pub use engine::{Engine, Options, Spill};
pub use error::{ErrorKind, Place, QueryError};
pub use export::{Export, ExportError, ExportForm};
pub use pace::Pace;
pub use plan::{ExecutionPlan, is_pause, one_line};
pub use rows::{CancelFlag, Outcome, Rows};
pub use scan::Progress;
pub use script::{Parsed, Spoken, statements};
pub use spill::Scratch;
pub use system::about_tables;
pub use tables::{
    Bounds, Catalog, GivenFile, PartFacts, SYSTEM_TABLES, SegmentColumn, StoredColumn, StoredSegment,
    StoredTable, StoredView, TableName, Tables, Target, Writer, Written, quoted, stored_type, type_name,
};
