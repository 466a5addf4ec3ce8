//! How sources are read, in the page's words and in the engine's.

use sandglass_ingest::csv::{Dialect, DialectChoice, Escape, Ragged};
use sandglass_ingest::{ReadOptions, TextForm};
use sandglass_protocol::{Reading, aspect};

/// A character that there is not.
const NONE: &str = "none";
const HEADERS: [&str; 2] = ["names", "values"];
const ESCAPES: [&str; 2] = ["doubled", "backslash"];
const PAD: &str = "pad";
const STOP: &str = "stop";

/// The options of a reader for the types of columns and what else was chosen. What makes no sense is not chosen; characters that
/// cannot be had are, so that whoever reads says why.
pub fn read_options(types: &[(String, String)], reading: &Reading) -> ReadOptions {
    let kind = |(column, kind): &(String, String)| Some((column.clone(), kind.parse().ok()?));
    let mut options =
        ReadOptions { types: types.iter().filter_map(kind).collect(), ..ReadOptions::default() };
    let dialect = &mut options.dialect;
    for (name, value) in reading {
        let byte = value.bytes().next();
        let mark = || if value == NONE { Some(None) } else { byte.map(Some) };
        match name.as_str() {
            aspect::FORMAT => options.format = value.parse().ok(),
            aspect::ENCODING => options.encoding = value.parse().ok(),
            aspect::DELIMITER => dialect.delimiter = byte,
            aspect::HEADER => dialect.header = Some(value == HEADERS[0]),
            aspect::QUOTE => dialect.quote = mark(),
            aspect::ESCAPE => {
                let escape = if value == ESCAPES[1] { Escape::Backslash } else { Escape::Doubled };
                dialect.escape = Some(escape);
            }
            aspect::COMMENT => dialect.comment = mark(),
            aspect::RAGGED => {
                options.ragged = if value == PAD { Ragged::Pad } else { Ragged::Reject };
            }
            aspect::REJECTS_KEPT => options.rejects_kept = value.parse().unwrap_or(u64::MAX),
            aspect::AT_REJECT => options.stop_at_first_reject = value == STOP,
            _ => {}
        }
    }
    options
}

/// What of it was chosen.
pub(crate) fn chosen(options: &ReadOptions) -> Reading {
    let mut chosen = Vec::new();
    let mut choose =
        |name: &str, value: Option<String>| chosen.extend(value.map(|value| (name.to_owned(), value)));
    choose(aspect::FORMAT, options.format.map(|format| format.name().to_owned()));
    choose(aspect::ENCODING, options.encoding.map(|encoding| encoding.name().to_owned()));
    choose(aspect::RAGGED, (options.ragged == Ragged::Pad).then(|| PAD.to_owned()));
    let kept = options.rejects_kept;
    choose(aspect::REJECTS_KEPT, (kept < u64::MAX).then(|| kept.to_string()));
    choose(aspect::AT_REJECT, options.stop_at_first_reject.then(|| STOP.to_owned()));
    put_dialect(&mut chosen, &options.dialect);
    chosen
}

/// How texts of these forms were read, as far as it is the same for all that have it; `None` without any.
pub(crate) fn told(forms: &[TextForm]) -> Option<Reading> {
    let mut all = Reading::new();
    for form in forms {
        put_form(&mut all, form);
    }
    let mut told = Reading::new();
    for one in &all {
        let is_same = all.iter().all(|(name, value)| *name != one.0 || *value == one.1);
        if is_same && !told.contains(one) {
            told.push(one.clone());
        }
    }
    (!forms.is_empty()).then_some(told)
}

fn put_form(reading: &mut Reading, form: &TextForm) {
    reading.push((aspect::FORMAT.to_owned(), form.format.name().to_owned()));
    reading.push((aspect::ENCODING.to_owned(), form.encoding.name().to_owned()));
    if let Some(Dialect { delimiter, quote, escape, header, comment }) = form.dialect {
        let dialect = DialectChoice {
            delimiter: Some(delimiter),
            quote: Some(quote),
            escape: Some(escape),
            header: Some(header),
            comment: Some(comment),
        };
        put_dialect(reading, &dialect);
    }
}

