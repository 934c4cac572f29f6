//! Compares the record shapes with the JSON reader: a record that matches must be valid, and have the same scalars. Each
//! input is checked twice: with all containers read, and with those of the key `s` skipped, whose scalars are then left out.
//!
//! The lines of the input are records. Each is matched against the shapes of the lines before it, and learned if it is
//! valid.
#![no_main]

use idq_json::{Event, Reader, Scalar};
use idq_shape::{Capture, FieldResolver, KeyInfo, ScalarKinds, Shapes, SimdLevel, Tagged};
use libfuzzer_sys::fuzz_target;
use std::collections::HashSet;

/// Tags every scalar, apart from those in containers that are skipped.
struct Scalars {
    /// Whether the containers of the key `s` are skipped.
    skips: bool,
}

impl FieldResolver for Scalars {
    /// Whether containers are skipped.
    type FieldId = bool;

    fn resolve_root(&self) -> bool {
        false
    }

    fn resolve_key(&mut self, _: bool, key: &str) -> bool {
        self.skips && key == "s"
    }

    fn resolve_element(&mut self, _: bool) -> bool {
        false
    }

    fn resolve_scalar(&self, is_skipped: bool) -> Capture {
        let kinds = ScalarKinds::ANY;
        Capture {
            slot: Some(0),
            tag: Some(0),
            kinds: if is_skipped {
                kinds.or(ScalarKinds::SKIPPED)
            } else {
                kinds
            },
        }
    }

    fn resolve_presence(&self, _: bool) -> KeyInfo {
        KeyInfo::default()
    }

    fn resolve_empty(&self, _: bool) -> Option<u32> {
        None
    }

    fn resolve_element_start(&self, _: bool) -> Option<u32> {
        None
    }
}

fuzz_target!(|bytes: &[u8]| {
    for skips in [false, true] {
        check(bytes, skips);
    }
});

fn check(bytes: &[u8], skips: bool) {
    let padded = [bytes, &[b'\n'; 256]].concat();
    let mut shapes = [SimdLevel::Native, SimdLevel::Portable]
        .map(|simd_level| Shapes::new(Scalars { skips }, simd_level));
    let mut start = 0;
    for line in bytes.split(|&byte| byte == b'\n') {
        let exact = scalars(line, skips);
        let [native, portable] = shapes.each_mut().map(|shapes| {
            let (captures, _) = shapes.read(&padded, start)?;
            let listed: Vec<String> = captures
                .tagged()
                .filter_map(|(_, part)| match part {
                    Tagged::Scalar(scalar) => Some(format_scalar(scalar)),
                    _ => None,
                })
                .collect();
            Some((captures.end(), listed))
        });
        assert_eq!(native, portable);
        if let Some((end, listed)) = native {
            // The rest of the line after the record may be anything.
            let exact = scalars(&padded[start..end], skips);
            assert_eq!(Some(listed), exact, "{}", String::from_utf8_lossy(line));
        }
        if exact.is_some() {
            for shapes in &mut shapes {
                shapes.learn(line);
            }
        }
        start += line.len() + 1;
    }
}

fn format_scalar(scalar: Scalar<'_>) -> String {
    match scalar {
        Scalar::String(text) => format!("{:?}", text.decode()),
        other => other.to_text().into_owned(),
    }
}

/// Returns the scalars of a valid object with nothing around it, and without repeated keys outside containers that are
/// skipped.
fn scalars(record: &[u8], skips: bool) -> Option<Vec<String>> {
    if record.first() != Some(&b'{') || record.last() != Some(&b'}') {
        return None;
    }
    let mut reader = Reader::new(record);
    let mut scalars = Vec::new();
    let mut keys: Vec<HashSet<String>> = Vec::new();
    let mut is_skipped = false;
    while let Some(event) = reader.next_event().ok()? {
        match event {
            Event::ObjectStart | Event::ArrayStart if is_skipped => {
                let depth = reader.depth();
                while reader.depth() >= depth {
                    reader.next_event().ok()??;
                }
            }
            Event::ObjectStart | Event::ArrayStart => keys.push(HashSet::new()),
            Event::ObjectEnd | Event::ArrayEnd => drop(keys.pop()),
            Event::Key(key) => {
                let key = key.decode().into_owned();
                is_skipped = skips && key == "s";
                if !keys.last_mut()?.insert(key) {
                    return None;
                }
                continue;
            }
            Event::Scalar(scalar) => scalars.push(format_scalar(scalar)),
        }
        is_skipped = false;
    }
    Some(scalars)
}
