//! The place of the SQL screen, and what stands there until its module does.

use yew::prelude::*;

use crate::actions::Actions;
use crate::store::Sql;

/// A place that stays for as long as the page, because the screen within it does: Yew leaves alone what it has not put there.
pub(super) fn sql_place(place: &NodeRef, sql: &Sql, shown: bool, actions: &Actions) -> Html {
    let load = {
        let actions = actions.clone();
        Callback::from(move |_: MouseEvent| actions.show_sql())
    };
    html! {
        <>
            if shown && *sql == Sql::Loading {
                <p class="card sql-note" role="status" data-testid="sql-loading">{ "Loading the SQL screen." }</p>
            }
            if let Some(reason) = failure(sql).filter(|_| shown) {
                <section class="card sql-note" role="alert" aria-label="The SQL screen is not there">
                    <p>{ reason }</p>
                    <button type="button" class="plain" data-testid="sql-load-again" onclick={load}>{ "Load it again" }</button>
                </section>
            }
            <div key="sql-place" ref={place.clone()} hidden={!shown}></div>
        </>
    }
}

fn failure(sql: &Sql) -> Option<&str> {
    match sql {
        Sql::Failed(reason) => Some(reason),
        _ => None,
    }
}
