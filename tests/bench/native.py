"""The native program against DuckDB, from one NDJSON file of votes to its outlier weeks.

Every contender runs in a process of its own, round after round in turn, so that whatever else the machine does falls
on all of them. Two times are taken: of the whole process, and, for DuckDB, of its queries alone, without starting
Python and importing the library. The bar compares the program's whole process with DuckDB's queries alone, which
favours DuckDB. All answers must be equal, or the run fails.

    python tests/bench/native.py [--rows 1000000] [--rounds 7] [--program FILE] [--strict]

Needs the program (`cargo build --release`) and the Python package `duckdb`.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "target" / "bench"
BAR = 0.2

COLUMNS = "{Id: 'BIGINT', PostId: 'BIGINT', VoteTypeId: 'BIGINT', CreationDate: 'TIMESTAMP', UserId: 'BIGINT', BountyAmount: 'BIGINT'}"

# What cannot be read comes out of DuckDB as nulls, so these conditions are its rejects.
SOURCE = """
    read_json($file, format = 'newline_delimited', ignore_errors = true, columns = {columns})
    WHERE Id IS NOT NULL AND PostId IS NOT NULL AND VoteTypeId IS NOT NULL AND CreationDate IS NOT NULL
""".replace("{columns}", COLUMNS)

WEEKS = """
    weeks AS (
        SELECT year(CreationDate) AS year, CAST(strftime(CreationDate, '%W') AS INTEGER) AS week, count(*) AS votes
        FROM {votes} GROUP BY ALL
    )
    SELECT year, week, votes FROM weeks WHERE abs(1 - votes / (SELECT avg(votes) FROM weeks)) > 0.2 ORDER BY ALL
"""

# Each way is a list of statements; the last one gives the answer.
WAYS = {
    # The same work as the program's: every vote is kept once, with all its columns, and then counted.
    "table": [
        f"CREATE TABLE votes AS SELECT DISTINCT ON (Id) * FROM {SOURCE}",
        "WITH " + WEEKS.format(votes="votes"),
    ],
    # The least that gives the answer: nothing is kept but the date of each Id.
    "answer": [
        f"WITH dates AS (SELECT any_value(CreationDate) AS CreationDate FROM {SOURCE} GROUP BY Id), "
        + WEEKS.format(votes="dates"),
    ],
}


def run_duckdb(file, way, threads):
    """In a process of its own: DuckDB's answer and how long it took, as JSON on stdout."""
    begun = time.perf_counter()
    import duckdb

    imported = time.perf_counter()
    connection = duckdb.connect(config={"threads": threads})
    connected = time.perf_counter()
    for statement in WAYS[way]:
        parameters = {"file": file} if "$file" in statement else None
        rows = connection.execute(statement, parameters).fetchall()
    done = time.perf_counter()
    times = {"import": imported - begun, "connect": connected - imported, "queries": done - connected}
    print(json.dumps({"version": duckdb.__version__, "weeks": rows, "seconds": times}))


def timed(command):
    """Runs a command; returns its standard output and the seconds of the whole process."""
    begun = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    seconds = time.perf_counter() - begun
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stderr}")
    return done.stdout, seconds


def ours(program, file):
    def contend():
        text, seconds = timed([program, "outliers", file, "--format", "csv", "--threads", "1"])
        head, *lines = text.splitlines()
        assert head == "Year,WeekNumber,VoteCount", head
        return [[int(cell) for cell in line.split(",")] for line in lines], {"process": seconds}

    return contend


def duckdbs(file, way, threads):
    def contend():
        command = [sys.executable, __file__, "--duckdb", way, "--threads", str(threads), "--file", file]
        text, seconds = timed(command)
        result = json.loads(text)
        return result["weeks"], {"process": seconds, "queries": result["seconds"]["queries"]}

    return contend


def race(contenders, rounds):
    """Runs all contenders in turn. Returns per contender and kind of time the seconds of each round."""
    times = {name: {} for name in contenders}
    expected = None
    for round_ in range(rounds):
        for name, contend in contenders.items():
            weeks, seconds = contend()
            if expected is None:
                expected = weeks
            elif weeks != expected:
                sys.exit(f"{name} gives other outlier weeks:\n{weeks}\ninstead of\n{expected}")
            for kind, value in seconds.items():
                times[name].setdefault(kind, []).append(value)
        print(f"round {round_ + 1} of {rounds}", file=sys.stderr)
    return expected, times


def sample(program, rows):
    """Makes the file of sample votes that all contenders read."""
    OUT.mkdir(parents=True, exist_ok=True)
    file = OUT / f"votes-{rows}.jsonl"
    timed([program, "sample", "--rows", str(rows), "--seed", "1", "-o", file])
    # In memory from now on, for whoever reads it first.
    with open(file, "rb") as bytes_:
        while bytes_.read(1 << 20):
            pass
    return file


def find_program(given):
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    program = Path(given) if given else target / "release" / "sandglass"
    if not program.exists():
        sys.exit(f"{program} is not there; run `cargo build --release` first")
    return program


def report(file, weeks, times):
    """Prints the table and returns what is to be written as JSON."""
    medians = {
        name: {kind: statistics.median(values) for kind, values in kinds.items()} for name, kinds in times.items()
    }
    mine = medians["sandglass"]["process"]
    print(f"\n{file.name}: {file.stat().st_size / 1e6:.1f} MB, {len(weeks)} outlier weeks, the same from all\n")
    print(f"{'native, one file to its outlier weeks':<40}{'process':>10}{'queries':>10}{'ours / queries':>16}")
    ratios = {}
    for name, kinds in medians.items():
        queries = kinds.get("queries")
        line = f"{name:<40}{kinds['process'] * 1000:>7.0f} ms"
        if queries:
            ratios[name] = mine / queries
            line += f"{queries * 1000:>7.0f} ms{ratios[name]:>16.3f}"
        print(line)
    rated = [name for name in ratios if "1 thread" in name]
    ratio = max(ratios[name] for name in rated)
    met = ratio <= BAR
    print(f"\n{'bar':<58}{'measured':>10}{'at most':>10}")
    name = "ours / DuckDB with one thread, its quicker way"
    print(f"{name:<58}{ratio:>10.3f}{BAR:>10.3f}  {'met' if met else 'MISSED'}")
    bars = [{"name": name, "measured": ratio, "bar": BAR, "met": met}]
    return {"file": file.name, "bytes": file.stat().st_size, "medians": medians, "rounds": times, "bars": bars}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--program", help="the program `sandglass`; by default the release build")
    parser.add_argument("--strict", action="store_true", help="end with 1 when the bar is missed")
    parser.add_argument("--duckdb", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--threads", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--file", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.duckdb:
        return run_duckdb(given.file, given.duckdb, given.threads)
    try:
        import duckdb
    except ImportError:
        sys.exit("the Python package duckdb is not there; run `pip install duckdb`")

    program = find_program(given.program)
    file = sample(program, given.rows)
    contenders = {"sandglass": ours(program, file)}
    for threads, noun in ((1, "1 thread"), (2, "2 threads")):
        for way, what in (("answer", "the answer only"), ("table", "table and answer")):
            contenders[f"DuckDB {duckdb.__version__}, {noun}, {what}"] = duckdbs(str(file), way, threads)
    weeks, times = race(contenders, given.rounds)
    result = report(file, weeks, times)
    (OUT / "native.json").write_text(json.dumps(result, indent=2) + "\n")
    if given.strict and not all(bar["met"] for bar in result["bars"]):
        sys.exit(1)


if __name__ == "__main__":
    main()
