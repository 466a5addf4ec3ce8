//! The statements of a script that has several, with what came of each.

use sandglass_ui::format;
use yew::prelude::*;

use crate::actions::Actions;
use crate::workspace::problems::summary;
use crate::workspace::{Ended, Outcome, Run, Step};

/// Characters of a statement that are shown.
const SHOWN: usize = 70;

/// A list of buttons; nothing where there is only one statement. `shown` is the one whose outcome is looked at.
pub(super) fn statements(run: &Run, shown: usize, actions: &Actions) -> Html {
    if run.ended.len() < 2 && run.statements < 2 {
        return Html::default();
    }
    let line = |(at, ended): (usize, &crate::workspace::Shared<Ended>)| {
        let actions = actions.clone();
        let (outcome, class) = in_words(&ended.outcome);
        html! {
            <li key={at}>
                <button
                    type="button" data-testid="sql-statement" aria-current={(at == shown).then_some("true")}
                    onclick={Callback::from(move |_: MouseEvent| actions.sql(Step::Look(at)))}
                >
                    <span class="number">{ at + 1 }</span>
                    <code>{ summary(&run.sql, ended.place.from, ended.place.to, SHOWN) }</code>
                    <span {class}>{ outcome }</span>
                    <span class="note">{ format::duration(ended.cost.elapsed_ms) }</span>
                </button>
            </li>
        }
    };
    let left = (run.statements as usize).saturating_sub(run.ended.len());
    html! {
        <section class="card sql-statements" aria-label="Statements">
            <ol data-testid="sql-statements">{ for run.ended.iter().enumerate().map(line) }</ol>
            if left > 0 && !run.is_open() {
                <p class="note">{ format!("{} not carried out.", left_in_words(left)) }</p>
            }
        </section>
    }
}

fn left_in_words(left: usize) -> String {
    match left {
        1 => "One more statement was".to_owned(),
        _ => format!("{left} more statements were"),
    }
}

/// What came of a statement, in a few words.
fn in_words(outcome: &Outcome) -> (String, &'static str) {
    match outcome {
        Outcome::Rows(rows) => (format::counted(rows.info.rows, "row"), ""),
        Outcome::Lost(rows) => (format!("{}, gone", format::counted(*rows, "row")), ""),
        Outcome::Done(_) => ("done".to_owned(), ""),
        Outcome::Failed(_) => ("failed".to_owned(), "failure"),
        Outcome::Cancelled => ("cancelled".to_owned(), ""),
    }
}
