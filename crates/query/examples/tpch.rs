//! Makes a warehouse with the tables of TPC-H, for the benchmark beside DuckDB: `tpch DIR SCALE`.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

#[path = "../tests/support/mod.rs"]
mod support;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().expect("the folder of the warehouse");
    let scale = arguments.next().expect("the scale, such as 0.1").parse().expect("a number");
    let db = support::Db::at(folder.as_ref(), &sandglass_query::Options::default());
    support::tpch::fill(&db, scale);
}
