//! The messages between the page and the SQL screen, which is a module of its own.
//!
//! As with the workers, a message is `[message, [File, …]]`; the two ports of a `MessageChannel` carry them. What is sent before the screen is there waits in its port.
//!
//! The page owns the warehouse worker, the messages above the page and the history of screens; the SQL screen owns the query worker and
//! what is written, kept and shown there. A statement that changes tables asks for a turn: the screen sends [`ToPage::Lend`], the page
//! passes that on and answers with [`ToScreen::Lent`], and [`ToPage::TakeBack`] ends it.

use sandglass_protocol::Keeping;
use serde::{Deserialize, Serialize};

use crate::message::Said;

/// What holds on the page and matters to the SQL screen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Surroundings {
    /// Whether tables stay, which is whether they can be queried.
    pub keeping: Keeping,
    /// Whether there is an engine that opens them, or will be.
    pub has_engine: bool,
    /// Counts the states of the tables, when there are any.
    pub version: Option<u32>,
    /// Whether the page is dark.
    pub dark: bool,
    /// Whether the SQL screen is what fills the page.
    pub shown: bool,
}

/// What the page tells the SQL screen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ToScreen {
    /// This holds from now on. Sent first, and whenever it has changed.
    Holds(Surroundings),
    /// Files that the user has given, which queries may name. Their `File`s travel beside the message, in the same order.
    Files {
        /// Their names.
        names: Vec<String>,
    },
    /// Open a tab with a query for a table.
    Query {
        /// The schema of the table.
        schema: String,
        /// Its name there.
        name: String,
    },
    /// What the warehouse worker answers to [`ToPage::Lend`].
    Lent {
        /// Nothing if the turn is given, else why not.
        refused: Option<String>,
    },
    /// The warehouse worker has stopped: what it was asked it does not answer any more.
    WarehouseStopped,
    /// The SQL engine is wanted: it is started, unless it is there.
    Want,
}

/// What the SQL screen tells the page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ToPage {
    /// A statement is to change tables.
    Lend,
    /// It has ended, or will not come to it.
    TakeBack,
    /// Something for the user.
    Said(Said),
    /// The screen has come to its end by a defect. Nothing more comes from it.
    Crashed {
        /// What it said.
        message: String,
    },
}
