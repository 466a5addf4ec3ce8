//! How sources are read, in the page's words and in the engine's.

use sandglass_ingest::csv::{Dialect, DialectChoice, Escape, Ragged};
use sandglass_ingest::{ReadOptions, TextForm};
use sandglass_protocol::{Aspect, Reading};

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
    for (aspect, value) in reading {
        let byte = value.bytes().next();
        let mark = || if value == NONE { Some(None) } else { byte.map(Some) };
        match aspect {
            Aspect::Format => options.format = value.parse().ok(),
            Aspect::Encoding => options.encoding = value.parse().ok(),
            Aspect::Delimiter => dialect.delimiter = byte,
            Aspect::Header => dialect.header = Some(value == HEADERS[0]),
            Aspect::Quote => dialect.quote = mark(),
            Aspect::Escape => {
                let escape = if value == ESCAPES[1] { Escape::Backslash } else { Escape::Doubled };
                dialect.escape = Some(escape);
            }
            Aspect::Comment => dialect.comment = mark(),
            Aspect::Ragged => {
                options.ragged = if value == PAD { Ragged::Pad } else { Ragged::Reject };
            }
            Aspect::RejectsKept => options.rejects_kept = value.parse().unwrap_or(u64::MAX),
            Aspect::AtReject => options.stop_at_first_reject = value == STOP,
        }
    }
    options
}

/// What of it was chosen.
pub(crate) fn chosen(options: &ReadOptions) -> Reading {
    let mut chosen = Vec::new();
    let mut choose = |aspect, value: Option<String>| chosen.extend(value.map(|value| (aspect, value)));
    choose(Aspect::Format, options.format.map(|format| format.name().to_owned()));
    choose(Aspect::Encoding, options.encoding.map(|encoding| encoding.name().to_owned()));
    choose(Aspect::Ragged, (options.ragged == Ragged::Pad).then(|| PAD.to_owned()));
    let kept = options.rejects_kept;
    choose(Aspect::RejectsKept, (kept < u64::MAX).then(|| kept.to_string()));
    choose(Aspect::AtReject, options.stop_at_first_reject.then(|| STOP.to_owned()));
    put_dialect(&mut chosen, &options.dialect);
    chosen
}

/// How texts of these forms were read, as far as it is the same for all that have it; `None` without any.
pub(crate) fn told(forms: &[TextForm]) -> Option<Reading> {
    let all: Reading = forms.iter().flat_map(of_form).collect();
    let mut told = Reading::new();
    for one in &all {
        let is_same = all.iter().all(|(aspect, value)| *aspect != one.0 || *value == one.1);
        if is_same && !told.contains(one) {
            told.push(one.clone());
        }
    }
    (!forms.is_empty()).then_some(told)
}

fn of_form(form: &TextForm) -> Reading {
    let mut reading = vec![
        (Aspect::Format, form.format.name().to_owned()),
        (Aspect::Encoding, form.encoding.name().to_owned()),
    ];
    if let Some(Dialect { delimiter, quote, escape, header, comment }) = form.dialect {
        let dialect = DialectChoice {
            delimiter: Some(delimiter),
            quote: Some(quote),
            escape: Some(escape),
            header: Some(header),
            comment: Some(comment),
        };
        put_dialect(&mut reading, &dialect);
    }
    reading
}

fn put_dialect(reading: &mut Reading, dialect: &DialectChoice) {
    let DialectChoice { delimiter, quote, escape, header, comment } = *dialect;
    let mark = |mark: Option<u8>| mark.map_or(NONE.to_owned(), |byte| char::from(byte).to_string());
    let mut put = |aspect, value: Option<String>| reading.extend(value.map(|value| (aspect, value)));
    put(Aspect::Delimiter, delimiter.map(|byte| char::from(byte).to_string()));
    put(Aspect::Header, header.map(|names| HEADERS[usize::from(!names)].to_owned()));
    put(Aspect::Quote, quote.map(mark));
    put(Aspect::Escape, escape.map(|escape| ESCAPES[usize::from(escape == Escape::Backslash)].to_owned()));
    put(Aspect::Comment, comment.map(mark));
}

#[cfg(test)]
mod tests {
    use super::*;
    use sandglass_ingest::{ChosenKind, Encoding, TextFormat};

    fn reading(pairs: &[(Aspect, &str)]) -> Reading {
        pairs.iter().map(|(aspect, value)| (*aspect, (*value).to_owned())).collect()
    }

    #[test]
    fn what_is_chosen_is_shown_as_chosen() {
        let all = reading(&[
            (Aspect::Format, "csv"),
            (Aspect::Encoding, "utf-16be"),
            (Aspect::Ragged, "pad"),
            (Aspect::RejectsKept, "100"),
            (Aspect::AtReject, "stop"),
            (Aspect::Delimiter, "\t"),
            (Aspect::Header, "values"),
            (Aspect::Quote, "none"),
            (Aspect::Escape, "backslash"),
            (Aspect::Comment, "%"),
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
            reading(&[(Aspect::Ragged, "reject"), (Aspect::AtReject, "go-on"), (Aspect::Delimiter, "")]);
        assert_eq!(read_options(&[], &usual), ReadOptions::default());
        // A character that cannot be had is told when it is read.
        assert!(read_options(&[], &reading(&[(Aspect::Delimiter, "\u{e9}")])).check().is_err());
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
        let of = |forms: &[TextForm], wanted: Aspect| {
            let told = told(forms).unwrap();
            told.into_iter()
                .filter(|(aspect, _)| *aspect == wanted)
                .map(|(_, value)| value)
                .collect::<Vec<_>>()
        };
        assert_eq!(of(&[comma], Aspect::Delimiter), [","]);
        assert_eq!(of(&[comma, semicolon, comma], Aspect::Delimiter), [""; 0]);
        assert_eq!(of(&[comma, semicolon], Aspect::Quote), ["\""]);
        assert_eq!(of(&[comma, bar], Aspect::Encoding), [""; 0]);
        assert_eq!(of(&[comma, json], Aspect::Format), [""; 0]);
        assert_eq!(of(&[json, comma], Aspect::Delimiter), [","]);
    }
}
