"""One file to columns, natively and on one thread: this reader against DuckDB, Polars, arrow-csv and arrow-json.

Every contender runs in a process of its own, round after round in turn, and times itself without its start: from the
open file to all columns in memory, with types that it finds out itself. All must come to the same number of rows. The
bar compares this reader with the fastest of the others.

    python tests/bench/tables.py --peers FILE --program FILE [--rows 1000000] [--rounds 5] [--strict]

Needs the example `peers` of the crate sandglass-ingest, the program (which makes the votes), and the Python packages of
requirements.txt.
"""

import argparse
import csv
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "target" / "bench"
REAL = ROOT.parent / "shared" / "data"
BAR = 0.8
BYTES = 100_000_000


def duckdb_rows(kind, file):
    import duckdb

    connection = duckdb.connect(config={"threads": 1})
    reader = {"csv": "read_csv", "ndjson": "read_json"}[kind]
    begun = time.perf_counter()
    connection.execute(f"CREATE TABLE t AS SELECT * FROM {reader}($file)", {"file": file})
    seconds = time.perf_counter() - begun
    return connection.execute("SELECT count(*) FROM t").fetchone()[0], seconds


def polars_rows(kind, file):
    os.environ["POLARS_MAX_THREADS"] = "1"
    import polars

    begun = time.perf_counter()
    frame = polars.read_csv(file, try_parse_dates=True) if kind == "csv" else polars.read_ndjson(file)
    return frame.height, time.perf_counter() - begun


def run(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stderr}")
    return json.loads(done.stdout)


def contenders(peers, kind, file):
    own = [sys.executable, __file__, "--kind", kind, "--file", file, "--who"]
    arrow = {"csv": "arrow-csv", "ndjson": "arrow-json"}[kind]
    return {
        "sandglass": [peers, "sandglass", file],
        "DuckDB": [*own, "duckdb"],
        "Polars": [*own, "polars"],
        arrow: [peers, arrow, file],
    }


def race(commands, rounds, what):
    """Seconds of each contender, round by round."""
    times = {name: [] for name in commands}
    rows = None
    for _ in range(rounds):
        for name, command in commands.items():
            result = run(command)
            rows = rows or result["rows"]
            if result["rows"] != rows:
                sys.exit(f"{what}: {name} has {result['rows']} rows, and others {rows}")
            times[name].append(result["seconds"])
    return rows, times


