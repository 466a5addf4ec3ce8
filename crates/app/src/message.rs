//! Messages to the user: what happened, where, and what to do.
//!
//! A message stands above the page and never replaces it; the user puts it away.

/// How a message is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Something the user asked for was not done.
    Error,
    /// It was done, but not all of it.
    Warning,
    /// Worth knowing.
    Info,
}

/// What a message offers to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Remedy {
    /// Load the page again.
    Reload,
    /// Start the engine again.
    Restart,
    /// Start the SQL engine again.
    RestartQueries,
}

/// A message that has not been shown yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Draft {
    /// How it is meant.
    pub(crate) tone: Tone,
    /// What happened, and to what, in a few words.
    pub(crate) title: String,
    /// Why, and what to do.
    pub(crate) text: String,
    /// A button that does it.
    pub(crate) remedy: Option<Remedy>,
}

impl Draft {
    /// A message without a button.
    pub(crate) fn new(tone: Tone, title: impl Into<String>, text: impl Into<String>) -> Self {
        Self { tone, title: title.into(), text: text.into(), remedy: None }
    }

    /// The same with a button.
    pub(crate) fn with_remedy(self, remedy: Remedy) -> Self {
        Self { remedy: Some(remedy), ..self }
    }
}

/// A message on the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    /// Its number, which is never used again.
    pub(crate) id: u32,
    /// What it says.
    pub(crate) draft: Draft,
}
