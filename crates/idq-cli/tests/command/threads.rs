//! The number of threads.

use crate::{Idq, folder, large};

#[test]
fn output_on_any_number_of_threads_has_the_same_bytes() {
    let folder = folder();
    // More than one block for each thread.
    let dump = large(&folder, 14_000);
    let dump = dump.to_str().unwrap();
    let mut damaged = std::fs::read(dump).unwrap();
    damaged.truncate(damaged.len() - 10);
    std::fs::write(folder.path().join("damaged.ndjson"), damaged).unwrap();
    for line in [
        "query DUMP --all -o ndjson -s -email -f state=active",
        "query DUMP --all -o csv -f profile_search=engineer --columns id,email",
        "query DUMP -p 7 -s user_full-name",
        "count DUMP -f trashed=only",
        "info DUMP",
        "info DUMP DUMP -o json --dedupe",
        "count damaged.ndjson",
        "count damaged.ndjson --on-bad-record skip",
    ] {
        let ran = |threads: &str| {
            let words = line
                .split(' ')
                .map(|word| if word == "DUMP" { dump } else { word });
            let ran = Idq::new(words)
                .args(["--threads", threads])
                .within(&folder)
                .run();
            (ran.messages(), ran.stdout, ran.status)
        };
        let (one, eight) = (ran("1"), ran("8"));
        assert!(one == eight, "{line}: {} {}", one.0, eight.0);
    }
}

#[test]
fn threads_beyond_the_maximum_are_refused() {
    for line in [
        "count provisionr.json",
        "query provisionr.json",
        "get provisionr.json --id x",
        "info provisionr.json",
        "export provisionr.json -o out.csv",
        "pack provisionr.json -o out.idq",
        "verify out.idq",
        "generate --api provisionr",
    ] {
        for threads in ["0", "1025", "5000", "65536", "-1"] {
            let ran = Idq::new(line.split(' '))
                .args([&format!("--threads={threads}")])
                .run();
            assert!(
                ran.failure().contains("1..=1024"),
                "{line} {threads}: {}",
                ran.stderr
            );
            assert_eq!(ran.status, 2, "{line} {threads}");
        }
    }
}

/// The shell limits the address space, which does not suffice for a thousand stacks.
#[cfg(target_os = "linux")]
#[test]
fn threads_that_cannot_be_started_are_an_error() {
    let idq = env!("CARGO_BIN_EXE_idq");
    for command in [
        "count provisionr.json",
        "info provisionr.json",
        "generate --api provisionr",
    ] {
        let line = format!("ulimit -v 1000000; exec {idq} {command} --threads 1024");
        let output = std::process::Command::new("sh")
            .args(["-c", &line])
            .current_dir(crate::fixtures())
            .output()
            .unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(3), "{command}: {stderr}");
        assert!(
            stderr.starts_with("error: cannot start threads: "),
            "{command}: {stderr}"
        );
    }
}
