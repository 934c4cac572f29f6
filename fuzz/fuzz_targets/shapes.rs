//! A record of a familiar shape is accepted only where the exact reader accepts it, and comes to the same.
//!
//! The lines of the input are records: each is read by the shapes of those before it, and then learned if it is valid.
#![no_main]

use idq_json::{Event, Reader, Scalar};
use idq_shape::{Instructions, Kinds, Passed, Roles, Shapes, Use, Value};
use libfuzzer_sys::fuzz_target;
use std::collections::HashSet;

struct Everything;

impl Roles for Everything {
    type Role = ();

    fn root(&self) {}

    fn key(&mut self, (): (), _: &str) {}

    fn element(&mut self, (): ()) {}

    fn scalar(&self, (): ()) -> Use {
        Use {
            slot: Some(0),
            tag: Some(0),
            kinds: Kinds::ANY,
        }
    }

    fn passed(&self, (): ()) -> Passed {
        Passed::default()
    }

    fn empty(&self, (): ()) -> Option<u32> {
        None
    }
}

fuzz_target!(|bytes: &[u8]| {
    let padded = [bytes, &[b'\n'; 256]].concat();
    let mut shapes = [Instructions::Widest, Instructions::Portable]
        .map(|instructions| Shapes::new(Everything, instructions));
    let mut start = 0;
    for line in bytes.split(|&byte| byte == b'\n') {
        let exact = scalars(line);
        let [widest, portable] = shapes.each_mut().map(|shapes| {
            let (record, _) = shapes.read(&padded, start)?;
            let listed: Vec<String> = record.listed().map(|(_, value)| shown(value)).collect();
            Some((record.end(), listed))
        });
        assert_eq!(widest, portable);
        if let Some((end, listed)) = widest {
            // What stands behind the record on its line is nobody's business here.
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

fn shown(value: Value<'_>) -> String {
    match value {
        Value::Missing | Value::Null => "null".to_owned(),
        Value::Boolean(boolean) => boolean.to_string(),
        Value::Number(spelling) => spelling.to_owned(),
        Value::String(text) => format!("{:?}", text.decode()),
    }
}

/// The scalars of a valid object without repeated keys and with nothing around it.
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
            Event::Scalar(Scalar::String(text)) => scalars.push(format!("{:?}", text.decode())),
            Event::Scalar(Scalar::Number(spelling)) => scalars.push(spelling.to_owned()),
            Event::Scalar(Scalar::Boolean(boolean)) => scalars.push(boolean.to_string()),
            Event::Scalar(Scalar::Null) => scalars.push("null".to_owned()),
        }
    }
    Some(scalars)
}
