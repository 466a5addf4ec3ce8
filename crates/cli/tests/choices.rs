//! The choices of `sandglass read`: how sources are read, which files they are, and the weeks of a table.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test that panics is one that fails

mod support;

use std::fs;

use support::{Folder, Run, sandglass, sandglass_with, shared, sixteen};

fn read(arguments: &[&str]) -> Run {
    let run = sandglass(["read"].iter().chain(arguments));
    assert_eq!(run.code, Some(0), "{}", run.err);
    run
}

/// Reads a text from standard input and writes it as CSV.
fn as_csv(text: &str, arguments: &[&str]) -> String {
    let folder = Folder::new();
    let out = folder.path("out.csv");
    let all = ["read", "-", "--out", out.to_str().unwrap()];
    let run = sandglass_with(all.iter().chain(arguments), text.as_bytes());
    assert_eq!(run.code, Some(0), "{}", run.err);
    fs::read_to_string(out).unwrap()
}

#[test]
fn types_are_chosen_by_the_names_of_columns() {
    let text = "id,zip,price,day,ok\n1,01234,2,2021-09-04,1\n2,99999,x,2021-09-05,0\n3,1,2.50,,\n";
    let types =
        ["--type", "zip=integer", "--type", "price=float", "--type", "id=text", "--type", "ok=boolean"];
    assert_eq!(as_csv(text, &types), "id,zip,price,day,ok\n1,1234,2,2021-09-04,true\n3,1,2.5,,\n");
    let nested = "{\"a\":{\"b\":\"7\"}}\n{\"a\":{\"b\":\"x\"}}\n";
    let run =
        sandglass_with(["read", "-", "--schema", "--type", "a.b=integer", "--strict"], nested.as_bytes());
    assert_eq!(run.code, Some(3), "{}", run.err);
    assert!(run.out.contains("    b                              int64\n"), "{}", run.out);
    assert!(run.err.contains("2 read = 1 rows + 1 rejected; "), "{}", run.err);
}

#[test]
fn types_are_those_of_columns_in_the_path_as_well() {
    let folder = Folder::new();
    folder.file("data/day=2025-04-29/month=04/a.csv", "id,day\n1,2025-04-29\n2,2025-04-30\n");
    let data = folder.path("data");
    let run = read(&[data.to_str().unwrap(), "--schema", "--type", "day=date", "--type", "month=text"]);
    let columns: Vec<String> =
        run.out.lines().skip(1).map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(columns, ["id int64", "day date", "month utf8", ""]);
    let differs = "1 rows say something else than the path; the first: line 3: day is 2025-04-30 in the file and \
                   2025-04-29 in its path";
    assert!(run.err.contains(differs), "{}", run.err);
    let run = sandglass(["read", data.to_str().unwrap(), "--type", "month=date"]);
    assert_eq!(run.code, Some(1));
    assert!(run.err.contains("nothing was kept of it: in its path month is not a date: 04; "), "{}", run.err);
}

#[test]
fn formats_and_dialects_are_chosen() {
    let text = "%made by hand\nx:'a:b'\ny:c\n";
    let dialect = ["--format", "csv", "--delimiter", ":", "--quote", "'", "--comment", "%", "--header", "no"];
    assert_eq!(as_csv(text, &dialect), "column_1,column_2\nx,a:b\ny,c\n");
    assert_eq!(as_csv("1\t2\n3\t4\n", &["--delimiter", "tab", "--header", "yes"]), "1,2\n3,4\n");
    assert_eq!(as_csv("a,b\nx\\,y,z\n", &["--escape", "backslash"]), "a,b\n\"x,y\",z\n");
    assert_eq!(as_csv("a,b\n\"x,y\n", &["--quote", "none"]), "a,b\n\"\"\"x\",y\n");
    assert_eq!(as_csv("#a,b\n1,2\n", &["--comment", "none"]), "#a,b\n1,2\n");
    let run = sandglass_with(["read", "-", "--format", "ndjson"], b"a,b\n1,2\n");
    assert!(run.err.contains("2 read = 0 rows + 2 rejected; "), "{}", run.err);
}

