use std::rc::Rc;

use sandglass_protocol::VERSION;
use sandglass_protocol::sql::{Place, ResultInfo, SqlColumn, SqlCost, SqlError, SqlEvent, SqlOutcome};

use super::problems::{line_and_column, problems, summary};
use super::{End, Outcome, QueryEngine, RunState, Step, View, Workspace, kept, names};

fn ready() -> Workspace {
    let mut workspace = Workspace::default();
    workspace.apply(Step::Want);
    workspace.apply(Step::Heard(SqlEvent::Ready { version: VERSION.to_owned() }));
    workspace
}

fn run(workspace: &mut Workspace, sql: &str) {
    workspace.apply(Step::Run { sql: sql.to_owned(), from: 0, at: 1.0 });
    workspace.begin_next();
}

fn rows(result: u32, rows: u64) -> SqlOutcome {
    let columns = vec![SqlColumn {
        name: "a".to_owned(),
        sql_type: "BIGINT".to_owned(),
        kind: sandglass_protocol::sql::ColumnKind::Number,
    }];
    let first = vec![vec![Some("1".to_owned())]];
    SqlOutcome::Rows(ResultInfo { result, columns, rows, is_whole: true, first, notes: Vec::new() })
}

fn statement(workspace: &mut Workspace, run: u32, statement: u32, outcome: SqlOutcome) {
    let place = Place { from: 0, to: 8 };
    workspace.apply(Step::Heard(SqlEvent::Began { run, statement, statements: 2, place }));
    let cost = SqlCost { elapsed_ms: 5.0, ..SqlCost::default() };
    workspace.apply(Step::Heard(SqlEvent::Statement { run, statement, place, outcome, cost }));
}

fn ended(workspace: &mut Workspace, run: u32, cancelled: bool) {
    workspace.apply(Step::Heard(SqlEvent::Ended { run, cancelled }));
    workspace.begin_next();
}

#[test]
fn the_last_rows_of_a_script_are_shown_and_all_are_kept() {
    let mut workspace = ready();
    run(&mut workspace, "SELECT 1; SELECT 2");
    statement(&mut workspace, 1, 0, rows(7, 3));
    statement(&mut workspace, 1, 1, rows(8, 4));
    ended(&mut workspace, 1, false);
    assert_eq!(workspace.script().shown, 1);
    assert_eq!(workspace.results(), [7, 8]);
    assert_eq!(workspace.past.len(), 1);
    let past = &workspace.past[0];
    assert_eq!((past.rows, past.ms, past.end), (Some(4), 10.0, End::Done));
    assert_eq!(workspace.active, None);
}

#[test]
fn a_statement_without_rows_does_not_take_rows_out_of_sight() {
    let mut workspace = ready();
    run(&mut workspace, "SELECT 1; DROP TABLE t");
    statement(&mut workspace, 1, 0, rows(7, 3));
    statement(&mut workspace, 1, 1, SqlOutcome::Done("Dropped t.".to_owned()));
    assert_eq!(workspace.script().shown, 0);
}

#[test]
fn one_script_runs_at_a_time_and_the_others_wait_in_order() {
    let mut workspace = ready();
    run(&mut workspace, "SELECT 1");
    workspace.apply(Step::New { name: None, text: String::new() });
    run(&mut workspace, "SELECT 2");
    assert_eq!(workspace.active, Some(1));
    assert_eq!(workspace.script().run.as_ref().unwrap().state, RunState::Waiting);
    // What waits is not run twice.
    run(&mut workspace, "SELECT 3");
    assert_eq!(&*workspace.script().run.as_ref().unwrap().sql, "SELECT 2");
    ended(&mut workspace, 1, false);
    assert_eq!(workspace.active, Some(2));
}

