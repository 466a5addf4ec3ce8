//! `cargo xtask test`: every check, one step after the other. A step that fails does not keep later ones from running.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, anyhow, bail};

use crate::page::{self, Mode};
use crate::process::{Environment, tee};
use crate::project::Project;
use crate::query;
use crate::report::{Counts, Report, of_cargo, of_node};
use crate::setup::{self, Browser};
use crate::size;

/// The crates that are programs in the browser; the rest of what is built for wasm32 comes in as their dependencies.
const WASM_PROGRAMS: [&str; 3] = ["sandglass-app", "sandglass-sql-screen", "sandglass-warehouse-worker"];

const WASM_TARGET: [&str; 2] = ["--target", "wasm32-unknown-unknown"];

/// Seconds that the browser may take for the tests of one binary; a machine that builds beside it is slow.
const WASM_TEST_SECONDS: &str = "180";

/// A step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// The formatting.
    Fmt,
    /// clippy, natively and for wasm32, with warnings denied.
    Clippy,
    /// The documentation, with warnings denied: links in it that lead nowhere.
    Docs,
    /// The tests on this machine.
    Native,
    /// The tests in the browser, headless.
    Wasm,
    /// The size of the page.
    Size,
    /// The tests of the page in a browser.
    EndToEnd,
}

impl Step {
    const ALL: [(Self, &'static str); 7] = [
        (Self::Fmt, "fmt"),
        (Self::Clippy, "clippy"),
        (Self::Docs, "docs"),
        (Self::Native, "native"),
        (Self::Wasm, "wasm"),
        (Self::Size, "size"),
        (Self::EndToEnd, "e2e"),
    ];

    /// The step that is called so on the command line.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, known)| *known == name).map(|(step, _)| step)
    }
}

/// Runs the steps, all when none is named, and returns whether everything holds.
pub(crate) fn run(project: &Project, environment: &mut Environment, only: &[Step]) -> bool {
    let wanted = |step| only.is_empty() || only.contains(&step);
    let page = Ready::of(setup::page(project, environment));
    let lints =
        Ready::of(if wanted(Step::Fmt) || wanted(Step::Clippy) { setup::lints(environment) } else { Ok(()) });
    let browser = if wanted(Step::Wasm) || wanted(Step::EndToEnd) {
        Ready::of(setup::browser(environment))
    } else {
        Ready::of(Err(anyhow!("not needed")))
    };

    if wanted(Step::Native) {
        // Where there is no such Python, the tests that want one say that they are skipped.
        match setup::python(project, environment) {
            Ok(python) => environment.set("SANDGLASS_PYTHON", python),
            Err(error) => println!("setup: no Python for tests: {error:#}"),
        }
    }

    let mut report = Report::default();
    let checks = Checks { project, environment };
    if wanted(Step::Fmt) {
        report.step("fmt", || lints.get().and_then(|()| checks.formatting()));
    }
    if wanted(Step::Clippy) {
        report.step("clippy", || lints.get().and_then(|()| checks.clippy()));
    }
    if wanted(Step::Docs) {
        report.step("docs", || checks.docs());
    }
    if wanted(Step::Native) {
        report.step("native", || checks.native());
    }
    if wanted(Step::Wasm) {
        report.step("wasm", || page.get().and_then(|()| checks.wasm(browser.get()?)));
    }
    if wanted(Step::Size) || wanted(Step::EndToEnd) {
        let mut built = Err(anyhow!("not built"));
        report.step("build", || {
            built = page.get().and_then(|()| page::build(project, checks.environment, Mode::Release));
            built.as_ref().map(|()| Counts::of(true)).map_err(|error| anyhow!("{error:#}"))
        });
        // A site that is there from an earlier build is not the one to check.
        let built = Ready::of(built.map_err(|_| anyhow!("not checked, since the page could not be built")));
        if wanted(Step::Size) {
            report.step("size", || {
                built.get().and_then(|()| Ok(Counts::of(size::check(project, checks.environment)?)))
            });
        }
        if wanted(Step::EndToEnd) {
            report.step("e2e", || built.get().and_then(|()| checks.end_to_end(browser.get()?)));
        }
    }
    report.finish()
}

/// The outcome of a preparation that several steps ask for.
struct Ready<T>(Result<T, String>);

impl<T> Ready<T> {
    fn of(outcome: Result<T>) -> Self {
        Self(outcome.map_err(|error| format!("{error:#}")))
    }

    fn get(&self) -> Result<&T> {
        self.0.as_ref().map_err(|reason| anyhow!("{reason}"))
    }
}

/// The steps.
struct Checks<'a> {
    project: &'a Project,
    environment: &'a Environment,
}