#[test]
fn choices_act_on_what_is_packed_and_on_types_of_any_format() {
    let folder = Folder::new();
    let text = "1;2,5;\u{e9}\n3;4,5;x\n";
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let source = folder.file("wide.csv.gz", support::gzip(&wide));
    let out = folder.path("out.csv");
    let written = |arguments: &[&str]| {
        let run = sandglass(["read", "--out", out.to_str().unwrap()].iter().chain(arguments));
        assert_eq!(run.code, Some(0), "{}", run.err);
        (fs::read_to_string(&out).unwrap(), run.err)
    };
    let chosen = ["--encoding", "utf-16be", "--delimiter", ";", "--header", "no"];
    let (csv, err) = written(&[&[source.as_str()][..], &chosen].concat());
    assert_eq!(csv, "column_1,column_2,column_3\n1,\"2,5\",\u{e9}\n3,\"4,5\",x\n");
    assert!(err.contains("CSV, semicolon-separated, without a header, UTF-16, gzip, 2 records"), "{err}");

    let rows = folder.file("rows.csv", "id,sold\n1,5\n2,many\n3,7\n");
    let parquet = folder.path("rows.parquet");
    sandglass(["read", &rows, "--out", parquet.to_str().unwrap()]);
    let parquet = parquet.to_str().unwrap();
    let (csv, err) = written(&[parquet, "--type", "sold=integer", "--type", "id=text"]);
    assert_eq!(csv, "id,sold\n1,5\n3,7\n");
    assert!(err.contains("3 read = 2 rows + 1 rejected; "), "{err}");
    let run = sandglass(["read", parquet, "--type", "sold=integer", "--stop-at-first"]);
    assert_eq!(run.code, Some(1));
    assert!(run.err.contains("row 2 could not be taken, and was to be the end: sold is not "), "{}", run.err);
    let run = sandglass(["read", parquet, "--type", "nothing=date"]);
    assert!(run.err.contains("no source has a column nothing, which should be date"), "{}", run.err);
    let run = sandglass(["read", &rows, "--encoding", "latin"]);
    assert_eq!(run.code, Some(2));
    assert!(run.err.contains("an encoding is one of utf-8, utf-16le, utf-16be, windows-1252"), "{}", run.err);
}

#[test]
fn wrong_choices_are_explained() {
    let folder = Folder::new();
    let file = folder.file("a.csv", "a,day\n1,2021-09-04\n");
    let cases: [(&[&str], i32, &str); 12] = [
        (&["--type", "a"], 2, "it should be COLUMN=TYPE"),
        (&["--type", "a=int"], 2, "int: a type is one of boolean, integer, float, decimal, date, "),
        (&["--type", "b=integer"], 1, "no source has a column b, which should be integer"),
        (&["--type", "a=integer", "--type", "a=text"], 1, "a cannot be both integer and text"),
        (&["--delimiter", "ab"], 2, "it should be one ASCII character, tab or none"),
        (&["--delimiter", "none"], 1, "--delimiter cannot be none"),
        (&["--delimiter", "0"], 1, "the delimiter cannot be 0; "),
        (&["--max-rejects", "3"], 2, "--rejects"),
        (&["--weeks"], 2, "--time"),
        (&["--time", "day"], 2, "--weeks"),
        (&["--time", "nothing", "--weeks"], 1, "no table has a column nothing, which should have the times"),
        (
            &["--time", "a", "--weeks"],
            1,
            "a is int64, not a date and not a timestamp; if its values are times, ",
        ),
    ];
    for (arguments, code, message) in cases {
        let run = sandglass(["read", &file].iter().chain(arguments));
        assert_eq!(run.code, Some(code), "{arguments:?}: {}", run.err);
        assert!(run.err.contains(message), "{arguments:?}: {}", run.err);
    }
}

