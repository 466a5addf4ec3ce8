//! How a query was carried out.

use std::rc::Rc;

use sandglass_protocol::sql::PlanStep;
use yew::prelude::*;

/// What is shown.
#[derive(Properties, PartialEq)]
pub(crate) struct PlanTreeProps {
    /// The last step, with what feeds it.
    pub(crate) plan: Rc<PlanStep>,
    /// How long the statement took, in milliseconds.
    pub(crate) elapsed_ms: f64,
}

/// The steps.
#[component]
pub(crate) fn PlanTree(props: &PlanTreeProps) -> Html {
    let _ = props;
    Html::default()
}
