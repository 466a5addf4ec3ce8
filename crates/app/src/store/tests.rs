//! What the page does, stated on its state alone.

use sandglass_protocol::{Counts, SourceInfo, SourceReport, Space, VERSION, VOTES, Week};
use sandglass_ui::message::{Remedy, Tone};

use super::*;

fn started() -> State {
    State::new(ViewOptions::default())
}

fn ready() -> State {
    let mut state = started();
    state.apply(says_ready(VERSION));
    state
}

fn files(id: JobId, names: &[&str]) -> Job {
    let sources = names.iter().map(|name| SourceInfo { name: (*name).to_owned(), bytes: 1000 }).collect();
    Job { id, work: Work::Files(sources) }
}

fn counts(read: u64, stored: u64, duplicates: u64) -> Counts {
    Counts { read, stored, duplicates, conflicts: 0, rejected: read - stored - duplicates }
}

fn says_ready(version: &str) -> Action {
    Action::Heard(Event::Ready { version: version.to_owned(), rehearsal: Box::new(Event::Cleared) })
}

fn table(id: TableId, name: &str, total: Counts) -> TableInfo {
    TableInfo {
        id,
        schema: "main".to_owned(),
        name: name.to_owned(),
        key: KeyChoice::Columns(vec!["Id".to_owned()]),
        time: Some("CreationDate".to_owned()),
        untimed: 0,
        types: Vec::new(),
        claimed: true,
        reading: Vec::new(),
        text: None,
        sources: Vec::new(),
        at_hand: true,
        drift: Vec::new(),
        rows: total.stored,
        bytes: 64,
        stored_bytes: 0,
        columns: Vec::new(),
        rejected: total.rejected,
        rejects_kept: total.rejected,
        conflicts: 0,
        conflicts_kept: 0,
    }
}

fn finished(job: JobId, total: Counts, failures: &[(&str, &str)]) -> Action {
    let mut sources = vec![SourceReport {
        name: "good.jsonl".to_owned(),
        bytes: 1000,
        format: "NDJSON".to_owned(),
        counts: total,
        failure: None,
        notes: Vec::new(),
        table: Some("votes".to_owned()),
    }];
    sources.extend(failures.iter().map(|(name, reason)| SourceReport {
        name: (*name).to_owned(),
        bytes: 10,
        format: String::new(),
        counts: Counts::default(),
        failure: Some((*reason).to_owned()),
        notes: Vec::new(),
        table: None,
    }));
    let options = ViewOptions::default();
    let week = Week {
        year: 2017,
        week: 9,
        first_day: "2017-02-27".to_owned(),
        last_day: "2017-03-05".to_owned(),
        count: total.stored,
        deviation: 0.0,
        outlier: false,
    };
    let stored = total.stored as f64;
    Action::Heard(Event::Finished {
        job,
        report: Report { sources, total, elapsed_ms: 12.0 },
        table: VOTES,
        weekly: WeeklyView {
            noun: "vote".to_owned(),
            options,
            total: total.stored,
            mean: stored,
            low: stored * 0.8,
            high: stored * 1.2,
            weeks: vec![week],
        },
        tables: if total.read > 0 { vec![table(VOTES, "votes", total)] } else { Vec::new() },
    })
}

#[test]
fn files_dropped_before_the_engine_is_ready_wait_for_it() {
    let mut state = started();
    state.apply(Action::Enqueue(files(1, &["a.jsonl"])));
    assert_eq!(state.running, None);
    assert_eq!(state.current().map(|job| job.id), Some(1), "it is shown all the same");
    state.apply(says_ready(VERSION));
    assert_eq!(state.running.map(|job| job.id), Some(1));
}

#[test]
fn jobs_run_one_after_the_other_in_order() {
    let mut state = ready();
    for id in 1..=3 {
        state.apply(Action::Enqueue(files(id, &["a.jsonl"])));
    }
    assert_eq!(state.running.as_ref().map(|job| job.id), Some(1));
    state.apply(finished(1, counts(10, 10, 0), &[]));
    assert_eq!(state.running.as_ref().map(|job| job.id), Some(2));
    state.apply(Action::Heard(Event::Cancelled { job: 2 }));
    assert_eq!(state.running.as_ref().map(|job| job.id), Some(3));
}

#[test]
fn a_waiting_job_can_be_cancelled_without_asking_the_engine() {
    let mut state = ready();
    state.apply(Action::Enqueue(files(1, &["a.jsonl"])));
    state.apply(Action::Enqueue(files(2, &["b.jsonl"])));
    state.apply(Action::Cancel(2));
    assert!(state.waiting.is_empty() && !state.cancelling);
}

