//! The columns of a table, and how its sources could be read instead: with other types, another key or another time.

use std::rc::Rc;

use sandglass_protocol::{ColumnInfo, KeyChoice, ReadAs, Reading, TYPES, TableChoice, TableInfo, VOTES};
use sandglass_ui::format;
use sandglass_ui::icon::{Icon, Picture};
use web_sys::HtmlSelectElement;
use yew::prelude::*;

use super::reading::ReadingChoices;
use super::table_frame::TableFrame;
use crate::actions::use_actions;

/// Which table.
#[derive(Properties, PartialEq)]
pub(crate) struct ColumnsTableProps {
    pub(crate) table: Rc<TableInfo>,
}

/// The kinds of keys, with their `data-testid` and what they say.
const KEYS: [(KeyMode, &str, &str); 3] = [
    (KeyMode::None, "key-none", "Keep every row"),
    (KeyMode::Row, "key-row", "Leave out rows that are the same in all columns"),
    (KeyMode::Columns, "key-columns", "Leave out rows with the same values in the key columns"),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum KeyMode {
    None,
    Row,
    Columns,
}

/// What is chosen, before the sources are read again.
#[derive(Debug, Clone, PartialEq)]
struct Draft {
    mode: KeyMode,
    /// The columns of the key, in the order of the table.
    key: Vec<String>,
    time: Option<String>,
    /// The types of columns that are not to be those that were found.
    types: Vec<(String, String)>,
    reading: Reading,
}

impl Draft {
    fn of(table: &TableInfo) -> Self {
        let (mode, key) = match &table.key {
            KeyChoice::None => (KeyMode::None, Vec::new()),
            KeyChoice::Row => (KeyMode::Row, Vec::new()),
            KeyChoice::Columns(columns) => (KeyMode::Columns, columns.clone()),
        };
        let (time, types) = (table.time.clone(), table.types.clone());
        Self { mode, key, time, types, reading: table.reading.clone() }
    }

    fn choice(&self) -> TableChoice {
        let key = match self.mode {
            KeyMode::Columns if !self.key.is_empty() => KeyChoice::Columns(self.key.clone()),
            KeyMode::Row => KeyChoice::Row,
            KeyMode::None | KeyMode::Columns => KeyChoice::None,
        };
        let (time, types) = (self.time.clone(), self.types.clone());
        TableChoice { key, time, types, reading: self.reading.clone() }
    }

    /// With a type for a column; none gives it the type that is found.
    fn typed(&self, column: &str, chosen: Option<String>) -> Self {
        let mut types = self.types.clone();
        types.retain(|(name, _)| name != column);
        types.extend(chosen.map(|chosen| (column.to_owned(), chosen)));
        Self { types, ..self.clone() }
    }

    /// The type that is chosen for a column.
    fn type_of(&self, column: &str) -> Option<&str> {
        self.types.iter().find(|(name, _)| name == column).map(|(_, chosen)| chosen.as_str())
    }

    /// With a column in the key, or out of it.
    fn toggled(&self, table: &TableInfo, column: &str) -> Self {
        let is_key = |name: &str| self.key.iter().any(|key| key == name) != (name == column);
        let names = table.columns.iter().map(|column| &column.name);
        let key: Vec<String> = names.filter(|name| is_key(name)).cloned().collect();
        let mode = if key.is_empty() { KeyMode::None } else { KeyMode::Columns };
        Self { mode, key, ..self.clone() }
    }
}

/// The columns with their types. These, what tells rows apart, and which column has the time can be changed.
#[component]
pub(crate) fn ColumnsTable(props: &ColumnsTableProps) -> Html {
    let table = &props.table;
    let draft = use_state_eq(|| Draft::of(table));
    let own = table.id == VOTES;
    html! {
        <div class="columns-view">
            <TableFrame label={format!("Columns of the table {}", table.name)} test_id="columns-table">
                <thead>
                    <tr>
                        <th scope="col">{ "Column" }</th>
                        <th scope="col">{ "Type" }</th>
                        <th scope="col" class="number">{ "Nulls" }</th>
                        <th scope="col">{ "Key" }</th>
                    </tr>
                </thead>
                <tbody>{ for table.columns.iter().map(|column| column_row(table, column, &draft, own || !table.at_hand)) }</tbody>
            </TableFrame>
            if !table.at_hand {
                <NotAtHand table={Rc::clone(table)} />
            } else if own {
                <OfPipeline table={Rc::clone(table)} />
            } else {
                <Choices table={Rc::clone(table)} draft={draft.clone()} />
            }
            <Origins table={Rc::clone(table)} />
        </div>
    }
}

fn column_row(table: &Rc<TableInfo>, column: &ColumnInfo, draft: &UseStateHandle<Draft>, own: bool) -> Html {
    let checked = draft.key.contains(&column.name);
    let onchange = {
        let (draft, table, name) = (draft.clone(), Rc::clone(table), column.name.clone());
        Callback::from(move |_: Event| draft.set(draft.toggled(&table, &name)))
    };
    html! {
        <tr key={column.name.clone()}>
            <th scope="row">{ &column.name }</th>
            <td>
                if own {
                    { &column.kind }
                } else {
                    { type_field(table, column, draft) }
                }
            </td>
            <td class="number">{ format::count(column.nulls) }</td>
            <td>
                <input
                    type="checkbox" {checked} disabled={own} {onchange}
                    aria-label={format!("{} is part of the key", column.name)}
                />
            </td>
        </tr>
    }
}

/// The type of a column, to be changed. What was found stands first, unless something else was chosen when it was read.
fn type_field(table: &TableInfo, column: &ColumnInfo, draft: &UseStateHandle<Draft>) -> Html {
    let chosen = draft.type_of(&column.name);
    let was_chosen = table.types.iter().any(|(name, _)| *name == column.name);
    let found = if was_chosen { "as found" } else { column.kind.as_str() };
    let onchange = {
        let (draft, name) = (draft.clone(), column.name.clone());
        Callback::from(move |event: Event| {
            let value = event.target_dyn_into::<HtmlSelectElement>().map(|select| select.value());
            draft.set(draft.typed(&name, value.filter(|value| !value.is_empty())));
        })
    };
    let others = TYPES.into_iter().filter(|name| was_chosen || *name != column.kind);
    html! {
        <select class="bare" aria-label={format!("Type of {}", column.name)} {onchange}>
            <option value="" selected={chosen.is_none()}>{ found }</option>
            { for others.map(|name| html! {
                <option value={name} selected={chosen == Some(name)}>{ type_name(name) }</option>
            }) }
        </select>
    }
}

/// A type in words, as the catalog has it.
fn type_name(name: &'static str) -> &'static str {
    if name == "timestamptz" { "timestamp with zone" } else { name }
}

/// A table and what is chosen for it.
#[derive(Properties, PartialEq)]
struct ChoicesProps {
    table: Rc<TableInfo>,
    draft: UseStateHandle<Draft>,
}

#[component]
fn Choices(props: &ChoicesProps) -> Html {
    let actions = use_actions();
    let (table, draft) = (&props.table, &props.draft);
    let changed = draft.choice() != Draft::of(table).choice();
    let choose_key = |mode: KeyMode| {
        let draft = draft.clone();
        Callback::from(move |_: Event| {
            let key = if mode == KeyMode::Columns { draft.key.clone() } else { Vec::new() };
            draft.set(Draft { mode, key, ..(*draft).clone() });
        })
    };
    let choose_time = {
        let draft = draft.clone();
        Callback::from(move |event: Event| {
            let value = event.target_dyn_into::<HtmlSelectElement>().map(|select| select.value());
            let time = value.filter(|value| !value.is_empty());
            draft.set(Draft { time, ..(*draft).clone() });
        })
    };
    let choose_reading = {
        let draft = draft.clone();
        Callback::from(move |reading: Reading| draft.set(Draft { reading, ..(*draft).clone() }))
    };
    let read = {
        let (actions, table, draft) = (actions.clone(), Rc::clone(table), draft.clone());
        Callback::from(move |_: MouseEvent| actions.read_again(&table, ReadAs::Table(draft.choice())))
    };
    let as_votes = {
        let (actions, table) = (actions.clone(), Rc::clone(table));
        Callback::from(move |_: MouseEvent| actions.read_again(&table, ReadAs::Votes))
    };
    let forget = {
        let id = table.id;
        Callback::from(move |_: MouseEvent| actions.forget_table(id))
    };
    let times =
        table.columns.iter().filter(|column| is_time(draft.type_of(&column.name).unwrap_or(&column.kind)));
    html! {
        <div class="choices">
            <fieldset class="choice-list">
                <legend>{ "Duplicates" }</legend>
                { for KEYS.map(|(mode, test_id, text)| html! {
                    <label>
                        <input
                            type="radio" name="key" data-testid={test_id} checked={draft.mode == mode}
                            onchange={choose_key(mode)}
                        />
                        <span>{ text }</span>
                    </label>
                }) }
            </fieldset>
            <label class="choice-time">
                <span>{ "Time, by which rows are counted per week" }</span>
                <select data-testid="time-column" onchange={choose_time}>
                    <option value="" selected={draft.time.is_none()}>{ "none" }</option>
                    { for times.map(|column| html! {
                        <option value={column.name.clone()} selected={draft.time.as_ref() == Some(&column.name)}>
                            { &column.name }
                        </option>
                    }) }
                </select>
            </label>
            <ReadingChoices table={Rc::clone(table)} reading={draft.reading.clone()} on_change={choose_reading} />
            <div class="choice-buttons">
                <button type="button" class="primary" data-testid="read-again" disabled={!changed} onclick={read}>
                    <Icon of={Picture::Restart} /><span>{ "Read again" }</span>
                </button>
                if table.claimed {
                    <button type="button" class="plain" data-testid="read-as-votes" onclick={as_votes}>{ "Read as votes" }</button>
                }
                <button type="button" class="quiet" data-testid="forget-table" onclick={forget}>{ "Remove this table" }</button>
            </div>
        </div>
    }
}

/// A table.
#[derive(Properties, PartialEq)]
struct OfTableProps {
    table: Rc<TableInfo>,
}

/// What can be done with a table whose files the page does not have, because it was read before the page was loaded.
#[component]
fn NotAtHand(props: &OfTableProps) -> Html {
    let actions = use_actions();
    let id = props.table.id;
    let forget = Callback::from(move |_: MouseEvent| actions.forget_table(id));
    html! {
        <div class="choices">
            <p class="note">
                { "Its files were read before this page was loaded. To read them in another way, remove the table and drop them again." }
            </p>
            <div class="choice-buttons">
                <button type="button" class="quiet" data-testid="forget-table" onclick={forget}>{ "Remove this table" }</button>
            </div>
        </div>
    }
}

/// What can be done with the table of the pipeline.
#[component]
fn OfPipeline(props: &OfTableProps) -> Html {
    let actions = use_actions();
    let read = {
        let table = Rc::clone(&props.table);
        let key = KeyChoice::None;
        let (types, reading) = (Vec::new(), Reading::new());
        let choice = TableChoice { key, time: table.time.clone(), types, reading };
        Callback::from(move |_: MouseEvent| actions.read_again(&table, ReadAs::Table(choice.clone())))
    };
    html! {
        <div class="choices">
            <p class="note">{ "The pipeline votes decides what this table is like. Its files can also be a table like any other." }</p>
            <div class="choice-buttons">
                <button type="button" class="plain" data-testid="read-as-table" onclick={read}>{ "Read as a table of their own" }</button>
            </div>
        </div>
    }
}

/// Where the table is from, and how its columns have changed on the way.
#[component]
fn Origins(props: &OfTableProps) -> Html {
    let TableInfo { sources, drift, .. } = &*props.table;
    let list = |lines: &[String]| lines.iter().map(|line| html! { <li>{ line }</li> }).collect::<Html>();
    html! {
        <div class="origins">
            if !drift.is_empty() {
                <details open={drift.len() <= 5}>
                    <summary>{ format!("{} of its columns", format::counted(drift.len() as u64, "change")) }</summary>
                    <ul data-testid="drift">{ list(drift) }</ul>
                </details>
            }
            <details open={sources.len() <= 3}>
                <summary>{ format::counted(sources.len() as u64, "source") }</summary>
                <ul>{ list(sources) }</ul>
            </details>
        </div>
    }
}

fn is_time(kind: &str) -> bool {
    kind == "date" || kind.starts_with("timestamp")
}