impl Checks<'_> {
    fn formatting(&self) -> Result<Counts> {
        Ok(Counts::of(succeeds(self.cargo().args(["fmt", "--all", "--check"]))?))
    }

    fn clippy(&self) -> Result<Counts> {
        let deny = ["--", "-D", "warnings"];
        let native = succeeds(self.cargo().args(["clippy", "--workspace", "--all-targets"]).args(deny))?;
        let mut wasm = self.cargo();
        wasm.arg("clippy").args(WASM_TARGET).args(["--lib", "--bins", "--tests"]);
        for package in WASM_PROGRAMS.into_iter().map(str::to_owned).chain(self.tested_in_the_browser()?) {
            wasm.args(["--package", &package]);
        }
        let wasm = succeeds(wasm.args(deny))?;
        Ok(Counts::of(native) + Counts::of(wasm))
    }

    fn docs(&self) -> Result<Counts> {
        let mut cargo = self.cargo();
        // Private items are documented too, for those who work on them, so links to them lead somewhere.
        cargo.env("RUSTDOCFLAGS", "-D warnings -A rustdoc::private-intra-doc-links");
        Ok(Counts::of(succeeds(cargo.args(["doc", "--workspace", "--no-deps", "--document-private-items"]))?))
    }

    fn native(&self) -> Result<Counts> {
        let (success, output) = tee(self.cargo().args(["test", "--workspace", "--no-fail-fast"]))?;
        Ok(of_cargo(&output).of_runner(success))
    }

    fn wasm(&self, browser: &Browser) -> Result<Counts> {
        // The engine of SQL takes minutes to compile, so its tests use what the module itself is made of.
        let (engine, others): (Vec<_>, Vec<_>) =
            self.tested_in_the_browser()?.into_iter().partition(|package| package == query::WORKER);
        if engine.is_empty() || others.is_empty() {
            bail!("no crate depends on wasm-bindgen-test");
        }
        let as_built = ["--profile", query::PROFILE];
        Ok(self.tests_in(browser, &others, &[])? + self.tests_in(browser, &engine, &as_built)?)
    }

    /// Runs the tests of these crates in a browser.
    fn tests_in(&self, browser: &Browser, packages: &[String], options: &[&str]) -> Result<Counts> {
        let mut cargo = self.cargo();
        cargo
            .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", "wasm-bindgen-test-runner")
            .env("CHROMEDRIVER", &browser.driver)
            .env("WASM_BINDGEN_TEST_ONLY_WEB", "1")
            .env("WASM_BINDGEN_TEST_TIMEOUT", WASM_TEST_SECONDS)
            .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", self.capabilities(browser)?);
        // Without the documentation's examples: they have run natively.
        cargo.arg("test").args(WASM_TARGET).args(["--no-fail-fast", "--lib", "--tests"]).args(options);
        for package in packages {
            cargo.args(["--package", package]);
        }
        let (success, output) = tee(&mut cargo)?;
        Ok(of_cargo(&output).of_runner(success))
    }

    fn end_to_end(&self, browser: &Browser) -> Result<Counts> {
        let mut node = self.environment.command("node");
        node.current_dir(&self.project.root)
            .env("SANDGLASS_CHROMIUM", &browser.program)
            .env("DIST", self.project.dist())
            // One file after the other: some of them measure times.
            .args(["--test", "--test-reporter=spec", "--test-concurrency=1"])
            .args(tests_in(&self.project.root.join("tests"))?)
            .args(tests_in(&self.project.root.join("tests/e2e"))?);
        let (success, output) = tee(&mut node)?;
        Ok(of_node(&output).of_runner(success))
    }

    fn cargo(&self) -> Command {
        let mut cargo = self.environment.command("cargo");
        cargo.current_dir(&self.project.root);
        cargo
    }

    /// The crates whose tests are made to run in a browser as well.
    fn tested_in_the_browser(&self) -> Result<Vec<String>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(self.project.root.join("crates"))? {
            let manifest = entry?.path().join("Cargo.toml");
            let text = fs::read_to_string(&manifest).unwrap_or_default();
            let uses = text.lines().any(|line| line.starts_with("wasm-bindgen-test"));
            let name = text.lines().find_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'));
            found.extend(name.filter(|_| uses).map(str::to_owned));
        }
        found.sort();
        Ok(found)
    }

    /// Writes how the browser is to be started for the tests in wasm32, and returns where.
    fn capabilities(&self, browser: &Browser) -> Result<PathBuf> {
        // No sandbox: Chromium has none as root, which is what CI often is.
        let text = format!(
            "{{\"goog:chromeOptions\": {{\"binary\": {:?}, \"args\": [\"--headless=new\", \"--no-sandbox\", \
             \"--disable-gpu\", \"--disable-background-networking\"]}}}}\n",
            browser.program.to_string_lossy()
        );
        let file = self.project.target().join("webdriver.json");
        fs::create_dir_all(self.project.target())?;
        fs::write(&file, text).with_context(|| format!("{} cannot be written", file.display()))?;
        Ok(file)
    }
}

/// Runs a command whose output is for the reader only.
fn succeeds(command: &mut Command) -> Result<bool> {
    Ok(command.status().with_context(|| format!("{:?} cannot be run", command.get_program()))?.success())
}

/// The files of tests directly in a folder.
fn tests_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))? {
        let path = entry?.path();
        if path.to_string_lossy().ends_with(".test.mjs") {
            found.push(path);
        }
    }
    if found.is_empty() {
        bail!("there is no *.test.mjs in {}", folder.display());
    }
    found.sort();
    Ok(found)
}
