//! Damaged, truncated and forged snapshot files: damage is an error, and sound parts are unchanged.

use idq_snapshot::snapshot_file::reseal;
use idq_snapshot::{LoadErrorKind, RowId, Snapshot, verify_file};
use idq_testing::Generator;
use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::{Rng, SeedableRng};

use crate::{Packed, dump, lines, load, opened};

fn file(generator: Generator) -> Vec<u8> {
    Packed::of(&load(&dump(generator, 120))).bytes()
}

/// Returns a random number below a limit.
fn below(random: &mut Pcg64Mcg, limit: usize) -> usize {
    (random.next_u64() % limit as u64) as usize
}

/// Reads everything that queries read.
fn read_all(snapshot: &Snapshot) -> Option<Vec<u8>> {
    for field in snapshot.api().queried_fields() {
        snapshot.columns(&[field]).ok()?;
        snapshot.ranks(field).ok()?;
    }
    lines(snapshot).ok()
}

#[test]
fn flipped_bit_anywhere_is_detected() {
    let mut random = Pcg64Mcg::seed_from_u64(1);
    for &generator in Generator::ALL {
        let sound = file(generator);
        let expected = dump(generator, 120);
        verify_file(&opened(sound.clone()).unwrap()).unwrap();
        // The start, the end, the surroundings of the footer's start, and random positions.
        let magic = sound.len() - 6;
        let length = sound[magic - 4..magic].try_into().unwrap();
        let footer = magic - 4 - u32::from_le_bytes(length) as usize;
        let ends = (0..200).chain(sound.len() - 200..sound.len());
        let ends = ends.chain(footer - 16..footer + 16);
        let places: Vec<usize> = ends
            .chain((0..1_500).map(|_| below(&mut random, sound.len())))
            .collect();
        for at in places {
            let mut bytes = sound.clone();
            bytes[at] ^= 1 << below(&mut random, 8);
            let Ok(file) = opened(bytes) else { continue };
            assert!(verify_file(&file).is_err(), "byte {at}");
            // Parts that can be read despite the damage are unchanged.
            if let Ok(snapshot) = Snapshot::from_file(file)
                && let Some(lines) = read_all(&snapshot)
            {
                assert!(lines == expected, "byte {at}");
            }
        }
    }
}

#[test]
fn truncated_file_is_refused() {
    let sound = file(Generator::PROVISIONR);
    let mut random = Pcg64Mcg::seed_from_u64(2);
    let some = (0..300).map(|_| below(&mut random, sound.len()));
    for length in (0..64).chain(sound.len() - 64..sound.len()).chain(some) {
        let error = opened(sound[..length].to_vec()).unwrap_err();
        assert!(
            matches!(
                *error.kind,
                LoadErrorKind::Damaged(_) | LoadErrorKind::NotASnapshot
            ),
            "{error}"
        );
    }
}

/// Damage with recomputed checksums is a forgery. It may remain undetected, but must not cause a panic.
#[test]
fn forged_file_with_valid_checksums_causes_no_panic() {
    let mut random = Pcg64Mcg::seed_from_u64(3);
    for &generator in Generator::ALL {
        let sound = file(generator);
        for _ in 0..1_500 {
            let mut bytes = sound.clone();
            for _ in 0..=below(&mut random, 3) {
                let at = below(&mut random, bytes.len());
                bytes[at] = match below(&mut random, 3) {
                    0 => 0xFF,
                    1 => 0,
                    _ => random.next_u64() as u8,
                };
            }
            reseal(&mut bytes);
            let Ok(file) = opened(bytes) else { continue };
            let _ = verify_file(&file);
            if let Ok(snapshot) = Snapshot::from_file(file) {
                read_all(&snapshot);
            }
        }
    }
}

#[test]
fn resealed_file_without_changes_has_the_same_bytes() {
    let sound = file(Generator::PROVISIONR);
    let mut resealed = sound.clone();
    reseal(&mut resealed);
    assert!(resealed == sound);
}

#[test]
fn file_of_another_format_is_refused_with_its_number() {
    for (format, expected) in [
        (
            b'6',
            "people.idq: a snapshot file of format 6, but this version of idq reads format 5: use a newer idq",
        ),
        (
            b'4',
            "people.idq: a snapshot file of format 4, but this version of idq reads format 5: pack it again from its dumps: `idq pack SOURCES -o FILE`",
        ),
        (
            b'1',
            "people.idq: a snapshot file of format 1, but this version of idq reads format 5: pack it again from its dumps: `idq pack SOURCES -o FILE`",
        ),
    ] {
        let bytes = of_format(file(Generator::PROVISIONR), format);
        assert_eq!(opened(bytes).unwrap_err().to_string(), expected);
    }
}

fn of_format(mut bytes: Vec<u8>, format: u8) -> Vec<u8> {
    // The length of the value precedes it.
    let value = [&1u32.to_le_bytes()[..], b"5\0\0\0"].concat();
    let key = b"idq:format\0";
    let keys: Vec<usize> = (0..bytes.len() - key.len())
        .filter(|&at| bytes.starts_with_at(at, key))
        .collect();
    for at in keys {
        let near = at.saturating_sub(120)..(at + 120).min(bytes.len() - value.len());
        if let Some(at) = near
            .into_iter()
            .find(|&at| bytes.starts_with_at(at, &value))
        {
            bytes[at + 4] = format;
        }
    }
    reseal(&mut bytes);
    bytes
}

trait StartsWithAt {
    fn starts_with_at(&self, at: usize, text: &[u8]) -> bool;
}

impl StartsWithAt for Vec<u8> {
    fn starts_with_at(&self, at: usize, text: &[u8]) -> bool {
        self[at..].starts_with(text)
    }
}

#[test]
fn file_of_another_type_is_refused() {
    for bytes in [&b""[..], b"ARROW", b"{}", b"PK\x03\x04"] {
        let error = opened(bytes.to_vec()).unwrap_err();
        assert!(
            matches!(*error.kind, LoadErrorKind::NotASnapshot),
            "{error}"
        );
    }
    let error = opened(b"ARROW1\0\0ARROW1".to_vec()).unwrap_err();
    assert!(matches!(*error.kind, LoadErrorKind::Damaged(_)), "{error}");
}

#[test]
fn sound_parts_of_a_damaged_file_are_readable() {
    let mut bytes = file(Generator::PROVISIONR);
    // The records are at the end of each batch: the last byte before the end mark is padding or one of theirs.
    let snapshot = Snapshot::from_file(opened(bytes.clone()).unwrap()).unwrap();
    let mut reader = snapshot.reader();
    let last = RowId(snapshot.all_rows() as u32 - 1);
    let frame = snapshot.record(last, &mut reader).unwrap().len();
    assert!(frame > 0);
    let footer = bytes.len() - 10;
    let length = i32::from_le_bytes(bytes[footer..footer + 4].try_into().unwrap()) as usize;
    let end = footer - length - 8;
    for byte in &mut bytes[end - 200..end - 64] {
        *byte ^= 0x10;
    }
    let file = opened(bytes).unwrap();
    let snapshot = Snapshot::from_file(file).unwrap();
    let fields = snapshot.api().queried_fields();
    snapshot.columns(&fields).unwrap();
    let mut reader = snapshot.reader();
    snapshot.record(RowId(0), &mut reader).unwrap();
    let error = snapshot.record(last, &mut reader).unwrap_err();
    assert!(matches!(*error.kind, LoadErrorKind::Damaged(_)), "{error}");
}
