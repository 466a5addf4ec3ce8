//! The rows of a result.

use std::rc::Rc;

use sandglass_protocol::sql::ResultInfo;
use yew::prelude::*;

use crate::results::pages::{PageAsk, Pages};

/// What is shown.
#[derive(Properties, PartialEq)]
pub(crate) struct ResultGridProps {
    /// The result.
    pub(crate) info: Rc<ResultInfo>,
    /// Its rows as far as they have come.
    pub(crate) pages: Rc<Pages>,
    /// Asks for rows.
    pub(crate) ask: Callback<PageAsk>,
    /// What stands right of its own buttons.
    #[prop_or_default]
    pub(crate) tools: Html,
}

/// A grid.
#[component]
pub(crate) fn ResultGrid(props: &ResultGridProps) -> Html {
    let _ = props;
    Html::default()
}
