//! What there is to query: schemas, tables and views with their columns. A click puts a name into the script.

use std::rc::Rc;

use sandglass_protocol::sql::{SqlCatalog, SqlTable};
use sandglass_ui::format;
use sandglass_ui::icon::{Icon, Picture};
use yew::prelude::*;

use super::EditorLink;
use crate::actions::use_actions;
use crate::workspace::{QueryEngine, names};

/// Schemas that describe the others.
const SYSTEM: [&str; 2] = ["system", "information_schema"];

/// The catalog.
pub(super) fn schemas(catalog: Option<&SqlCatalog>, engine: QueryEngine, editor: &EditorLink) -> Html {
    let Some(catalog) = catalog else {
        let text = match engine {
            QueryEngine::Failed => "There is no SQL engine.",
            _ => "Loading the SQL engine.",
        };
        return html! { <section><h2>{ "Tables" }</h2><p class="note">{ text }</p></section> };
    };
    let mut schemas: Vec<(&str, Vec<&SqlTable>)> = Vec::new();
    for table in &catalog.tables {
        match schemas.iter_mut().find(|(schema, _)| *schema == table.schema) {
            Some((_, tables)) => tables.push(table),
            None => schemas.push((&table.schema, vec![table])),
        }
    }
    let (system, own): (Vec<_>, Vec<_>) =
        schemas.into_iter().partition(|(schema, _)| SYSTEM.contains(schema));
    let show = |(schema, tables): &(&str, Vec<&SqlTable>)| {
        html! {
            <details key={schema.to_string()} class="sql-schema" open={!SYSTEM.contains(schema)}>
                <summary>{ *schema }<span class="note">{ format!(" {}", tables.len()) }</span></summary>
                <ul>
                    { for tables.iter().map(|table| html! {
                        <TableEntry key={table.name.clone()} table={Rc::new((*table).clone())} editor={editor.clone()} />
                    }) }
                </ul>
            </details>
        }
    };
    html! {
        <section data-testid="sql-catalog" aria-labelledby="sql-catalog-title">
            <h2 id="sql-catalog-title">{ "Tables" }</h2>
            if own.is_empty() {
                <p class="note">{ "There are none yet. Drop a file anywhere on the page, or write CREATE TABLE." }</p>
            }
            { for own.iter().map(show) }
            { for system.iter().map(show) }
        </section>
    }
}

/// A table.
#[derive(Properties, PartialEq)]
struct TableEntryProps {
    table: Rc<SqlTable>,
    editor: EditorLink,
}

#[component]
fn TableEntry(props: &TableEntryProps) -> Html {
    let actions = use_actions();
    let open = use_state_eq(|| false);
    let TableEntryProps { table, editor } = props;
    let fold = {
        let open = open.clone();
        Callback::from(move |_: MouseEvent| open.set(!*open))
    };
    let insert = |text: String| {
        let editor = editor.clone();
        Callback::from(move |_: MouseEvent| {
            editor.with(|editor| editor.insert(&text));
        })
    };
    let explore = {
        let table = Rc::clone(table);
        Callback::from(move |_: MouseEvent| actions.explore_table(&table.schema, &table.name))
    };
    let is_view = table.view.is_some();
    let written = match table.schema.as_str() {
        "main" => names::written(&table.name),
        schema => names::qualified(schema, &table.name),
    };
    html! {
        <li class="sql-table" data-table={format!("{}.{}", table.schema, table.name)}>
            <div class="sql-table-line">
                <button
                    type="button" class="sql-fold" aria-expanded={open.to_string()}
                    aria-label={format!("Columns of {}", table.name)} onclick={fold}
                >
                    <span aria-hidden="true">{ if *open { "▾" } else { "▸" } }</span>
                </button>
                <button type="button" class="sql-insert" title="Put the name into the script" onclick={insert(written)}>
                    { &table.name }
                </button>
                <span class="note">
                    { match (is_view, table.rows) {
                        (true, _) => "view".to_owned(),
                        (false, Some(rows)) => format::count(rows),
                        (false, None) => String::new(),
                    } }
                </span>
                <button
                    type="button" class="sql-fold" title="Look into its columns"
                    aria-label={format!("Look into the columns of {}", table.name)} onclick={explore}
                >
                    <Icon of={Picture::Bars} />
                </button>
            </div>
            if *open {
                if table.columns.is_empty() {
                    <p class="note">{ "Its columns are known when it is run." }</p>
                }
                <ul>
                    { for table.columns.iter().map(|column| html! {
                        <li>
                            <button
                                type="button" class="sql-insert" title="Put the name into the script"
                                onclick={insert(names::written(&column.name))}
                            >
                                { &column.name }
                            </button>
                            <span class="kind">{ &column.sql_type }</span>
                        </li>
                    }) }
                </ul>
            }
        </li>
    }
}
