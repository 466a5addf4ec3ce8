//! Rows per day as a text: `18871:3,0,7;19000:1` are 3 rows on day 18871 (counted from 1970-01-01), none on the next, 7 on the
//! one behind it, and 1 on day 19000.

use sandglass_weekly::DayCounts;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serializer};
use std::fmt::Write;

/// Days without rows that are written rather than begin a new run.
const GAP: i32 = 4;

fn write(days: &DayCounts) -> String {
    let mut text = String::new();
    let mut next: Option<i32> = None;
    for (day, rows) in days.iter() {
        match next {
            Some(next) if day.checked_sub(next).is_some_and(|gap| gap <= GAP) => {
                text.push_str(&",0".repeat((day - next) as usize))
            }
            _ => {
                let separator = if next.is_some() { ";" } else { "" };
                let _ = write!(text, "{separator}{day}:{rows}");
                next = day.checked_add(1);
                continue;
            }
        }
        let _ = write!(text, ",{rows}");
        next = day.checked_add(1);
    }
    text
}

fn read(text: &str) -> Option<DayCounts> {
    let mut days = DayCounts::default();
    for run in text.split(';').filter(|run| !run.is_empty()) {
        let (first, rows) = run.split_once(':')?;
        let first: i32 = first.parse().ok()?;
        for (offset, rows) in rows.split(',').enumerate() {
            days.add_rows(first.checked_add(i32::try_from(offset).ok()?)?, rows.parse().ok()?);
        }
    }
    Some(days)
}

pub(crate) fn serialize<S: Serializer>(days: &DayCounts, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&write(days))
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DayCounts, D::Error> {
    let text = String::deserialize(deserializer)?;
    read(&text).ok_or_else(|| D::Error::custom("rows per day are written as first:rows,rows;first:rows"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_go_into_text_and_back() {
        let mut days = DayCounts::default();
        let rows =
            [(i32::MIN, 2), (-1, 1), (0, 5), (3, 7), (8, 1), (14, 1), (i32::MAX - 1, 9), (i32::MAX, 4)];
        for (day, rows) in rows {
            (0..rows).for_each(|_| days.add(day));
        }
        let text = write(&days);
        assert_eq!(text, "-2147483648:2;-1:1,5,0,0,7,0,0,0,0,1;14:1;2147483646:9,4");
        assert_eq!(read(&text), Some(days));
        assert_eq!(read(""), Some(DayCounts::default()));
        for wrong in ["1", "1:", "x:1", "1:1;2", "1:-1", "2147483647:1,1"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
