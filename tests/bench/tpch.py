"""TPC-H, natively and on one thread: this engine against DuckDB on the same rows.

Both have their columns warm: this engine from the segments of a warehouse with what it keeps of them, DuckDB in tables of its own.
Every answer is held against DuckDB's, value by value; numbers may differ by one part in a million.

    python tests/bench/tpch.py --tpch FILE --answers FILE [--scale 0.1] [--runs 5]

Needs the examples `tpch` and `answers` of the crate sandglass-query, and the Python packages of requirements.txt.
"""

import argparse
import datetime
import decimal
import json
import math
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
QUERIES = ROOT / "tests" / "bench" / "tpch.sql"
TABLES = ["nation", "region", "part", "supplier", "partsupp", "customer", "orders", "lineitem"]


def queries():
    text = "\n".join(line for line in QUERIES.read_text().splitlines() if not line.startswith("--"))
    return [query.strip() for query in text.split(";") if query.strip()]


def duckdb_answers(warehouse, runs):
    import duckdb

    connection = duckdb.connect(config={"threads": 1})
    for table in TABLES:
        files = str(warehouse / "tables" / "tpch" / table / "*.parquet")
        connection.execute(f"CREATE TABLE {table} AS SELECT * FROM read_parquet('{files}')")
    for query in queries():
        seconds, rows = [], None
        for _ in range(runs):
            begun = time.perf_counter()
            rows = connection.execute(query).fetchall()
            seconds.append(time.perf_counter() - begun)
        yield rows, min(seconds)


def same(ours, theirs):
    if ours is None or theirs is None:
        return ours is None and theirs is None
    if isinstance(theirs, (int, float, decimal.Decimal)) and not isinstance(theirs, bool):
        return math.isclose(float(ours), float(theirs), rel_tol=1e-6, abs_tol=1e-6)
    if isinstance(theirs, (datetime.date, datetime.datetime)):
        return ours[:10] == theirs.isoformat()[:10]
    return ours == str(theirs)


def agree(ours, theirs):
    same_rows = lambda one, other: len(one) == len(other) and all(map(same, one, other))
    return len(ours) == len(theirs) and all(map(same_rows, ours, theirs))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tpch", required=True)
    parser.add_argument("--answers", required=True)
    parser.add_argument("--scale", default="0.1")
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([options.tpch, folder, options.scale], check=True)
        command = [options.answers, folder, str(QUERIES), str(options.runs)]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        ours = [json.loads(line) for line in output.splitlines()]
        wrong, ratios = [], []
        print("query  rows  sandglass ms  DuckDB ms  ratio  answer")
        for number, (own, (theirs, seconds)) in enumerate(zip(ours, duckdb_answers(Path(folder), options.runs)), 1):
            right = agree(own["rows"], theirs)
            if not right:
                wrong.append(number)
            best = min(own["seconds"])
            ratios.append(best / seconds)
            answer = "same" if right else "DIFFERS"
            print(f"Q{number:<4}  {len(theirs):>4}  {best * 1000:>12.1f}  {seconds * 1000:>9.1f}  {best / seconds:>5.2f}  {answer}")
        mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
        print(f"{len(ratios)} queries, {len(ratios) - len(wrong)} with the same answer; geometric mean {mean:.2f}")
    if len(ours) != 22 or wrong:
        print(f"different answers: {wrong}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