#[test]
fn what_waits_is_cancelled_at_once_and_what_runs_when_the_engine_says_so() {
    let mut workspace = ready();
    run(&mut workspace, "SELECT 1");
    let first = workspace.open;
    workspace.apply(Step::New { name: None, text: String::new() });
    run(&mut workspace, "SELECT 2");
    workspace.apply(Step::Cancel(workspace.open));
    assert_eq!(workspace.script().run.as_ref().unwrap().state, RunState::Ended { cancelled: true });
    assert_eq!(workspace.to_cancel(), None);
    workspace.apply(Step::Cancel(first));
    assert_eq!(workspace.to_cancel(), Some(1));
    ended(&mut workspace, 1, true);
    assert_eq!(workspace.to_cancel(), None);
    assert_eq!(workspace.past[0].end, End::Cancelled);
}

#[test]
fn closing_a_tab_stops_its_run_and_there_is_always_a_tab() {
    let mut workspace = ready();
    run(&mut workspace, "SELECT 1");
    workspace.apply(Step::Close(workspace.open));
    assert_eq!(workspace.to_cancel(), Some(1));
    assert_eq!(workspace.scripts.len(), 1);
    assert_eq!(&*workspace.script().text, "");
    ended(&mut workspace, 1, true);
    assert_eq!(workspace.active, None);
}

#[test]
fn rows_go_with_the_engine_and_what_waits_is_run_by_the_next_one() {
    let mut workspace = ready();
    run(&mut workspace, "SELECT 1");
    statement(&mut workspace, 1, 0, rows(7, 3));
    ended(&mut workspace, 1, false);
    workspace.apply(Step::New { name: Some("Heavy".to_owned()), text: String::new() });
    run(&mut workspace, "SELECT 2");
    workspace.apply(Step::New { name: None, text: String::new() });
    run(&mut workspace, "SELECT 3");
    let told = workspace.apply(Step::Stopped("out of memory".to_owned())).unwrap();
    assert_eq!(told.title, "The SQL engine stopped while Heavy ran");
    assert!(
        told.text.contains("tables are intact") && told.text.ends_with("Out of memory."),
        "{}",
        told.text
    );
    assert!(workspace.results().is_empty());
    let first = workspace.scripts[0].run.as_ref().unwrap();
    assert_eq!(first.ended[0].outcome, Outcome::Lost(3));
    assert_eq!(workspace.scripts[1].run.as_ref().unwrap().state, RunState::Lost);
    assert_eq!(workspace.active, None);
    workspace.apply(Step::Heard(SqlEvent::Ready { version: VERSION.to_owned() }));
    workspace.begin_next();
    assert_eq!(workspace.active, Some(3));
}

#[test]
fn an_engine_of_another_version_is_not_used() {
    let mut workspace = Workspace::default();
    assert!(workspace.apply(Step::Heard(SqlEvent::Ready { version: "0".to_owned() })).is_some());
    assert_eq!(workspace.engine, QueryEngine::Failed);
}

#[test]
fn a_problem_is_where_the_editor_counts_it() {
    let mut workspace = ready();
    let sql = "SELECT '😀', nme";
    workspace.apply(Step::Edit(workspace.open, format!("-- 😀 more\n{sql}")));
    workspace.apply(Step::Run { sql: sql.to_owned(), from: 11, at: 1.0 });
    workspace.begin_next();
    let place = Some(Place { from: 12, to: 15 });
    let error = SqlError { message: "no column nme".to_owned(), place };
    statement(&mut workspace, 1, 0, SqlOutcome::Failed(error));
    ended(&mut workspace, 1, false);
    let run = workspace.script().run.clone().unwrap();
    let found = problems(&workspace.script().text, &run);
    assert_eq!((found[0].from, found[0].to), (24, 27));
    assert_eq!(problems("another text", &run), []);
    assert_eq!(workspace.past[0].end, End::Failed);
    assert_eq!(line_and_column("a\nbc\nd", 4), (2, 3));
    assert_eq!(line_and_column("", 9), (1, 1));
    assert_eq!(summary("SELECT  1,\n  2; x", 0, 14, 10), "SELECT 1, …");
}

