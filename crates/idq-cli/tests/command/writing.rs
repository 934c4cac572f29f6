//! Outputs that the reader closes early or that cannot be written.

use std::io::{BufRead, BufReader};

use crate::{Idq, folder, idq, large};

#[test]
fn output_to_a_closed_pipe_succeeds() {
    let folder = folder();
    let dump = large(&folder, 2_000);
    let dump = dump.to_str().unwrap();
    for words in [
        &["query", dump, "--all", "-o", "ndjson"][..],
        &["query", dump, "--all", "-o", "csv"],
        &["query", dump, "--all", "-o", "json"],
        &["query", dump, "--all", "-o", "table"],
        &["query", dump, "--per-page", "2000"],
        #[cfg(feature = "export")]
        &["export", dump, "--format", "ndjson", "-o", "-"],
        #[cfg(feature = "export")]
        &["export", dump, "--format", "csv", "-o", "-"],
        #[cfg(feature = "export")]
        &["export", dump, "--format", "arrow", "-o", "-"],
        #[cfg(feature = "export")]
        &["export", dump, "--format", "parquet", "-o", "-"],
        &[
            "generate",
            "--api",
            "provisionr",
            "--rows",
            "2000",
            "--shape",
            "ndjson",
        ],
    ] {
        let mut child = Idq::new(words).into_command().spawn().unwrap();
        let mut pipe = BufReader::with_capacity(100, child.stdout.take().unwrap());
        assert!(!pipe.fill_buf().unwrap().is_empty());
        drop(pipe);
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{words:?}: {stderr}");
        assert_eq!(stderr, "", "{words:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn output_to_a_full_device_is_an_error() {
    for line in [
        "query provisionr.json",
        "query provisionr.json --all",
        "query provisionr.json --all -o ndjson",
        "query provisionr.json --all -o csv",
        "query provisionr.json --all -o table",
        #[cfg(feature = "export")]
        "export provisionr.json --format ndjson -o -",
        #[cfg(feature = "export")]
        "export provisionr.json --format csv -o -",
        #[cfg(feature = "export")]
        "export provisionr.json --format arrow -o -",
        #[cfg(feature = "export")]
        "export provisionr.json --format parquet -o -",
        "count provisionr.json",
        "get provisionr.json --id dridt_01fm25z9m1sz9m5c7ybneym61e",
        "info provisionr.json",
        "info provisionr.json -o json",
        "fields",
        "fields -o json",
        "generate --api provisionr",
        "completions bash",
        "man --raw",
        "help query",
        "examples",
    ] {
        let ran = Idq::new(line.split(' ')).output_to("/dev/full").run();
        insta::allow_duplicates! {
            insta::assert_snapshot!(ran.failure(), @"
            error: cannot write to standard output: No space left on device (os error 28)
            exit status 3
            ");
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn generate_to_a_file_that_cannot_be_written_names_it() {
    let messages: String = [
        "generate --api provisionr -o /no/such/folder/dump.json",
        "generate --api provisionr -o /dev/full",
        "generate --api provisionr -o .",
        "count damaged.ndjson --on-bad-record skip --rejects /dev/full",
    ]
    .into_iter()
    .map(|line| idq(line).failure())
    .collect();
    insta::assert_snapshot!(messages, @"
    error: cannot write /no/such/folder/dump.json: No such file or directory (os error 2)
    exit status 3
    error: cannot write /dev/full: No space left on device (os error 28)
    exit status 3
    error: cannot write .: Is a directory (os error 21)
    exit status 3
    error: cannot write /dev/full: No space left on device (os error 28)
    exit status 3
    ");
}