#[test]
fn no_more_rejects_are_written_than_asked_for_and_all_are_counted() {
    let folder = Folder::new();
    let files = ["a", "b", "c"].map(|name| folder.file(&format!("{name}.csv"), "a,b\n1\n2\n3,4\n"));
    let rejects = folder.path("rejects.ndjson");
    let [a, b, c] = &files;
    for (limit, written) in [("0", 0), ("3", 3), ("100", 6)] {
        let run = read(&[a, b, c, "--rejects", rejects.to_str().unwrap(), "--max-rejects", limit]);
        assert!(run.err.contains("9 read = 3 rows + 6 rejected; "), "{}", run.err);
        assert_eq!(fs::read_to_string(&rejects).unwrap().lines().count(), written);
    }
}

#[test]
fn a_source_with_a_reject_can_be_left_out_as_a_whole() {
    let folder = Folder::new();
    let bad = folder.file("bad.csv", "a,b\n1,2\n3\n4,5\n");
    let good = folder.file("good.csv", "a,b\n6,7\n");
    let run = sandglass(["read", &bad, &good, "--stop-at-first"]);
    assert_eq!(run.code, Some(1));
    let message = format!(
        "{bad}: nothing was kept of it: line 3 (from byte 9) could not be taken, and was to be the end: it has 1 \
         field, and there are 2 columns; it begins with \"3\"\n"
    );
    assert!(run.err.contains(&message), "{}", run.err);
    assert!(run.err.contains("1 read = 1 rows + 0 rejected; "), "{}", run.err);
    assert!(run.out.starts_with("good: 1 rows, 2 columns, 1 sources\n"), "{}", run.out);
}

/// The lines behind one that ends so, up to the next that is not of a table of weeks.
fn weeks(out: &str, heading: &str) -> Vec<Vec<u64>> {
    let from = out.lines().skip_while(|line| !line.ends_with(heading)).skip(2);
    from.map_while(|line| line.split_whitespace().map(|cell| cell.parse().ok()).collect::<Option<Vec<u64>>>())
        .take_while(|cells| cells.len() == 3)
        .collect()
}

#[test]
fn the_weeks_of_any_table_are_those_of_the_votes() {
    let folder = Folder::new();
    let mut files = vec![folder.file("votes.jsonl", sixteen())];
    files.extend(shared("data/votes/votes.jsonl").map(|path| path.to_str().unwrap().to_owned()));
    for file in files {
        for (bucket, threshold) in [("monday", "0.2"), ("sunday", "1/3"), ("iso", "50%")] {
            let options = ["--bucket", bucket, "--threshold", threshold];
            let expected = sandglass(["outliers", &file, "--format", "csv"].iter().chain(&options));
            let expected: Vec<Vec<u64>> = expected
                .out
                .lines()
                .skip(1)
                .map(|line| line.split(',').map(|cell| cell.parse().unwrap()).collect())
                .collect();
            let run = read(&[&[file.as_str(), "--time", "CreationDate", "--weeks"][..], &options].concat());
            assert_eq!(weeks(&run.out, " outlier weeks"), expected, "{}", run.out);
            let all: u64 = weeks(&run.out, " weeks of CreationDate").iter().map(|week| week[2]).sum();
            let rows = if file.ends_with("data/votes/votes.jsonl") { 40_299 } else { 16 };
            assert_eq!(all, rows, "{}", run.out);
        }
    }
}

