//! What a source is, told by its first bytes and not by its name.

/// How many of a source's first bytes [`sniff`] wants to see, or all when there are fewer.
pub const HEAD: usize = 4096;

/// What the bytes seem to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sniffed {
    /// Text, in which format whatever.
    Text,
    /// Gzip.
    Gzip,
    /// Something that cannot be read, in words such as `a PNG image`.
    Other(&'static str),
}

/// Beginnings of formats that people have at hand, and what to call them.
const KNOWN: &[(&[u8], &str)] = &[
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF-", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive (or an Office document)"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"\xfd7zXZ\0", "an XZ archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\x28\xb5\x2f\xfd", "zstd-compressed"),
    (b"PAR1", "a Parquet file"),
    (b"ARROW1", "an Arrow file"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"\0asm", "a WebAssembly module"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document"),
    (b"\xff\xfe", "UTF-16 text"),
    (b"\xfe\xff", "UTF-16 text"),
];

/// Judges by the first bytes of a source.
pub fn sniff(head: &[u8]) -> Sniffed {
    if head.starts_with(b"\x1f\x8b") {
        return Sniffed::Gzip;
    }
    for (beginning, name) in KNOWN {
        if head.starts_with(beginning) {
            return Sniffed::Other(name);
        }
    }
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    match text.first() {
        Some(b'<') => Sniffed::Other("HTML or XML"),
        // Text has no NUL bytes in every other place.
        Some(b'{') if text.get(1) == Some(&0) => Sniffed::Other("UTF-16 text"),
        // A brace or a bracket may begin JSON, whatever follows it: the line is then a reject with its place. So is a
        // line of words. But bytes that no text has, before anything that could be JSON, are no text.
        Some(b'{' | b'[') | None => Sniffed::Text,
        Some(_) if is_binary(text) => Sniffed::Other("a binary file of an unknown kind"),
        Some(_) => Sniffed::Text,
    }
}

/// Whether bytes that are said to be text can be, whatever they begin with.
pub(crate) fn can_be_text(head: &[u8]) -> bool {
    !head.contains(&0) && !is_binary(head)
}

/// Whether a good part of the bytes is of those that text does not have.
fn is_binary(head: &[u8]) -> bool {
    let odd =
        head.iter().filter(|&&byte| byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c)).count();
    odd * 20 > head.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_formats_by_their_first_bytes() {
        let heads: [(&[u8], Sniffed); 11] = [
            (b"{\"Id\":1}\n", Sniffed::Text),
            (b"\xef\xbb\xbf{\"Id\":1}\n", Sniffed::Text),
            (b"", Sniffed::Text),
            (b"\n\n  {", Sniffed::Text),
            (b"Id,PostId\n1,2\n", Sniffed::Text),
            (b"{\"Id\":\"\0\0\0\0\0\0\0\0\0\"}", Sniffed::Text),
            (b"\x1f\x8b\x08\0", Sniffed::Gzip),
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", Sniffed::Other("a PNG image")),
            (b"<!doctype html>", Sniffed::Other("HTML or XML")),
            (b"{\0\"\0I\0d\0", Sniffed::Other("UTF-16 text")),
            (b"\x01\x02\x03\x04\0\0\0\0", Sniffed::Other("a binary file of an unknown kind")),
        ];
        for (head, expected) in heads {
            assert_eq!(sniff(head), expected, "{:?}", String::from_utf8_lossy(head));
        }
    }
}