#[test]
fn tabs_and_queries_come_back_as_they_were() {
    let mut workspace = Workspace::default();
    let first = workspace.open;
    workspace.apply(Step::Edit(first, "SELECT 'ä'".to_owned()));
    workspace.apply(Step::Rename(first, "  My \n query ".to_owned()));
    workspace.apply(Step::Save);
    workspace.apply(Step::New { name: None, text: "SELECT 2\r\n".to_owned() });
    workspace.apply(Step::Open(first));
    let (scripts, saved) = (kept::scripts(&workspace), kept::saved(&workspace.saved));
    let restored = kept::restored(Some(&scripts), None, Some(&saved));
    assert_eq!(restored.scripts.len(), 2);
    assert_eq!((&*restored.script().name, &*restored.script().text), ("My query", "SELECT 'ä'"));
    assert_eq!(&*restored.scripts[1].text, "SELECT 2\n");
    assert_eq!((restored.saved.len(), &*restored.saved[0].name), (1, "My query"));
}

#[test]
fn a_query_that_is_in_a_tab_already_is_shown_there() {
    let mut workspace = Workspace::default();
    let new = |name: Option<&str>| Step::New { name: name.map(str::to_owned), text: "SELECT 1".to_owned() };
    workspace.apply(new(Some("One")));
    let one = workspace.open;
    workspace.apply(Step::New { name: None, text: String::new() });
    workspace.apply(new(Some("One")));
    assert_eq!((workspace.open, workspace.scripts.len()), (one, 3));
    workspace.apply(new(Some("Another name")));
    assert_eq!(workspace.scripts.len(), 4);
}

#[test]
fn what_was_kept_badly_is_left_out() {
    for bad in ["", "{", "[]", "null", "{\"open\":9,\"scripts\":[]}", "[{\"sql\":1}]"] {
        let workspace = kept::restored(Some(bad), Some(bad), Some(bad));
        assert_eq!(workspace.scripts.len(), 1, "{bad}");
        assert!(workspace.past.is_empty() && workspace.saved.is_empty(), "{bad}");
    }
    let far = "{\"open\":9,\"scripts\":[{\"name\":\"\",\"sql\":\"x\"}]}";
    let workspace = kept::restored(Some(far), None, None);
    assert_eq!((&*workspace.script().name, &*workspace.script().text), ("Query 1", "x"));
}

#[test]
fn what_is_kept_has_a_bound() {
    let mut workspace = ready();
    for run_id in 1..=20 {
        let long = run_id.to_string().repeat(90_000);
        run(&mut workspace, &long);
        ended(&mut workspace, run_id, false);
        workspace.apply(Step::New { name: None, text: long });
    }
    assert!(kept::past(&workspace.past).len() < 1_100_000);
    assert!(kept::scripts(&workspace).len() < 1_100_000);
    for _ in 0..100 {
        workspace.apply(Step::New { name: None, text: String::new() });
    }
    assert_eq!(workspace.scripts.len(), super::SCRIPTS);
}

#[test]
fn pages_and_columns_find_their_result() {
    let mut workspace = ready();
    run(&mut workspace, "SELECT 1");
    statement(&mut workspace, 1, 0, rows(7, 3));
    let page = vec![vec![Some("2".to_owned())]];
    workspace.apply(Step::Heard(SqlEvent::Page { result: 7, first: 1, sort: None, rows: page.clone() }));
    workspace.apply(Step::Heard(SqlEvent::Page { result: 99, first: 1, sort: None, rows: page }));
    let there = Rc::clone(&workspace.script().run.as_ref().unwrap().rows_of(7).unwrap().pages);
    assert_eq!(there.row(1, None).unwrap()[0].as_deref(), Some("2"));
    workspace.apply(Step::View(View::Plan));
    assert_eq!(workspace.script().view, View::Plan);
}

#[test]
fn names_are_quoted_where_they_must_be() {
    for (name, written) in [
        ("votes", "votes"),
        ("Order", "\"Order\""),
        ("a b", "\"a b\""),
        ("1st", "\"1st\""),
        ("say \"hi\"", "\"say \"\"hi\"\"\""),
        ("", "\"\""),
        ("größe", "\"größe\""),
    ] {
        assert_eq!(names::written(name), written);
    }
    assert_eq!(names::first_rows("main", "a.b"), "SELECT *\nFROM main.\"a.b\"\nLIMIT 1000;\n");
}
