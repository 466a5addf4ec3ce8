//! Votes made from a seed, for trying things out and for measuring.
//!
//! The lines look like those of the real data set: the same shapes in similar shares, ids that ascend with gaps, busy
//! and quiet weeks. Some are duplicates, some of these in conflict with the first, and a few are bad in the ways in
//! which real lines are bad, so that there is something to see. The same number of rows and seed always make the same
//! bytes. [`Made`] tells how many of each kind there are.

use std::io::Write as _;

use sandglass_weekly::{civil_from_days, days_from_civil};

/// The small example has a vote or a few on each of nine Sundays.
const SMALL: [u8; 9] = [1, 3, 3, 2, 2, 1, 1, 2, 1];
/// The number of lines for which the small example is made: the sum of [`SMALL`].
const SMALL_ROWS: u64 = 16;

/// The span of the larger samples: the one of the real data set.
const FIRST_DAY: (i32, u8, u8) = (2017, 2, 28);
const DAYS: u64 = 1650;

/// One line in this many is a duplicate, and one duplicate in four is in conflict.
const DUPLICATE: u64 = 400;
/// One line in this many is bad; there are at least a handful.
const BAD: u64 = 50_000;
const BAD_AT_LEAST: u64 = 6;

/// How many lines of which kind a sample has made so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Made {
    /// Lines, all kinds together.
    pub lines: u64,
    /// Lines with an id that was there before.
    pub duplicates: u64,
    /// Duplicates with another `PostId` than the first.
    pub conflicts: u64,
    /// Lines that are no votes.
    pub bad: u64,
}

/// A sample in the making.
#[derive(Debug)]
pub struct Sample {
    rows: u64,
    random: Random,
    made: Made,
    /// The id of the newest vote.
    id: u64,
    /// The newest vote that can be repeated.
    last: Option<Vote>,
    /// The days that follow, each with the line with which it ends.
    days: std::vec::IntoIter<(i32, u64)>,
    /// The present day, and the line with which it ends.
    day: (i32, u64),
}

#[derive(Debug, Clone, Copy)]
struct Vote {
    id: u64,
    post: u64,
    kind: u8,
    user: Option<u64>,
    bounty: Option<u64>,
    day: i32,
}

impl Sample {
    /// A sample of this many lines. With 16 it is the small example of nine weeks, which has no bad lines, and the seed
    /// does not matter.
    pub fn new(rows: u64, seed: u64) -> Self {
        let mut random = Random(seed);
        let days = days(rows, &mut random).into_iter();
        Self { rows, random, made: Made::default(), id: 0, last: None, days, day: (0, 0) }
    }

    /// What has been made so far.
    pub fn made(&self) -> Made {
        self.made
    }

    /// About how many bytes the whole sample will have.
    pub fn expected_bytes(&self) -> u64 {
        self.rows * 96
    }

    /// Adds lines to `out` until it has at least `bytes` or the sample ends. Returns whether there are more to come.
    pub fn fill(&mut self, out: &mut Vec<u8>, bytes: usize) -> bool {
        while out.len() < bytes && self.made.lines < self.rows {
            if self.rows == SMALL_ROWS {
                self.small_line(out)
            } else {
                self.line(out)
            }
            self.made.lines += 1;
        }
        self.made.lines < self.rows
    }

    /// A line of the small example.
    fn small_line(&mut self, out: &mut Vec<u8>) {
        let mut before = 0;
        let week = SMALL.iter().take_while(|&&votes| {
            before += u64::from(votes);
            before <= self.made.lines
        });
        let day = days_from_civil(2022, 1, 2) + 7 * week.count() as i32;
        let id = self.made.lines + 1;
        Vote { id, post: id % 5 + 1, kind: 2, user: None, bounty: None, day }.write(out);
    }