#[test]
fn cancelling_says_so_and_leaves_what_was_there() {
    let mut state = ready();
    state.apply(Action::Enqueue(files(1, &["a.jsonl"])));
    state.apply(finished(1, counts(10, 10, 0), &[]));
    let before = state.data.clone();
    state.apply(Action::Enqueue(files(2, &["b.jsonl"])));
    state.apply(Action::Cancel(2));
    assert!(state.cancelling);
    state.apply(Action::Heard(Event::Cancelled { job: 2 }));
    assert!(!state.cancelling && state.running.is_none());
    assert_eq!(state.data, before);
    assert_eq!(state.messages.last().map(|message| message.draft.title.as_str()), Some("Cancelled b.jsonl"));
}

#[test]
fn a_finished_job_brings_its_results() {
    let mut state = ready();
    state.apply(Action::Enqueue(files(1, &["a.jsonl"])));
    state.apply(finished(1, counts(10, 7, 2), &[]));
    assert_eq!(state.screen, Screen::Results);
    let data = state.data.as_ref().unwrap();
    assert_eq!((data.table.rows, data.version), (7, 1));
    assert!(state.messages.is_empty());
    assert!(state.announcement.contains("7 stored, 2 duplicates, 1 rejected"), "{}", state.announcement);
}

#[test]
fn the_newest_ingestion_comes_first() {
    let mut state = ready();
    for id in 1..=2 {
        state.apply(Action::Enqueue(files(id, &["a.jsonl"])));
        state.apply(finished(id, counts(10, 7, 2), &[]));
    }
    let data = state.data.unwrap();
    let ids: Vec<_> = data.ingestions.iter().map(|ingestion| ingestion.job.id).collect();
    assert_eq!((ids, data.version), (vec![2, 1], 2));
}

#[test]
fn a_file_that_fails_is_named_with_its_reason() {
    let mut state = ready();
    state.apply(Action::Enqueue(files(1, &["picture.jsonl"])));
    state.apply(finished(1, counts(0, 0, 0), &[("picture.jsonl", "It is a PNG picture.")]));
    let draft = &state.messages[0].draft;
    assert_eq!((draft.tone, draft.title.as_str()), (Tone::Error, "picture.jsonl was not read"));
    assert_eq!(draft.text, "It is a PNG picture.");
    assert_eq!((state.screen, &state.data), (Screen::Start, &None), "the first view stays");
}

#[test]
fn many_failures_do_not_fill_the_page() {
    let mut state = ready();
    state.apply(Action::Enqueue(files(1, &["a"])));
    let failures: Vec<_> = ["a", "b", "c", "d", "e"].map(|name| (name, "empty")).to_vec();
    state.apply(finished(1, counts(3, 3, 0), &failures));
    assert_eq!(state.messages.len(), 4);
    assert!(state.messages[3].draft.title.starts_with('2'));
}

#[test]
fn when_every_record_was_rejected_the_rejects_are_open() {
    let mut state = ready();
    state.apply(Action::Enqueue(files(1, &["a.jsonl"])));
    state.apply(finished(1, counts(5, 0, 0), &[]));
    assert_eq!((state.screen, state.tab), (Screen::Results, Tab::Rejects));
}

#[test]
fn the_first_rows_after_nothing_but_rejects_open_the_outliers() {
    let mut state = ready();
    state.apply(Action::Enqueue(files(1, &["a.jsonl"])));
    state.apply(finished(1, counts(5, 0, 0), &[]));
    state.apply(Action::Enqueue(files(2, &["b.jsonl"])));
    state.apply(finished(2, counts(5, 5, 0), &[]));
    assert_eq!(state.tab, Tab::Outliers);
    state.apply(Action::OpenTab(Tab::Rows));
    state.apply(Action::Enqueue(files(3, &["c.jsonl"])));
    state.apply(finished(3, counts(5, 5, 0), &[]));
    assert_eq!(state.tab, Tab::Rows, "what the user opened stays open");
}

#[test]
fn a_new_drop_puts_away_all_but_errors() {
    let mut state = ready();
    for tone in [Tone::Info, Tone::Warning, Tone::Error] {
        state.apply(Action::Tell(Draft::new(tone, format!("{tone:?}"), "")));
    }
    state.apply(Action::Enqueue(files(1, &["a.jsonl"])));
    let titles: Vec<_> = state.messages.iter().map(|message| message.draft.title.as_str()).collect();
    assert_eq!(titles, ["Error"]);
}

