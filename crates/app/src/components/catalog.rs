//! What there is: tables with their columns, and the pipelines that fill them.

use std::rc::Rc;

use sandglass_protocol::{Keeping, TableId, TableInfo, VOTES};
use sandglass_ui::format;
use sandglass_ui::icon::{Icon, Picture};
use yew::prelude::*;

use super::keeping::in_words;
use crate::actions::use_actions;

/// The tables.
#[derive(Properties, PartialEq)]
pub(crate) struct CatalogProps {
    pub(crate) tables: Rc<Vec<Rc<TableInfo>>>,
    /// The one that is looked at.
    pub(crate) shown: TableId,
    /// Whether they stay.
    pub(crate) keeping: Keeping,
}

/// The catalog, at the side of a wide page and below the results of a narrow one.
#[component]
pub(crate) fn Catalog(props: &CatalogProps) -> Html {
    html! {
        <aside class="catalog" aria-label="Catalog">
            <h2>{ "Tables" }</h2>
            { for props.tables.iter().map(|table| html! {
                <CatalogTable
                    key={table.id} table={Rc::clone(table)} name={name_among(table, &props.tables)}
                    shown={table.id == props.shown}
                />
            }) }
            <h2>{ "Pipelines" }</h2>
            <p class="catalog-pipeline">
                <strong>{ "votes" }</strong>
                { " takes every source with the columns of votes. It stores each Id once, counts votes per week and marks the weeks far from the mean." }
            </p>
            <p class="note" data-testid="keeping-note">{ in_words(&props.keeping) }</p>
        </aside>
    }
}

/// A table.
#[derive(Properties, PartialEq)]
struct CatalogTableProps {
    table: Rc<TableInfo>,
    name: String,
    shown: bool,
}

#[component]
fn CatalogTable(props: &CatalogTableProps) -> Html {
    let actions = use_actions();
    let table = &props.table;
    let id = table.id;
    let show = use_callback(actions, move |_: MouseEvent, actions| actions.show_table(id));
    let heading = format!("catalog-{id}");
    html! {
        <section class="catalog-table" aria-labelledby={heading.clone()}>
            <h3 id={heading}>
                <button
                    type="button" class="catalog-name" data-testid={format!("table-{id}")}
                    aria-current={props.shown.then_some("true")} onclick={show}
                >
                    <Icon of={Picture::Table} /><span>{ &props.name }</span>
                </button>
            </h3>
            <p class="note">
                { size(table) }
                if id == VOTES {
                    { ", by the pipeline votes" }
                }
            </p>
            if props.shown {
                <ul>{ for table.columns.iter().map(|column| column_line(table, column)) }</ul>
            }
        </section>
    }
}

/// The name of a table, with its schema where others have the same name.
pub(crate) fn name_among(table: &TableInfo, tables: &[Rc<TableInfo>]) -> String {
    let is_same = |other: &&Rc<TableInfo>| other.name == table.name;
    match tables.iter().filter(is_same).count() {
        0 | 1 => table.name.clone(),
        _ => format!("{}.{}", table.schema, table.name),
    }
}

/// How much there is in a table, and where.
fn size(table: &TableInfo) -> String {
    let mut text = format::counted(table.rows, "row");
    if table.bytes > 0 {
        text.push_str(&format!(", {} in memory", format::bytes(table.bytes)));
    }
    if table.stored_bytes > 0 {
        text.push_str(&format!(", {} stored", format::bytes(table.stored_bytes)));
    }
    text
}

fn column_line(table: &TableInfo, column: &sandglass_protocol::ColumnInfo) -> Html {
    html! {
        <li>
            <span class="column">
                { &column.name }
                if column.key {
                    <span class="key" title="The key: a row with the same value is a duplicate">
                        <Icon of={Picture::Key} />
                        <span class="visually-hidden">{ ", key" }</span>
                    </span>
                }
                if table.time.as_ref() == Some(&column.name) {
                    <span class="key" title="The time: rows are counted per week by it">
                        <Icon of={Picture::Clock} />
                        <span class="visually-hidden">{ ", time" }</span>
                    </span>
                }
            </span>
            <span class="kind">{ &column.kind }</span>
            if column.nulls > 0 {
                <span class="nulls">{ format::counted(column.nulls, "null") }</span>
            }
        </li>
    }
}
