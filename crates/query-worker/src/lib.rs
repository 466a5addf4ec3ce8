//! The query worker: SQL over what the browser has stored, in a web worker behind the first answer.
//!
//! What needs no browser is tested natively: a [`Session`] carries out scripts and keeps their results. `browser` joins it to
//! messages, to the browser's storage, and to its event loop.
//!
//! | module | what is in it |
//! | --- | --- |
//! | `session` | scripts, and what comes of their statements |
//! | `kept` | the rows of a result, in any order |
//! | `over` | a result as a table that can be asked about |
//! | `explore` | what is in the columns of a result or table |
//! | `steps` | plans with what their steps have done |
//! | `take` | results as files, and as the rows of charts |
//! | `words` | the engine's words in those of the protocol |
//! | `browser` | in a browser only: messages, files, and slices of time |

#![forbid(unsafe_code)]

#[cfg(target_family = "wasm")]
pub mod browser;
mod explore;
mod kept;
mod over;
mod session;
mod steps;
mod take;
mod words;

pub use kept::Kept;
pub use session::{FileOut, Limits, Session, World};