    fn line(&mut self, out: &mut Vec<u8>) {
        // Bad lines lie evenly between the others, the first of them early enough to be seen in a small sample.
        let apart = (self.rows / BAD_AT_LEAST).clamp(1, BAD);
        if self.made.lines % apart == apart / 2 {
            self.bad_line(out);
            self.made.bad += 1;
            return;
        }
        match self.last {
            Some(mut vote) if self.random.below(DUPLICATE) == 0 => {
                if self.random.below(4) == 0 {
                    vote.post += 1;
                    self.made.conflicts += 1;
                }
                self.made.duplicates += 1;
                vote.write(out);
            }
            _ => {
                let vote = self.vote();
                // Votes are repeated some lines later, not at once, but the first may be at any time.
                if self.last.is_none() || self.random.below(50) == 0 {
                    self.last = Some(vote);
                }
                vote.write(out);
            }
        }
    }

    fn vote(&mut self) -> Vote {
        self.id += 1 + u64::from(self.random.below(8) == 0) * self.random.below(5);
        // Up, down and the rest, roughly as they are in the data dumps.
        let kind = match self.random.below(100) {
            0..72 => 2,
            72..84 => 3,
            84..90 => 5,
            90..93 => 1,
            93..95 => 16,
            95..97 => 10,
            97..99 => 11,
            _ => 8,
        };
        let named = kind == 5 || kind == 8;
        Vote {
            id: self.id,
            post: 1 + self.random.below(1 + self.id / 3),
            kind,
            user: named.then(|| 1 + self.random.below(60_000)),
            bounty: (kind == 8).then(|| 50 * (1 + self.random.below(10))),
            day: self.day(),
        }
    }

    /// The day of the next vote. Votes come in the order of their days, but for a few that are late.
    fn day(&mut self) -> i32 {
        while self.day.1 <= self.made.lines
            && let Some(next) = self.days.next()
        {
            self.day = next;
        }
        let late = if self.random.below(5000) == 0 { self.random.below(3) } else { 0 };
        self.day.0 - late as i32
    }

    fn bad_line(&mut self, out: &mut Vec<u8>) {
        let id = self.id + 1;
        let written = match self.made.bad % 6 {
            0 => writeln!(
                out,
                r#"{{"Id":"{id}","PostId":"12","VoteTypeId":"2","CreationDate":"2019-02-30T00:00:00.000"}}"#
            ),
            1 => writeln!(out, r#"{{"Id":"{id}","PostId":"12","VoteTyp"#),
            2 => {
                writeln!(out, r#"{{"Id":"{id}","VoteTypeId":"2","CreationDate":"2019-03-01T00:00:00.000"}}"#)
            }
            3 => writeln!(
                out,
                r#"{{"Id":"","PostId":"12","VoteTypeId":"2","CreationDate":"2019-03-02T00:00:00.000"}}"#
            ),
            4 => writeln!(out, "<row Id=\"{id}\" PostId=\"12\" VoteTypeId=\"2\" />"),
            _ => writeln!(
                out,
                r#"{{"Id":"{id}","PostId":null,"VoteTypeId":"2","CreationDate":"2019-03-03T00:00:00.000"}}"#
            ),
        };
        // Writing into memory does not fail.
        debug_assert!(written.is_ok());
    }
}

/// The days of a sample, each with the line with which it ends.
///
/// Interest grows, ebbs at the turn of the year and at weekends, wavers from week to week, and now and then something
/// happens.
fn days(rows: u64, random: &mut Random) -> Vec<(i32, u64)> {
    let first = days_from_civil(FIRST_DAY.0, FIRST_DAY.1, FIRST_DAY.2);
    let mut week = 0;
    let mut before = 0;
    let busy: Vec<u64> = (0..DAYS)
        .map(|day| {
            if day % 7 == 0 {
                let season = if matches!(day / 7 % 52, 42..=45) { 60 } else { 100 };
                let event = if random.below(30) == 0 { 180 } else { 100 };
                week = (85 + random.below(30)) * season * event;
            }
            let weekend = if matches!(day % 7, 4 | 5) { 60 } else { 100 };
            before += (600 + 400 * day / DAYS) * weekend * week;
            before
        })
        .collect();
    let ends =
        busy.iter().map(|&busy| (u128::from(rows) * u128::from(busy) / u128::from(before.max(1))) as u64);
    (first..).zip(ends).collect()
}

impl Vote {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"Id\":\"");
        push_number(out, self.id);
        if let Some(user) = self.user {
            out.extend_from_slice(b"\",\"UserId\":\"");
            push_number(out, user);
        }
        out.extend_from_slice(b"\",\"PostId\":\"");
        push_number(out, self.post);
        out.extend_from_slice(b"\",\"VoteTypeId\":\"");
        push_number(out, u64::from(self.kind));
        if let Some(bounty) = self.bounty {
            out.extend_from_slice(b"\",\"BountyAmount\":\"");
            push_number(out, bounty);
        }
        let date = civil_from_days(self.day);
        out.extend_from_slice(b"\",\"CreationDate\":\"");
        push_number(out, date.year.unsigned_abs().into());
        for part in [date.month, date.day] {
            out.extend_from_slice(&[b'-', b'0' + part / 10, b'0' + part % 10]);
        }
        out.extend_from_slice(b"T00:00:00.000\"}\n");
    }
}

