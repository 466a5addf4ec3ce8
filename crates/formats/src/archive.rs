//! Zip archives: workbooks, which are archives, and archives of anything.
//!
//! The list of members is read by the `zip` crate; the members themselves are streams here, so that they need not be held in
//! memory, and so that one that is damaged does not take the others with it.

use std::sync::Arc;

use sandglass_access::{Cursor, HELD_MAX};
use sandglass_ingest::SourceEvent;
use zip::{CompressionMethod, ZipArchive};

use crate::guard::guarded;
use crate::inflate::{Checked, Inflate};
use crate::layers::{self, Layer};
use crate::limits::Budget;
use crate::part::{Context, Parts};
use crate::stream::{Ahead, Raw, Stream, Unzstd};
use crate::workbook::{self, Kind};
use crate::{Bytes, FormatError};

/// What is known of a member before it is read.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) name: String,
    start: u64,
    packed: u64,
    length: u64,
    crc: u32,
    method: CompressionMethod,
    encrypted: bool,
}

impl Member {
    /// Its contents.
    pub(crate) fn open(&self, bytes: &Arc<dyn Bytes>, budget: &Arc<Budget>) -> Result<Ahead, FormatError> {
        if self.encrypted {
            return Err(FormatError::Encrypted);
        }
        if self.start.checked_add(self.packed).is_none_or(|end| end > bytes.len()) {
            return Err(FormatError::damaged("ZIP", "the member goes beyond the end of the file"));
        }
        let raw = Raw::part(Arc::clone(bytes), self.start, self.packed);
        let budget = Arc::clone(budget);
        let stream: Box<dyn Stream> = match self.method {
            CompressionMethod::Stored => Box::new(raw),
            CompressionMethod::Deflated => Box::new(Inflate::new(raw, budget)),
            // What the `zip` crate calls so only when it can read it itself.
            method if is_zstd(method) => Box::new(Unzstd::new(Ahead::new(Box::new(raw)), budget)?),
            method => {
                return Err(FormatError::Unsupported(format!("packed by the method {method}")));
            }
        };
        Ok(Ahead::new(Box::new(Checked::new(stream, self.crc, self.length))))
    }

    /// Whether it is one that nobody means: hidden, or what macOS writes beside files.
    fn is_hidden(&self) -> bool {
        self.name.split(['/', '\\']).any(|part| part.starts_with('.') && !part.trim_matches('.').is_empty())
            || self.name.starts_with("__MACOSX/")
    }
}

#[expect(deprecated, reason = "without its feature, the crate knows the method by its number only")]
fn is_zstd(method: CompressionMethod) -> bool {
    matches!(method, CompressionMethod::Unsupported(93 | 20))
}

/// The members of an archive, without folders.
fn members(bytes: &Arc<dyn Bytes>) -> Result<Vec<Member>, FormatError> {
    let damaged = |error| FormatError::damaged("ZIP", error);
    guarded("ZIP", || {
        let mut archive = ZipArchive::new(Cursor::new(Arc::clone(bytes))).map_err(damaged)?;
        let mut members = Vec::new();
        for at in 0..archive.len() {
            let file = archive.by_index_raw(at).map_err(damaged)?;
            if file.is_dir() {
                continue;
            }
            members.push(Member {
                name: file.name().map_err(damaged)?.into_owned(),
                start: file.data_start().unwrap_or(u64::MAX),
                packed: file.compressed_size(),
                length: file.size(),
                crc: file.crc32(),
                method: file.compression(),
                encrypted: file.encrypted(),
            });
        }
        Ok(members)
    })
}

/// Opens a workbook, or an archive of anything.
pub(crate) fn open(bytes: Arc<dyn Bytes>, context: Context) -> Result<Box<dyn Parts>, FormatError> {
    let members = members(&bytes)?;
    match kind(&members, &bytes, &context)? {
        Some(kind) => {
            check(&members, &bytes, &context)?;
            bytes.looked_through();
            workbook::open(bytes, kind, &members, context)
        }
        None => {
            let context = context.within("")?;
            Ok(Box::new(Archive { bytes, members: members.into_iter(), present: None, hidden: 0, context }))
        }
    }
}

