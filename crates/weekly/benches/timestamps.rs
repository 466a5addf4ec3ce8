//! How long the two hot loops take: reading timestamps, against jiff and against the obvious code, and counting days.
//!
//! `cargo bench -p sandglass-weekly`; every figure is for 4096 values.

#![allow(clippy::expect_used)] // on what the benchmark itself made

#[cfg(target_family = "wasm")]
fn main() {}

#[cfg(not(target_family = "wasm"))]
mod native {
    use std::hint::black_box;

    use criterion::{BenchmarkId, Criterion, Throughput, criterion_group};
    use sandglass_weekly::{DayCounts, Timestamp, WeekRule, days_from_civil, days_in_month, format_micros};

    const VALUES: usize = 4096;

    /// Instants of 2008 to 2024 in no order, from a linear congruential generator.
    fn instants(unit: i64) -> Vec<i64> {
        let mut state = 1_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (1_200_000_000_000_000 + (state >> 14) as i64 % 500_000_000_000_000) / unit * unit
        };
        (0..VALUES).map(|_| next()).collect()
    }

    /// What one would write first.
    fn obvious(text: &str) -> Option<i64> {
        let (date, time) = text.split_once('T')?;
        let mut date = date.split('-');
        let (year, month, day) =
            (date.next()?.parse().ok()?, date.next()?.parse().ok()?, date.next()?.parse::<u8>().ok()?);
        if !(1..=12).contains(&month) || day < 1 || day > days_in_month(year, month) {
            return None;
        }
        let (time, fraction) = time.split_once('.')?;
        let mut time = time.split(':');
        let (hour, minute, second): (i64, i64, i64) =
            (time.next()?.parse().ok()?, time.next()?.parse().ok()?, time.next()?.parse().ok()?);
        let seconds =
            i64::from(days_from_civil(year, month, day)) * 86_400 + 3600 * hour + 60 * minute + second;
        Some(seconds * 1_000_000 + fraction.parse::<i64>().ok()? * 1000)
    }

    fn parsing(c: &mut Criterion) {
        let mut group = c.benchmark_group("parse");
        group.throughput(Throughput::Elements(VALUES as u64));
        for (form, unit, width) in [
            ("date", 86_400_000_000, 10),
            ("seconds", 1_000_000, 19),
            ("millis", 1000, 23),
            ("micros", 1, 26),
        ] {
            let texts: Vec<String> = instants(unit)
                .into_iter()
                .map(|micros| {
                    let instant = jiff::Timestamp::from_microsecond(micros).expect("in range");
                    let mut text = instant.strftime("%FT%T.%6f").to_string();
                    text.truncate(width);
                    text
                })
                .collect();
            group.bench_function(BenchmarkId::new("sandglass", form), |b| {
                b.iter(|| {
                    texts
                        .iter()
                        .filter_map(|text| Timestamp::parse(text.as_bytes()).ok())
                        .map(Timestamp::micros)
                        .sum::<i64>()
                });
            });
            if form != "millis" {
                continue;
            }
            let parser = jiff::fmt::temporal::DateTimeParser::new();
            group.bench_function(BenchmarkId::new("jiff", form), |b| {
                b.iter(|| {
                    for text in &texts {
                        black_box(parser.parse_datetime(text).ok());
                    }
                });
            });
            group.bench_function(BenchmarkId::new("obvious", form), |b| {
                b.iter(|| texts.iter().filter_map(|text| obvious(text)).sum::<i64>());
            });
        }
        // A form that only the general parser takes.
        let texts: Vec<String> = instants(1_000_000)
            .into_iter()
            .map(|micros| {
                let mut text = String::new();
                format_micros(micros, &mut text);
                text + "+02:00"
            })
            .collect();
        group.bench_function(BenchmarkId::new("sandglass", "offset"), |b| {
            b.iter(|| {
                texts
                    .iter()
                    .filter_map(|text| Timestamp::parse(text.as_bytes()).ok())
                    .map(Timestamp::micros)
                    .sum::<i64>()
            });
        });
        group.finish();
    }

    fn counting(c: &mut Criterion) {
        let mut group = c.benchmark_group("count");
        group.throughput(Throughput::Elements(VALUES as u64));
        let scattered = instants(1);
        let mut sorted = scattered.clone();
        sorted.sort_unstable();
        let same_day: Vec<i64> =
            sorted.iter().map(|micros| 19_000 * 86_400_000_000 + micros % 86_400_000_000).collect();
        for (order, instants) in [("same day", &same_day), ("sorted", &sorted), ("scattered", &scattered)] {
            let mut counts = DayCounts::default();
            group.bench_function(BenchmarkId::new("instants", order), |b| {
                b.iter(|| counts.add_all_micros(instants.iter().copied()));
            });
            black_box(counts.weeks(WeekRule::Monday));
        }
        group.bench_function("format", |b| {
            let mut out = String::new();
            b.iter(|| {
                out.clear();
                scattered.iter().for_each(|&micros| format_micros(micros, &mut out));
                out.len()
            });
        });
        group.finish();
    }

    criterion_group!(benches, parsing, counting);
}

#[cfg(not(target_family = "wasm"))]
criterion::criterion_main!(native::benches);