/// Writes a number in decimal. `write!` would take most of the time of making a sample.
fn push_number(out: &mut Vec<u8>, mut number: u64) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

/// SplitMix64 (Steele, Lea and Flood 2014): small, fast, and the same everywhere.
#[derive(Debug)]
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`, which is small against 2^32: the bias does not matter here.
    fn below(&mut self, end: u64) -> u64 {
        ((self.next() >> 32) * end) >> 32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sandglass_ingest::{Batch, Reader, SourceError};

    fn bytes(rows: u64, seed: u64, step: usize) -> (Vec<u8>, Made) {
        let mut sample = Sample::new(rows, seed);
        let mut all = Vec::new();
        let mut buffer = Vec::new();
        loop {
            buffer.clear();
            let more = sample.fill(&mut buffer, step);
            all.extend_from_slice(&buffer);
            if !more {
                return (all, sample.made());
            }
        }
    }

    #[test]
    fn the_same_seed_makes_the_same_bytes_in_pieces_of_any_size() {
        let (whole, made) = bytes(10_000, 7, usize::MAX);
        assert_eq!(bytes(10_000, 7, 1), (whole.clone(), made));
        assert_ne!(bytes(10_000, 8, 1).0, whole);
        assert_eq!(whole.iter().filter(|&&byte| byte == b'\n').count(), 10_000);
    }

    #[test]
    fn there_is_something_to_see_and_it_is_counted_right() {
        for rows in [100, 10_000, 200_000] {
            let (text, made) = bytes(rows, 1, usize::MAX);
            let mut reader = Reader::new(&crate::votes::pipeline().records);
            let mut bad = 0;
            let mut sink = |batch: Batch| {
                bad += batch.rejected;
                Ok::<_, SourceError>(())
            };
            reader.push(&text, &mut sink).unwrap();
            assert_eq!(reader.finish(&mut sink).unwrap().records, rows);
            assert_eq!(bad, made.bad);
            assert!(bad >= BAD_AT_LEAST);
            assert!(rows < 10_000 || (made.duplicates > made.conflicts && made.conflicts > 0));
        }
    }

    #[test]
    fn the_small_example_has_six_outlier_weeks() {
        let (text, made) = bytes(SMALL_ROWS, 0, usize::MAX);
        assert_eq!((made.lines, made.duplicates, made.bad), (16, 0, 0));
        let counts = SMALL.map(|votes| votes as usize);
        let mut lines = text.split(|&byte| byte == b'\n');
        for (week, count) in counts.into_iter().enumerate() {
            let date = civil_from_days(days_from_civil(2022, 1, 2) + 7 * week as i32);
            let end = format!("\"CreationDate\":\"{date}T00:00:00.000\"}}");
            for _ in 0..count {
                let line = lines.next().unwrap();
                assert!(line.ends_with(end.as_bytes()), "{}", String::from_utf8_lossy(line));
            }
        }
    }
}
