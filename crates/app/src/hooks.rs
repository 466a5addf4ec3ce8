//! What keeps the world outside in step with the state (the engine, the history, drops anywhere on the window), and how
//! long tables are drawn.

mod engine;
mod gradually;
mod history;
mod painted;
mod sql;
mod theme;
mod window_drop;

pub(crate) use self::engine::use_engine;
pub(crate) use self::gradually::use_gradually;
pub(crate) use self::history::{entry, use_history};
pub(crate) use self::painted::use_painted;
pub(crate) use self::sql::use_sql;
pub(crate) use self::theme::{Theme, use_theme};
pub(crate) use self::window_drop::use_window_drop;
