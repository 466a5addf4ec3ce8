//! Names made from contents: a file or folder whose name says what is in it is never stale in anyone's cache.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// Hexadecimal digits of a hash in a name: 48 bits, for a handful of names.
const DIGITS: usize = 12;

/// The source expression with which a content security policy permits an inline script of this text.
pub(crate) fn script_hash(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)))
}

/// Every file below a folder, in order.
///
/// # Errors
/// The folder cannot be read.
pub(crate) fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries =
            fs::read_dir(&folder).with_context(|| format!("{} cannot be read", folder.display()))?;
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    Ok(found)
}

/// Moves `files` into a folder below `parent` whose name is made from their names and contents, and returns its name.
/// Each file keeps the path that it has relative to `from`, so that they still find each other.
///
/// # Errors
/// A file cannot be read or moved.
pub(crate) fn seal(from: &Path, files: &[PathBuf], parent: &Path) -> Result<String> {
    let mut hash = Sha256::new();
    for file in files {
        let name = file.strip_prefix(from)?.to_string_lossy();
        let bytes = fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
        // Lengths keep apart where a name ends and a content begins.
        hash.update(format!("{}:{name}{}:", name.len(), bytes.len()));
        hash.update(bytes);
    }
    let digest = hash.finalize();
    let name: String =
        digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>()[..DIGITS].to_owned();
    for file in files {
        let to = parent.join(&name).join(file.strip_prefix(from)?);
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::rename(file, &to).with_context(|| format!("{} cannot be moved", file.display()))?;
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_hash_is_what_browsers_calculate() {
        // From the example of the CSP specification, section "Usage of nonces and hashes".
        assert_eq!(
            script_hash("alert('Hello, world.');"),
            "'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='"
        );
    }

    #[test]
    fn the_name_changes_with_a_name_and_with_a_content() {
        let names =
            [[("a.js", "1"), ("b.js", "2")], [("a.js", "1"), ("c.js", "2")], [("a.js", "1"), ("b.js", "3")]]
                .map(|files| sealed(&files));
        assert_eq!(names[0].len(), DIGITS);
        assert_eq!(names[0], sealed(&[("a.js", "1"), ("b.js", "2")]));
        assert_ne!(names[0], names[1]);
        assert_ne!(names[0], names[2]);
    }

    fn sealed(contents: &[(&str, &str)]) -> String {
        let folder = std::env::temp_dir().join(format!("sandglass-seal-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let paths: Vec<PathBuf> = contents.iter().map(|(name, _)| folder.join(name)).collect();
        for (path, (_, text)) in paths.iter().zip(contents) {
            fs::write(path, text).unwrap();
        }
        let name = seal(&folder, &paths, &folder.join("sealed")).unwrap();
        for (file, text) in contents {
            assert_eq!(fs::read_to_string(folder.join("sealed").join(&name).join(file)).unwrap(), *text);
        }
        fs::remove_dir_all(&folder).unwrap();
        name
    }
}
