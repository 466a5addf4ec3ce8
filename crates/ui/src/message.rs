//! Messages to the user: what happened, where, and what to do.

use serde::{Deserialize, Serialize};

/// How a message is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tone {
    /// Something the user asked for was not done.
    Error,
    /// It was done, but not all of it.
    Warning,
    /// Worth knowing.
    Info,
}

/// What a message offers to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Remedy {
    /// Load the page again.
    Reload,
    /// Start the engine again.
    Restart,
    /// Start the SQL engine again.
    RestartQueries,
}

/// A message that has not been shown yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// How it is meant.
    pub tone: Tone,
    /// What happened, and to what, in a few words.
    pub title: String,
    /// Why, and what to do.
    pub text: String,
    /// A button that does it.
    pub remedy: Option<Remedy>,
}

impl Draft {
    /// A message without a button.
    pub fn new(tone: Tone, title: impl Into<String>, text: impl Into<String>) -> Self {
        Self { tone, title: title.into(), text: text.into(), remedy: None }
    }

    /// The same with a button.
    pub fn with_remedy(self, remedy: Remedy) -> Self {
        Self { remedy: Some(remedy), ..self }
    }
}

/// What is said to the user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Said {
    /// A message above the page.
    Tell(Draft),
    /// Something for those who cannot see it happen.
    Announce(String),
}
