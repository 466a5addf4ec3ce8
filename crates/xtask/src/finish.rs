//! What is left to do when Trunk has put the site together; Trunk calls it as a hook, in every build.
//!
//! Workers, the SQL screen and scripts, whose names Trunk does not hash, go into folders named by their contents, and the page is told
//! where. Then the content security policy is written, last, since it permits exactly the inline scripts that are there.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::content::{files, script_hash, seal};
use crate::process::Environment;
use crate::project::Project;
use crate::query;

/// A script that only `trunk serve` puts into the page: it opens a web socket and reloads the page after a build. The
/// server fills this in when the page is asked for, so that no hash of the script can be given.
const RELOADER: &str = "{{__TRUNK_ADDRESS__}}";

/// How Trunk's loader of a worker ends; what comes before is the worker's name.
const LOADER: &str = "_loader.js";

/// The workers that are fetched only when they are needed, and the folder of each.
const LATER: [(&str, &str); 2] =
    [("sandglass-formats-worker", "formats"), ("sandglass-segments-worker", "segments")];

/// The module of the SQL screen, which the page loads when it is first wanted, and its folder. Trunk copies its style sheets there.
const SCREEN: (&str, &str) = ("sandglass-sql-screen", "sql");

/// How Yew marks elements and events. There is one Yew in the page and another in the SQL screen, which is drawn within the page: each
/// must find its own marks and none of the other's, or it calls what belongs to an element of the other.
const MARKS: (&str, &str) = (".__yew_", ".__sql_yew_");

/// The folder of the engine of SQL, which Trunk does not build.
const QUERY: &str = "query";

/// The folder of the workers that are fetched at once.
const AT_ONCE: &str = "workers";

/// The folder to which Trunk copies the bundled scripts.
const GENERATED: &str = "generated";

/// Finishes the site in the folder that Trunk names.
///
/// # Errors
/// This is not a hook of Trunk, or the site is not what Trunk makes of our index.html.
pub(crate) fn run(project: &Project, environment: &Environment) -> Result<()> {
    let site = std::env::var_os("TRUNK_STAGING_DIR")
        .map(PathBuf::from)
        .context("`finish` is a hook of Trunk; use `cargo xtask build`")?;
    finish(&site, &query::built(project, environment)?)
}

/// `query` is the folder with the engine of SQL.
fn finish(site: &Path, query: &Path) -> Result<()> {
    let page = site.join("index.html");
    let html = fs::read_to_string(&page).with_context(|| format!("{} cannot be read", page.display()))?;
    let mut places = workers(site)?;
    places.push(screen(site)?);
    places.push(copied(site, query)?);
    places.extend(scripts(site)?);
    let head = head(&html, &places)?;
    fs::write(&page, head).with_context(|| format!("{} cannot be written", page.display()))
}

/// Moves the workers and says where they are. Each that is fetched later is in a folder of its own.
fn workers(site: &Path) -> Result<Vec<Place>> {
    let mut moved: BTreeMap<&str, Vec<PathBuf>> = BTreeMap::new();
    for file in files(site)? {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let Some(worker) = name.strip_suffix(LOADER) else { continue };
        if file.parent() != Some(site) {
            continue;
        }
        let parts = [format!("{worker}.js"), format!("{worker}_bg.wasm"), name.to_string()];
        let folder = LATER.iter().find(|(later, _)| *later == worker).map_or(AT_ONCE, |(_, folder)| folder);
        moved.entry(folder).or_default().extend(parts.map(|part| site.join(part)));
        bindings(&site.join(format!("{worker}.js")))?;
    }
    if !moved.contains_key(AT_ONCE) {
        bail!("there is no worker in {}", site.display());
    }
    let mut places = Vec::new();
    for (name, mut files) in moved {
        files.sort();
        let folder = seal(site, &files, &site.join(name))?;
        places.push(Place { name: name.to_owned(), address: format!("{name}/{folder}/") });
    }
    Ok(places)
}

/// The text of the bindings of a module that is moved.
fn bindings(file: &Path) -> Result<String> {
    let text = fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    if text.contains("./snippets/") {
        bail!(
            "{} imports a script of its own, which would not be found where it is moved to",
            file.display()
        );
    }
    Ok(text)
}

/// Moves the SQL screen, with marks of its own and all its styles in one sheet, and says where it is.
fn screen(site: &Path) -> Result<Place> {
    let (name, folder) = SCREEN;
    let (sheet, sheets) = (site.join(format!("{name}.css")), site.join(folder));
    let mut styles = String::new();
    for file in files(&sheets)? {
        styles += &fs::read_to_string(&file).with_context(|| format!("{} cannot be read", file.display()))?;
    }
    fs::write(&sheet, styles).with_context(|| format!("{} cannot be written", sheet.display()))?;
    fs::remove_dir_all(&sheets).with_context(|| format!("{} cannot be removed", sheets.display()))?;
    let script = site.join(format!("{name}.js"));
    let text = bindings(&script)?;
    let (theirs, ours) = MARKS;
    if !text.contains(theirs) {
        bail!(
            "{} has none of the marks of Yew ({theirs}…), by which its events are kept apart",
            script.display()
        );
    }
    fs::write(&script, text.replace(theirs, ours))
        .with_context(|| format!("{} cannot be written", script.display()))?;
    let files = [sheet, script, site.join(format!("{name}_bg.wasm"))];
    Ok(Place {
        name: folder.to_owned(),
        address: format!("{folder}/{}/", seal(site, &files, &site.join(folder))?),
    })
}

