//! Files of lines, good and bad, made from choices.
//!
//! A file is a function of a string of bytes, each of which decides one thing; 0 always stands for the plainest. So
//! the same generator serves property tests, where fewer and smaller bytes mean a simpler file, a loop over a simple
//! random number generator, and fuzzing.

use super::pieces::{BREAKERS, INTEGERS, KEYS, LINES, SPACES, TEXTS, TIMES, VALUES};

/// Bytes that decide. When they are used up, everything is plain.
#[derive(Debug)]
pub(crate) struct Choices<'a>(&'a [u8]);

impl<'a> Choices<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn are_used_up(&self) -> bool {
        self.0.is_empty()
    }

    /// A number below `limit`, which is at most 256.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        match self.0.split_first() {
            Some((&first, rest)) => {
                self.0 = rest;
                usize::from(first) % limit
            }
            None => 0,
        }
    }

    pub(crate) fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }

    /// Something that is the case one time in `limit`.
    pub(crate) fn one_in(&mut self, limit: usize) -> bool {
        self.below(limit) == limit - 1
    }
}

/// A simple random number generator (xorshift64*), for choices where there is no property test.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(2).wrapping_add(1))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        (self.next() >> 33) % limit
    }

    pub(crate) fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| (self.next() >> 56) as u8).collect()
    }
}

#[derive(Debug, Clone, Copy)]
enum Shape {
    Integer { quoted: bool },
    Time,
    Text,
    Null,
    Any,
}

