//! What there is: tables with their columns, and the pipelines that fill them.

use std::rc::Rc;

use sandglass_protocol::TableInfo;
use yew::prelude::*;

use super::icon::{Icon, Picture};
use crate::format;

/// The tables.
#[derive(Properties, PartialEq)]
pub(crate) struct CatalogProps {
    pub(crate) table: Rc<TableInfo>,
}

/// The catalog, at the side of a wide page and below the results of a narrow one.
#[component]
pub(crate) fn Catalog(props: &CatalogProps) -> Html {
    let table = &props.table;
    html! {
        <aside class="catalog" aria-label="Catalog">
            <h2>{ "Tables" }</h2>
            <section class="catalog-table" aria-labelledby="catalog-votes">
                <h3 id="catalog-votes"><Icon of={Picture::Table} />{ &table.name }</h3>
                <p class="note">{ format!("{}, {} in memory", format::counted(table.rows, "row"), format::bytes(table.bytes)) }</p>
                <ul>
                    { for table.columns.iter().map(|column| html! {
                        <li>
                            <span class="column">
                                { &column.name }
                                if column.key {
                                    <span class="key" title="The key: a row with the same value is a duplicate">
                                        <Icon of={Picture::Key} />
                                        <span class="visually-hidden">{ ", key" }</span>
                                    </span>
                                }
                            </span>
                            <span class="kind">{ &column.kind }</span>
                            if column.nulls > 0 {
                                <span class="nulls">{ format::counted(column.nulls, "null") }</span>
                            }
                        </li>
                    }) }
                </ul>
            </section>
            <h2>{ "Pipelines" }</h2>
            <p class="catalog-pipeline">
                <strong>{ "votes" }</strong>
                { " stores each Id once, counts votes per week and marks the weeks far from the mean." }
            </p>
            <p class="note">{ "Kept in this tab until you close or reload it." }</p>
        </aside>
    }
}
