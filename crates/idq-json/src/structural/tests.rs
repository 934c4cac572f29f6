//! Tests of the index against a loop over bytes.

use proptest::prelude::*;

use super::block::{BlockMasks, Classify, Portable};
use super::*;

/// Returns the entries of a text that starts outside strings, byte by byte.
fn naive_entries(text: &[u8]) -> Vec<u32> {
    let mut is_entry = vec![false; text.len()];
    let mut at = 0;
    for chunk in text.utf8_chunks() {
        at += chunk.valid().len();
        if !chunk.invalid().is_empty() {
            is_entry[at] = true;
        }
        at += chunk.invalid().len();
    }
    let (mut in_string, mut is_escaped, mut checked) = (false, false, 0);
    for (at, &byte) in text.iter().enumerate() {
        let starts_escape = byte == b'\\' && !is_escaped;
        if starts_escape && at >= checked {
            match crate::scan::escape_end(text, at) {
                Ok(end) => checked = end,
                Err(_) => is_entry[at] = true,
            }
        }
        match byte {
            b'"' if !is_escaped => {
                in_string = !in_string;
                if !in_string && at + 1 < text.len() {
                    is_entry[at + 1] = true;
                }
            }
            _ if in_string => is_entry[at] |= byte < 0x20,
            b'{' | b'}' | b'[' | b']' | b',' | b':' => is_entry[at] = true,
            _ => {}
        }
        is_escaped = starts_escape;
    }
    let entries = (0..text.len()).filter(|&at| is_entry[at]);
    entries.map(|at| at as u32).collect()
}

/// Returns all entries of a text from an offset.
fn entries(instructions: Instructions, text: &[u8], start: usize) -> Vec<u32> {
    let mut index = StructuralIndex::new(instructions);
    let mut entries = index.seek(text, start).unwrap().to_vec();
    while let Some(more) = index.extend(text, usize::MAX) {
        entries = more.to_vec();
    }
    entries
}

/// Returns the masks of a block, byte by byte.
fn naive_masks(block: &[u8; BLOCK_BYTES]) -> BlockMasks {
    let mask = |test: fn(u8) -> bool| {
        let bits = block.iter().enumerate();
        bits.fold(0, |mask, (index, &byte)| {
            mask | u64::from(test(byte)) << index
        })
    };
    BlockMasks {
        quotes: mask(|byte| byte == b'"'),
        backslashes: mask(|byte| byte == b'\\'),
        structural: mask(|byte| b"{}[],:".contains(&byte)),
        controls: mask(|byte| byte < 0x20),
        non_ascii: mask(|byte| byte >= 0x80),
    }
}

/// Compares the masks of an implementation with those of a loop, for every byte.
fn check_masks(classify: impl Classify) {
    for byte in 0..=u8::MAX {
        for filler in [b'a', b'"', b'\\', b' ', 0, 0x7F, 0x80, 0xFF, b'{'] {
            let mut block = [filler; BLOCK_BYTES];
            block[usize::from(byte) % BLOCK_BYTES] = byte;
            block[(usize::from(byte) + 1) % BLOCK_BYTES] = byte ^ 1;
            let (found, expected) = (classify.masks(&block), naive_masks(&block));
            assert_eq!(found, expected, "{byte:#x} among {filler:#x}");
        }
    }
    for mask in [
        0,
        1,
        u64::MAX,
        1 << 63,
        0x8000_0000_0000_0001,
        0x1234_5678_9ABC_DEF0,
    ] {
        let parities = (0..64).map(|bit| u64::from((mask << (63 - bit)).count_ones() % 2) << bit);
        assert_eq!(classify.prefix_xor(mask), parities.sum::<u64>());
    }
}

#[test]
fn portable_masks_for_every_byte_agree_with_a_byte_loop() {
    check_masks(Portable);
}

