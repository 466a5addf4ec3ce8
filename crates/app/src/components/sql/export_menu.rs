//! Taking a result away as a file.

use sandglass_protocol::sql::ExportForm;
use yew::prelude::*;

/// What can be taken away.
#[derive(Properties, PartialEq)]
pub(crate) struct ExportMenuProps {
    /// Rows that are kept.
    pub(crate) rows: u64,
    /// Whether these are all.
    pub(crate) is_whole: bool,
    /// The form that is being made.
    #[prop_or_default]
    pub(crate) busy: Option<ExportForm>,
    /// Makes a file of this form.
    pub(crate) export: Callback<ExportForm>,
}

/// A button with a menu.
#[component]
pub(crate) fn ExportMenu(props: &ExportMenuProps) -> Html {
    let _ = props;
    Html::default()
}
