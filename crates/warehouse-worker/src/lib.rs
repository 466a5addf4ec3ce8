//! The warehouse worker: the only owner of the tables, in a web worker of its own.
//!
//! This library is the part that needs no browser: the [`Engine`] with its tables, and the answers to the page's
//! questions. The program beside it (`main.rs`) joins it to the browser: messages, files, time.

#![forbid(unsafe_code)]

mod answers;
mod early;
mod engine;
mod exports;
mod keep;
mod reading;

pub use answers::MOST;
pub use early::{Early, EarlyPart};
pub use engine::{Changes, Engine, Lists, SharedTable};
pub use keep::{Brought, Keeper, begin_in_memory, gather_in_memory};
pub use reading::read_options;
