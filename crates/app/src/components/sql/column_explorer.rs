//! What is in the columns of a result or a table.

use std::rc::Rc;

use sandglass_protocol::sql::ColumnProfile;
use yew::prelude::*;

use crate::results::profile::ColumnFilter;

/// What is shown.
#[derive(Properties, PartialEq)]
pub(crate) struct ColumnExplorerProps {
    /// The name of what has these columns.
    pub(crate) of: AttrValue,
    /// The columns; none as long as they are being looked at.
    pub(crate) columns: Option<Rc<Vec<ColumnProfile>>>,
    /// Why they cannot be had.
    #[prop_or_default]
    pub(crate) failed: Option<AttrValue>,
    /// Only the rows with a value are wanted.
    #[prop_or_default]
    pub(crate) filter: Option<Callback<ColumnFilter>>,
}

/// The columns.
#[component]
pub(crate) fn ColumnExplorer(props: &ColumnExplorerProps) -> Html {
    let _ = props;
    Html::default()
}
