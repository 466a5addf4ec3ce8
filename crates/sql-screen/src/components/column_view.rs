//! What is in the columns of a result or table, or why that is not known.

use yew::prelude::*;

use super::sql::column_explorer;
use crate::results::profile::ColumnFilter;
use crate::workspace::Exploring;

/// The columns of something of this name. `filter` hears of a value that was clicked.
pub(super) fn column_view(found: &Exploring, of: String, filter: Option<Callback<ColumnFilter>>) -> Html {
    let columns = match found {
        Exploring::Found(columns) => Some(Ok(columns.as_slice())),
        Exploring::Refused(reason) => Some(Err(&**reason)),
        _ => None,
    };
    column_explorer(&of, columns, filter.as_ref())
}
