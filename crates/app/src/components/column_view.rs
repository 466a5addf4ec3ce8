//! What is in the columns of a result or table, or why that is not known.

use yew::prelude::*;

use super::sql::ColumnExplorer;
use crate::results::profile::ColumnFilter;
use crate::workspace::{Exploring, columns_of};

/// The columns of something of this name. `filter` hears of a value that was clicked.
pub(super) fn column_view(found: &Exploring, of: String, filter: Option<Callback<ColumnFilter>>) -> Html {
    let failed = match found {
        Exploring::Refused(reason) => Some(AttrValue::from(reason.to_string())),
        _ => None,
    };
    html! { <ColumnExplorer {of} columns={columns_of(found)} {failed} {filter} /> }
}
