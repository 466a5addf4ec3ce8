//! As much of the tar format as a warehouse needs: plain files one behind the other, with long names as POSIX has them.

const BLOCK: usize = 512;
/// Names up to here stand in the header itself.
const SHORT: usize = 100;
/// The longest name that is taken.
const LONG: u64 = 64 << 10;
/// What stands behind the last file.
pub(super) const END: [u8; 2 * BLOCK] = [0; 2 * BLOCK];

const SIZE: std::ops::Range<usize> = 124..136;
const SUM: std::ops::Range<usize> = 148..156;
const KIND: usize = 156;

/// Hands out a file.
pub(super) fn pack(
    name: &str,
    bytes: &[u8],
    out: &mut impl FnMut(&[u8]) -> Result<(), String>,
) -> Result<(), String> {
    if name.len() > SHORT {
        let record = long_name(name);
        out(&header("name", record.len() as u64, b'x'))?;
        put(record.as_bytes(), out)?;
    }
    let mut end = name.len().min(SHORT);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    out(&header(&name[..end], bytes.len() as u64, b'0'))?;
    put(bytes, out)
}

fn put(bytes: &[u8], out: &mut impl FnMut(&[u8]) -> Result<(), String>) -> Result<(), String> {
    out(bytes)?;
    out(&END[..padding(bytes.len() as u64)])
}

fn padding(bytes: u64) -> usize {
    (bytes.next_multiple_of(BLOCK as u64) - bytes) as usize
}

/// The record `length path=name`, whose length counts its own digits.
fn long_name(name: &str) -> String {
    let rest = format!(" path={name}\n");
    let mut length = rest.len();
    while length != rest.len() + length.to_string().len() {
        length = rest.len() + length.to_string().len();
    }
    format!("{length}{rest}")
}

fn header(name: &str, bytes: u64, kind: u8) -> [u8; BLOCK] {
    let mut header = [0; BLOCK];
    let mut put = |at: usize, field: &[u8]| header[at..at + field.len()].copy_from_slice(field);
    put(0, name.as_bytes());
    put(100, b"0000644\0");
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    // Eleven digits are 8 GiB, and no file of a warehouse comes near that.
    put(SIZE.start, format!("{bytes:011o}\0").as_bytes());
    put(136, b"00000000000\0");
    put(SUM.start, b"        ");
    put(KIND, &[kind]);
    put(257, b"ustar\x0000");
    let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
    header[SUM].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    header
}

/// Takes an archive apart.
#[derive(Debug, Default)]
pub(super) struct Unpacker {
    buffer: Vec<u8>,
    /// The name of the next file, if it was too long for its header.
    name: Option<String>,
    ended: bool,
}

impl Unpacker {
    /// Takes the next bytes.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        // Whatever fills the file up behind its end.
        if !self.ended {
            self.buffer.extend_from_slice(bytes);
        }
    }

    /// Whether the end of the archive has come.
    pub(super) fn is_ended(&self) -> bool {
        self.ended
    }

    /// The next file, if all of it has come.
    pub(super) fn next_file(&mut self) -> Result<Option<(String, Vec<u8>)>, String> {
        loop {
            let Some(header) = self.buffer.first_chunk::<BLOCK>() else { return Ok(None) };
            if header.iter().all(|&byte| byte == 0) {
                self.ended = true;
                self.buffer.clear();
                return Ok(None);
            }
            let (name, bytes, kind) = read_header(header)?;
            if kind == b'x' && bytes > LONG {
                return Err("a name in it is too long".to_owned());
            }
            let length = usize::try_from(bytes).map_err(|_| "a file in it is too large".to_owned())?;
            let whole = BLOCK + length + padding(bytes);
            if self.buffer.len() < whole {
                return Ok(None);
            }
            let content = self.buffer[BLOCK..BLOCK + length].to_vec();
            self.buffer.drain(..whole);
            match kind {
                b'x' => self.name = Some(read_long_name(&content).ok_or("a name in it cannot be read")?),
                b'0' | 0 => return Ok(Some((self.name.take().unwrap_or(name), content))),
                // Folders, which other programs add when they pack a warehouse.
                b'5' => {}
                _ => return Err(format!("it has something that is no file: {name}")),
            }
        }
    }
}

fn read_header(header: &[u8; BLOCK]) -> Result<(String, u64, u8), String> {
    let wrong = || "it is no tar archive".to_owned();
    let octal = |field: std::ops::Range<usize>| {
        let text = std::str::from_utf8(&header[field]).ok()?;
        u64::from_str_radix(text.trim_matches(['\0', ' ']), 8).ok()
    };
    let sum: u64 = header
        .iter()
        .enumerate()
        .map(|(at, &byte)| if SUM.contains(&at) { u64::from(b' ') } else { u64::from(byte) })
        .sum();
    if octal(SUM) != Some(sum) {
        return Err(wrong());
    }
    let name = header[..SHORT].split(|&byte| byte == 0).next().unwrap_or_default();
    let name = String::from_utf8(name.to_vec()).map_err(|_| wrong())?;
    Ok((name, octal(SIZE).ok_or_else(wrong)?, header[KIND]))
}

fn read_long_name(record: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(record).ok()?;
    let path = text.lines().find_map(|line| line.split_once(' ')?.1.strip_prefix("path="));
    path.map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(files: &[(String, Vec<u8>)]) -> Vec<u8> {
        let mut archive = Vec::new();
        let mut out = |bytes: &[u8]| {
            archive.extend_from_slice(bytes);
            Ok(())
        };
        files.iter().for_each(|(name, bytes)| pack(name, bytes, &mut out).unwrap());
        out(&END).unwrap();
        archive
    }

    #[test]
    fn files_come_out_as_they_went_in_whatever_their_names() {
        let long = |length: usize| format!("tables/{}é/00000001-0.parquet", "x".repeat(length));
        let files: Vec<(String, Vec<u8>)> = [3, 70, 71, 72, 73, 74, 75, 76, 500, 1000]
            .iter()
            .map(|&length| (long(length), vec![7; length * 5]))
            .chain([("empty".to_owned(), Vec::new()), ("block".to_owned(), vec![0; 512])])
            .collect();
        let archive = packed(&files);
        assert_eq!(archive.len() % BLOCK, 0);
        for piece in [1, 511, 512, 10_000, archive.len()] {
            let mut unpacker = Unpacker::default();
            let mut found = Vec::new();
            for bytes in archive.chunks(piece) {
                unpacker.push(bytes);
                while let Some(file) = unpacker.next_file().unwrap() {
                    found.push(file);
                }
            }
            assert!(unpacker.is_ended());
            assert_eq!(found, files, "in pieces of {piece}");
        }
    }

    #[test]
    fn what_is_no_archive_is_an_error() {
        let mut unpacker = Unpacker::default();
        unpacker.push(&[b'x'; 600]);
        assert_eq!(unpacker.next_file(), Err("it is no tar archive".to_owned()));
    }
}
