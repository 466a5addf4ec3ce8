//! Adding up what the checks say: a line per step, and the totals in the last line.

use std::time::Instant;

use anyhow::Result;

/// What came out of some checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Counts {
    /// Checks that hold.
    pub(crate) passed: u64,
    /// Checks that do not, or that could not be made.
    pub(crate) failed: u64,
}

impl Counts {
    /// A single check.
    pub(crate) fn of(holds: bool) -> Self {
        Self { passed: u64::from(holds), failed: u64::from(!holds) }
    }

    /// What a test runner counted. It has failed in any case when it says so itself (a test did not compile, say), and
    /// when it found nothing to run: then a test has been lost.
    pub(crate) fn of_runner(self, success: bool) -> Self {
        let Self { passed, failed } = self;
        if failed == 0 && (!success || passed == 0) { Self { passed, failed: 1 } } else { self }
    }
}

impl std::ops::Add for Counts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { passed: self.passed + other.passed, failed: self.failed + other.failed }
    }
}

/// Adds up `test result: ok. 3 passed; 0 failed; ...`, which cargo and wasm-bindgen print for each test binary.
pub(crate) fn of_cargo(output: &str) -> Counts {
    let mut counts = Counts::default();
    for line in output.lines() {
        let Some((_, result)) = line.split_once("test result: ") else { continue };
        counts.passed += number_before(result, " passed;");
        counts.failed += number_before(result, " failed;");
    }
    counts
}

/// Adds up what Node's test runner prints at its end: `ℹ pass 3`, `ℹ fail 0`, `ℹ cancelled 0`.
pub(crate) fn of_node(output: &str) -> Counts {
    let mut counts = Counts::default();
    for line in output.lines() {
        let Some((name, number)) = line.strip_prefix("ℹ ").and_then(|line| line.split_once(' ')) else {
            continue;
        };
        let number: u64 = number.parse().unwrap_or(0);
        match name {
            "pass" => counts.passed += number,
            "fail" | "cancelled" => counts.failed += number,
            _ => {}
        }
    }
    counts
}

fn number_before(text: &str, word: &str) -> u64 {
    let before = text.split_once(word).map(|(before, _)| before);
    before.and_then(|before| before.rsplit(' ').next()?.parse().ok()).unwrap_or(0)
}

/// The steps so far.
#[derive(Default)]
pub(crate) struct Report {
    steps: Vec<(&'static str, Counts, f64)>,
}

impl Report {
    /// Runs a step and adds what it counts. A step that cannot be made counts as one failure.
    pub(crate) fn step(&mut self, name: &'static str, checks: impl FnOnce() -> Result<Counts>) {
        println!("\n== {name}");
        let begun = Instant::now();
        let counts = checks().unwrap_or_else(|error| {
            println!("error: {error:#}");
            Counts::of(false)
        });
        let seconds = begun.elapsed().as_secs_f64();
        println!("== {name}: {} in {seconds:.1} s", words(counts));
        self.steps.push((name, counts, seconds));
    }

    /// Prints all steps and, as the last line, the totals. Returns whether nothing failed.
    pub(crate) fn finish(&self) -> bool {
        println!("\n{:<10} {:>8} {:>8} {:>9}", "step", "passed", "failed", "seconds");
        for (name, counts, seconds) in &self.steps {
            println!("{name:<10} {:>8} {:>8} {seconds:>9.1}", counts.passed, counts.failed);
        }
        let total = self.steps.iter().fold(Counts::default(), |total, (_, counts, _)| total + *counts);
        println!("{}", words(total));
        total.failed == 0
    }
}

fn words(counts: Counts) -> String {
    format!("{} passed, {} failed", counts.passed, counts.failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_results_of_all_test_binaries_are_added_up() {
        let output = "running 3 tests\n\
            test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
            test result: FAILED. 12 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.10s\n\
            test result: ok. 5 passed; 0 failed; 0 ignored; 0 filtered out\n";
        assert_eq!(of_cargo(output), Counts { passed: 20, failed: 2 });
    }

    #[test]
    fn the_summary_of_node_is_read() {
        let output = "✔ drops a file (120.5ms)\nℹ tests 9\nℹ suites 0\nℹ pass 5\nℹ fail 1\nℹ cancelled 2\nℹ skipped 1\n";
        assert_eq!(of_node(output), Counts { passed: 5, failed: 3 });
    }

    #[test]
    fn a_runner_that_fails_or_runs_nothing_counts_as_a_failure() {
        let counts = |passed, failed| Counts { passed, failed };
        assert_eq!(counts(4, 0).of_runner(true), counts(4, 0));
        assert_eq!(counts(4, 2).of_runner(false), counts(4, 2));
        assert_eq!(counts(4, 0).of_runner(false), counts(4, 1));
        assert_eq!(counts(0, 0).of_runner(true), counts(0, 1));
    }

    #[test]
    fn a_step_that_cannot_be_made_fails_and_the_next_one_runs() {
        let mut report = Report::default();
        report.step("first", || anyhow::bail!("no such program"));
        report.step("second", || Ok(Counts { passed: 7, failed: 0 }));
        assert!(!report.finish());
        assert_eq!(
            report.steps.iter().map(|step| step.1).collect::<Vec<_>>(),
            [Counts { passed: 0, failed: 1 }, Counts { passed: 7, failed: 0 }]
        );
    }
}