#[test]
fn a_stopped_engine_loses_its_tables_and_goes_on() {
    let mut state = ready();
    state.apply(Action::Enqueue(files(1, &["a.jsonl"])));
    state.apply(finished(1, counts(5, 5, 0), &[]));
    state.apply(Action::Enqueue(files(2, &["b.jsonl"])));
    state.apply(Action::Enqueue(files(3, &["c.jsonl"])));
    state.apply(Action::Stopped("out of memory".to_owned()));
    let draft = &state.messages[0].draft;
    assert_eq!(draft.title, "The engine stopped while reading b.jsonl");
    assert!(
        draft.text.contains("tables that were in memory are gone") && draft.text.contains("Out of memory.")
    );
    assert_eq!((state.engine, state.generation), (Engine::Starting, 2));
    assert_eq!((state.screen, &state.data), (Screen::Start, &None));
    state.apply(says_ready(VERSION));
    assert_eq!(state.running.map(|job| job.id), Some(3), "what was waiting is read");
}

#[test]
fn results_of_an_engine_that_is_gone_are_not_shown() {
    let mut state = ready();
    state.apply(Action::Enqueue(files(1, &["a.jsonl"])));
    state.apply(Action::Stopped("trap".to_owned()));
    state.apply(finished(1, counts(5, 5, 0), &[]));
    assert_eq!(state.data, None);
}

#[test]
fn an_engine_of_another_version_asks_for_a_reload() {
    let mut state = started();
    state.apply(Action::Enqueue(files(1, &["a.jsonl"])));
    state.apply(says_ready("0.0.0"));
    assert_eq!((state.engine, &state.running), (Engine::Failed, &None));
    assert_eq!(state.messages[0].draft.remedy, Some(Remedy::Reload));
}

#[test]
fn an_engine_that_cannot_start_can_be_tried_again() {
    let mut state = started();
    state.apply(Action::CannotStart("no wasm".to_owned()));
    assert_eq!((state.engine, state.messages[0].draft.remedy), (Engine::Failed, Some(Remedy::Restart)));
    state.apply(Action::Restarting);
    assert_eq!((state.engine, state.messages.len()), (Engine::Starting, 0));
}

#[test]
fn without_an_engine_a_drop_is_not_silently_lost() {
    let mut state = started();
    state.apply(Action::CannotStart("no wasm".to_owned()));
    state.apply(Action::Enqueue(files(1, &["a.jsonl"])));
    assert_eq!(
        state.messages.last().map(|message| message.draft.title.as_str()),
        Some("a.jsonl was not read")
    );
    assert!(state.waiting.is_empty());
}

#[test]
fn clearing_goes_back_to_the_first_view_and_forward_has_nothing_to_show() {
    let mut state = ready();
    state.apply(Action::Enqueue(files(1, &["a.jsonl"])));
    state.apply(finished(1, counts(5, 5, 0), &[]));
    state.apply(Action::Heard(Event::Cleared));
    state.apply(Action::Show(Screen::Results));
    assert_eq!((state.screen, &state.data), (Screen::Start, &None));
}

#[test]
fn back_keeps_the_data() {
    let mut state = ready();
    state.apply(Action::Enqueue(files(1, &["a.jsonl"])));
    state.apply(finished(1, counts(5, 5, 0), &[]));
    state.apply(Action::Show(Screen::Start));
    assert!(state.data.is_some());
    state.apply(Action::Show(Screen::Results));
    assert_eq!(state.screen, Screen::Results);
}

#[test]
fn the_threshold_is_an_exact_fraction() {
    let mut state = ready();
    assert_eq!(tenths(state.options.threshold), 200);
    state.apply(Action::UseThreshold(125));
    assert_eq!(state.options.threshold, Threshold { numerator: 125, denominator: 1000 });
    state.apply(Action::UseThreshold(u32::MAX));
    assert_eq!(tenths(state.options.threshold), MAX_TENTHS);
}

#[test]
fn steps_of_the_threshold_add_up_and_stay_within_bounds() {
    let mut state = ready();
    for _ in 0..3 {
        state.apply(Action::StepThreshold(10));
    }
    assert_eq!(tenths(state.options.threshold), 230);
    state.apply(Action::StepThreshold(-250));
    assert_eq!(tenths(state.options.threshold), 0);
    state.apply(Action::StepThreshold(i32::MAX));
    assert_eq!(tenths(state.options.threshold), MAX_TENTHS);
}

#[test]
fn the_same_message_is_not_stacked() {
    let mut state = ready();
    for _ in 0..3 {
        state.apply(Action::Tell(Draft::new(Tone::Info, "Skipped 1 hidden file", ".DS_Store")));
    }
    assert_eq!(state.messages.len(), 1);
    for number in 0..20 {
        state.apply(Action::Tell(Draft::new(Tone::Info, number.to_string(), "")));
    }
    assert_eq!(state.messages.len(), MESSAGES_KEPT);
}

