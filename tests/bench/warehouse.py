"""Votes that last: the native program's warehouse against a DuckDB file, one thread each.

Every contender runs in a process of its own with a new directory, round after round in turn.

* Ingesting: the program reads NDJSON, de-duplicates and makes it durable; DuckDB creates the de-duplicated table in its file and
  checkpoints it. DuckDB's time is that of its statements alone, without starting Python; the program's is that of the whole process.
* Ingesting the same file again: against a program that only hashes it.
* Bytes that are stored: all of the warehouse against the NDJSON.

    python tests/bench/warehouse.py --program FILE --hasher FILE [--rows 1000000] [--rounds 5] [--strict]

Needs the program, the example `hash` of the crate sandglass-warehouse, and the Python package `duckdb`.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from native import COLUMNS, SOURCE, timed

OUT = Path(__file__).resolve().parents[2] / "target" / "bench"
assert COLUMNS


def duckdb_file(file, database):
    """In a process of its own: the table in a DuckDB file, and the seconds that it took, as JSON on stdout."""
    import duckdb

    connection = duckdb.connect(database, config={"threads": 1})
    begun = time.perf_counter()
    connection.execute(f"CREATE TABLE votes AS SELECT DISTINCT ON (Id) * FROM {SOURCE}", {"file": file})
    connection.execute("CHECKPOINT")
    connection.close()
    seconds = time.perf_counter() - begun
    rows = duckdb.connect(database).execute("SELECT count(*) FROM votes").fetchone()[0]
    print(json.dumps({"rows": rows, "seconds": seconds}))


def stored(log):
    return json.loads(log)[-1]["stored"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default="sandglass")
    parser.add_argument("--hasher", default="hash")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--strict", action="store_true")
    parser.add_argument("--duckdb", nargs=2)
    options = parser.parse_args()
    if options.duckdb:
        return duckdb_file(*options.duckdb)

    OUT.mkdir(parents=True, exist_ok=True)
    file = OUT / f"votes-{options.rows}.jsonl"
    subprocess.run([options.program, "sample", "--rows", str(options.rows), "--seed", "1", "-o", file], check=True)
    times = {name: [] for name in ["ingest", "DuckDB", "again", "hash"]}
    # Where files lie makes a difference: all on the disk that the benchmark's own files are on.
    with tempfile.TemporaryDirectory(dir=OUT) as folder:
        for turn in range(options.rounds + 1):
            place = Path(folder) / str(turn)
            ingest = [options.program, "ingest", file, "--warehouse", place]
            _, first = timed(ingest)
            log = [options.program, "log", "--warehouse", place, "--format", "json"]
            rows = stored(timed(log)[0])
            _, again = timed(ingest)
            assert stored(timed(log)[0]) == 0, "it was read again"
            theirs = json.loads(timed([sys.executable, __file__, "--duckdb", file, f"{place}.duckdb"])[0])
            assert theirs["rows"] == rows, f"DuckDB has {theirs['rows']} rows, and the warehouse {rows}"
            _, hashed = timed([options.hasher, file])
            # The first round only warms up the machine.
            if turn > 0:
                for name, seconds in zip(times, [first, theirs["seconds"], again, hashed]):
                    times[name].append(seconds)
        size = sum(entry.stat().st_size for entry in place.rglob("*") if entry.is_file())
    median = {name: statistics.median(seconds) for name, seconds in times.items()}
    bars = [
        ("ingest durably / DuckDB's table in its file", median["ingest"] / median["DuckDB"], 0.3),
        ("ingest a known file / hash it", median["again"] / median["hash"], 1.2),
        ("bytes stored / NDJSON", size / file.stat().st_size, 0.10),
    ]
    print(f"\n{options.rows} votes, {file.stat().st_size / 1e6:.0f} MB; medians of {options.rounds} rounds\n")
    for name, seconds in median.items():
        print(f"  {name:<10} {seconds * 1000:8.0f} ms")
    print(f"  stored     {size / 1e6:8.1f} MB\n")
    for name, measured, bar in bars:
        print(f"  {name:<45} {measured:.3f}  at most {bar:.2f}  {'met' if measured <= bar else 'MISSED'}")
    (OUT / "warehouse.json").write_text(json.dumps({"times": times, "bytes": size, "bars": bars}, indent=2))
    if options.strict and any(measured > bar for _, measured, bar in bars):
        sys.exit(1)


if __name__ == "__main__":
    main()
