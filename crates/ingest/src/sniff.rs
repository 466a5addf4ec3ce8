//! What a source is, told by its first bytes and not by its name.

use std::fmt;

use crate::{Encoding, ReadOptions};

/// How many of a source's first bytes [`sniff`] wants to see, or all when there are fewer.
pub const HEAD: usize = 4096;

/// What the bytes seem to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sniffed {
    /// Text, in which format whatever.
    Text,
    /// Gzip.
    Gzip,
    /// Something that is read, but not here: give it to the crate for the rarer formats.
    Rare(RareFormat),
    /// Something that cannot be read, in words such as `a PNG image`.
    Other(&'static str),
}

/// The formats that few need at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RareFormat {
    /// Parquet.
    Parquet,
    /// Arrow IPC, with a footer that says where the batches are. Feather (version 2) is the same.
    ArrowFile,
    /// Arrow IPC, as a stream.
    ArrowStream,
    /// An SQLite database.
    Sqlite,
    /// A zip archive with a workbook in it, as of Excel or OpenDocument.
    Workbook,
    /// The files of Excel before 2007, and of programs of that time.
    OldOffice,
    /// A zip archive.
    Zip,
    /// Zstd.
    Zstd,
    /// Gzip within something else that is compressed.
    Gzip,
    /// UTF-16, the low byte first.
    Utf16Le,
    /// UTF-16, the high byte first.
    Utf16Be,
    /// Text in bytes, and not UTF-8: it is taken for what Windows used in Western Europe and America.
    Windows1252,
}

/// As in `a Parquet file`.
impl fmt::Display for RareFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Parquet => "a Parquet file",
            Self::ArrowFile => "an Arrow file",
            Self::ArrowStream => "an Arrow stream",
            Self::Sqlite => "an SQLite database",
            Self::Workbook => "a workbook",
            Self::OldOffice => "an old Office document",
            Self::Zip => "a ZIP archive",
            Self::Zstd => "zstd-compressed",
            Self::Gzip => "gzip-compressed twice",
            Self::Utf16Le | Self::Utf16Be => "UTF-16 text",
            Self::Windows1252 => "text that is not UTF-8",
        })
    }
}

/// What nobody knows, and what is no text in UTF-8.
const UNKNOWN: &str = "a binary file of an unknown kind";

/// Beginnings of formats that people have at hand, and what to call them.
const KNOWN: &[(&[u8], &str)] = &[
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF-", "a PDF document"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"\xfd7zXZ\0", "an XZ archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\x04\x22\x4d\x18", "LZ4-compressed"),
    (b"PARE", "an encrypted Parquet file"),
    (b"FEA1", "a Feather file of version 1"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"\0asm", "a WebAssembly module"),
    (b"\xff\xfe\0\0", "UTF-32 text"),
    (b"\0\0\xfe\xff", "UTF-32 text"),
];

/// Beginnings of the rarer formats. Those of zip archives are looked at once more.
const RARE: &[(&[u8], RareFormat)] = &[
    (b"PAR1", RareFormat::Parquet),
    (b"ARROW1", RareFormat::ArrowFile),
    (b"SQLite format 3\0", RareFormat::Sqlite),
    (b"PK\x03\x04", RareFormat::Zip),
    (b"PK\x05\x06", RareFormat::Zip),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", RareFormat::OldOffice),
    (b"\x28\xb5\x2f\xfd", RareFormat::Zstd),
    (b"\xff\xfe", RareFormat::Utf16Le),
    (b"\xfe\xff", RareFormat::Utf16Be),
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
    if let Some(rare) = rare(head) {
        return Sniffed::Rare(rare);
    }
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    match text.first() {
        Some(b'<') => Sniffed::Other("HTML or XML"),
        // A brace or a bracket may begin JSON, whatever follows it: the line is then a reject with its place. So is a
        // line of words. But bytes that no text has, before anything that could be JSON, are no text.
        Some(b'{' | b'[') | None => Sniffed::Text,
        Some(_) if is_binary(text) => Sniffed::Other(UNKNOWN),
        Some(_) => Sniffed::Text,
    }
}

/// The same where somebody has chosen how the source is to be read, if it is text. A text of which the encoding was chosen is
/// in that one, whatever it looks like.
#[inline(never)]
pub fn sniff_chosen(head: &[u8], options: &ReadOptions) -> Sniffed {
    let head = &head[..head.len().min(HEAD)];
    let sniffed = sniff(head);
    let is_text = match sniffed {
        Sniffed::Text | Sniffed::Rare(RareFormat::Utf16Le | RareFormat::Utf16Be) => true,
        // Text in UTF-16 has bytes that are no text.
        Sniffed::Other(UNKNOWN)
            if matches!(options.encoding, Some(Encoding::Utf16Le | Encoding::Utf16Be)) =>
        {
            true
        }
        // A text may begin as other formats do.
        Sniffed::Other(_) => options.format.is_some() && can_be_text(head),
        Sniffed::Gzip | Sniffed::Rare(_) => false,
    };
    match (is_text, options.encoding) {
        (true, Some(encoding)) => encoding.rare().map_or(Sniffed::Text, Sniffed::Rare),
        (true, None) if matches!(sniffed, Sniffed::Other(_)) => Sniffed::Text,
        _ => sniffed,
    }
}

