//! Equal options give equal bytes.

use std::io;

use idq_generate::{Generator, Options, Shape, record, write, write_with_progress};

use crate::{SHAPES, dump};

/// Returns the FNV-1a hash, which is short to implement and the same on every machine.
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Fixtures and benchmark figures depend on these bytes: a change of the generator changes all of them.
#[test]
fn dumps_of_a_seed_have_fixed_bytes() {
    let mut pinned = String::new();
    for &generator in Generator::ALL {
        for shape in SHAPES {
            let bytes = dump(Options::new(generator).rows(2000).seed(42).shape(shape));
            let hash = hash(&bytes);
            pinned.push_str(&format!(
                "{generator:?} {shape:?}: {} bytes, {hash:016x}\n",
                bytes.len()
            ));
        }
    }
    insta::assert_snapshot!(pinned);
}

#[test]
fn first_records_of_a_seed_are_fixed() {
    for &generator in Generator::ALL {
        let bytes = dump(
            Options::new(generator)
                .rows(4)
                .seed(42)
                .shape(Shape::Ndjson),
        );
        insta::assert_snapshot!(format!("{generator:?}"), String::from_utf8(bytes).unwrap());
    }
}

#[test]
fn dump_on_any_number_of_threads_has_the_same_bytes() {
    for &generator in Generator::ALL {
        for shape in SHAPES {
            // A whole number neither of pages nor of blocks, and more blocks than one batch has.
            let options = Options::new(generator).rows(6007).seed(9).shape(shape);
            let of_threads = |threads| {
                let pool = rayon::ThreadPoolBuilder::new()
                    .num_threads(threads)
                    .build()
                    .unwrap();
                pool.install(|| dump(options))
            };
            let expected = of_threads(1);
            for threads in [2, 3, 8] {
                assert!(
                    of_threads(threads) == expected,
                    "{generator:?} {shape:?} on {threads} threads"
                );
            }
        }
    }
}

#[test]
fn dumps_of_different_seeds_differ() {
    for &generator in Generator::ALL {
        let of_seed = |seed| dump(Options::new(generator).rows(10).seed(seed));
        assert_ne!(of_seed(1), of_seed(2));
        assert_ne!(of_seed(0), of_seed(u64::MAX));
    }
}

#[test]
fn dump_with_fewer_rows_is_a_prefix_of_a_longer_one() {
    for &generator in Generator::ALL {
        let of_rows = |rows| {
            dump(
                Options::new(generator)
                    .rows(rows)
                    .seed(3)
                    .shape(Shape::Ndjson),
            )
        };
        assert!(of_rows(2000).starts_with(&of_rows(700)));
    }
}

#[test]
fn dumps_of_all_shapes_have_the_same_records() {
    for &generator in Generator::ALL {
        let mut expected = Vec::new();
        for row in 0..40 {
            if row > 0 {
                expected.push(b',');
            }
            record(generator, 5, row, &mut expected);
        }
        let options = Options::new(generator).rows(40).seed(5);
        assert_eq!(dump(options), [b"[", &expected[..], b"]\n"].concat());
        let lines = dump(options.shape(Shape::Ndjson));
        assert!(
            lines
                .split(|byte| *byte == b'\n')
                .take(40)
                .eq(records(generator, 40))
        );
        let page = dump(options.shape(Shape::Pages));
        let first_ten = records(generator, 10).join(&b","[..]);
        assert!(
            page.windows(first_ten.len())
                .any(|window| window == first_ten)
        );
    }
}

fn records(generator: Generator, rows: u64) -> Vec<Vec<u8>> {
    let of_row = |row| {
        let mut bytes = Vec::new();
        record(generator, 5, row, &mut bytes);
        bytes
    };
    (0..rows).map(of_row).collect()
}

#[test]
fn record_of_the_last_possible_row_is_valid() {
    for &generator in Generator::ALL {
        let mut bytes = Vec::new();
        record(generator, u64::MAX, u64::MAX, &mut bytes);
        assert!(
            serde_json::from_slice::<serde_json::Value>(&bytes)
                .unwrap()
                .is_object()
        );
    }
}

#[test]
fn progress_rises_to_the_number_of_rows() {
    for (rows, shape) in [
        (0, Shape::Array),
        (1, Shape::Ndjson),
        (20_000, Shape::Pages),
    ] {
        let mut seen = Vec::new();
        let options = Options::new(Generator::PERMISSION_ASSIST)
            .rows(rows)
            .shape(shape);
        write_with_progress(&options, &mut io::sink(), |done| seen.push(done)).unwrap();
        assert!(seen.is_sorted() && seen.last() == Some(&rows), "{seen:?}");
    }
}

#[test]
fn dump_to_a_failing_writer_returns_its_error() {
    struct Full(usize);

    impl io::Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 = self
                .0
                .checked_sub(bytes.len())
                .ok_or(io::ErrorKind::StorageFull)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    let options = Options::default().rows(u64::MAX);
    let error = write(&options, &mut Full(5_000_000)).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
}