/// The kind of workbook that an archive with these members is, if it is one.
fn kind(members: &[Member], bytes: &Arc<dyn Bytes>, context: &Context) -> Result<Option<Kind>, FormatError> {
    let has = |name: &str| members.iter().any(|member| member.name.eq_ignore_ascii_case(name));
    let other = |what: &str| Err(FormatError::Unsupported(what.to_owned()));
    if has("xl/workbook.xml") {
        return Ok(Some(Kind::Xlsx));
    }
    if has("xl/workbook.bin") {
        return Ok(Some(Kind::Xlsb));
    }
    if has("[Content_Types].xml") && (has("word/document.xml") || has("ppt/presentation.xml")) {
        return other("an Office document without tables");
    }
    let Some(mimetype) = members.iter().find(|member| member.name == "mimetype" && member.length < 200)
    else {
        return Ok(None);
    };
    let says = mimetype.open(bytes, &context.budget)?.collect()?;
    let says = String::from_utf8_lossy(says.as_slice());
    match says.strip_prefix("application/vnd.oasis.opendocument.") {
        None => Ok(None),
        Some(kind) if kind.trim_end() == "spreadsheet" => Ok(Some(Kind::Ods)),
        Some(_) => other("an OpenDocument file without tables"),
    }
}

/// Unpacks what the reader of workbooks will unpack, and forgets it: that reader has no limits, and looks at no checksums.
fn check(members: &[Member], bytes: &Arc<dyn Bytes>, context: &Context) -> Result<(), FormatError> {
    let mut unpacked = 0;
    for member in members.iter().filter(|member| workbook::is_needed(&member.name)) {
        let mut stream = member.open(bytes, &context.budget)?;
        let mut out = Vec::new();
        loop {
            out.clear();
            let more = stream.read(&mut out).map_err(|error| in_member(error, &member.name))?;
            unpacked += out.len() as u64;
            if unpacked > HELD_MAX {
                return Err(FormatError::TooLarge { what: "unpacked it has".to_owned() });
            }
            if !more {
                break;
            }
        }
    }
    Ok(())
}

/// Says in which member something is damaged.
fn in_member(error: FormatError, name: &str) -> FormatError {
    match error {
        FormatError::Damaged { format, what } => {
            FormatError::Damaged { format, what: format!("{name}: {what}") }
        }
        other => other,
    }
}

/// An archive of anything: its members are parts, or have parts of their own.
struct Archive {
    bytes: Arc<dyn Bytes>,
    members: std::vec::IntoIter<Member>,
    present: Option<(String, Box<dyn Parts>)>,
    hidden: usize,
    context: Context,
}

impl Archive {
    fn open_member(&self, member: &Member, name: &str) -> Result<Box<dyn Parts>, FormatError> {
        let stream = member.open(&self.bytes, &self.context.budget)?;
        let context = Context { name: name.to_owned(), bytes: member.packed, ..self.context.clone() };
        layers::open(Layer::Stream(stream), context)
    }
}

impl Parts for Archive {
    fn next(&mut self) -> Result<Option<SourceEvent>, FormatError> {
        loop {
            if let Some((name, parts)) = &mut self.present {
                match parts.next() {
                    Ok(Some(event)) => return Ok(Some(event)),
                    Ok(None) => self.present = None,
                    // That is no matter of one member.
                    Err(error @ FormatError::Bomb { .. }) => return Err(error),
                    Err(error) => {
                        let event = failed(std::mem::take(name), &error);
                        self.present = None;
                        return Ok(Some(event));
                    }
                }
                continue;
            }
            let Some(member) = self.members.next() else {
                return Ok(match std::mem::take(&mut self.hidden) {
                    0 => None,
                    hidden => Some(SourceEvent::Note(format!("{hidden} hidden members were left out"))),
                });
            };
            if member.is_hidden() {
                self.hidden += 1;
                continue;
            }
            let name = self.context.part(&member.name);
            match self.open_member(&member, &name) {
                Ok(parts) => self.present = Some((name, parts)),
                Err(error @ FormatError::Bomb { .. }) => return Err(error),
                Err(error) => return Ok(Some(failed(name, &error))),
            }
        }
    }

    fn is_table(&self) -> bool {
        self.present.as_ref().is_some_and(|(_, parts)| parts.is_table())
    }
}

fn failed(part: String, error: &FormatError) -> SourceEvent {
    SourceEvent::PartFailed { part, reason: error.to_string() }
}
