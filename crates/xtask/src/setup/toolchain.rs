//! A Rust that can build for wasm32.
//!
//! The one on the path, when it has the target or rustup can add it. Otherwise, on a Debian whose machine reaches no
//! toolchain server, Debian's own: it comes without that target's library, but with its source. The toolchain that is
//! chosen is used for everything, native builds included, so that no two of them meet in one target folder for nothing.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};

use super::{packages, say, wasm_std};
use crate::process::{Environment, read, read_within};
use crate::project::Project;

pub(super) const TARGET: &str = "wasm32-unknown-unknown";

/// How long rustup may take to fetch the target's library, about 20 MB.
const PATIENCE: Duration = Duration::from_secs(180);

/// Debian's packages of a current Rust; its plain `rustc` stays at the version of the release.
const PACKAGES: [&str; 5] = ["rustc-web", "cargo-web", "rust-web-src", "rust-web-clippy", "rustfmt-web"];

/// The programs of a toolchain.
const PROGRAMS: [&str; 7] =
    ["cargo", "rustc", "rustdoc", "rustfmt", "cargo-fmt", "cargo-clippy", "clippy-driver"];

/// Makes child processes use a Rust that can build for wasm32.
///
/// # Errors
/// There is none and none can be installed.
pub(super) fn set_up(project: &Project, environment: &mut Environment) -> Result<()> {
    let choice = std::env::var("SANDGLASS_TOOLCHAIN").unwrap_or_default();
    let (rustup, debian) = match choice.as_str() {
        "" => (true, true),
        "rustup" => (true, false),
        "debian" => (false, true),
        other => bail!("SANDGLASS_TOOLCHAIN is `{other}`; it may be rustup or debian"),
    };
    if rustup && builds_wasm(environment).is_ok() {
        return Ok(());
    }
    // Before rustup is asked to add the target: where that once failed, it would cost time in every run.
    if debian && let Some(installed) = Debian::installed(environment) {
        let inside = installed.entered(project, environment)?;
        if builds_wasm(&inside).is_ok() {
            *environment = inside;
            return Ok(());
        }
    }
    let mut reasons = Vec::new();
    if rustup {
        match add_target(environment) {
            Ok(()) => return Ok(()),
            Err(error) => reasons.push(format!("{error:#}")),
        }
    }
    if debian {
        match Debian::set_up(project, environment) {
            Ok(inside) => {
                *environment = inside;
                return Ok(());
            }
            Err(error) => reasons.push(format!("{error:#}")),
        }
    }
    bail!(
        "there is no Rust that can build for {TARGET}. With rustup: `rustup target add {TARGET}`. Tried:\n- {}",
        reasons.join("\n- ")
    )
}

/// Makes sure of rustfmt and clippy.
///
/// # Errors
/// They are missing and rustup cannot add them.
pub(super) fn lints(environment: &Environment) -> Result<()> {
    for (program, component) in [("fmt", "rustfmt"), ("clippy", "clippy")] {
        if read(environment.command("cargo").args([program, "--version"])).is_err() {
            say(format_args!("installing {component} with rustup"));
            read_within(PATIENCE, environment.command("rustup").args(["component", "add", component]))
                .with_context(|| format!("install {component} for the Rust in use"))?;
        }
    }
    Ok(())
}

/// Builds a test for wasm32, as the page is built: this needs the target's library with its `test` crate and with the
/// bitcode that link-time optimization reads, and a linker, all of one version.
fn builds_wasm(environment: &Environment) -> Result<()> {
    let folder = std::env::temp_dir().join(format!("sandglass-probe-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let built = (|| {
        std::fs::write(folder.join("probe.rs"), "#[test]\nfn probe() {}\n")?;
        let mut rustc = environment.command("rustc");
        rustc.current_dir(&folder).args(["--test", "--target", TARGET, "-C", "lto=fat", "probe.rs"]);
        if let Some(linker) = environment.get(&variable("LINKER")) {
            rustc.arg("-C").arg(format!("linker={}", linker.to_string_lossy()));
        }
        read(&mut rustc)
    })();
    let _ = std::fs::remove_dir_all(&folder);
    built.map(drop)
}

/// The name of one of cargo's variables for the target.
fn variable(name: &str) -> String {
    format!("CARGO_TARGET_{}_{name}", TARGET.to_uppercase().replace('-', "_"))
}

fn add_target(environment: &Environment) -> Result<()> {
    if environment.find("rustup").is_none() {
        bail!("there is no rustup");
    }
    say(format_args!("adding the target {TARGET} with rustup"));
    read_within(PATIENCE, environment.command("rustup").args(["target", "add", TARGET]))?;
    builds_wasm(environment)
}

/// Debian's Rust, as it is installed.
struct Debian {
    /// `1.96.0`.
    release: String,
    /// `22`: whatever else reads or links what rustc writes has to be of this LLVM.
    llvm: String,
    /// Where its library and the sources of it are.
    sysroot: PathBuf,
}