/// Copies the engine of SQL into the site and says where it is.
fn copied(site: &Path, query: &Path) -> Result<Place> {
    let mut copies = Vec::new();
    for file in files(query)? {
        let copy = site.join(file.strip_prefix(query)?);
        fs::copy(&file, &copy).with_context(|| format!("{} cannot be copied", file.display()))?;
        copies.push(copy);
    }
    let folder = seal(site, &copies, &site.join(QUERY))?;
    Ok(Place { name: QUERY.to_owned(), address: format!("{QUERY}/{folder}/") })
}

/// Moves the bundled scripts and says where each is.
fn scripts(site: &Path) -> Result<Vec<Place>> {
    let from = site.join(GENERATED);
    let moved = files(&from)?;
    let folder = seal(&from, &moved, &site.join("scripts"))?;
    fs::remove_dir_all(&from)?;
    let mut places = Vec::new();
    for file in &moved {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        if let Some(module) = name.strip_suffix(".js")
            && !name.starts_with("chunk-")
        {
            places.push(Place { name: module.to_owned(), address: format!("scripts/{folder}/{name}") });
        }
    }
    Ok(places)
}

/// Something that the page loads by itself, at an address that only the build knows.
#[derive(Debug)]
struct Place {
    /// `workers` becomes `<meta name="sandglass-workers">`.
    name: String,
    /// Relative to the page.
    address: String,
}

/// The page with the policy as the first thing in its head, and the places after it.
fn head(html: &str, places: &[Place]) -> Result<String> {
    const HEAD: &str = "<head>";
    let Some((before, after)) = html.split_once(HEAD) else { bail!("index.html has no {HEAD}") };
    let mut page = format!(
        "{before}{HEAD}<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">",
        policy(&inline_scripts(html)?)
    );
    for Place { name, address } in places {
        page.push_str(&format!("<meta name=\"sandglass-{name}\" content=\"{address}\">"));
    }
    page.push_str(after);
    Ok(page)
}

/// The texts of the scripts that stand in the page itself.
fn inline_scripts(html: &str) -> Result<Vec<&str>> {
    let mut found = Vec::new();
    let mut rest = html;
    while let Some((_, after)) = rest.split_once("<script") {
        let (attributes, after) = after.split_once('>').context("a <script in index.html does not end")?;
        let (text, after) = after.split_once("</script>").context("a script in index.html does not end")?;
        if !attributes.split_whitespace().any(|attribute| attribute.starts_with("src=")) {
            found.push(text);
        }
        rest = after;
    }
    Ok(found)
}