fn opened(tables: Vec<TableInfo>, table: TableId) -> Action {
    let weekly = WeeklyView {
        noun: "row".to_owned(),
        options: ViewOptions::default(),
        total: 0,
        mean: 0.0,
        low: 0.0,
        high: 0.0,
        weeks: Vec::new(),
    };
    Action::Heard(Event::Opened { tables, table, weekly, warnings: Vec::new() })
}

#[test]
fn tables_that_were_kept_are_shown_when_they_are_there() {
    let mut state = ready();
    state.apply(opened(Vec::new(), VOTES));
    assert_eq!((state.screen, state.data.is_none()), (Screen::Start, true));
    let tables = || vec![table(VOTES, "votes", counts(7, 7, 0)), table(3, "towns", counts(2, 2, 0))];
    state.apply(opened(tables(), VOTES));
    assert_eq!(state.screen, Screen::Results);
    let data = state.data.as_ref().unwrap();
    assert_eq!((data.table.id, data.tables.len(), data.ingestions.len(), data.version), (VOTES, 2, 0, 1));
    // Who looks at a table goes on looking at it when they come again, as long as it is there.
    state.apply(Action::ShowTable(3));
    state.apply(opened(tables(), VOTES));
    assert_eq!(state.data.as_ref().map(|data| (data.table.id, data.version)), Some((3, 2)));
    state.apply(opened(vec![table(VOTES, "votes", counts(7, 7, 0))], VOTES));
    assert_eq!(state.data.as_ref().map(|data| data.table.id), Some(VOTES));
    state.apply(opened(Vec::new(), VOTES));
    assert_eq!((state.screen, state.data), (Screen::Start, None));
}

#[test]
fn what_is_said_of_lost_tables_is_what_happened_to_them() {
    let stopped_with = |keeping: Keeping| {
        let mut state = ready();
        state.apply(opened(vec![table(VOTES, "votes", counts(7, 7, 0))], VOTES));
        state.apply(Action::Heard(Event::Keeping(keeping)));
        state.messages.clear();
        state.apply(Action::Stopped("a test".to_owned()));
        assert_eq!(state.keeping, Keeping::Opening);
        state.messages.remove(0).draft.text
    };
    let space = Space { used: 1, quota: 2 };
    assert!(stopped_with(Keeping::Kept(space)).contains("were saved and are there again"));
    assert!(stopped_with(Keeping::Saving).contains("what was read last may be gone"));
    let window = |saving| Keeping::Window { reason: "private".to_owned(), used: 1, saving };
    assert!(stopped_with(window(false)).contains("Your tables are there again"));
    assert!(stopped_with(window(true)).contains("what was read last may be gone"));
    let nowhere = Keeping::Nowhere { reason: "private".to_owned() };
    assert!(stopped_with(nowhere).contains("in memory are gone"));
}

#[test]
fn a_window_that_keeps_tables_says_so_while_more_are_saved() {
    let mut state = ready();
    state.apply(Action::Heard(Event::Keeping(Keeping::Opening)));
    let window = |saving| Keeping::Window { reason: "private".to_owned(), used: 1, saving };
    state.apply(Action::Heard(Event::Keeping(window(false))));
    assert!(state.keeping.is_saved());
    state.apply(Action::Heard(Event::Keeping(Keeping::Saving)));
    assert_eq!(state.keeping, window(true));
    assert!(!state.keeping.is_saved());
    let space = Space { used: 1, quota: 2 };
    state.apply(Action::Heard(Event::Keeping(Keeping::Kept(space))));
    state.apply(Action::Heard(Event::Keeping(Keeping::Saving)));
    assert_eq!(state.keeping, Keeping::Saving);
}

#[test]
fn the_sql_screen_is_loaded_when_it_is_shown_and_again_when_it_is_gone() {
    let mut state = State::at(Screen::Start, ViewOptions::default());
    assert_eq!(state.sql, Sql::Absent);
    assert_eq!(State::at(Screen::Sql, ViewOptions::default()).sql, Sql::Loading);
    state.apply(Action::Show(Screen::Sql));
    state.apply(Action::SqlNotLoaded("no network".to_owned()));
    assert!(matches!(&state.sql, Sql::Failed(why) if why.contains("No network.")), "{:?}", state.sql);
    state.apply(Action::Show(Screen::Sql));
    assert_eq!(state.sql, Sql::Loading);
    state.apply(Action::SqlLoaded);
    state.apply(Action::Show(Screen::Start));
    state.apply(Action::Show(Screen::Sql));
    assert_eq!(state.sql, Sql::There, "it is loaded once");
    state.apply(Action::SqlStopped("unreachable".to_owned()));
    assert!(matches!(state.sql, Sql::Failed(_)));
    assert_eq!(state.screen, Screen::Sql, "the page stays where it is");
    assert!(state.messages.iter().any(|message| message.draft.title == "The SQL screen stopped"));
}
