//! A warehouse as it lies, read by others: what docs/warehouse.md says about that is so.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test that panics is one that fails

mod support;

use std::path::PathBuf;
use std::process::Command;

use support::{Folder, sandglass};

/// What DuckDB and pandas find in `warehouse`: rows, different keys, and rows whose late column has a value.
const READ: &str = r#"
import glob, json, sys
import duckdb, pandas

warehouse, table = sys.argv[1:]
files = f"{warehouse}/tables/main/{table}/*.parquet"
print(*duckdb.sql(f"""select count(*), count(distinct id), count(late), sum(id)
                      from read_parquet('{files}', union_by_name = true)""").fetchone())
newest = max(glob.glob(f"{warehouse}/manifests/*.json"))
manifest, _ = json.JSONDecoder().raw_decode(open(newest, encoding="utf-8").read())
found = next(t for t in manifest["tables"] if (t["schema"], t["name"]) == ("main", table))
rows = pandas.concat(pandas.read_parquet(f"{warehouse}/{s['file']['name']}") for s in found["segments"])
print(len(rows), rows["id"].nunique(), rows["late"].count(), rows["id"].sum())
"#;

#[test]
fn duckdb_and_pandas_read_a_warehouse_as_it_lies() {
    let Some(python) = std::env::var_os("SANDGLASS_PYTHON").map(PathBuf::from) else {
        eprintln!("skipped: `cargo xtask test` names a Python with DuckDB and pandas in SANDGLASS_PYTHON");
        return;
    };
    let folder = Folder::new();
    let warehouse = folder.path("warehouse");
    let warehouse = warehouse.to_str().unwrap();
    let line =
        |id: u32, rest: &str| format!("{{\"id\":{id},\"at\":\"2024-01-01T00:00:{:02}\"{rest}}}\n", id % 60);
    let first: String = (0..5_000).map(|id| line(id, "")).collect();
    let second: String = (4_000..9_000).map(|id| line(id, ",\"late\":\"ja\"")).collect();
    for (name, text) in [("a/things.ndjson", first), ("b/things.ndjson", second)] {
        let file = folder.file(name, text);
        let run = sandglass(["ingest", &file, "--key", "id", "--warehouse", warehouse]);
        assert_eq!(run.code, Some(0), "{}", run.err);
    }
    let output = Command::new(python).args(["-c", READ, warehouse, "things"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let expected = format!("9000 9000 4000 {}", (0..9_000).sum::<u64>());
    assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("{expected}\n{expected}\n"));
}