/// Whether bytes that are said to be text can be, whatever they begin with.
fn can_be_text(head: &[u8]) -> bool {
    !head.contains(&0) && !is_binary(head)
}

fn rare(head: &[u8]) -> Option<RareFormat> {
    match RARE.iter().find(|(beginning, _)| head.starts_with(beginning)) {
        Some((_, RareFormat::Zip)) if begins_workbook(head) => Some(RareFormat::Workbook),
        Some((_, rare)) => Some(*rare),
        None if begins_zstd(head) => Some(RareFormat::Zstd),
        None if begins_arrow_stream(head) => Some(RareFormat::ArrowStream),
        None => utf16(head),
    }
}

/// Whether the first members of a zip archive are those of a workbook.
fn begins_workbook(head: &[u8]) -> bool {
    const HEADER: usize = 30;
    let name = || {
        let length = usize::from(u16::from_le_bytes([*head.get(26)?, *head.get(27)?]));
        head.get(HEADER..HEADER + length)
    };
    match name() {
        Some(b"mimetype") => {
            memchr::memmem::find(head, b"application/vnd.oasis.opendocument.spreadsheet").is_some()
        }
        Some(name) => {
            // A document of another kind has these members as well; who opens it sees the difference.
            name == b"[Content_Types].xml"
                || [&b"xl/"[..], b"_rels/", b"docProps/"].iter().any(|&folder| name.starts_with(folder))
        }
        None => false,
    }
}

