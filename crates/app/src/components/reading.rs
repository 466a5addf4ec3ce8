//! How the sources of a table were read, and how they could be read instead.

use std::rc::Rc;

use sandglass_protocol::{Reading, TableInfo, aspect};
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

/// Something that can be chosen: its name, which is its `data-testid`, what it says, and its values with what they are called.
struct Choice {
    of: &'static str,
    label: &'static str,
    values: &'static [(&'static str, &'static str)],
    rest: Rest,
}

/// What there is beside the values.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rest {
    /// What the text tells.
    Told,
    /// That, or any other character.
    Character,
    /// Nothing: the first value holds if none is chosen.
    Nothing,
}

/// The value of a field by which any other character is chosen.
const OTHER: &str = "other";

/// What is chosen for any text.
const TEXT: [Choice; 2] = [
    Choice {
        of: aspect::FORMAT,
        label: "Format",
        values: &[
            ("csv", "delimited text (CSV)"),
            ("ndjson", "an object on every line (NDJSON)"),
            ("json", "a JSON document"),
        ],
        rest: Rest::Told,
    },
    Choice {
        of: aspect::ENCODING,
        label: "Encoding",
        values: &[
            ("utf-8", "UTF-8"),
            ("utf-16le", "UTF-16, low byte first"),
            ("utf-16be", "UTF-16, high byte first"),
            ("windows-1252", "Windows-1252"),
        ],
        rest: Rest::Told,
    },
];

/// What is chosen for delimited text.
const DELIMITED: [Choice; 3] = [
    Choice {
        of: aspect::DELIMITER,
        label: "Fields are separated by",
        values: &[
            (",", "commas"),
            (";", "semicolons"),
            ("\t", "tabs"),
            ("|", "bars"),
            (":", "colons"),
            (" ", "spaces"),
        ],
        rest: Rest::Character,
    },
    Choice {
        of: aspect::HEADER,
        label: "The first line has",
        values: &[("names", "the names of the columns"), ("values", "values")],
        rest: Rest::Told,
    },
    Choice {
        of: aspect::RAGGED,
        label: "Lines with too many or too few fields",
        values: &[("reject", "are rejects"), ("pad", "are kept, with nulls or further columns")],
        rest: Rest::Nothing,
    },
];

/// The same, more rarely.
const RARELY: [Choice; 3] = [
    Choice {
        of: aspect::QUOTE,
        label: "Fields stand within",
        values: &[("\"", "double quotes"), ("'", "single quotes"), ("none", "no quotes")],
        rest: Rest::Character,
    },
    Choice {
        of: aspect::ESCAPE,
        label: "A quote within quotes",
        values: &[("doubled", "is written twice"), ("backslash", "has a backslash before it")],
        rest: Rest::Told,
    },
    Choice {
        of: aspect::COMMENT,
        label: "Comment lines begin with",
        values: &[("none", "nothing: there are none"), ("#", "#"), ("%", "%")],
        rest: Rest::Character,
    },
];

/// What is chosen for rejects.
const REJECTS: [Choice; 2] = [
    Choice {
        of: aspect::REJECTS_KEPT,
        label: "Rejects of a source, kept in full",
        values: &[
            ("", "as many as there is room for"),
            ("1000", "1,000"),
            ("100", "100"),
            ("0", "none, only counted"),
        ],
        rest: Rest::Nothing,
    },
    Choice {
        of: aspect::AT_REJECT,
        label: "A reject",
        values: &[("go-on", "is put aside"), ("stop", "ends its source, of which nothing is kept")],
        rest: Rest::Nothing,
    },
];

/// A table, and how its sources are to be read.
#[derive(Properties, PartialEq)]
pub(crate) struct ReadingChoicesProps {
    pub(crate) table: Rc<TableInfo>,
    pub(crate) reading: Reading,
    pub(crate) on_change: Callback<Reading>,
}

