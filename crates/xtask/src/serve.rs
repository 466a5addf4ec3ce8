//! `cargo xtask serve`: the page on this machine, as it is published or while it is worked on.

use anyhow::Result;

use crate::page::{self, Mode};
use crate::process::{self, Environment};
use crate::project::Project;
use crate::setup;

/// How the page is served.
#[derive(Debug, PartialEq)]
pub(crate) struct Options {
    /// The build that is served.
    pub(crate) mode: Mode,
    /// On this port of the machine itself.
    pub(crate) port: u16,
    /// The path under which the page appears.
    pub(crate) base: String,
}

/// Builds and serves until it is stopped.
///
/// # Errors
/// Something is missing and cannot be installed, does not compile, or the port is taken.
pub(crate) fn run(project: &Project, environment: &mut Environment, options: &Options) -> Result<()> {
    setup::page(project, environment)?;
    if options.mode == Mode::Dev {
        return page::watch(project, environment, options.port);
    }
    page::build(project, environment, Mode::Release)?;
    let mut server = environment.command("node");
    server.current_dir(&project.root).args(["tests/serve.mjs", "dist", "--port", &options.port.to_string()]);
    process::run(server.args(["--base", &options.base]))
}