/// Zstd may begin with a frame that says nothing.
fn begins_zstd(head: &[u8]) -> bool {
    matches!(head, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
}

/// A message of a stream begins with a mark, and the length of what is said about it.
fn begins_arrow_stream(head: &[u8]) -> bool {
    match head.first_chunk() {
        Some(&[0xff, 0xff, 0xff, 0xff, a, b, c, d]) => {
            (8..1 << 24).contains(&i32::from_le_bytes([a, b, c, d]))
        }
        _ => false,
    }
}

/// UTF-16 without a mark: most text has many characters of which one byte is zero, always the same one of the two.
fn utf16(head: &[u8]) -> Option<RareFormat> {
    let pairs = head.len() / 2;
    let zeros = |at: usize| head.chunks_exact(2).filter(|pair| pair[at] == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    let text = |zeros: usize, others: usize| pairs > 1 && others == 0 && zeros * 2 > pairs;
    // Zeros in a string of ASCII bytes stand alone.
    if text(odd, even) {
        Some(RareFormat::Utf16Le)
    } else if text(even, odd) {
        Some(RareFormat::Utf16Be)
    } else {
        None
    }
}

/// Whether a text has bytes that are not ASCII, and none of them is part of a character in UTF-8. Then the text was
/// never UTF-8; but one of which a part is, is damaged.
pub fn is_single_bytes(text: &[u8]) -> bool {
    let mut rest = text;
    let mut odd = false;
    while let Some(at) = rest.iter().position(|byte| !byte.is_ascii()) {
        rest = &rest[at..];
        let character = &rest[..rest.len().min(4)];
        match std::str::from_utf8(character) {
            Ok(_) => return false,
            Err(error) if error.valid_up_to() > 0 => return false,
            // The text goes on behind what is at hand.
            Err(error) if error.error_len().is_none() => return odd,
            Err(_) => {}
        }
        odd = true;
        rest = &rest[1..];
    }
    odd
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
        let rare = Sniffed::Rare;
        let workbook =
            b"PK\x03\x04\x14\0\0\0\x08\0\0\0!\0\0\0\0\0\0\0\0\0\0\0\0\0\x13\0\0\0[Content_Types].xml";
        let archive = b"PK\x03\x04\x14\0\0\0\x08\0\0\0!\0\0\0\0\0\0\0\0\0\0\0\0\0\x05\0\0\0a.csv";
        let heads: [(&[u8], Sniffed); 23] = [
            (b"{\"Id\":1}\n", Sniffed::Text),
            (b"\xef\xbb\xbf{\"Id\":1}\n", Sniffed::Text),
            (b"", Sniffed::Text),
            (b"\n\n  {", Sniffed::Text),
            (b"Id,PostId\n1,2\n", Sniffed::Text),
            (b"{\"Id\":\"\0\0\0\0\0\0\0\0\0\"}", Sniffed::Text),
            (b"\x1f\x8b\x08\0", Sniffed::Gzip),
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", Sniffed::Other("a PNG image")),
            (b"<!doctype html>", Sniffed::Other("HTML or XML")),
            (b"{\0\"\0I\0d\0", rare(RareFormat::Utf16Le)),
            (b"\xff\xfei\0d\0", rare(RareFormat::Utf16Le)),
            (b"\xfe\xff\0i\0d", rare(RareFormat::Utf16Be)),
            (b"\0i\0d\0,\x26\x03", rare(RareFormat::Utf16Be)),
            (b"PAR1\x15\x04", rare(RareFormat::Parquet)),
            (b"ARROW1\0\0", rare(RareFormat::ArrowFile)),
            (b"\xff\xff\xff\xff\x78\0\0\0\x10\0", rare(RareFormat::ArrowStream)),
            (b"SQLite format 3\0\x04\0", rare(RareFormat::Sqlite)),
            (b"\x28\xb5\x2f\xfd\x04", rare(RareFormat::Zstd)),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", rare(RareFormat::OldOffice)),
            (workbook, rare(RareFormat::Workbook)),
            (archive, rare(RareFormat::Zip)),
            (b"\xff\xfe\0\0i\0\0\0", Sniffed::Other("UTF-32 text")),
            (b"\x01\x02\x03\x04\0\0\0\0", Sniffed::Other("a binary file of an unknown kind")),
        ];
        for (head, expected) in heads {
            assert_eq!(sniff(head), expected, "{:?}", String::from_utf8_lossy(head));
        }
    }

    #[test]
    fn a_chosen_encoding_is_that_of_text_and_of_nothing_else() {
        let chosen = |encoding| ReadOptions { encoding: Some(encoding), ..ReadOptions::default() };
        let (le, be, latin) = (RareFormat::Utf16Le, RareFormat::Utf16Be, RareFormat::Windows1252);
        let cases: [(&[u8], Sniffed, Sniffed, Sniffed); 5] = [
            (b"a,b\n1,2\n", Sniffed::Text, Sniffed::Rare(be), Sniffed::Rare(latin)),
            (b"a\0,\0b\0\n\0", Sniffed::Text, Sniffed::Rare(be), Sniffed::Rare(latin)),
            // Chinese in UTF-16 looks like anything.
            (
                b"\x01\x4e\x02\x4e\x03\x4e\x04\x4e",
                Sniffed::Other(UNKNOWN),
                Sniffed::Rare(be),
                Sniffed::Other(UNKNOWN),
            ),
            (b"\x1f\x8b\x08\0", Sniffed::Gzip, Sniffed::Gzip, Sniffed::Gzip),
            (
                b"\x89PNG\r\n\x1a\n",
                Sniffed::Other("a PNG image"),
                Sniffed::Other("a PNG image"),
                Sniffed::Other("a PNG image"),
            ),
        ];
        for (head, utf8, utf16be, windows) in cases {
            assert_eq!(sniff_chosen(head, &chosen(Encoding::Utf8)), utf8, "{head:?}");
            assert_eq!(sniff_chosen(head, &chosen(Encoding::Utf16Be)), utf16be, "{head:?}");
            assert_eq!(sniff_chosen(head, &chosen(Encoding::Windows1252)), windows, "{head:?}");
            assert_eq!(sniff_chosen(head, &ReadOptions::default()), sniff(head), "{head:?}");
        }
        assert_eq!(sniff_chosen(b"a,b\n", &chosen(Encoding::Utf16Le)), Sniffed::Rare(le));
        let format = ReadOptions { format: Some(crate::TextFormat::Csv), ..ReadOptions::default() };
        assert_eq!(sniff_chosen(b"<a>,b\n", &format), Sniffed::Text);
    }

    #[test]
    fn tells_text_that_never_was_utf8() {
        for (text, expected) in [
            (&b"name,city\nJos\xe9,Z\xfcrich\n"[..], true),
            (b"price\n5 \x80\n", true),
            (b"name\nplain\n", false),
            ("name\nJosé\n".as_bytes(), false),
            // Both kinds: it is damaged, not written in another way.
            (b"name\nJos\xc3\xa9\nJos\xe9\n", false),
            // Cut in the middle of a character.
            (b"name\nJos\xc3", false),
            (b"name\nJos\xe9 Jos\xc3", true),
        ] {
            assert_eq!(is_single_bytes(text), expected, "{:?}", String::from_utf8_lossy(text));
        }
    }
}