impl Debian {
    /// Reads which one is there. `None` also for one that is too old, and for a rustup in the same place.
    fn installed(environment: &Environment) -> Option<Self> {
        let about = read(environment.command("/usr/bin/rustc").arg("-vV")).ok()?;
        let sysroot = read(environment.command("/usr/bin/rustc").args(["--print", "sysroot"])).ok()?;
        let field = |name: &str| {
            about.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).map(str::to_owned)
        };
        let release = field("release")?;
        let llvm = field("LLVM version")?.split('.').next()?.to_owned();
        let enough = version(&release) >= version(env!("CARGO_PKG_RUST_VERSION"));
        (sysroot == "/usr" && enough).then_some(Self { release, llvm, sysroot: sysroot.into() })
    }

    /// Installs what is missing of it, and returns the variables with which it is used.
    fn set_up(project: &Project, environment: &Environment) -> Result<Environment> {
        if !packages::available(environment) {
            bail!("there is no apt-get to install Debian's Rust with");
        }
        let [rust, ..] = PACKAGES;
        let complete = PROGRAMS.iter().all(|program| Path::new("/usr/bin").join(program).exists());
        if Self::installed(environment).is_none() || !complete {
            if !packages::known(environment, rust)? {
                bail!(
                    "apt-get knows no package {rust}: this is not Debian, or its security updates are switched off"
                );
            }
            packages::install(environment, &PACKAGES, "Rust with the source of its library, for wasm32")?;
        }
        let installed = Self::installed(environment).ok_or_else(|| {
            anyhow!("the Rust of the package {rust} is older than {}", env!("CARGO_PKG_RUST_VERSION"))
        })?;
        let tools = ["lld", "clang", "llvm"].map(|name| format!("{name}-{}", installed.llvm));
        let programs = [installed.linker(), installed.compiler(), installed.archiver()];
        if programs.iter().any(|program| environment.find(program).is_none()) {
            packages::install(
                environment,
                &tools.each_ref().map(String::as_str),
                "linker and C compiler for wasm32",
            )?;
        }
        let inside = installed.entered(project, environment)?;
        if builds_wasm(&inside).is_err() {
            wasm_std::build(project, &inside, &installed.release, &installed.sysroot)?;
            builds_wasm(&inside).context("the library was built and still nothing builds for wasm32")?;
        }
        Ok(inside)
    }

    /// The variables with which this toolchain is used in place of the one that runs this program.
    fn entered(&self, project: &Project, environment: &Environment) -> Result<Environment> {
        let mut inside = environment.clone();
        // A folder of its own and not /usr/bin: the other programs there are not to come before the user's.
        let folder = project.cache.join("debian-rust");
        link_programs(&folder).with_context(|| format!("{} cannot be filled", folder.display()))?;
        inside.prefer(folder);
        // What rustup and the cargo that runs this program leave behind would call the other toolchain again.
        for name in ["CARGO", "RUSTC", "RUSTDOC", "RUSTC_WRAPPER", "RUSTUP_TOOLCHAIN", "RUST_RECURSION_COUNT"]
        {
            inside.unset(name);
        }
        inside.unset("LD_LIBRARY_PATH");
        inside.set(&variable("LINKER"), self.linker());
        inside.set("CC_wasm32_unknown_unknown", self.compiler());
        inside.set("AR_wasm32_unknown_unknown", self.archiver());
        Ok(inside)
    }

    fn linker(&self) -> String {
        format!("wasm-ld-{}", self.llvm)
    }

    fn compiler(&self) -> String {
        format!("clang-{}", self.llvm)
    }

    fn archiver(&self) -> String {
        format!("llvm-ar-{}", self.llvm)
    }
}

#[cfg(unix)]
fn link_programs(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    for program in PROGRAMS {
        let link = folder.join(program);
        let there = Path::new("/usr/bin").join(program);
        if !there.exists() || std::fs::read_link(&link).is_ok_and(|target| target == there) {
            continue;
        }
        let _ = std::fs::remove_file(&link);
        std::os::unix::fs::symlink(&there, &link)?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn link_programs(_folder: &Path) -> Result<()> {
    bail!("this is not Debian")
}

/// `1.96.0` as numbers to compare; what is not a number counts as 0.
fn version(text: &str) -> [u32; 2] {
    let mut parts = text.split('.').map(|part| part.parse().unwrap_or(0));
    [parts.next().unwrap_or(0), parts.next().unwrap_or(0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_number() {
        assert!(version("1.100.0") > version("1.96"));
        assert!(version("1.96.0") >= version("1.96"));
        assert!(version("1.63.0") < version("1.95"));
    }

    #[test]
    fn the_variables_of_the_target_are_spelled_as_cargo_wants_them() {
        assert_eq!(variable("LINKER"), "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER");
    }
}
