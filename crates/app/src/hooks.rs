//! What keeps the world outside in step with the state: the engine, the history, and drops anywhere on the window.

mod engine;
mod history;
mod keys;
mod theme;
mod window_drop;

pub(crate) use self::engine::use_engine;
pub(crate) use self::history::use_history;
pub(crate) use self::keys::use_escape;
pub(crate) use self::theme::{Theme, use_theme};
pub(crate) use self::window_drop::use_window_drop;