#[test]
fn weeks_are_of_dates_and_rows_without_one_are_said() {
    let text = "day,n\n2022-01-02,1\n2022-01-03,2\n,3\n2022-01-05,4\n";
    let run = sandglass_with(["read", "-", "--time", "day", "--weeks"], text.as_bytes());
    assert_eq!(run.code, Some(0), "{}", run.err);
    let expected = "standard input: 4 rows, 2 columns, 1 sources\n  \
                    2 weeks of day; 1 rows without a value are in none\n\
                    Year  WeekNumber  RowCount\n2022           0         1\n2022           1         2\n  \
                    2 outlier weeks\n\
                    Year  WeekNumber  RowCount\n2022           0         1\n2022           1         2\n\n";
    assert_eq!(run.out, expected);
    // A key leaves out rows before they are counted.
    let twice = text.replace(",4\n", ",2\n").replace("01-05", "01-03");
    let run = sandglass_with(["read", "-", "--time", "day", "--weeks", "--key", "*"], twice.as_bytes());
    assert_eq!(weeks(&run.out, "are in none"), [[2022, 0, 1], [2022, 1, 1]]);
}

#[test]
fn patterns_are_the_files_that_match_them() {
    let folder = Folder::new();
    folder.file("data/a/1.csv", "a,b\n1,2\n");
    folder.file("data/b/2.csv", "a,b\n3,4\n");
    folder.file("data/b/2.txt", "x\n");
    let pattern = folder.path("data/**/*.csv");
    let run = read(&[pattern.to_str().unwrap()]);
    assert!(
        run.err.contains("2 read = 2 rows + 0 rejected; 0 duplicates left out; 2 sources, "),
        "{}",
        run.err
    );
    let nothing = folder.path("data/*.parquet");
    let run = sandglass(["read", nothing.to_str().unwrap()]);
    assert_eq!(run.code, Some(1));
    assert!(run.err.contains(&format!("no file matches {}; ", nothing.display())), "{}", run.err);
}

#[test]
fn how_the_columns_of_a_source_differ_is_said_once() {
    let folder = Folder::new();
    let one = folder.file("one.csv", "id,total,name,day\n1,2,x,2021-09-04\n2,3,y,2021-09-04\n");
    let two = folder.file("two.csv", "id,sum,Name,name,day\n3,4,x,7,\n4,5,y,8,\n");
    let run = read(&[&one, &two]);
    for line in [
        "name is integer here and text in the sources before",
        "sum is new and total missing: probably renamed, because place and type are the same",
        "Name is new, the sources before do not have it",
        "Name differs from name only in case: they are kept as two columns",
    ] {
        let line = format!("{two}: {line}\n");
        assert_eq!(run.err.matches(&line).count(), 1, "{line}: {}", run.err);
    }
    assert!(!run.err.contains(&format!("{one}: name")), "{}", run.err);
}

#[test]
#[cfg(unix)]
fn names_with_anything_in_them_stay_in_their_lines() {
    let folder = Folder::new();
    let names = ["<script>alert('x')<", "say \"hi\"", "two\nlines: 1 read = 1 rows", "esc\u{1b}[31mred"];
    for name in names {
        let file = folder.file(&format!("{name}.csv"), "a,\"b\nc\u{1b}\"\n1,text as most files have it\n3\n");
        let rejects = folder.path("rejects.ndjson");
        let run = read(&[&file, "--rejects", rejects.to_str().unwrap()]);
        let shown = name.replace('\n', "\\n").replace('\u{1b}', "\\u{1b}");
        assert!(run.out.starts_with(&format!("{shown}: 1 rows, 2 columns, 1 sources\n")), "{}", run.out);
        assert_eq!(run.err.lines().count(), 2, "{}", run.err);
        assert!(run.err.lines().next().unwrap().contains(&format!("/{shown}.csv: CSV, ")), "{}", run.err);
        assert!(!run.err.contains('\u{1b}') && !run.out.contains('\u{1b}'), "{:?}", run.out);
        let line: serde_json::Value =
            serde_json::from_str(fs::read_to_string(&rejects).unwrap().trim_end()).unwrap();
        assert_eq!(line["source"], file);
        let run = read(&[&file, "--schema"]);
        assert!(!run.out.contains('\u{1b}'), "{:?}", run.out);
    }
}
