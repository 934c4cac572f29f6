//! `idq unpack`.

use std::io::{BufRead, BufReader};

use crate::{Idq, folder, idq, large, pack};

#[test]
fn unpack_prints_records_bytes_and_time() {
    let folder = folder();
    let packed = pack(folder.path(), &["provisionr.json"]);
    insta::assert_snapshot!(idq(&format!("unpack {packed}")).messages(), @"unpacked 60 records (107.03 kB) in [time]");
    let out = folder.path().join("out.ndjson");
    let ran = Idq::new(["unpack", &packed, "-o"]).args([&out]).run();
    insta::assert_snapshot!(ran.messages(), @"unpacked 60 records (107.03 kB) in [time]");
    assert_eq!(out.metadata().unwrap().len(), 107_026);
    for more in [&[][..], &["-o", out.to_str().unwrap()]] {
        let ran = Idq::new(["unpack", &packed, "--quiet"]).args(more);
        assert_eq!(ran.succeeds().stderr, "");
    }
}

#[test]
fn unpack_to_a_dash_is_standard_output_and_to_a_snapshot_file_is_refused() {
    let folder = folder();
    let packed = pack(folder.path(), &["provisionr.json"]);
    let line = format!("unpack {packed} -o -");
    let ran = Idq::new(line.split(' ')).within(&folder).succeeds();
    assert_eq!(ran.text().len(), 107_026);
    assert!(!folder.path().join("-").exists());
    let other = folder.path().join("other.idq");
    std::fs::copy(&packed, &other).unwrap();
    let line = format!("unpack {packed} -o other.idq");
    insta::assert_snapshot!(Idq::new(line.split(' ')).within(&folder).run().failure(), @"
    error: -o other.idq: expected a file of records, found the name of a snapshot file, which `idq pack` writes
    exit status 2
    ");
    assert!(std::fs::read(&packed).unwrap() == std::fs::read(&other).unwrap());
}

#[test]
fn unpack_to_a_closed_pipe_succeeds() {
    let folder = folder();
    let dump = large(&folder, 2_000);
    let packed = pack(folder.path(), &[dump.to_str().unwrap()]);
    let mut child = Idq::new(["unpack", &packed])
        .into_command()
        .spawn()
        .unwrap();
    let mut pipe = BufReader::with_capacity(100, child.stdout.take().unwrap());
    assert!(!pipe.fill_buf().unwrap().is_empty());
    drop(pipe);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!(output.stderr, b"");
}

#[cfg(target_os = "linux")]
#[test]
fn unpack_to_an_output_that_cannot_be_written_names_it() {
    let folder = folder();
    let packed = pack(folder.path(), &["provisionr.json"]);
    let to_file = idq(&format!("unpack {packed} -o /dev/full")).failure();
    let printed = Idq::new(["unpack", &packed]).output_to("/dev/full").run();
    insta::assert_snapshot!(to_file + &printed.failure(), @"
    error: cannot write /dev/full: No space left on device (os error 28)
    exit status 3
    error: cannot write to standard output: No space left on device (os error 28)
    exit status 3
    ");
}