#[cfg(target_arch = "x86_64")]
#[test]
fn avx2_masks_for_every_byte_agree_with_a_byte_loop() {
    if let Some(avx2) = avx2::Avx2::detect() {
        check_masks(avx2);
    }
}

#[test]
fn strings_have_an_entry_after_them_and_one_at_each_fault() {
    for (text, expected) in [
        (&b"\"a\",1"[..], &[3][..]),
        (b"\"a\" ,1", &[3, 4]),
        (b"\"a\"\"b\",", &[3, 6]),
        (b"\"a\"x,", &[3, 4]),
        (b"\"{[,:\"", &[]),
        (b"\"a\nb\",", &[2, 5]),
        (b"\"a\\xb\",", &[2, 6]),
        (b"\"\\ud83d\\ude00\",", &[14]),
        (b"\"\\ude00\",", &[1, 8]),
        (b"\"\xC3\xA9\",", &[4]),
        (b"\"\xC3\",", &[1, 3]),
        (b"\"\\\"\\\\\",", &[6]),
        (b"nullx 1,", &[7]),
    ] {
        for instructions in [Instructions::Native, Instructions::Portable] {
            assert_eq!(
                entries(instructions, text, 0),
                expected,
                "{}",
                text.escape_ascii()
            );
        }
    }
}

#[test]
fn seek_after_a_stray_quote_starts_a_new_index() {
    let text = b"{\"a\":\" }\n{\"b\":1}\n{\"c\":2}";
    let mut index = StructuralIndex::new(Instructions::Native);
    assert_eq!(index.seek(text, 0).unwrap(), [0, 4, 8, 11, 16, 19]);
    assert_eq!(index.seek(text, 9).unwrap(), [9, 13, 15, 17, 21, 23]);
    assert_eq!(index.seek(text, 17).unwrap(), [17, 21, 23]);
    // An earlier record than the last one.
    assert_eq!(index.seek(text, 9).unwrap().len(), 6);
}

/// Parts of texts in which strings, escapes and characters cross the ends of blocks.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let pieces: Vec<&[u8]> = vec![
        b"\"",
        b"\\",
        b"\\\\",
        b"\\\"",
        b"\\u00eb",
        b"\\ud83d\\ude00",
        b"\\ud83d",
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b":",
        b" ",
        b"\n",
        b"null",
        b"12",
        b"abcdefghijklmnopqrstuvwxyz",
        "é€😀".as_bytes(),
        b"\xC3",
        b"\x80",
        b"\0",
        b"\x0C",
        b"                                                              ",
    ];
    prop::sample::select(pieces).prop_map(<[u8]>::to_vec)
}

proptest! {
    #[test]
    fn index_of_any_text_agrees_with_a_byte_loop(pieces in prop::collection::vec(piece(), 0..200)) {
        let text = pieces.concat();
        let expected = naive_entries(&text);
        for instructions in [Instructions::Native, Instructions::Portable] {
            prop_assert_eq!(&entries(instructions, &text, 0), &expected);
        }
    }

    #[test]
    fn index_at_any_bracket_is_that_of_the_rest(pieces in prop::collection::vec(piece(), 0..300), skip in 0..100_usize) {
        let text = pieces.concat();
        let mut index = StructuralIndex::new(Instructions::Native);
        let brackets: Vec<usize> = (0..text.len()).filter(|&at| text[at] == b'{').skip(skip % 7).step_by(1 + skip % 3).collect();
        for start in brackets {
            let found = index.seek(&text, start).unwrap().to_vec();
            let fresh = entries(Instructions::Portable, &text, start);
            prop_assert_eq!(&found[..], &fresh[..found.len()]);
            prop_assert!(found.first() == Some(&(start as u32)));
            // Passed entries change no result, at the same start or at a later one.
            index.advance(skip % 5);
            if skip % 2 == 0 {
                prop_assert_eq!(index.seek(&text, start).unwrap().first(), Some(&(start as u32)));
            }
        }
    }
}
