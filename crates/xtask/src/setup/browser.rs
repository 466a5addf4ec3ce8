//! A Chromium and the ChromeDriver of the same version, for the tests in the browser.

use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow, bail};

use super::packages;
use crate::process::{Environment, read};

/// Names that Chromium goes by.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// A browser that tests can drive.
#[derive(Debug, Clone)]
pub(crate) struct Browser {
    /// Chromium.
    pub(crate) program: PathBuf,
    /// ChromeDriver.
    pub(crate) driver: PathBuf,
}

/// Finds a browser, or installs it.
///
/// # Errors
/// There is none that works and none can be installed.
pub(super) fn set_up(environment: &Environment) -> Result<Browser> {
    let reason = match find(environment) {
        Ok(browser) => return Ok(browser),
        Err(reason) => reason,
    };
    if std::env::var_os("CHROME").is_some() || std::env::var_os("CHROMEDRIVER").is_some() {
        return Err(reason.context("CHROME and CHROMEDRIVER do not name a browser and its driver"));
    }
    // Ubuntu's package of this name only installs a snap, which does not run as root or without a session.
    if !packages::available(environment) || !packages::known(environment, "chromium-driver")? {
        return Err(reason.context(
            "install Google Chrome and the ChromeDriver of the same version, and name them in CHROME and CHROMEDRIVER",
        ));
    }
    packages::install(environment, &["chromium", "chromium-driver"], "the browser of the tests")?;
    find(environment)
}

/// A browser and a driver of the same version.
fn find(environment: &Environment) -> Result<Browser> {
    let given = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let programs: Vec<PathBuf> = match given("CHROME") {
        Some(program) => vec![program],
        None => NAMES.iter().filter_map(|name| environment.find(name)).collect(),
    };
    let driver = given("CHROMEDRIVER")
        .or_else(|| environment.find("chromedriver"))
        .ok_or_else(|| anyhow!("there is no chromedriver"))?;
    let wanted = major(environment, &driver).ok_or_else(|| anyhow!("{} does not run", driver.display()))?;
    for program in &programs {
        if major(environment, program) == Some(wanted) {
            return Ok(Browser { program: program.clone(), driver });
        }
    }
    bail!("there is no Chromium {wanted}, which {} is made for", driver.display())
}

/// The version of a program that calls itself `Some Name 156.0.8078.79 and more`.
fn major(environment: &Environment, program: &Path) -> Option<u32> {
    let about = read(environment.command(program).arg("--version")).ok()?;
    about.split_whitespace().find_map(|word| word.split_once('.')?.0.parse().ok())
}