/// How one program writes its records: which keys, in which order, and what stands between.
struct Layout {
    members: Vec<(&'static str, Shape)>,
    /// Before a key, before and behind a colon, before a comma, and before the brackets.
    spaces: [&'static str; 6],
}

impl Layout {
    fn new(choices: &mut Choices<'_>) -> Self {
        let quoted = !choices.one_in(4);
        let integer = Shape::Integer { quoted };
        let mut members = vec![
            ("Id", integer),
            ("PostId", integer),
            ("VoteTypeId", integer),
            ("CreationDate", Shape::Time),
        ];
        for (key, shape) in [("UserId", integer), ("BountyAmount", integer), ("Seen", Shape::Time)] {
            if choices.one_in(3) {
                members.push((key, if choices.one_in(4) { Shape::Null } else { shape }));
            }
        }
        for _ in 0..choices.below(8).saturating_sub(4) {
            let shapes = [Shape::Text, integer, Shape::Null, Shape::Any];
            members.push((choices.pick(KEYS), choices.pick(&shapes)));
        }
        if choices.one_in(3) {
            for from in 0..members.len() {
                let to = choices.below(members.len());
                members.swap(from, to);
            }
        }
        if choices.one_in(12) {
            members.remove(choices.below(members.len()));
        }
        let mut spaces = [""; 6];
        if choices.one_in(3) {
            spaces = spaces.map(|_| choices.pick(SPACES));
        }
        Self { members, spaces }
    }

    fn record(&self, choices: &mut Choices<'_>, out: &mut Vec<u8>) {
        let [open, before_key, before_colon, behind_colon, before_comma, close] = self.spaces;
        let mut text = format!("{open}{{");
        for (index, &(key, shape)) in self.members.iter().enumerate() {
            if index > 0 {
                text.push_str(before_comma);
                text.push(',');
            }
            text.push_str(before_key);
            text.push_str(&format!("\"{key}\"{before_colon}:{behind_colon}"));
            value(shape, choices, &mut text);
        }
        text.push_str(close);
        text.push('}');
        text.push_str(close);
        out.extend_from_slice(text.as_bytes());
    }
}

fn value(shape: Shape, choices: &mut Choices<'_>, out: &mut String) {
    let quoted = |text: &str, out: &mut String| out.push_str(&format!("\"{text}\""));
    let shape = if choices.one_in(40) { Shape::Any } else { shape };
    match shape {
        Shape::Integer { quoted: in_quotes } => {
            let in_quotes = in_quotes != choices.one_in(32);
            let text = if choices.one_in(16) {
                choices.pick(INTEGERS).to_owned()
            } else {
                let mut text = if choices.one_in(12) { "-".to_owned() } else { String::new() };
                text.push_str(&(choices.below(9) + 1).to_string());
                let more = if choices.one_in(6) { 20 } else { 8 };
                (0..choices.below(more)).for_each(|_| text.push_str(&choices.below(10).to_string()));
                text
            };
            if in_quotes { quoted(&text, out) } else { out.push_str(&text) }
        }
        Shape::Time if choices.one_in(8) => quoted(choices.pick(TIMES), out),
        Shape::Time => {
            let (month, day) = (choices.below(12) + 1, choices.below(28) + 1);
            let forms =
                ["T00:00:00.000", "", " 01:02:03", "T23:59:59.999999", "T10:00:00Z", "T01:02:03.123456789"];
            quoted(&format!("2021-{month:02}-{day:02}{}", choices.pick(&forms)), out);
        }
        Shape::Text if choices.one_in(24) => quoted(&"long é ".repeat(choices.below(256)), out),
        Shape::Text => quoted(choices.pick(TEXTS), out),
        Shape::Null => out.push_str("null"),
        Shape::Any => match choices.below(6) {
            0 => quoted(choices.pick(TEXTS), out),
            1 => quoted(choices.pick(INTEGERS), out),
            2 if choices.one_in(8) => {
                let depth = 1020 + choices.below(8);
                out.push_str(&format!("{}{}", "[".repeat(depth), "]".repeat(depth)));
            }
            _ => out.push_str(choices.pick(VALUES)),
        },
    }
}

/// A file: as many lines as the choices last for.
pub(crate) fn file(choices: &mut Choices<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    if choices.one_in(8) {
        out.extend_from_slice("\u{feff}".as_bytes());
    }
    let carriage_returns = choices.one_in(4);
    let ends_without = choices.one_in(3);
    let layouts: Vec<Layout> = (0..=choices.below(3)).map(|_| Layout::new(choices)).collect();
    while !choices.are_used_up() {
        let start = out.len();
        match choices.below(16) {
            12 => {
                layouts[choices.below(layouts.len())].record(choices, &mut out);
                let at = place(choices, start, &out);
                out[at] = choices.pick(b"\xff\x80\xc3\xe2\xf0\xed");
            }
            13 => out.extend_from_slice(choices.pick(LINES).as_bytes()),
            14 => Layout::new(choices).record(choices, &mut out),
            15 => {
                layouts[choices.below(layouts.len())].record(choices, &mut out);
                (0..=choices.below(3)).for_each(|_| damage(choices, start, &mut out));
            }
            _ => layouts[choices.below(layouts.len())].record(choices, &mut out),
        }
        let end = if carriage_returns != choices.one_in(16) { &b"\r\n"[..] } else { b"\n" };
        out.extend_from_slice(end);
    }
    if ends_without {
        out.pop();
    }
    out
}

/// An index of the line that begins at `start` and is not empty.
fn place(choices: &mut Choices<'_>, start: usize, out: &[u8]) -> usize {
    start + (choices.below(256) * 256 + choices.below(256)) % (out.len() - start)
}

/// Changes something behind `start`.
fn damage(choices: &mut Choices<'_>, start: usize, out: &mut Vec<u8>) {
    if out.len() == start {
        return;
    }
    let at = place(choices, start, out);
    match choices.below(5) {
        0 => out.truncate(at),
        1 => out[at] = choices.pick(BREAKERS),
        2 => out.insert(at, choices.pick(BREAKERS)),
        3 => {
            let end = (at + 1 + choices.below(8)).min(out.len());
            out.drain(at..end);
        }
        _ => {
            let end = (at + 1 + choices.below(40)).min(out.len());
            let part = out[at..end].to_vec();
            out.splice(at..at, part);
        }
    }
}
