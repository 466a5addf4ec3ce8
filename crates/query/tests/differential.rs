//! Generated queries, here and in SQLite: both have to answer the same.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod support;

use std::cmp::Ordering;

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use support::{Db, data};

/// A table with columns of numbers and of texts that both sides have in the same way.
#[derive(Debug, Clone, Copy)]
struct Of {
    table: &'static str,
    numbers: &'static [&'static str],
    texts: &'static [&'static str],
    key: &'static str,
}

const TABLES: [Of; 4] = [
    Of {
        table: "tracks",
        numbers: &["TrackId", "AlbumId", "GenreId", "Milliseconds", "Bytes", "MediaTypeId"],
        texts: &["Name", "Composer"],
        key: "TrackId",
    },
    Of {
        table: "invoices",
        numbers: &["InvoiceId", "CustomerId", "Total"],
        texts: &["BillingCountry", "BillingCity", "BillingState"],
        key: "InvoiceId",
    },
    Of {
        table: "customers",
        numbers: &["CustomerId", "SupportRepId"],
        texts: &["FirstName", "Country", "Company", "State"],
        key: "CustomerId",
    },
    Of {
        table: "votes",
        numbers: &["Id", "PostId", "VoteTypeId", "UserId", "BountyAmount"],
        texts: &[],
        key: "Id",
    },
];

/// How a name is typed: in its case, in another, or in quotes.
fn typed(name: &'static str) -> impl Strategy<Value = String> {
    prop_oneof![
        Just(name.to_owned()),
        Just(name.to_lowercase()),
        Just(name.to_uppercase()),
        Just(format!("\"{name}\""))
    ]
}

fn number(of: Of) -> BoxedStrategy<String> {
    let column = select(of.numbers).prop_flat_map(typed);
    let leaf = prop_oneof![3 => column, 1 => (0..300_i64).prop_map(|number| number.to_string())];
    leaf.prop_recursive(2, 6, 2, |inner| {
        prop_oneof![
            (inner.clone(), select(&["+", "-", "*"][..]), inner.clone())
                .prop_map(|(a, op, b)| format!("({a} {op} {b})")),
            inner.clone().prop_map(|a| format!("abs({a})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("coalesce({a}, {b})")),
            (inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(a, b, c)| format!("CASE WHEN {a} < {b} THEN {b} ELSE {c} END")),
            (inner.clone(), inner).prop_map(|(a, b)| format!("nullif({a}, {b})")),
        ]
    })
    .boxed()
}

fn text(of: Of) -> BoxedStrategy<String> {
    if of.texts.is_empty() {
        return Just("'a text'".to_owned()).boxed();
    }
    let column = select(of.texts).prop_flat_map(typed).boxed();
    prop_oneof![
        3 => column.clone(),
        1 => column.clone().prop_map(|a| format!("substr({a}, 2, 3)")),
        1 => column.clone().prop_map(|a| format!("replace({a}, 'a', 'bb')")),
        1 => (column.clone(), column.clone()).prop_map(|(a, b)| format!("{a} || '-' || {b}")),
        1 => column.prop_map(|a| format!("ifnull({a}, 'none')")),
    ]
    .boxed()
}

fn condition(of: Of) -> BoxedStrategy<String> {
    let compare = select(&["<", "<=", "=", "<>", ">", ">="][..]);
    let leaf = prop_oneof![
        3 => (number(of), compare.clone(), number(of)).prop_map(|(a, op, b)| format!("{a} {op} {b}")),
        1 => (number(of), 0..100_i64, 0..200_i64).prop_map(|(a, b, c)| format!("{a} BETWEEN {b} AND {c}")),
        1 => (number(of), prop::collection::vec(0..60_i64, 1..5)).prop_map(|(a, list)| {
            let list: Vec<String> = list.iter().map(i64::to_string).collect();
            format!("{a} IN ({})", list.join(", "))
        }),
        1 => text(of).prop_map(|a| format!("{a} IS NULL")),
        1 => (text(of), select(&["A", "USA", "Berlin", "m", ""][..])).prop_map(|(a, b)| format!("{a} > '{b}'")),
        1 => (text(of), 1..6_usize).prop_map(|(a, n)| format!("length({a}) > {n}")),
    ];
    leaf.prop_recursive(2, 6, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} AND {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} OR {b})")),
            inner.prop_map(|a| format!("NOT ({a})")),
        ]
    })
    .boxed()
}

