//! What is in the columns of a result or a table. Each picture is also there in words.

use sandglass_protocol::sql::{ColumnKind, ColumnProfile};
use sandglass_ui::format;
use yew::prelude::*;

use crate::results::profile::{ColumnFilter, histogram, measured, percent, share};

/// The columns of something of this name, one card each; none as long as they are being looked at, or why they cannot be had.
/// `filter` hears of a value that was clicked.
pub(crate) fn column_explorer(
    of: &str,
    columns: Option<Result<&[ColumnProfile], &str>>,
    filter: Option<&Callback<ColumnFilter>>,
) -> Html {
    let columns = match columns {
        None => {
            return html! { <p class="empty" role="status">{ format!("Looking into the columns of {of}.") }</p> };
        }
        Some(Err(reason)) => return html! { <p class="empty" role="status">{ format::sentence(reason) }</p> },
        Some(Ok(columns)) => columns,
    };
    if columns.is_empty() {
        return html! { <p class="empty">{ "There are no columns." }</p> };
    }
    html! {
        <ul class="profiles" data-testid="column-explorer" aria-label={format!("Columns of {of}")}>
            { for columns.iter().map(|profile| html! { <li>{ card(profile, filter) }</li> }) }
        </ul>
    }
}

fn card(profile: &ColumnProfile, filter: Option<&Callback<ColumnFilter>>) -> Html {
    let ColumnProfile { column, rows, nulls, .. } = profile;
    let numbers = [
        ("Least", profile.least.clone()),
        ("Greatest", profile.greatest.clone()),
        ("Mean", profile.mean.map(measured)),
        ("Different", profile.distinct.map(|distinct| format!("about {}", format::count(distinct)))),
    ];
    html! {
        <section class="profile" aria-label={column.name.clone()}>
            <header>
                <strong class="profile-name">{ &column.name }</strong>
                <span class="grid-type">{ &column.sql_type }</span>
            </header>
            <p class="profile-nulls">
                <span class="share-bar" aria-hidden="true"><span ~style={format!("width:{:.2}%", percent(rows - nulls.min(rows), *rows))} /></span>
                { match nulls {
                    0 => "no NULL".to_owned(),
                    nulls => format!("{} NULL ({})", format::count(*nulls), share(*nulls, *rows)),
                } }
            </p>
            <dl>
                { for numbers.into_iter().filter_map(|(name, value)| {
                    let value = value?;
                    if value.is_empty() {
                        return Some(html! { <div><dt>{ name }</dt><dd class="null">{ "empty text" }</dd></div> });
                    }
                    let value: AttrValue = value.chars().take(500).collect::<String>().into();
                    Some(html! { <div><dt>{ name }</dt><dd title={value.clone()}>{ value }</dd></div> })
                }) }
            </dl>
            if !profile.histogram.is_empty() {
                { bars(profile) }
            }
            if !profile.top.is_empty() {
                { top(profile, filter) }
            }
            if profile.histogram.is_empty() && profile.top.is_empty() {
                <p class="note">{ match column.kind {
                    ColumnKind::Nested => "Nested values are not counted.",
                    _ if nulls == rows => "There are no values.",
                    _ => "No value comes often enough to be listed.",
                } }</p>
            }
        </section>
    }
}

/// A histogram: a bar is as high as its count is of the greatest one.
fn bars(profile: &ColumnProfile) -> Html {
    const WIDTH: f64 = 240.0;
    const HEIGHT: f64 = 56.0;
    let bins = &profile.histogram;
    let greatest = bins.iter().copied().max().unwrap_or(0).max(1) as f64;
    let step = WIDTH / bins.len() as f64;
    let mut path = String::new();
    for (index, bin) in bins.iter().enumerate().filter(|(_, bin)| **bin > 0) {
        // What is there is seen, however little it is.
        let height = (*bin as f64 / greatest * HEIGHT).max(1.0);
        let (left, width) = (index as f64 * step, (step - 1.0).max(0.5));
        path.push_str(&format!("M{left:.2} {HEIGHT}h{width:.2}v{:.2}h-{width:.2}z", -height));
    }
    html! {
        <svg class="histogram" viewBox="0 0 240 56" preserveAspectRatio="none" role="img" aria-label={histogram(profile)}>
            <path d={path} />
        </svg>
    }
}

/// The most frequent values, each with its share.
fn top(profile: &ColumnProfile, filter: Option<&Callback<ColumnFilter>>) -> Html {
    let column = &profile.column;
    html! {
        <ol class="top-values" aria-label={format!("Most frequent values of {}", column.name)}>
            { for profile.top.iter().map(|(value, count)| {
                let text = match value {
                    None => html! { <span class="null">{ "NULL" }</span> },
                    Some(text) if text.is_empty() => html! { <span class="null">{ "empty text" }</span> },
                    Some(text) => html! { <>{ text.chars().take(200).collect::<String>() }</> },
                };
                let inside = html! {
                    <>
                        <span class="top-text">{ text }</span>
                        <span class="top-count">{ format!("{} ({})", format::count(*count), share(*count, profile.rows)) }</span>
                        <span class="share-bar" aria-hidden="true"><span ~style={format!("width:{:.2}%", percent(*count, profile.rows))} /></span>
                    </>
                };
                let wanted = ColumnFilter { column: column.name.clone(), value: value.clone(), kind: column.kind };
                html! {
                    <li>
                        if let Some(filter) = filter.filter(|_| column.kind != ColumnKind::Nested) {
                            <button
                                type="button" class="top-value" title={wanted.condition()}
                                onclick={filter.reform(move |_: MouseEvent| wanted.clone())}
                            >
                                { inside }
                            </button>
                        } else {
                            <span class="top-value">{ inside }</span>
                        }
                    </li>
                }
            }) }
        </ol>
    }
}
