//! What is expected of a table, held against its rows.

use std::rc::Rc;

use sandglass_protocol::{FindingInfo, TableInfo, TableName, Task};
use sandglass_ui::format;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::table_frame::TableFrame;
use crate::actions::use_actions;
use crate::store::Quality;

/// Which table, and what is known of it.
#[derive(Properties, PartialEq)]
pub(crate) struct QualityTableProps {
    pub(crate) table: Rc<TableInfo>,
    pub(crate) quality: Option<Rc<Quality>>,
    /// Counts the states of the tables; a report on an earlier one is out of date.
    pub(crate) version: u32,
    /// Whether all of it is saved: what is checked is what is stored.
    pub(crate) saved: bool,
}

/// The report, and a field for one more check.
#[component]
pub(crate) fn QualityTable(props: &QualityTableProps) -> Html {
    let actions = use_actions();
    let name = TableName { schema: props.table.schema.clone(), name: props.table.name.clone() };
    let field = use_node_ref();
    {
        let (actions, name) = (actions.clone(), name.clone());
        use_effect_with((props.version, props.saved), move |(_, saved)| {
            if *saved {
                actions.upkeep(Task::Quality(name));
            }
        });
    }
    if !props.saved && props.quality.is_none() {
        return html! { <p class="empty">{ "What is checked are the saved rows; these are not saved yet." }</p> };
    }
    let Some(quality) = &props.quality else {
        return html! { <p class="empty">{ "Checking the rows." }</p> };
    };
    let add = {
        let (actions, field, table) = (actions.clone(), field.clone(), name.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let Some(field) = field.cast::<HtmlInputElement>() else { return };
            let check = field.value().trim().to_owned();
            if !check.is_empty() {
                actions.upkeep(Task::Expect { table: table.clone(), check, wanted: true });
                field.set_value("");
            }
        })
    };
    let row = |finding: &FindingInfo| {
        let FindingInfo { check, why, state, count, of, remark, sql, own } = finding;
        let remove = own.clone().map(|check| {
            let (actions, task) =
                (actions.clone(), Task::Expect { table: name.clone(), check, wanted: false });
            let onclick = Callback::from(move |_: MouseEvent| actions.upkeep(task.clone()));
            html! { <button type="button" class="quiet" {onclick}>{ "Remove" }</button> }
        });
        let (class, word) = match state.as_str() {
            "holds" => ("holds", "holds"),
            "unknown" => ("unknown", "not checked"),
            "error" => ("fails", "error"),
            "warning" => ("fails", "warning"),
            other => ("noted", other),
        };
        html! {
            <tr key={check.clone()}>
                <td><span class={classes!("finding", class)}>{ word.to_owned() }</span></td>
                <th scope="row">
                    { check }
                    if let Some(why) = why {
                        <p class="note">{ format::sentence(why) }</p>
                    }
                    if let Some(remark) = remark {
                        <p class="note">{ format::sentence(remark) }</p>
                    }
                    if !sql.is_empty() && *count > 0 {
                        <details><summary>{ "SQL that finds them" }</summary><pre class="sql">{ sql }</pre></details>
                    }
                </th>
                <td class="number">{ format::count(*count) }</td>
                <td class="number">{ format::count(*of) }</td>
                <td>{ remove }</td>
            </tr>
        }
    };
    html! {
        <>
            <TableFrame label={format!("Quality of the table {}", props.table.name)} test_id="quality-table">
                <thead>
                    <tr>
                        <th scope="col">{ "State" }</th>
                        <th scope="col">{ "Expected" }</th>
                        <th scope="col" class="number">{ "Not so" }</th>
                        <th scope="col" class="number">{ "Of" }</th>
                        <th scope="col"><span class="visually-hidden">{ "Change" }</span></th>
                    </tr>
                </thead>
                <tbody>{ for quality.findings.iter().map(row) }</tbody>
            </TableFrame>
            <form class="add-check" onsubmit={add}>
                <label>
                    <span>{ "Expect this as well" }</span>
                    <input
                        type="text" ref={field} data-testid="add-check" spellcheck="false" autocomplete="off"
                        placeholder="warning: Id >= 0"
                    />
                </label>
                <button type="submit" class="plain">{ "Add" }</button>
                <p class="note">
                    { "Such as: " }<code>{ "Id is not null" }</code>{ ", " }<code>{ "Type in (1, 2, 3)" }</code>{ ", " }
                    <code>{ "Day between 2008-07-31 and today" }</code>{ ", " }<code>{ "PostId references posts.Id" }</code>
                </p>
            </form>
        </>
    }
}
