//! The outlier weeks, or all weeks.

use std::rc::Rc;

use sandglass_protocol::{TableId, Week, WeeklyView};
use sandglass_ui::format;
use sandglass_ui::icon::{Icon, Picture};
use yew::prelude::*;

use super::copy_button::CopyButton;
use super::table_frame::TableFrame;
use crate::actions::use_actions;
use crate::hooks::use_gradually;
use crate::table::{WeekColumn, WeekOrder, weeks_tsv};

/// The columns with a name of their own in every export; the others are for reading. That with the counts is named
/// after what is counted.
const HEADS: [(&str, Option<WeekColumn>, bool); 5] = [
    ("Year", Some(WeekColumn::Week), true),
    ("WeekNumber", None, true),
    ("", Some(WeekColumn::Count), true),
    ("Days", None, false),
    ("From the mean", Some(WeekColumn::Deviation), true),
];

/// Which weeks.
#[derive(Properties, PartialEq)]
pub(crate) struct WeeksTableProps {
    /// The table whose weeks these are.
    pub(crate) table: TableId,
    pub(crate) weekly: Rc<WeeklyView>,
    pub(crate) outliers_only: bool,
}

/// A table of weeks that can be put in order, copied and downloaded.
#[component]
pub(crate) fn WeeksTable(props: &WeeksTableProps) -> Html {
    let actions = use_actions();
    let order = use_state_eq(WeekOrder::default);
    let (table, outliers_only) = (props.table, props.outliers_only);
    let weeks = sorted(&props.weekly, outliers_only, *order);
    let count = weeks.len();
    let drawn = use_gradually(count);
    if weeks.is_empty() {
        return html! { <p class="empty">{ empty(props) }</p> };
    }
    let things = match outliers_only {
        true => format::counted(count as u64, "outlier week"),
        false => format::counted(count as u64, "week"),
    };
    let text = {
        let (weekly, order) = (Rc::clone(&props.weekly), *order);
        Callback::from(move |()| weeks_tsv(&sorted(&weekly, outliers_only, order), &weekly.count_column()))
    };
    let export = Callback::from(move |_: MouseEvent| actions.export_weeks(table, outliers_only));
    let tools = html! {
        <>
            <CopyButton {text} {things} />
            <button type="button" class="quiet" onclick={export}><Icon of={Picture::Download} /><span>{ "CSV" }</span></button>
        </>
    };
    let (label, test_id) =
        if outliers_only { ("Outlier weeks", "outlier-table") } else { ("All weeks", "weeks-table") };
    html! {
        <TableFrame {label} {test_id} {tools} rows={count}>
            <thead>
                <tr>{ for HEADS.map(|(name, column, number)| {
                    let name = if name.is_empty() { props.weekly.count_column() } else { name.to_owned() };
                    head(name, column, number, &order)
                }) }</tr>
            </thead>
            <tbody>{ for weeks.into_iter().take(drawn).map(|week| row(week, outliers_only)) }</tbody>
        </TableFrame>
    }
}

fn sorted(weekly: &WeeklyView, outliers_only: bool, order: WeekOrder) -> Vec<&Week> {
    let mut weeks: Vec<&Week> = weekly.weeks.iter().filter(|week| week.outlier || !outliers_only).collect();
    order.sort(&mut weeks);
    weeks
}

fn empty(props: &WeeksTableProps) -> &'static str {
    if props.weekly.weeks.is_empty() {
        "There are no rows to count."
    } else {
        "No week is that far from the mean. A smaller threshold finds more."
    }
}

fn head(name: String, column: Option<WeekColumn>, number: bool, order: &UseStateHandle<WeekOrder>) -> Html {
    let class = number.then_some("number");
    let Some(column) = column else {
        return html! { <th scope="col" {class}>{ name }</th> };
    };
    let onclick = {
        let order = order.clone();
        Callback::from(move |_: MouseEvent| order.set(order.toggled(column)))
    };
    html! {
        <th scope="col" {class} aria-sort={order.aria(column)}>
            <button type="button" class="sort" {onclick}>{ name }</button>
        </th>
    }
}

fn row(week: &Week, outliers_only: bool) -> Html {
    let mark = match (week.outlier, week.deviation > 0.0) {
        (false, _) => "",
        (true, true) => "high",
        (true, false) => "low",
    };
    html! {
        <tr key={format!("{}-{}", week.year, week.week)} class={(!outliers_only && week.outlier).then_some("outlier")}>
            <td class="number">{ week.year }</td>
            <td class="number">{ week.week }</td>
            <td class="number">{ format::count(week.count) }</td>
            <td>{ format::days(&week.first_day, &week.last_day) }</td>
            <td class={classes!("number", mark)}>
                { format::signed_percent(week.deviation) }
                if !outliers_only && week.outlier {
                    <span class="visually-hidden">{ ", outlier" }</span>
                }
            </td>
        </tr>
    }
}
