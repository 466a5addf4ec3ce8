//! SQL over the tables of a warehouse.
//!
//! An [`Engine`] carries out statements over what a [`Tables`] has: natively a directory, in a browser messages to the workers that
//! own the data. What it plans and runs is DataFusion's; what it adds is how names are found, the dialect, reading no more than
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
//! | `change` | statements that change something |
//! | `describe` | `DESCRIBE`, `SHOW`, `SUMMARIZE` |
//! | `system` | tables about tables |
//! | `display` | values as text |
//! | `error` | what can go wrong, and where |
//! | `stored` | natively: a warehouse in a directory |

#![forbid(unsafe_code)]

mod change;
mod describe;
pub mod display;
mod engine;
mod error;
mod functions;
mod resolve;
mod scan;
mod script;
#[cfg(not(target_family = "wasm"))]
pub mod stored;
mod system;
mod tables;

pub use arrow;
pub use engine::{CancelFlag, Engine, Options, Outcome, Rows};
pub use error::{ErrorKind, Place, QueryError};
pub use scan::Progress;
pub use script::{Parsed, Spoken, statements};
pub use tables::{
    Bounds, Catalog, PartFacts, SYSTEM_TABLES, SegmentColumn, StoredColumn, StoredSegment, StoredTable,
    StoredView, TableName, Tables, Target, Writer, Written, quoted, stored_type, type_name,
};
