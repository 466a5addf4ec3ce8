"""Prints the rows of a Parquet file as others read them, a line of JSON for each.

Numbers are texts, so that no digit is lost: integers as they are, floats by their bits, decimals without their point, dates
in days and times in microseconds. Usage: others.py FILE (duckdb | pyarrow | pandas | polars) STEP, where of STEP rows one is printed.
"""

import decimal
import json
import struct
import sys

import pyarrow
import pyarrow.parquet

decimal.getcontext().prec = 60


def render(scalar):
    if not scalar.is_valid:
        return None
    kind = scalar.type
    if pyarrow.types.is_boolean(kind):
        return scalar.as_py()
    if pyarrow.types.is_integer(kind):
        return str(scalar.as_py())
    if pyarrow.types.is_floating(kind):
        return struct.pack(">d", scalar.as_py()).hex()
    if pyarrow.types.is_decimal(kind):
        return str(int(scalar.as_py().scaleb(kind.scale)))
    if pyarrow.types.is_date(kind) or pyarrow.types.is_timestamp(kind):
        if pyarrow.types.is_timestamp(kind):
            assert kind.unit == "us", kind
        return str(scalar.value)
    if pyarrow.types.is_struct(kind):
        return [render(scalar[at]) for at in range(kind.num_fields)]
    if pyarrow.types.is_list(kind) or pyarrow.types.is_large_list(kind):
        return [render(scalar.values[at]) for at in range(len(scalar.values))]
    return scalar.as_py()


def table(path, reader):
    if reader == "duckdb":
        import duckdb

        connection = duckdb.connect(config={"threads": 1})
        result = connection.sql("select * from read_parquet(?)", params=[path]).arrow()
        return result.read_all() if hasattr(result, "read_all") else result
    if reader == "polars":
        import polars

        return polars.read_parquet(path).to_arrow()
    if reader == "pandas":
        import pandas

        # Columns as Arrow has them: those of NumPy have no nulls among integers, and only some of the types.
        rows = pandas.read_parquet(path, dtype_backend="pyarrow")
        return pyarrow.Table.from_pandas(rows, preserve_index=False)
    # With the checksums of the pages, of which the others make nothing.
    return pyarrow.parquet.read_table(path, page_checksum_verification=True)


def main():
    path, reader, step = sys.argv[1:]
    rows = table(path, reader)
    print(rows.num_rows)
    print(json.dumps(rows.column_names))
    columns = [column.combine_chunks() for column in rows.columns]
    for row in range(0, rows.num_rows, int(step)):
        print(json.dumps([render(column[row]) for column in columns]))


main()
