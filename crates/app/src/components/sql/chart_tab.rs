//! A chart of a result.

use std::rc::Rc;

use sandglass_protocol::sql::ResultInfo;
use yew::prelude::*;

use crate::results::chart::{ChartAnswer, ChartAsk};

/// What is drawn.
#[derive(Properties, PartialEq)]
pub(crate) struct ChartTabProps {
    /// The result.
    pub(crate) info: Rc<ResultInfo>,
    /// Whether the page is dark.
    pub(crate) dark: bool,
    /// Asks for rows.
    pub(crate) ask: Callback<ChartAsk>,
    /// What came last.
    pub(crate) answer: Option<Rc<ChartAnswer>>,
}

/// The chart and its choices.
#[component]
pub(crate) fn ChartTab(props: &ChartTabProps) -> Html {
    let _ = props;
    Html::default()
}
