//! `sandglass quality`: what is expected of tables, held against their rows.

use std::io;

use anyhow::{Context, Result, bail};
use clap::Args;
use sandglass_quality::{Check, Example, Finding, Severity, State};
use sandglass_query::stored::quality::findings;
use sandglass_warehouse::manifest::TableId;
use sandglass_warehouse::storage::block_on;
use serde_json::json;

use crate::Done;
use crate::print::{self, Cell, Format};
use crate::warehouse::{Place, now, table_named};

/// Hold what is expected of tables against their rows
///
/// The checks of a table are those of its pipeline and those that you give. Each says for how many rows it does not hold, shows some of
/// them, and has the SQL that finds all.
#[derive(Debug, Args)]
pub(crate) struct Quality {
    /// Only these tables
    #[arg(value_name = "TABLE")]
    tables: Vec<String>,
    /// Check this as well, of each of the tables: 'VoteTypeId in (1, 2)', 'warning: Id >= 0', 'Day between 2008-07-31 and today',
    /// 'PostId references posts.Id', 'Day within 7 days', 'Type has stable shares', 'Day has stable weeks'
    #[arg(long, value_name = "CHECK")]
    check: Vec<Check>,
    /// Expect this of the table from now on
    #[arg(long, value_name = "CHECK", requires = "tables")]
    add: Vec<Check>,
    /// Expect this no longer
    #[arg(long, value_name = "CHECK", requires = "tables")]
    remove: Vec<Check>,
    /// The form of the report; json has the examples and the SQL
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    /// End with exit code 3 when an error or a warning was found
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    place: Place,
}

impl Quality {
    pub(crate) fn run(self) -> Result<Done> {
        let mut store = self.place.open()?;
        let wanted = self.tables.iter().map(|name| table_named(&store, name)).collect::<Result<Vec<_>>>()?;
        if !self.add.is_empty() || !self.remove.is_empty() {
            let (mut changed, _lock) = self.place.open_to_change()?;
            let checks = self.add.iter().map(|check| (check, true));
            for (check, is_wanted) in checks.chain(self.remove.iter().map(|check| (check, false))) {
                for id in &wanted {
                    block_on(changed.expect(id, &check.to_string(), is_wanted, now()))?;
                }
            }
            store = changed;
        }
        let tables = store.tables().iter().filter(|table| wanted.is_empty() || wanted.contains(&table.id()));
        let log = block_on(store.known_entries())?;
        let mut reports = Vec::new();
        for table in tables {
            let findings = block_on(findings(&store, table, &self.check, &log, now().micros))
                .with_context(|| table.id().to_string())?;
            reports.push((table.id(), findings));
        }
        if reports.is_empty() {
            bail!("there is no table in {}", self.place.name());
        }
        write(&reports, self.format).context("the report cannot be written")?;
        let bad = |finding: &Finding| finding.state == State::Fails && finding.severity >= Severity::Warning;
        let any = reports.iter().flat_map(|(_, findings)| findings).any(bad);
        Ok(if self.strict && any { Done::WithRejects } else { Done::Well })
    }
}

fn write(reports: &[(TableId, Vec<Finding>)], format: Format) -> io::Result<()> {
    let mut out = io::stdout().lock();
    if format == Format::Json {
        let all =
            reports.iter().flat_map(|(id, findings)| findings.iter().map(|finding| as_json(id, finding)));
        serde_json::to_writer_pretty(&mut out, &all.collect::<Vec<_>>())?;
        return io::Write::write_all(&mut out, b"\n");
    }
    let rows: Vec<[Cell; 7]> = reports
        .iter()
        .flat_map(|(id, findings)| findings.iter().map(move |finding| (id, finding)))
        .map(|(id, finding)| {
            let (state, remark) = match &finding.state {
                State::Holds => ("ok", None),
                State::Fails => (finding.severity.name(), finding.examples.first().map(example)),
                State::Unknown(reason) => ("not checked", Some(reason.clone())),
            };
            let remark = match (&finding.statistic, remark) {
                (Some(statistic), Some(remark)) => Some(format!("{statistic}; {remark}")),
                (statistic, remark) => remark.or_else(|| statistic.clone()),
            };
            [
                id.to_string().into(),
                state.into(),
                finding.check.as_str().into(),
                finding.count.into(),
                finding.of.into(),
                remark.into(),
                finding.why.clone().into(),
            ]
        })
        .collect();
    print::list(&mut out, ["table", "state", "check", "count", "of", "remark", "why"], &rows, format)
}

/// A row for which a check does not hold, in words.
fn example(example: &Example) -> String {
    let key: Vec<String> =
        example.key.iter().map(|(name, value)| format!("{name} {}", shown(value))).collect();
    let key = if key.is_empty() { format!("row {}", example.row + 1) } else { key.join(", ") };
    format!("such as {} at {key}", shown(&example.value))
}

fn shown(value: &Option<String>) -> &str {
    value.as_deref().unwrap_or("null")
}

fn as_json(id: &TableId, finding: &Finding) -> serde_json::Value {
    let (state, reason) = match &finding.state {
        State::Holds => ("holds", None),
        State::Fails => ("fails", None),
        State::Unknown(reason) => ("unknown", Some(reason)),
    };
    let examples: Vec<_> = finding
        .examples
        .iter()
        .map(|example| {
            let key: serde_json::Map<_, _> =
                example.key.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
            json!({ "row": example.row, "key": key, "value": example.value })
        })
        .collect();
    json!({
        "schema": id.schema, "table": id.name, "check": finding.check, "why": finding.why,
        "severity": finding.severity.name(), "state": state, "reason": reason, "count": finding.count,
        "of": finding.of, "examples": examples, "statistic": finding.statistic, "sql": finding.sql,
    })
}
