//! `sandglass sql`: over a warehouse and over files, in every form.
#![allow(clippy::unwrap_used, missing_docs)]

use std::path::Path;
use std::process::{Command, Output};

fn sandglass(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sandglass"));
    command.current_dir(folder).env_remove("SANDGLASS_WAREHOUSE").args(arguments).output().unwrap()
}

/// What a call writes to standard output; it has to end well.
fn answer(folder: &Path, arguments: &[&str]) -> String {
    let output = sandglass(folder, arguments);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// What a call that fails says.
fn complaint(folder: &Path, arguments: &[&str]) -> String {
    let output = sandglass(folder, arguments);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}");
    String::from_utf8(output.stderr).unwrap()
}

const VOTES: &str = r#"{"Id":1,"PostId":1,"VoteTypeId":2,"CreationDate":"2022-01-02T00:00:00.000"}
{"Id":2,"PostId":1,"VoteTypeId":2,"CreationDate":"2022-01-09T00:00:00.000"}
{"Id":4,"PostId":1,"VoteTypeId":2,"CreationDate":"2022-01-09T00:00:00.000"}
{"Id":5,"PostId":1,"VoteTypeId":2,"CreationDate":"2022-01-09T00:00:00.000"}
"#;

#[test]
fn what_was_ingested_can_be_asked() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("votes.jsonl"), VOTES).unwrap();
    answer(folder, &["ingest", "votes.jsonl"]);
    let weeks = answer(folder, &["sql", "select * from blog_analysis.outlier_weeks", "--format", "csv"]);
    assert_eq!(weeks, "Year,WeekNumber,VoteCount\n2022,0,1\n2022,1,3\n");
    let weeks = answer(folder, &["sql", "SELECT * FROM weekly_votes", "--format", "json"]);
    let weeks: serde_json::Value = serde_json::from_str(&weeks).unwrap();
    assert_eq!(weeks[1], serde_json::json!({"Year": 2022, "WeekNumber": 1, "VoteCount": 3}));
    // What statements change is there for the next call.
    answer(
        folder,
        &["sql", "CREATE TABLE first AS SELECT min(id) AS id FROM votes; INSERT INTO first VALUES (9)"],
    );
    let table = answer(folder, &["sql", "SELECT id, NULL AS nothing, 'x' AS text FROM first ORDER BY id"]);
    assert_eq!(
        table,
        "    id  nothing  text\nbigint  null     varchar\n────────────────────────\n     1  NULL     x\n     9  NULL     x\n"
    );
    // A plan is one step below the other.
    let plan = answer(folder, &["sql", "EXPLAIN SELECT count(*) FROM votes WHERE Id > 1", "--threads", "1"]);
    assert!(plan.starts_with("logical_plan\n  Projection: "), "{plan}");
    assert!(plan.contains("\nphysical_plan\n  ProjectionExec: "), "{plan}");
    assert!(
        plan.lines().any(|step| step.trim_start().starts_with("ScanExec: blog_analysis.votes")),
        "{plan}"
    );
    let error = complaint(folder, &["sql", "SELECT Idd FROM votes"]);
    assert!(error.contains("line 1, column 8: there is no column Idd in votes; did you mean Id?"), "{error}");
    assert!(error.contains("  SELECT Idd FROM votes\n         ^^^"), "{error}");
}

#[test]
fn files_are_asked_and_written_in_every_form() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("a.csv"), "n;text\n1;x|y\n2;\n").unwrap();
    let sql = "SELECT n, text FROM 'a.csv' ORDER BY n";
    assert_eq!(answer(folder, &["sql", sql, "--format", "csv"]), "n,text\n1,x|y\n2,\n");
    assert_eq!(
        answer(folder, &["sql", sql, "--format", "ndjson"]),
        "{\"n\":1,\"text\":\"x|y\"}\n{\"n\":2,\"text\":null}\n"
    );
    assert_eq!(
        answer(folder, &["sql", sql, "--format", "markdown"]),
        "| n | text |\n| ---: | --- |\n| 1 | x\\|y |\n| 2 |  |\n"
    );
    for file in ["b.parquet", "b.arrow", "b.csv", "b.ndjson", "b.json"] {
        answer(folder, &["sql", sql, "-o", file]);
        let again = format!("SELECT sum(n), count(text) FROM '{file}'");
        assert_eq!(answer(folder, &["sql", &again, "--format", "csv"]).lines().nth(1), Some("3,1"), "{file}");
    }
    std::fs::write(folder.join("script.sql"), "SELECT 1 AS a; -- ; \nSELECT 2 AS b").unwrap();
    assert_eq!(answer(folder, &["sql", "-f", "script.sql", "--format", "csv"]), "a\n1\nb\n2\n");
    assert!(complaint(folder, &["sql", "SELECT * FROM 'gone.csv'"]).contains("there is no file gone.csv"));
    assert!(complaint(folder, &["sql", "SELECT * FROM votes"]).contains("the warehouse is empty"));
    // Asking makes no warehouse.
    assert!(!folder.join("warehouse").exists());
}

/// A question that nobody waits for.
#[cfg(unix)]
const ENDLESS: &str = "SELECT sum(a.range * b.range % 7) FROM range(1, 1000000) a, range(1, 1000000) b";

#[cfg(unix)]
#[test]
fn ctrl_c_ends_a_query_and_nothing_else() {
    use std::process::Stdio;
    use std::time::{Duration, Instant};

    let folder = tempfile::tempdir().unwrap();
    for threads in ["1", "2"] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sandglass"));
        command.current_dir(folder.path()).env_remove("SANDGLASS_WAREHOUSE");
        command.args(["sql", ENDLESS, "--threads", threads]).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        std::thread::sleep(Duration::from_millis(1500));
        assert!(child.try_wait().unwrap().is_none(), "it runs until somebody ends it");
        let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
        assert!(killed.success());
        let asked = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            // A query that cannot be ended must not keep the test from ending.
            if asked.elapsed() > Duration::from_secs(60) {
                child.kill().unwrap();
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        // It ends by itself, with words, and is not killed by the signal.
        assert_eq!(status.code(), Some(1), "{threads} threads");
        let mut said = String::new();
        std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut said).unwrap();
        assert!(said.contains("cancelled"), "{said}");
    }
}