/// Only what has an effect on the sources can be chosen.
#[component]
pub(crate) fn ReadingChoices(props: &ReadingChoicesProps) -> Html {
    let ReadingChoicesProps { table, reading, .. } = props;
    let fields =
        |choices: &'static [Choice]| choices.iter().map(|choice| field(props, choice)).collect::<Html>();
    let is_text = table.text.is_some();
    let told = table.text.as_ref().and_then(|told| value(told, aspect::FORMAT));
    let is_delimited =
        is_text && value(reading, aspect::FORMAT).or(told).is_none_or(|format| format == "csv");
    let is_rare = |choice: &Choice| value(&table.reading, choice.of).is_some();
    let summary = if is_delimited { "Quotes, comments and rejects" } else { "Rejects" };
    html! {
        <fieldset class="reading">
            <legend>{ if is_text { "How it was read" } else { "When it is read" } }</legend>
            if is_text {
                <div class="choices">
                    { fields(&TEXT) }
                    if is_delimited {
                        { fields(&DELIMITED) }
                    }
                </div>
            }
            <details open={RARELY.iter().chain(&REJECTS).any(is_rare)}>
                <summary data-testid="more-reading">{ summary }</summary>
                <div class="choices">
                    if is_delimited {
                        { fields(&RARELY) }
                    }
                    { fields(&REJECTS) }
                </div>
            </details>
        </fieldset>
    }
}

fn value<'a>(reading: &'a Reading, of: &str) -> Option<&'a str> {
    reading.iter().find(|(name, _)| name == of).map(|(_, value)| value.as_str())
}

/// With another value, or without one.
fn with(reading: &Reading, of: &str, value: Option<String>) -> Reading {
    let mut reading: Reading = reading.iter().filter(|(name, _)| name != of).cloned().collect();
    reading.extend(value.map(|value| (of.to_owned(), value)));
    reading
}

/// A field for one choice.
fn field(props: &ReadingChoicesProps, choice: &'static Choice) -> Html {
    let &Choice { of, label, values, rest } = choice;
    let chosen = value(&props.reading, of);
    let set = {
        let (reading, on_change) = (props.reading.clone(), props.on_change.clone());
        move |value: Option<String>| on_change.emit(with(&reading, of, value))
    };
    let onchange = {
        let set = set.clone();
        Callback::from(move |event: Event| {
            if let Some(select) = event.target_dyn_into::<HtmlSelectElement>() {
                set(chosen_of(select.value(), rest));
            }
        })
    };
    let oninput = Callback::from(move |event: InputEvent| {
        if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
            set(Some(input.value()));
        }
    });
    let is_other = chosen.is_some_and(|chosen| values.iter().all(|(value, _)| *value != chosen));
    let option = |value: &str, is_chosen: bool, text: String| {
        html! { <option value={value.to_owned()} selected={is_chosen}>{ text }</option> }
    };
    let named = values.iter().enumerate().map(|(at, (value, text))| {
        let is_chosen = chosen == Some(value) || (rest == Rest::Nothing && chosen.is_none() && at == 0);
        option(value, is_chosen, (*text).to_owned())
    });
    html! {
        <div class="choice-time">
            <label>
                <span>{ label }</span>
                <select data-testid={of} {onchange}>
                    if rest != Rest::Nothing {
                        { option("", chosen.is_none(), found(props, choice)) }
                    }
                    { for named }
                    if rest == Rest::Character {
                        { option(OTHER, is_other, "another character".to_owned()) }
                    }
                </select>
            </label>
            if is_other && rest == Rest::Character {
                <input
                    type="text" maxlength="1" size="2" autocomplete="off" data-testid={format!("{of}-other")}
                    aria-label={format!("{label}: the character")} value={chosen.unwrap_or_default().to_owned()} {oninput}
                />
            }
        </div>
    }
}

/// What the value of a field stands for. What there is without a choice is no choice.
fn chosen_of(value: String, rest: Rest) -> Option<String> {
    match value.as_str() {
        "" | "reject" | "go-on" => None,
        OTHER if rest == Rest::Character => Some(String::new()),
        _ => Some(value),
    }
}

/// What holds if nothing is chosen: what was told, unless something was chosen and nothing could be.
fn found(props: &ReadingChoicesProps, choice: &Choice) -> String {
    let table = &props.table;
    let told = table.text.as_ref().and_then(|told| value(told, choice.of));
    match told.filter(|_| value(&table.reading, choice.of).is_none()) {
        Some(told) => {
            let named = choice.values.iter().find(|(value, _)| *value == told);
            format!("found: {}", named.map_or(told, |(_, text)| text))
        }
        None => "what the text suggests".to_owned(),
    }
}