def repeated(name, parts, head=b""):
    """A file with these parts again and again, behind a head; at least so long that it takes a while."""
    path = OUT / name
    block = b"".join(parts)
    with open(path, "wb") as out:
        out.write(head)
        for _ in range(-(-BYTES // len(block))):
            out.write(block)
    return path


def billing():
    """Usage of a billing system: the real one where it is at hand, or the like made up."""
    files = sorted((REAL / "billing" / "dataset").rglob("*.csv"))
    if files:
        texts = [file.read_bytes() for file in files]
        head = texts[0].split(b"\n", 1)[0] + b"\n"
        return repeated("billing.csv", [text.split(b"\n", 1)[1] for text in texts], head)
    lines = []
    for n in range(5000):
        stamp = f"2025-04-29 {n % 24:02}:{n * 7 % 60:02}:{n * 11 % 60:02}"
        region = ["de-fra1", "fi-hel1", "us-chi1"][n % 3]
        lines.append(f"{stamp},{n * 2654435761 % 2**32:08x}-{n:04x},{10000 + n % 500},-{n % 90}.{n % 97:02},{region},pro,true,EUR\n")
    head = b"timestamp,resource_id,user_id,credit_usage,region,tier,success,currency\n"
    return repeated("billing.csv", ["".join(lines).encode()], head)


def orders():
    """Nested orders, real or made up."""
    files = [REAL / "orders" / name for name in ("historical_orders.ndjson", "recent_orders.ndjson")]
    if all(file.exists() for file in files):
        return repeated("orders-100.ndjson", [file.read_bytes().rstrip(b"\n") + b"\n" for file in files])
    lines = []
    for n in range(2000):
        lines_of_order = [{"product_id": f"{n * k:032x}", "volume": k * 3 % 100, "price": k * 37 % 9999 / 100} for k in range(1, 2 + n % 12)]
        order = {"order_id": f"{n:032x}", "order_lines": lines_of_order, "amount": n / 7, "timestamp": f"2022-09-26T14:{n % 60:02}:07.321210"}
        lines.append(json.dumps(order) + "\n")
    return repeated("orders-100.ndjson", ["".join(lines).encode()])


def votes(program, rows):
    """Sample votes as NDJSON and, without the bad ones, as CSV."""
    ndjson, table = OUT / f"votes-{rows}.jsonl", OUT / f"votes-{rows}-clean.csv"
    subprocess.run([program, "sample", "--rows", str(rows), "--seed", "1", "-o", ndjson], check=True)
    clean = OUT / f"votes-{rows}-clean.jsonl"
    columns = ["Id", "PostId", "VoteTypeId", "CreationDate", "UserId", "BountyAmount"]
    with open(ndjson, encoding="utf-8", errors="replace") as lines, open(table, "w", newline="") as out, open(clean, "w") as good:
        writer = csv.writer(out)
        writer.writerow(columns)
        for line in lines:
            try:
                record = json.loads(line)
                if not all(str(record[name]).isdigit() for name in columns[:3]):
                    continue
                time.strptime(record["CreationDate"][:10], "%Y-%m-%d")
            except (ValueError, KeyError, TypeError):
                continue
            writer.writerow([record.get(name) for name in columns])
            good.write(line)
    return clean, table


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--peers", help="the example `peers`")
    parser.add_argument("--program", help="the program `sandglass`")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--strict", action="store_true", help="end with 1 when a bar is missed")
    parser.add_argument("--who", choices=["duckdb", "polars"], help=argparse.SUPPRESS)
    parser.add_argument("--kind", choices=["csv", "ndjson"], help=argparse.SUPPRESS)
    parser.add_argument("--file", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.who:
        rows, seconds = {"duckdb": duckdb_rows, "polars": polars_rows}[given.who](given.kind, given.file)
        return print(json.dumps({"rows": rows, "seconds": seconds}))

    OUT.mkdir(parents=True, exist_ok=True)
    ndjson, table = votes(given.program, given.rows)
    files = {
        "votes, NDJSON": ("ndjson", ndjson),
        "votes, CSV": ("csv", table),
        "billing, CSV": ("csv", billing()),
        "orders, nested NDJSON": ("ndjson", orders()),
    }
    bars, rounds = [], {}
    print(f"{'one file to columns, one thread':<34}{'MB/s':>8}{'seconds':>10}{'ours / theirs':>16}")
    for what, (kind, file) in files.items():
        rows, times = race(contenders(given.peers, kind, str(file)), given.rounds, what)
        medians = {name: statistics.median(seconds) for name, seconds in times.items()}
        own, size = medians["sandglass"], file.stat().st_size
        print(f"\n{what}: {size / 1e6:.1f} MB, {rows} rows")
        for name, seconds in medians.items():
            print(f"  {name:<32}{size / seconds / 1e6:>8.0f}{seconds:>10.3f}{own / seconds:>16.3f}")
        fastest = min((name for name in medians if name != "sandglass"), key=medians.get)
        bars.append({"name": f"{what}: ours / {fastest}, the fastest of the others", "measured": own / medians[fastest], "bar": BAR})
        rounds[what] = times
    print(f"\n{'bar':<64}{'measured':>10}{'at most':>10}")
    for bar in bars:
        bar["met"] = bar["measured"] <= bar["bar"]
        print(f"{bar['name']:<64}{bar['measured']:>10.3f}{bar['bar']:>10.3f}  {'met' if bar['met'] else 'MISSED'}")
    (OUT / "tables.json").write_text(json.dumps({"bars": bars, "rounds": rounds}, indent=2) + "\n")
    if given.strict and not all(bar["met"] for bar in bars):
        sys.exit(1)


if __name__ == "__main__":
    main()
