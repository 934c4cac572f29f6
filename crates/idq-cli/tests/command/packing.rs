//! `idq pack`, `idq verify`, and failures that must keep the existing file.

use std::path::Path;

use crate::{Idq, fixtures, folder, folder_with, idq, large, pack, read_fixture, record};

#[test]
fn commands_on_a_snapshot_file_print_the_output_of_the_dump() {
    let folder = folder();
    for (dump, lines) in [
        (
            "provisionr.json",
            &[
                "query SOURCE -f state=active -s -created_at",
                "query SOURCE -s user_full-name -p 2 -o ndjson",
                "query SOURCE --all -o csv -f profile_search=engineer",
                "query SOURCE --columns id,email,profile.department -o table",
                "query SOURCE -f state=aktive",
                "count SOURCE -f trashed=with",
                "get SOURCE --id dridt_01fm25z9m1sz9m5c7ybneym61e",
                "get SOURCE --id nobody",
            ][..],
        ),
        (
            "permission-assist.ndjson.gz",
            &[
                "query SOURCE",
                "query SOURCE -s -office,firstName --all -o ndjson",
                "count SOURCE -f status=Active",
                "count SOURCE -f emailAddress_search=northwind",
            ][..],
        ),
    ] {
        let packed = pack(folder.path(), &[dump]);
        for line in lines {
            let ran = |source: &str| {
                let words = line
                    .split(' ')
                    .map(|word| if word == "SOURCE" { source } else { word });
                Idq::new(words).run()
            };
            let (from_dump, from_file) = (ran(dump), ran(&packed));
            assert_eq!(from_dump.status, from_file.status, "{line}");
            assert!(from_dump.stdout == from_file.stdout, "{line}");
            let hints = |messages: String| -> Vec<String> {
                let lines = messages.lines().filter(|line| line.starts_with("hint"));
                lines.map(str::to_owned).collect()
            };
            assert_eq!(
                hints(from_dump.messages()),
                hints(from_file.messages()),
                "{line}"
            );
        }
    }
}

#[test]
fn unpack_writes_the_bytes_of_the_dump() {
    let folder = folder();
    let dump = large(&folder, 3_000);
    let packed = pack(folder.path(), &[dump.to_str().unwrap()]);
    let expected = std::fs::read(&dump).unwrap();
    assert!(idq(&format!("unpack {packed}")).stdout == expected);
    let out = folder.path().join("out.ndjson");
    Idq::new(["unpack", &packed, "-o"]).args([&out]).succeeds();
    assert!(std::fs::read(&out).unwrap() == expected);
}

#[test]
fn pack_with_any_bound_on_memory_writes_the_same_bytes() {
    let folder = folder();
    let packed = |name: &str, memory: &str| {
        let path = folder.path().join(name);
        Idq::new([
            "pack",
            "provisionr.ndjson.gz",
            "provisionr.json",
            "--memory",
            memory,
            "-o",
        ])
        .args([&path])
        .succeeds();
        std::fs::read(path).unwrap()
    };
    assert!(packed("one.idq", "150MB") == packed("other.idq", "8GiB"));
}