fn aggregate(of: Of) -> BoxedStrategy<String> {
    prop_oneof![
        Just("count(*)".to_owned()),
        number(of).prop_map(|a| format!("sum({a})")),
        number(of).prop_map(|a| format!("min({a})")),
        number(of).prop_map(|a| format!("max({a})")),
        number(of).prop_map(|a| format!("count({a})")),
        text(of).prop_map(|a| format!("count(DISTINCT {a})")),
        text(of).prop_map(|a| format!("max({a})")),
        number(of).prop_map(|a| format!("avg({a})")),
        (number(of), condition(of)).prop_map(|(a, b)| format!("sum({a}) FILTER (WHERE {b})")),
    ]
    .boxed()
}

/// Queries whose rows come in any order; they are sorted before they are compared.
fn query() -> impl Strategy<Value = String> {
    select(&TABLES[..]).prop_flat_map(|of| {
        let plain = (number(of), text(of), condition(of)).prop_map(move |(a, b, c)| format!("SELECT {a} AS a, {b} AS b FROM {} WHERE {c}", of.table));
        let ordered = (number(of), condition(of), 1..20_usize, 0..5_usize).prop_map(move |(a, c, limit, offset)| {
            format!("SELECT {a} AS a, {key} FROM {} WHERE {c} ORDER BY {key} LIMIT {limit} OFFSET {offset}", of.table, key = of.key)
        });
        let total = (aggregate(of), aggregate(of), condition(of))
            .prop_map(move |(a, b, c)| format!("SELECT {a}, {b} FROM {} WHERE {c}", of.table));
        let group = (select(of.numbers), aggregate(of), aggregate(of), condition(of), 0..3_i64).prop_map(move |(g, a, b, c, n)| {
            format!("SELECT {g}, {a} AS x, {b} AS y FROM {} WHERE {c} GROUP BY {g} HAVING count(*) > {n}", of.table)
        });
        let distinct = (text(of), condition(of)).prop_map(move |(a, c)| format!("SELECT DISTINCT {a} AS a FROM {} WHERE {c}", of.table));
        let joined = (select(of.numbers), condition(of)).prop_map(move |(g, c)| {
            format!("WITH part AS (SELECT * FROM {0} WHERE {c}) SELECT p.{g}, q.n FROM part p LEFT JOIN (SELECT {g} AS g, count(*) AS n FROM {0} GROUP BY 1) q ON q.G = p.{g}", of.table)
        });
        let within = (select(of.numbers), condition(of)).prop_map(move |(g, c)| {
            format!("SELECT {key} FROM {0} o WHERE {g} = (SELECT max(i.{g}) FROM {0} i WHERE {c})", of.table, key = of.key)
        });
        let united = (number(of), condition(of), condition(of), select(&["UNION", "UNION ALL", "EXCEPT", "INTERSECT"][..])).prop_map(
            move |(a, c, d, op)| format!("SELECT {a} FROM {0} WHERE {c} {op} SELECT {a} FROM {0} WHERE {d}", of.table),
        );
        let window = (select(of.numbers), condition(of)).prop_map(move |(g, c)| {
            format!("SELECT {key}, row_number() OVER (PARTITION BY {g} ORDER BY {key}), sum({key}) OVER (ORDER BY {key}) FROM {} WHERE {c}", of.table, key = of.key)
        });
        prop_oneof![plain, ordered, total, group, distinct, joined, within, united, window]
    })
}

/// One value of an answer, in a form that both sides have.
#[derive(Debug)]
enum Cell {
    Null,
    Integer(i64),
    Real(f64),
    Text(String),
}

impl Cell {
    fn of_number(text: &str) -> Self {
        match text.parse() {
            Ok(integer) => Self::Integer(integer),
            Err(_) => {
                text.parse().map_or_else(|_| Self::Text(text.to_owned()), |real: f64| Self::Real(real + 0.0))
            }
        }
    }

    #[allow(clippy::cast_precision_loss, reason = "only to compare with what is not exact either")]
    fn number(&self) -> Option<f64> {
        match *self {
            Self::Integer(integer) => Some(integer as f64),
            Self::Real(real) => Some(real),
            Self::Null | Self::Text(_) => None,
        }
    }

    /// Whether both are the same value. Sums of floats depend on the order of their terms, and SQLite makes up for what is lost in
    /// them, so nothing that was calculated is rounded before it is compared: a half would go up on one side and down on the other.
    fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Integer(a), Self::Integer(b)) => a == b,
            (Self::Text(a), Self::Text(b)) => a == b,
            _ => match (self.number(), other.number()) {
                (Some(a), Some(b)) => (a - b).abs() <= 1e-6 + 1e-9 * a.abs().max(b.abs()),
                _ => false,
            },
        }
    }

    /// An order in which the rows of both sides can be put: nulls, numbers, texts.
    fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            // Large integers of one float are told apart.
            (Self::Integer(a), Self::Integer(b)) => a.cmp(b),
            _ => {
                let numbers = self.number().zip(other.number()).map(|(a, b)| a.total_cmp(&b));
                numbers.unwrap_or(Ordering::Equal).then(self.rank().cmp(&other.rank()))
            }
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Null => 0,
            Self::Real(_) => 1,
            Self::Integer(_) => 2,
            Self::Text(_) => 3,
        }
    }
}

