//! The size budget: what the browser transfers before the first answer, compressed, and what it transfers for SQL, against
//! size-budget.toml.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, Result, bail};

use crate::content::files;
use crate::process::Environment;
use crate::project::Project;

/// The folder of the module of SQL.
const QUERY: &str = "query/";

/// The file with the limits.
const BUDGET: &str = "size-budget.toml";

/// Prints the compressed size of every file that counts and returns whether they keep within the budget together.
///
/// # Errors
/// There is no site, or gzip is missing.
pub(crate) fn check(project: &Project, environment: &Environment) -> Result<bool> {
    let text =
        fs::read_to_string(project.root.join(BUDGET)).with_context(|| format!("{BUDGET} cannot be read"))?;
    let budget = Budget::parse(&text)?;
    let dist = project.dist();
    let mut sizes = Vec::new();
    let mut query = 0;
    for file in files(&dist)? {
        let name = file.strip_prefix(&dist)?.to_string_lossy().replace('\\', "/");
        if !budget.later.iter().any(|folder| name.starts_with(folder.as_str())) {
            sizes.push((compressed(environment, &file)?, fs::metadata(&file)?.len(), name));
        } else if name.starts_with(QUERY) {
            query += compressed(environment, &file)?;
        }
    }
    if !sizes.iter().any(|(_, _, name)| name == "index.html") {
        bail!("there is no site in {}", project.shown(&dist));
    }
    sizes.sort_by(|one, other| other.cmp(one));
    println!("{:>12} {:>12}  file", "gzip", "bytes");
    for (gzip, bytes, name) in &sizes {
        println!("{:>12} {:>12}  {name}", grouped(*gzip), grouped(*bytes));
    }
    let total = sizes.iter().map(|(gzip, _, _)| gzip).sum();
    println!("{:>12} {:>12}  of at most {}", grouped(total), "", grouped(budget.total));
    println!("{:>12} {:>12}  for SQL, of at most {}", grouped(query), "", grouped(budget.query));
    if query == 0 {
        bail!("there is no module of SQL in {}", project.shown(&dist));
    }
    let parts = [("page", total, budget.total), ("module of SQL", query, budget.query)];
    for (part, size, most) in parts.into_iter().filter(|(_, size, most)| size > most) {
        println!("the {part} is {} bytes over the budget in {BUDGET}", grouped(size - most));
    }
    Ok(total <= budget.total && query <= budget.query)
}

/// The size of a file after `gzip -9`.
fn compressed(environment: &Environment, file: &Path) -> Result<u64> {
    let input = fs::File::open(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let output = environment
        .command("gzip")
        .args(["-9", "-c"])
        .stdin(input)
        .stderr(Stdio::inherit())
        .output()
        .context("sizes are measured with the program gzip, which is missing")?;
    if !output.status.success() {
        bail!("gzip failed on {} ({})", file.display(), output.status);
    }
    Ok(output.stdout.len() as u64)
}

/// The limits.
#[derive(Debug, PartialEq)]
struct Budget {
    /// Bytes, compressed, of everything that counts.
    total: u64,
    /// Bytes, compressed, of the module of SQL.
    query: u64,
    /// Folders of dist/ that do not count.
    later: Vec<String>,
}

impl Budget {
    /// Reads the settings: one line each, in TOML. A TOML parser would take longer to compile than all of xtask.
    fn parse(text: &str) -> Result<Self> {
        let setting = |name: &str| {
            text.lines()
                .filter_map(|line| line.split_once('='))
                .find(|(key, _)| key.trim() == name)
                .map(|(_, value)| value.trim())
                .with_context(|| format!("{BUDGET} does not say `{name}`"))
        };
        let number = |name: &str| -> Result<u64> {
            let digits = setting(name)?.replace('_', "");
            digits.parse().with_context(|| format!("`{name}` in {BUDGET} is not a number"))
        };
        let list = setting("later")?.strip_prefix('[').and_then(|list| list.strip_suffix(']'));
        let list = list.with_context(|| format!("`later` in {BUDGET} is to be a list on one line"))?;
        let names = list.split(',').map(|name| name.trim().trim_matches('"').to_owned());
        Ok(Self {
            total: number("total")?,
            query: number("query")?,
            later: names.filter(|name| !name.is_empty()).collect(),
        })
    }
}

/// A number with commas.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_budget_is_read() {
        let text = "# total = 1\ntotal = 1_200_000\nquery = 9\nlater = [\"query/\", \"formats/\"]\n";
        let later = vec!["query/".into(), "formats/".into()];
        assert_eq!(Budget::parse(text).unwrap(), Budget { total: 1_200_000, query: 9, later });
        assert_eq!(Budget::parse("total = 5\nquery = 9\nlater = []").unwrap().later, Vec::<String>::new());
        assert!(Budget::parse("query = 9\nlater = []").is_err());
        assert!(Budget::parse("total = 5\nlater = []").is_err());
        assert!(Budget::parse("total = many\nquery = 9\nlater = []").is_err());
    }

    #[test]
    fn numbers_are_grouped_by_three() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
    }
}