#[test]
fn pack_with_too_little_memory_is_refused_with_a_bound_that_suffices() {
    let folder = folder();
    let dump = large(&folder, 20_000);
    pack(folder.path(), &[dump.to_str().unwrap()]);
    let run = |line: &str| {
        let words = format!("pack {line} -o out.idq");
        Idq::new(words.split(' ')).within(&folder).run()
    };
    // The error of the malformed record is absent if the command is refused before the load.
    std::fs::write(folder.path().join("bad.ndjson"), "{\"id\":7}").unwrap();
    let messages: String = [
        "bad.ndjson --memory 1MB",
        "bad.ndjson people.idq --memory 128MiB",
        "bad.ndjson people.idq --memory 141MB",
        "large.ndjson --memory 137MB",
        "large.ndjson --memory 1.2.3GB",
        "large.ndjson --memory much",
    ]
    .into_iter()
    .map(|line| format!("idq pack {line}\n{}", run(line).failure()))
    .collect();
    insta::assert_snapshot!(messages, @"
    idq pack bad.ndjson --memory 1MB
    error: --memory: packing takes at least 137 MB, more than the bound of 1.00 MB: use --memory 137MB or more
    exit status 2
    idq pack bad.ndjson people.idq --memory 128MiB
    error: --memory: packing 20,000 records takes up to 141 MB, more than the bound of 134.22 MB: use --memory 141MB or more
    exit status 2
    idq pack bad.ndjson people.idq --memory 141MB
    error: bad.ndjson: record 1, line 1, byte 6, field id: expected a string (`--ids as-text` reads numbers), found the number 7
    exit status 3
    idq pack large.ndjson --memory 137MB
    error: --memory: packing 20,000 records takes up to 141 MB, more than the bound of 137.00 MB: use --memory 141MB or more
    exit status 2
    idq pack large.ndjson --memory 1.2.3GB
    error: invalid value '1.2.3GB' for '--memory <SIZE>': expected a number and a unit, such as 500MB or 2GiB

    For more information, try '--help'.
    exit status 2
    idq pack large.ndjson --memory much
    error: invalid value 'much' for '--memory <SIZE>': expected a number and a unit, such as 500MB or 2GiB

    For more information, try '--help'.
    exit status 2
    ");
    assert!(!folder.path().join("out.idq").exists());
    // The suggested bound suffices. The number of records is not known before the load if some may be dropped.
    assert_eq!(run("large.ndjson --memory 141MB").status, 0);
    assert_eq!(
        run("people.idq people.idq --dedupe --memory 300MB").status,
        0
    );
}

#[test]
fn pack_summary_has_the_times_of_the_load_and_in_all() {
    let folder = folder();
    let run = |line: &str| {
        Idq::new(line.split(' '))
            .args(["-o"])
            .args([folder.path().join("people.idq")])
            .run()
    };
    let ran = run("pack provisionr.json");
    let messages = ran.messages();
    let (packed, loaded) = messages.split_once("; ").unwrap();
    assert!(packed.starts_with("packed 60 records into "), "{messages}");
    insta::assert_snapshot!(loaded, @"loaded 60 records (107.03 kB) from 1 source in [time]; [time] in all");
    assert_eq!(run("pack provisionr.json --quiet").stderr, "");
}

#[test]
fn pack_to_the_extension_of_another_format_is_refused() {
    let folder = folder();
    let dump = fixtures().join("provisionr.json");
    let mut messages = String::new();
    for name in ["a.parquet", "a.csv", "a.json", "a.JSONL", "a.ndjson"] {
        let ran = Idq::new(["pack", "-o", name]).args([&dump]);
        messages += &ran.within(&folder).run().failure();
    }
    insta::assert_snapshot!(messages, @"
    error: -o a.parquet: a snapshot file is not a parquet file: use another name such as people.idq, or `idq export` to write records in other formats
    exit status 2
    error: -o a.csv: a snapshot file is not a csv file: use another name such as people.idq, or `idq export` to write records in other formats
    exit status 2
    error: -o a.json: a snapshot file is not a json file: use another name such as people.idq, or `idq export` to write records in other formats
    exit status 2
    error: -o a.JSONL: a snapshot file is not a JSONL file: use another name such as people.idq, or `idq export` to write records in other formats
    exit status 2
    error: -o a.ndjson: a snapshot file is not a ndjson file: use another name such as people.idq, or `idq export` to write records in other formats
    exit status 2
    ");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    // A snapshot file is an Arrow file.
    for name in ["a.arrow", "a", "people.idq"] {
        let ran = Idq::new(["pack", "-o", name]).args([&dump]);
        ran.within(&folder).succeeds();
    }
}

#[test]
fn pack_of_several_dumps_writes_one_file() {
    let folder = folder();
    let packed = pack(folder.path(), &["provisionr-pages", "provisionr.ndjson.gz"]);
    let ran = idq(&format!(
        "count {packed} -f email=adele.eze@omalley.example"
    ));
    insta::assert_snapshot!(ran.text(), @"4");
    let dumps = idq("count provisionr-pages provisionr.ndjson.gz --dedupe");
    let file = idq(&format!("count {packed} --dedupe"));
    assert_eq!(dumps.text(), file.text());
    // Among other sources, a snapshot file is read through its columns.
    let mixed = idq(&format!("count {packed} provisionr.json -f trashed=with"));
    assert_eq!(mixed.text(), "180\n");
}

#[test]
fn pack_treats_malformed_and_repeated_records_like_query() {
    let records = [
        record("a", "active", "2024-01-01T00:00:00Z"),
        "{\"id\":7}".to_owned(),
        record("a", "suspended", "2025-01-01T00:00:00Z"),
    ];
    let folder = folder_with(&[("dump.ndjson", records.join("\n"))]);
    let run = |line: &str| Idq::new(line.split(' ')).within(&folder).run();
    insta::assert_snapshot!(run("pack dump.ndjson -o a.idq").failure(), @"
    error: dump.ndjson: record 2, line 2, byte 113, field id: expected a string (`--ids as-text` reads numbers), found the number 7
    exit status 3
    ");
    let line = "pack dump.ndjson -o a.idq --on-bad-record skip --rejects bad.ndjson --dedupe";
    let ran = run(line);
    let messages = ran.messages();
    insta::assert_snapshot!(messages.split(" into ").next().unwrap(), @"
    note: skipped 1 record that could not be read: see bad.ndjson
    note: dropped 1 record: another record with the same id is as new or newer
    packed 1 record
    ");
    assert!(folder.path().join("bad.ndjson").exists());
    insta::assert_snapshot!(run("unpack a.idq").text(), @r#"{"id":"a","state":"suspended","vendor_id":"v","email":null,"timestamp":{"updated_at":"2025-01-01T00:00:00Z"}}"#);
    insta::assert_snapshot!(run("count a.idq").text(), @"1");
}

#[test]
fn info_of_a_snapshot_file_lists_its_dumps() {
    let folder = folder_with(&[("people.json", read_fixture("provisionr.json"))]);
    let run = |line: &str| Idq::new(line.split(' ')).within(&folder).succeeds();
    run("pack people.json -o people.idq");
    let info = run("info people.idq -o json");
    let info: serde_json::Value = serde_json::from_slice(&info.stdout).unwrap();
    assert_eq!(info["api"], "provisionr");
    assert_eq!(info["records"], 60);
    assert_eq!(info["packed"]["format"], 5);
    assert_eq!(info["packed"]["packed_by"], env!("CARGO_PKG_VERSION"));
    assert_eq!(info["sources"][0]["name"], "people.json");
    assert!(info["sources"][0]["modified"].is_string());
    let dump = run("info people.json -o json");
    let dump: serde_json::Value = serde_json::from_slice(&dump.stdout).unwrap();
    assert_eq!(info["states"], dump["states"]);
    let fields = dump["fields"].as_array().unwrap();
    for field in info["fields"].as_array().unwrap() {
        assert!(fields.contains(field), "{field}");
    }
    let text = run("info people.idq").stdout;
    let text = String::from_utf8(text).unwrap();
    assert!(text.contains("\nPacked by      idq "), "{text}");
}

#[test]
fn snapshot_file_that_is_damaged_or_absent_is_named_with_the_reason() {
    let folder = folder_with(&[("dump.json", read_fixture("provisionr.json"))]);
    let path = |name: &str| folder.path().join(name);
    let run = |line: &str| Idq::new(line.split(' ')).within(&folder).run();
    run("pack dump.json -o sound.idq");
    let sound = std::fs::read(path("sound.idq")).unwrap();
    let mut flipped = sound.clone();
    flipped[1_000] ^= 1;
    std::fs::write(path("flipped.idq"), flipped).unwrap();
    std::fs::write(path("cut.idq"), &sound[..sound.len() / 2]).unwrap();
    let messages: String = [
        "verify dump.json",
        "verify cut.idq",
        "verify flipped.idq",
        "verify missing.idq",
        "count cut.idq",
        "count sound.idq --api permission-assist",
        "unpack dump.json",
        "unpack missing.idq",
        "pack dump.json -o nowhere/people.idq",
        "pack dump.json -o .",
        "pack dump.json -o dump.json",
    ]
    .into_iter()
    .map(|line| format!("idq {line}\n{}", run(line).failure()))
    .collect();
    insta::assert_snapshot!(messages, @"
    idq verify dump.json
    error: dump.json: not a snapshot file that idq has packed
    exit status 3
    idq verify cut.idq
    error: cut.idq: the snapshot file is damaged (its end mark is missing: it is truncated or has grown): pack it again from its dumps
    exit status 3
    idq verify flipped.idq
    error: flipped.idq: the snapshot file is damaged (its head does not match its checksum): pack it again from its dumps
    exit status 3
    idq verify missing.idq
    error: missing.idq: No such file or directory (os error 2)
    exit status 3
    idq count cut.idq
    error: cut.idq: the snapshot file is damaged (its end mark is missing: it is truncated or has grown): pack it again from its dumps
    exit status 3
    idq count sound.idq --api permission-assist
    error: sound.idq: a snapshot file of provisionr records: name that API, or none
    exit status 3
    idq unpack dump.json
    error: dump.json: not a snapshot file that idq has packed
    exit status 3
    idq unpack missing.idq
    error: missing.idq: No such file or directory (os error 2)
    exit status 3
    idq pack dump.json -o nowhere/people.idq
    error: cannot write nowhere/people.idq: No such file or directory (os error 2)
    exit status 3
    idq pack dump.json -o .
    error: cannot write .: is a directory
    exit status 3
    idq pack dump.json -o dump.json
    error: -o: dump.json is one of the sources: name another file
    exit status 2
    ");
    let sound = run("verify sound.idq");
    insta::assert_snapshot!(sound.text().split(", ").next().unwrap(), @"sound.idq: sound: 60 records");
}

/// Returns the paths of unfinished files in a folder.
#[cfg(unix)]
fn unfinished_files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .filter(|path| {
            path.extension()
                .is_some_and(|ending| ending == "unfinished")
        })
        .collect()
}

/// Returns the length of the unfinished file in a folder, if there is one.
#[cfg(unix)]
fn unfinished_length(folder: &Path) -> Option<u64> {
    let files = unfinished_files(folder);
    // The file may be renamed between the listing and this call.
    let metadata = files.first()?.metadata().ok()?;
    Some(metadata.len())
}

/// Removes the unfinished files of killed processes.
#[cfg(unix)]
fn remove_unfinished(folder: &Path) {
    for path in unfinished_files(folder) {
        std::fs::remove_file(path).unwrap();
    }
}

/// Kills a pack at twenty states of its output: from the creation of the unfinished file to its full length.
#[test]
#[cfg(unix)]
fn pack_that_is_killed_leaves_the_old_file_or_the_new_one() {
    let folder = folder();
    let dump = large(&folder, 20_000);
    let path = folder.path().join("people.idq");
    std::fs::write(&path, "old").unwrap();
    let complete = folder.path().join("complete.idq");
    let pack = |path: &Path| {
        Idq::new(["pack", "--quiet", "-o"])
            .args([path])
            .args([&dump])
    };
    pack(&complete).succeeds();
    let length = std::fs::metadata(&complete).unwrap().len();
    let mut killed = 0;
    for part in 0..20 {
        let mut child = pack(&path).into_command().spawn().unwrap();
        // Loops until the state is reached, or until the process has ended before it was observed.
        while child.try_wait().unwrap().is_none()
            && unfinished_length(folder.path()).is_none_or(|written| written < length * part / 20)
        {
            std::thread::yield_now();
        }
        child.kill().unwrap();
        let status = child.wait().unwrap();
        killed += usize::from(!status.success());
        remove_unfinished(folder.path());
        // The process may have renamed the file and not have ended yet.
        if status.success() || std::fs::read(&path).unwrap() != b"old" {
            idq(&format!("verify {}", path.display())).text();
            std::fs::write(&path, "old").unwrap();
        }
    }
    assert!(killed > 0, "no pack was killed before its end");
}

/// The shell limits the length of files, and makes the limit an error instead of a signal.
#[test]
#[cfg(target_os = "linux")]
fn pack_beyond_the_file_size_limit_keeps_the_old_file() {
    let folder = folder();
    let dump = large(&folder, 3_000);
    let path = folder.path().join("people.idq");
    for kilobytes in [0, 1, 64, 1_000] {
        std::fs::write(&path, "").unwrap();
        let script =
            format!("trap '' XFSZ; ulimit -f {kilobytes}; exec \"$0\" pack \"$1\" -o \"$2\"");
        let output = std::process::Command::new("bash")
            .args(["-c", &script, env!("CARGO_BIN_EXE_idq")])
            .args([&dump, &path])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(3));
        let messages = String::from_utf8(output.stderr).unwrap();
        assert!(messages.starts_with("error: cannot write "), "{messages}");
        assert_eq!(std::fs::read(&path).unwrap(), b"");
        // Only the dump and the old file.
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}

/// Runs in a mount namespace with a file system of half a megabyte, if the system permits one.
#[test]
#[cfg(target_os = "linux")]
fn pack_on_a_full_file_system_keeps_the_old_file() {
    let folder = folder();
    let dump = large(&folder, 3_000);
    let small = folder.path().join("small");
    std::fs::create_dir(&small).unwrap();
    let inside = |script: &str| {
        std::process::Command::new("unshare")
            .args(["--mount", "--map-root-user", "sh", "-c", script])
            .args([Path::new(env!("CARGO_BIN_EXE_idq")), &dump, &small])
            .output()
    };
    let mount = "mount -t tmpfs -o size=512k tmpfs \"$2\" && cd \"$2\"";
    if !inside(mount).is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: the system permits no mount");
        return;
    }
    let script = format!(
        "{mount} && echo old > people.idq && \"$0\" pack \"$1\" -o people.idq; echo $?; cat people.idq; ls -A"
    );
    let output = inside(&script).unwrap();
    let messages = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        messages,
        "error: cannot write people.idq: No space left on device (os error 28)\n"
    );
    let left = String::from_utf8(output.stdout).unwrap();
    assert_eq!(left, "3\nold\npeople.idq\n");
}

#[test]
fn unpack_that_fails_keeps_the_existing_file() {
    let folder = folder();
    let packed = pack(folder.path(), &["provisionr.json"]);
    let before = std::fs::read(&packed).unwrap();
    let ran = idq(&format!("unpack {packed} -o {packed}"));
    assert_eq!(ran.status, 2);
    assert!(
        ran.stderr.contains("is one of the sources"),
        "{}",
        ran.stderr
    );
    assert!(std::fs::read(&packed).unwrap() == before);
    // Records of a damaged file do not replace an existing file.
    let (damaged, out) = (
        folder.path().join("damaged.idq"),
        folder.path().join("out.ndjson"),
    );
    let mut bytes = before;
    let footer = bytes.len() - 10;
    let length = i32::from_le_bytes(bytes[footer..footer + 4].try_into().unwrap()) as usize;
    let end = footer - length - 8;
    for byte in &mut bytes[end - 200..end - 64] {
        *byte ^= 0x10;
    }
    std::fs::write(&damaged, bytes).unwrap();
    std::fs::write(&out, "precious").unwrap();
    let ran = Idq::new(["unpack"])
        .args([&damaged])
        .args(["-o"])
        .args([&out])
        .run();
    assert_eq!(ran.status, 3);
    assert_eq!(std::fs::read(&out).unwrap(), b"precious");
    // Every file is checked, also after a damaged one.
    let ran = Idq::new(["verify"]).args([&damaged]).args([&packed]).run();
    assert_eq!(ran.status, 3);
    assert!(ran.stdout.ends_with(b" bytes\n") || ran.stdout.ends_with(b"kB\n"));
}

#[test]
fn snapshot_file_with_skipped_records_counts_them_in_a_note() {
    let folder = folder();
    let path = folder.path().join("people.idq");
    Idq::new(["pack", "damaged.ndjson", "--on-bad-record", "skip", "-o"])
        .args([&path])
        .succeeds();
    let ran = Idq::new(["count"]).args([&path]).run();
    assert!(
        ran.messages()
            .starts_with("note: 1 record could not be read when this snapshot file was packed")
    );
    assert_eq!(idq("pack damaged.ndjson -o -").status, 2);
    // Also if that file is one of several sources.
    let both = folder.path().join("both.idq");
    let ran = Idq::new(["pack", "provisionr.json"])
        .args([&path])
        .args(["-o"])
        .args([&both])
        .run();
    assert!(
        ran.messages()
            .starts_with("note: 1 record could not be read when a snapshot file was packed")
    );
    let counted = Idq::new(["count"]).args([&both]).run();
    assert!(counted.messages().starts_with("note: 1 record could not"));
}

#[test]
fn pack_with_rejects_in_the_snapshot_file_is_refused() {
    let folder = folder();
    std::fs::write(
        folder.path().join("bad.ndjson"),
        read_fixture("damaged.ndjson"),
    )
    .unwrap();
    for output in ["people.idq", "./people.idq"] {
        let line = format!("pack bad.ndjson --on-bad-record skip --rejects people.idq -o {output}");
        let ran = Idq::new(line.split(' ')).within(&folder).run();
        insta::allow_duplicates! {
            insta::assert_snapshot!(ran.failure(), @"
            error: -o and --rejects name the same file
            exit status 2
            ");
        }
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[cfg(unix)]
#[test]
fn pack_to_a_pipe_is_refused() {
    use std::os::unix::fs::FileTypeExt;

    let folder = folder();
    let pipe = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let ran = Idq::new(["pack", "provisionr.json", "-o"])
        .args([&pipe])
        .run();
    insta::assert_snapshot!(ran.failure().replace(pipe.to_str().unwrap(), "PIPE"), @"
    error: -o PIPE: expected a file, because a snapshot file is memory-mapped
    exit status 2
    ");
    assert!(pipe.metadata().unwrap().file_type().is_fifo());
    let names = std::fs::read_dir(folder.path()).unwrap();
    assert_eq!(names.count(), 1);
}