type Rows = Vec<Vec<Cell>>;

fn sorted(mut rows: Rows) -> Rows {
    rows.sort_by(|a, b| {
        let unequal = a.iter().zip(b).map(|(a, b)| a.order(b)).find(|order| order.is_ne());
        unequal.unwrap_or(Ordering::Equal)
    });
    rows
}

fn same(found: &Rows, expected: &Rows) -> bool {
    let row = |a: &Vec<Cell>, b: &Vec<Cell>| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.is(b));
    found.len() == expected.len() && found.iter().zip(expected).all(|(a, b)| row(a, b))
}

fn of_sqlite(sqlite: &Connection, sql: &str) -> Result<Rows, String> {
    let mut statement = sqlite.prepare(sql).map_err(|error| error.to_string())?;
    let width = statement.column_count();
    let mut rows = statement.query([]).map_err(|error| error.to_string())?;
    let mut answer = Vec::new();
    while let Some(row) = rows.next().map_err(|error| error.to_string())? {
        let cell = |at| match row.get_ref(at).unwrap() {
            ValueRef::Null => Cell::Null,
            ValueRef::Integer(number) => Cell::Integer(number),
            ValueRef::Real(number) => Cell::Real(number + 0.0),
            ValueRef::Text(text) => Cell::Text(String::from_utf8_lossy(text).into_owned()),
            ValueRef::Blob(_) => panic!("a blob"),
        };
        answer.push((0..width).map(cell).collect());
    }
    Ok(sorted(answer))
}

fn of_engine(db: &Db, sql: &str) -> Result<Rows, String> {
    let answer = db.run(sql).map_err(|error| error.to_string())?;
    let cell = |(cell, &of_number): (Option<String>, &bool)| match cell {
        None => Cell::Null,
        Some(number) if of_number => Cell::of_number(&number),
        Some(text) => Cell::Text(text),
    };
    let rows = answer.rows.into_iter().map(|row| row.into_iter().zip(&answer.numbers).map(cell).collect());
    Ok(sorted(rows.collect()))
}

#[test]
fn generated_queries_have_the_answers_of_sqlite() {
    let (Some(chinook), Some(votes)) = (data("chinook/chinook.db"), data("votes/votes.jsonl")) else {
        return;
    };
    let db = Db::new();
    db.import(&chinook, "chinook", None);
    db.import_votes(&votes);
    db.lines("CREATE TABLE blog_analysis.all_votes AS SELECT * FROM votes; DROP TABLE votes CASCADE");
    // Quadratic queries over all votes would take SQLite minutes.
    db.lines("CREATE TABLE blog_analysis.votes AS SELECT * FROM all_votes WHERE Id % 13 = 0");
    let sqlite = Connection::open_in_memory().unwrap();
    sqlite.execute("ATTACH ? AS chinook", [chinook.to_str().unwrap()]).unwrap();
    sqlite
        .execute("CREATE TABLE votes (Id INTEGER, PostId INTEGER, VoteTypeId INTEGER, UserId INTEGER, BountyAmount INTEGER)", [])
        .unwrap();
    for row in db.run("SELECT Id, PostId, VoteTypeId, UserId, BountyAmount FROM votes").unwrap().rows {
        let values: Vec<Option<i64>> =
            row.into_iter().map(|cell| cell.map(|cell| cell.parse().unwrap())).collect();
        sqlite
            .execute("INSERT INTO votes VALUES (?, ?, ?, ?, ?)", rusqlite::params_from_iter(values))
            .unwrap();
    }
    let cases = std::env::var("SANDGLASS_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(400);
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&query(), |sql| {
        let expected = of_sqlite(&sqlite, &sql);
        match (of_engine(&db, &sql), expected) {
            (Ok(found), Ok(expected)) => {
                prop_assert!(same(&found, &expected), "{}\nhere: {:?}\nSQLite: {:?}", sql, found, expected);
            }
            // Numbers beyond 64 bits are an error on one side or the other.
            (Err(error), _) if error.contains("verflow") => {}
            (_, Err(error)) if error.contains("overflow") => {}
            (found, expected) => prop_assert!(false, "{}\nhere: {:?}\nSQLite: {:?}", sql, found, expected),
        }
        Ok(())
    });
    outcome.unwrap();
}