fn put_dialect(reading: &mut Reading, dialect: &DialectChoice) {
    let DialectChoice { delimiter, quote, escape, header, comment } = *dialect;
    let mark = |mark: Option<u8>| mark.map_or(NONE.to_owned(), |byte| char::from(byte).to_string());
    let mut put =
        |name: &str, value: Option<String>| reading.extend(value.map(|value| (name.to_owned(), value)));
    put(aspect::DELIMITER, delimiter.map(|byte| char::from(byte).to_string()));
    put(aspect::HEADER, header.map(|names| HEADERS[usize::from(!names)].to_owned()));
    put(aspect::QUOTE, quote.map(mark));
    put(aspect::ESCAPE, escape.map(|escape| ESCAPES[usize::from(escape == Escape::Backslash)].to_owned()));
    put(aspect::COMMENT, comment.map(mark));
}

#[cfg(test)]
mod tests {
    use super::*;
    use sandglass_ingest::{ChosenKind, Encoding, TextFormat};

    fn reading(pairs: &[(&str, &str)]) -> Reading {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn what_is_chosen_is_shown_as_chosen() {
        let all = reading(&[
            (aspect::FORMAT, "csv"),
            (aspect::ENCODING, "utf-16be"),
            (aspect::RAGGED, "pad"),
            (aspect::REJECTS_KEPT, "100"),
            (aspect::AT_REJECT, "stop"),
            (aspect::DELIMITER, "\t"),
            (aspect::HEADER, "values"),
            (aspect::QUOTE, "none"),
            (aspect::ESCAPE, "backslash"),
            (aspect::COMMENT, "%"),
        ]);
        let types = vec![("a".to_owned(), "date".to_owned()), ("b".to_owned(), "nothing".to_owned())];
        let options = read_options(&types, &all);
        let dialect = DialectChoice {
            delimiter: Some(b'\t'),
            quote: Some(None),
            escape: Some(Escape::Backslash),
            header: Some(false),
            comment: Some(Some(b'%')),
        };
        let expected = ReadOptions {
            format: Some(TextFormat::Csv),
            encoding: Some(Encoding::Utf16Be),
            dialect,
            ragged: Ragged::Pad,
            types: vec![("a".to_owned(), ChosenKind::Date)],
            rejects_kept: 100,
            stop_at_first_reject: true,
            ..ReadOptions::default()
        };
        assert_eq!(options, expected);
        assert_eq!(chosen(&options), all);
        assert_eq!(read_options(&[], &Vec::new()), ReadOptions::default());
        assert_eq!(chosen(&ReadOptions::default()), []);
        // What stands first is what holds without a choice.
        let usual =
            reading(&[(aspect::RAGGED, "reject"), (aspect::AT_REJECT, "go-on"), (aspect::DELIMITER, "")]);
        assert_eq!(read_options(&[], &usual), ReadOptions::default());
        // A character that cannot be had is told when it is read.
        assert!(read_options(&[], &reading(&[(aspect::DELIMITER, "\u{e9}")])).check().is_err());
    }

    #[test]
    fn what_differs_between_sources_is_not_told() {
        let csv = |delimiter, encoding| TextForm {
            format: TextFormat::Csv,
            encoding,
            dialect: Some(Dialect { delimiter, ..Dialect::default() }),
        };
        let json = TextForm { format: TextFormat::Json, encoding: Encoding::Utf8, dialect: None };
        assert_eq!(told(&[]), None);
        let [comma, semicolon, bar] =
            [(b',', Encoding::Utf8), (b';', Encoding::Utf8), (b',', Encoding::Windows1252)]
                .map(|(delimiter, encoding)| csv(delimiter, encoding));
        let of = |forms: &[TextForm], wanted: &str| {
            let told = told(forms).unwrap().into_iter();
            told.filter(|(name, _)| name == wanted).map(|(_, value)| value).collect::<Vec<_>>()
        };
        assert_eq!(of(&[comma], aspect::DELIMITER), [","]);
        assert_eq!(of(&[comma, semicolon, comma], aspect::DELIMITER), [""; 0]);
        assert_eq!(of(&[comma, semicolon], aspect::QUOTE), ["\""]);
        assert_eq!(of(&[comma, bar], aspect::ENCODING), [""; 0]);
        assert_eq!(of(&[comma, json], aspect::FORMAT), [""; 0]);
        assert_eq!(of(&[json, comma], aspect::DELIMITER), [","]);
    }
}
