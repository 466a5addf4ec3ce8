//! Runs each statement of a script over a warehouse some times and prints, as lines of JSON, its answer and the seconds of each run:
//! `answers DIR SCRIPT RUNS`. One thread.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::time::Instant;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().expect("the folder of the warehouse");
    let script =
        std::fs::read_to_string(arguments.next().expect("a script")).expect("a script that can be read");
    let runs: usize = arguments.next().expect("how many runs").parse().expect("a number");
    let db = support::Db::at(
        folder.as_ref(),
        &sandglass_query::Options { memory: 4 << 30, cache: 2 << 30, ..Default::default() },
    );
    for parsed in sandglass_query::statements(&script).expect("statements") {
        let mut seconds = Vec::new();
        let mut answer = None;
        for _ in 0..runs {
            let begun = Instant::now();
            answer = Some(db.run(&parsed.text));
            seconds.push(begun.elapsed().as_secs_f64());
        }
        let line = match answer.expect("a run") {
            Ok(answer) => serde_json::json!({
                "columns": answer.columns, "rows": answer.rows, "notes": answer.notes, "seconds": seconds,
            }),
            Err(error) => serde_json::json!({ "error": error.to_string(), "sql": parsed.text }),
        };
        println!("{line}");
    }
}