/// What the page may do. Nothing that is not needed: no other origin, no inline styles, no `eval`, no forms.
///
/// It is in the page because a plain static host sends no headers; `frame-ancestors` would have no effect there.
fn policy(inline_scripts: &[&str]) -> String {
    let developing = inline_scripts.iter().any(|text| text.contains(RELOADER));
    let (scripts, connections) = if developing {
        ("'unsafe-inline'".to_owned(), "'self' ws:")
    } else {
        (inline_scripts.iter().map(|text| script_hash(text)).collect::<Vec<_>>().join(" "), "'self'")
    };
    [
        "default-src 'none'".to_owned(),
        format!("script-src 'self' 'wasm-unsafe-eval' {scripts}"),
        "style-src 'self'".to_owned(),
        "img-src 'self' data: blob:".to_owned(),
        "font-src 'self'".to_owned(),
        format!("connect-src {connections}"),
        // The page starts its worker from a blob: only such a worker is held by this policy, too.
        "worker-src blob:".to_owned(),
        "manifest-src 'self'".to_owned(),
        "base-uri 'none'".to_owned(),
        "form-action 'none'".to_owned(),
    ]
    .join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<!doctype html><html lang=en><head><meta charset=utf-8><title>x</title></head>\
                        <body><script src=a.js></script><script type=module>go()</script></body></html>";

    fn place(name: &str, address: &str) -> Place {
        Place { name: name.to_owned(), address: address.to_owned() }
    }

    #[test]
    fn the_policy_comes_first_and_permits_the_inline_scripts_by_hash() {
        let page = head(PAGE, &[place("workers", "workers/0a/")]).unwrap();
        assert!(
            page.starts_with(
                "<!doctype html><html lang=en><head><meta http-equiv=\"Content-Security-Policy\""
            )
        );
        assert!(page.contains(&format!("script-src 'self' 'wasm-unsafe-eval' {};", script_hash("go()"))));
        assert!(
            page.contains("<meta name=\"sandglass-workers\" content=\"workers/0a/\"><meta charset=utf-8>")
        );
        assert!(!page.contains("unsafe-inline"));
    }

    #[test]
    fn the_encoding_is_named_where_browsers_look_for_it() {
        let page = head(
            PAGE,
            &[place("workers", "workers/012345678901/"), place("charts", "scripts/012345678901/charts.js")],
        );
        assert!(page.unwrap().find("charset").is_some_and(|position| position < 1024));
    }

    #[test]
    fn only_a_page_with_the_reload_script_is_let_off_the_hashes() {
        let script = format!("connect('{RELOADER}')");
        assert!(policy(&["go()", &script]).contains("script-src 'self' 'wasm-unsafe-eval' 'unsafe-inline';"));
        assert!(policy(&["go()", &script]).contains("connect-src 'self' ws:;"));
        assert!(policy(&["go()"]).contains("connect-src 'self';"));
    }

    #[test]
    fn a_page_without_a_head_is_refused() {
        assert!(head("<p>x", &[]).is_err());
        assert!(inline_scripts("<script>x").is_err());
    }

    #[test]
    fn workers_and_scripts_move_and_the_page_is_told_where() {
        let site = std::env::temp_dir().join(format!("sandglass-finish-{}", std::process::id()));
        let _ = fs::remove_dir_all(&site);
        for folder in [GENERATED, SCREEN.1] {
            fs::create_dir_all(site.join(folder)).unwrap();
        }
        let files = [
            ("index.html", PAGE),
            ("w.js", "init"),
            ("w_bg.wasm", "wasm"),
            ("w_loader.js", "import init from './w.js'"),
            ("sandglass-formats-worker.js", "init"),
            ("sandglass-formats-worker_bg.wasm", "wasm"),
            ("sandglass-formats-worker_loader.js", "import init from './w.js'"),
            ("sandglass-segments-worker.js", "init"),
            ("sandglass-segments-worker_bg.wasm", "wasm"),
            ("sandglass-segments-worker_loader.js", "import init from './w.js'"),
            (
                "sandglass-sql-screen.js",
                "const ret = arg0.__yew_listener_id; imports.wbg.__wbg_yew_listener_id",
            ),
            ("sandglass-sql-screen_bg.wasm", "wasm"),
            ("sql/grid.css", "a{}\n"),
            ("sql/plan.css", "b{}\n"),
            ("generated/charts.js", "import './chunk-A.js'"),
            ("generated/chunk-A.js", "1"),
        ];
        for (name, text) in files {
            fs::write(site.join(name), text).unwrap();
        }
        let query = std::env::temp_dir().join(format!("sandglass-query-{}", std::process::id()));
        fs::create_dir_all(&query).unwrap();
        fs::write(query.join("sandglass-query-worker_bg.wasm"), "wasm").unwrap();
        finish(&site, &query).unwrap();
        let page = fs::read_to_string(site.join("index.html")).unwrap();
        let content = |name: &str| {
            let (_, after) = page.split_once(&format!("<meta name=\"sandglass-{name}\" content=\"")).unwrap();
            after.split_once('"').unwrap().0.to_owned()
        };
        for worker in ["w.js", "w_bg.wasm", "w_loader.js"] {
            assert!(site.join(content("workers")).join(worker).is_file(), "{worker}");
        }
        assert_ne!(content("workers"), content("formats"));
        assert!(site.join(content("formats")).join("sandglass-formats-worker_bg.wasm").is_file());
        assert_ne!(content("formats"), content("segments"));
        assert!(site.join(content("segments")).join("sandglass-segments-worker_bg.wasm").is_file());
        assert!(site.join(content("query")).join("sandglass-query-worker_bg.wasm").is_file());
        assert!(query.join("sandglass-query-worker_bg.wasm").is_file());
        assert!(site.join(content("sql")).join("sandglass-sql-screen_bg.wasm").is_file());
        let sheet = site.join(content("sql")).join("sandglass-sql-screen.css");
        assert_eq!(fs::read_to_string(sheet).unwrap(), "a{}\nb{}\n");
        assert!(!site.join("sql/grid.css").exists());
        assert_eq!(
            fs::read_to_string(site.join(content("sql")).join("sandglass-sql-screen.js")).unwrap(),
            "const ret = arg0.__sql_yew_listener_id; imports.wbg.__wbg_yew_listener_id",
            "its marks are its own, and nothing else is another"
        );
        assert!(site.join(content("charts")).is_file());
        assert!(site.join(content("charts")).with_file_name("chunk-A.js").is_file());
        assert!(!page.contains("sandglass-chunk"));
        assert!(!site.join("w.js").exists() && !site.join(GENERATED).exists());
        fs::remove_dir_all(&site).unwrap();
        fs::remove_dir_all(&query).unwrap();
    }
}
