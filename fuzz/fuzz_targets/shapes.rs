//! Compares the record shapes with the JSON reader: a record that matches must be valid, and have the same scalars.
//!
//! The lines of the input are records. Each is matched against the shapes of the lines before it, and learned if it is
//! valid.
#![no_main]

use idq_json::{Event, Reader, Scalar};
use idq_shape::{Capture, FieldResolver, KeyInfo, ScalarKinds, Shapes, SimdLevel, Tagged};
use libfuzzer_sys::fuzz_target;
use std::collections::HashSet;

/// Tags every scalar.
struct AllScalars;

impl FieldResolver for AllScalars {
    type FieldId = ();

    fn resolve_root(&self) {}

    fn resolve_key(&mut self, (): (), _: &str) {}

    fn resolve_element(&mut self, (): ()) {}

    fn resolve_scalar(&self, (): ()) -> Capture {
        Capture {
            slot: Some(0),
            tag: Some(0),
            kinds: ScalarKinds::ANY,
        }
    }

    fn resolve_presence(&self, (): ()) -> KeyInfo {
        KeyInfo::default()
    }

    fn resolve_empty(&self, (): ()) -> Option<u32> {
        None
    }

    fn resolve_element_start(&self, (): ()) -> Option<u32> {
        None
    }
}

fuzz_target!(|bytes: &[u8]| {
    let padded = [bytes, &[b'\n'; 256]].concat();
    let mut shapes = [SimdLevel::Native, SimdLevel::Portable]
        .map(|simd_level| Shapes::new(AllScalars, simd_level));
    let mut start = 0;
    for line in bytes.split(|&byte| byte == b'\n') {
        let exact = scalars(line);
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
            let exact = scalars(&padded[start..end]);
            assert_eq!(Some(listed), exact, "{}", String::from_utf8_lossy(line));
        }
        if exact.is_some() {
            for shapes in &mut shapes {
                shapes.learn(line);
            }
        }
        start += line.len() + 1;
    }
});

fn format_scalar(scalar: Scalar<'_>) -> String {
    match scalar {
        Scalar::String(text) => format!("{:?}", text.decode()),
        other => other.to_text().into_owned(),
    }
}

/// Returns the scalars of a valid object without repeated keys and with nothing around it.
fn scalars(record: &[u8]) -> Option<Vec<String>> {
    if record.first() != Some(&b'{') || record.last() != Some(&b'}') {
        return None;
    }
    let mut reader = Reader::new(record);
    let mut scalars = Vec::new();
    let mut keys: Vec<HashSet<String>> = Vec::new();
    while let Some(event) = reader.next_event().ok()? {
        match event {
            Event::ObjectStart | Event::ArrayStart => keys.push(HashSet::new()),
            Event::ObjectEnd | Event::ArrayEnd => drop(keys.pop()),
            Event::Key(key) => {
                if !keys.last_mut()?.insert(key.decode().into_owned()) {
                    return None;
                }
            }
            Event::Scalar(scalar) => scalars.push(format_scalar(scalar)),
        }
    }
    Some(scalars)
}
