//! The 22 queries of TPC-H at scale 0.01: that all run, and that their answers have as many rows as those of DuckDB.
//! `tests/bench/tpch.py` holds the answers themselves against DuckDB's.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod support;

use sandglass_query::{Options, statements};
use support::Db;

/// The rows of each answer; from DuckDB 2.0.0 on the same data.
const ROWS: [usize; 22] = [4, 4, 10, 5, 5, 1, 4, 2, 173, 20, 359, 2, 33, 1, 1, 296, 1, 2, 1, 1, 1, 7];

#[test]
fn all_queries_of_tpch_have_answers() {
    let script =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/bench/tpch.sql")).unwrap();
    let queries = statements(&script).unwrap();
    assert_eq!(queries.len(), ROWS.len());
    for partitions in [1, 3] {
        let db = Db::with(&Options { partitions, ..Options::default() });
        support::tpch::fill(&db, 0.01);
        assert_eq!(db.lines("SELECT count(*), sum(l_quantity) FROM lineitem"), ["60175|1536127.00"]);
        let found: Vec<usize> = queries.iter().map(|query| db.lines(&query.text).len()).collect();
        assert_eq!(found, ROWS);
    }
}
