//! Bounds on memory: `pack --memory`, and errors of commands that the system refuses memory.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use crate::{Idq, folder, large};

/// The allowance beyond a bound, in KiB: the program itself takes some 21 MiB, and the allocator keeps freed memory, more or
/// less of it by the order in which threads run. 74 MiB is the most of 40 runs.
const ALLOWANCE: u64 = 96 * 1024;

/// The bound of `--memory 150MB`, and the maximum of the process.
const BOUND: &str = "150MB";
const MAX_KILOBYTES: u64 = 150_000_000 / 1024 + ALLOWANCE;

/// Runs a command, and returns its maximum resident memory in KiB, mapped files included.
fn peak(mut command: Command) -> (u64, Output) {
    let mut child = command.spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    // The high-water mark never falls, so the last value before the end is the maximum.
    while child.try_wait().unwrap().is_none() {
        let process_status = fs::read_to_string(&status).unwrap_or_default();
        let line = process_status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
        peak = kilobytes.unwrap_or(peak);
        std::thread::sleep(std::time::Duration::from_micros(500));
    }
    (peak, child.wait_with_output().unwrap())
}

#[track_caller]
fn assert_within(folder: &TempDir, line: &str, input: Option<&Path>) {
    let line = format!("pack {line} -o out.idq --memory {BOUND} --quiet");
    let mut command = Idq::new(line.split(' ')).within(folder).into_command();
    if let Some(input) = input {
        command.stdin(File::open(input).unwrap());
    }
    let (peak, output) = peak(command);
    let messages = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "idq {line}: {messages}");
    assert!(peak > 0, "the memory was sampled");
    assert!(peak <= MAX_KILOBYTES, "idq {line}: {peak} KiB");
    Idq::new(["verify", "out.idq"]).within(folder).succeeds();
}

fn write_lines(path: &Path, rows: usize, line: impl Fn(usize) -> String) {
    let mut out = std::io::BufWriter::new(File::create(path).unwrap());
    for row in 0..rows {
        out.write_all(line(row).as_bytes()).unwrap();
        out.write_all(b"\n").unwrap();
    }
    out.flush().unwrap();
}

/// Returns a pseudo-random number that depends on the row only.
fn noise(row: usize) -> u64 {
    (row as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

#[test]
fn pack_of_an_ordinary_dump_stays_within_its_memory_from_any_source() {
    let folder = folder();
    let dump = large(&folder, 80_000);
    for line in ["large.ndjson", "large.ndjson --dedupe"] {
        assert_within(&folder, line, None);
    }
    // More threads than fit into the memory.
    for line in ["-", "- --threads 32"] {
        assert_within(&folder, line, Some(&dump));
    }
}

#[test]
fn pack_of_many_small_sources_stays_within_its_memory() {
    let folder = folder();
    let dump = fs::read_to_string(large(&folder, 20_000)).unwrap();
    let lines: Vec<&str> = dump.lines().collect();
    fs::create_dir(folder.path().join("pages")).unwrap();
    for (page, lines) in lines.chunks(10).enumerate() {
        let path = folder.path().join(format!("pages/{page}.ndjson"));
        fs::write(path, lines.join("\n")).unwrap();
    }
    assert_within(&folder, "pages", None);
}

/// Packs distinct long texts, which are lowercased for sorting.
#[test]
fn pack_of_long_texts_stays_within_its_memory() {
    let folder = folder();
    let path = folder.path().join("dump.ndjson");
    write_lines(&path, 20_000, |row| {
        let text = format!("{:X}", noise(row)).repeat(200);
        format!(
            r#"{{"id":"i{row}","state":"{text}s","vendor_id":"{text}","email":"{text}@x.example"}}"#
        )
    });
    assert_within(&folder, "dump.ndjson", None);
}

/// The document of each record has distinct keys.
#[test]
fn pack_of_documents_with_many_keys_stays_within_its_memory() {
    let folder = folder();
    let path = folder.path().join("dump.ndjson");
    write_lines(&path, 60_000, |row| {
        let mut members = String::new();
        for member in 0..20 {
            let number = noise(row * 20 + member);
            let _ = write!(members, r#""k{number}":"v{}","#, number.rotate_left(7));
        }
        format!(r#"{{"id":"i{row}","state":"s","vendor_id":"v","profile":{{{members}"last":1}}}}"#)
    });
    assert_within(&folder, "dump.ndjson", None);
}

/// Every long text occurs in two records, so that all texts are in dictionaries, which are written at once. One record is
/// long.
#[test]
fn pack_beyond_its_memory_is_refused_with_a_bound_that_suffices() {
    let folder = folder();
    let pairs = folder.path().join("pairs.ndjson");
    write_lines(&pairs, 30_000, |row| {
        let text = format!("{:X}", noise(row / 2)).repeat(120);
        format!(
            r#"{{"id":"i{row}","state":"{text}s","vendor_id":"{text}","email":"{text}@x.example"}}"#
        )
    });
    let long = folder.path().join("long.ndjson");
    let text = "x".repeat(12_000_000);
    write_lines(&long, 2, |row| {
        format!(r#"{{"id":"i{row}","state":"s","vendor_id":"{text}","email":null}}"#)
    });
    for dump in ["pairs.ndjson", "long.ndjson"] {
        let line = format!("pack {dump} -o out.idq --quiet --memory");
        let run = |memory: &str| {
            Idq::new(line.split(' '))
                .args([memory])
                .within(&folder)
                .into_command()
        };
        let (peak_refused, refused) = peak(run("140MB"));
        let messages = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(2), "{dump}: {messages}");
        let wanted = messages
            .trim_end()
            .strip_suffix("MB or more")
            .unwrap_or_else(|| panic!("{messages}"));
        let megabytes: u64 = wanted.rsplit(' ').next().unwrap().parse().unwrap();
        assert!(!folder.path().join("out.idq").exists());
        assert!(peak_refused <= MAX_KILOBYTES, "{dump}: {peak_refused} KiB");
        let (peak, packed) = peak(run(&format!("{megabytes}MB")));
        assert_eq!(packed.status.code(), Some(0), "{dump}");
        let most = megabytes * 1_000_000 / 1024 + ALLOWANCE;
        assert!(peak <= most, "{dump}: {peak} KiB");
        fs::remove_file(folder.path().join("out.idq")).unwrap();
    }
}

/// Writes a zstd file of a text with a repeated piece in its middle.
fn write_repeated(path: &Path, start: &str, piece: &[u8], times: usize, end: &str) {
    let mut out = zstd::Encoder::new(File::create(path).unwrap(), 1).unwrap();
    out.write_all(start.as_bytes()).unwrap();
    for _ in 0..times {
        out.write_all(piece).unwrap();
    }
    out.write_all(end.as_bytes()).unwrap();
    out.finish().unwrap();
}

/// Loads a large source that can be read only once, and of which few bytes are kept.
#[test]
fn load_of_a_stream_takes_memory_for_kept_bytes_alone() {
    let folder = folder();
    let record = r#"{"id":"a","state":"s","vendor_id":"v"}"#;
    let blanks = vec![b' '; 1 << 20];
    let lines = b"no record\n".repeat(100_000);
    let nulls = vec![0; 1 << 20];
    let digits = vec![b'1'; 1 << 20];
    let brackets = vec![b'['; 1 << 20];
    let cases: [(&str, &str, &[u8], usize, &str); 8] = [
        ("blanks before", "", &blanks, 300, record),
        ("blanks between", record, &blanks, 300, record),
        ("blanks behind", record, &blanks, 300, ""),
        ("bad lines", record, &lines, 300, record),
        ("bad bytes without a line feed", record, &nulls, 300, "\n"),
        ("a number without an end", record, &digits, 300, "\n"),
        ("brackets without an end", record, &brackets, 300, "\n"),
        ("an array of blanks", "[", &blanks, 300, "]"),
    ];
    for (name, start, piece, times, end) in cases {
        let path = folder.path().join("dump.zst");
        write_repeated(&path, start, piece, times, end);
        for line in [
            "count dump.zst",
            "count -",
            "pack dump.zst -o out --memory 150MB",
        ] {
            let line = format!("{line} --api provisionr --on-bad-record skip --quiet");
            let mut command = Idq::new(line.split(' ')).within(&folder).into_command();
            command.stdin(File::open(&path).unwrap());
            let (peak, output) = peak(command);
            let messages = String::from_utf8_lossy(&output.stderr);
            assert_eq!(
                output.status.code(),
                Some(0),
                "{name}: idq {line}: {messages}"
            );
            assert!(peak <= MAX_KILOBYTES, "{name}: idq {line}: {peak} KiB");
        }
    }
}

/// Records with different kinds of long content.
#[test]
fn load_of_a_long_record_takes_memory_in_proportion_to_its_length() {
    let folder = folder();
    let path = folder.path().join("dump.json");
    let pieces: [(&str, String, &str); 4] = [
        ("[", "[],".repeat(10 << 20), "[]]"),
        ("[", r#"{"a":[{"b":[]}]},"#.repeat(2 << 20), "[]]"),
        (
            "{",
            (0..2 << 20).map(|key| format!("\"{key}\":1,")).collect(),
            "\"a\":1}",
        ),
        ("[", "1,".repeat(15 << 20), "1]"),
    ];
    for (start, middle, end) in pieces {
        let text = format!(r#"{{"id":"a","state":"s","profile":{start}{middle}{end}}}"#);
        check_long_record(&path, &text);
    }
    for member in [r#""a":0,"#, r#""":[],"#] {
        check_long_record(
            &path,
            &format!(r#"{{{}"id":"a","state":"s"}}"#, member.repeat(4 << 20)),
        );
    }
    let members: String = (0..3 << 20).map(|key| format!("\"x{key}\":1,")).collect();
    check_long_record(&path, &format!(r#"{{{members}"id":"a","state":"s"}}"#));
}

/// Checks the memory of loading a text, with and without its document columns.
#[track_caller]
fn check_long_record(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    for (line, times) in [("count dump.json", 4), ("info dump.json", 16)] {
        let folder = path.parent().unwrap();
        let command = Idq::new(line.split(' ')).within(folder).into_command();
        let (peak, output) = peak(command);
        assert_eq!(output.status.code(), Some(0), "idq {line}");
        let most = (text.len() as u64 * times) / 1024 + (64 << 10);
        let start = &text[..60];
        assert!(
            peak <= most,
            "idq {line}: {peak} KiB of {} bytes: {start}",
            text.len()
        );
    }
}

/// Each reject takes memory for its location and reason, so their number is bounded.
#[test]
fn malformed_records_beyond_the_bound_stop_the_load() {
    let folder = folder();
    let path = folder.path().join("dump.zst");
    let lines = b"{\"id\":\"a\"}\n{\"id\":1}\n".repeat(10_000);
    write_repeated(&path, "", &lines, 150, "");
    let skip = "--api provisionr --on-bad-record skip --quiet";
    for (line, most) in [
        (format!("count dump.zst {skip}"), 1_000_000),
        (
            format!("pack dump.zst -o out --memory {BOUND} {skip}"),
            75_000,
        ),
    ] {
        let command = Idq::new(line.split(' ')).within(&folder).into_command();
        let (peak, output) = peak(command);
        let messages = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(3), "{messages}");
        assert!(
            messages.contains(&format!("more than {most} records could not be read")),
            "{messages}"
        );
        assert!(peak <= 700 << 10, "idq {line}: {peak} KiB");
    }
}

/// Returns the sorted names in a folder, hidden ones included.
fn names(folder: &TempDir) -> Vec<String> {
    let names = fs::read_dir(folder.path()).unwrap();
    let mut names: Vec<String> = names
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Runs the command with an address space of at most this many kilobytes.
fn with_address_space(kilobytes: u64, line: &str, folder: &Path) -> Output {
    let script = format!("ulimit -v {kilobytes}; exec \"$0\" {line}");
    Command::new("bash")
        .args(["-c", &script, env!("CARGO_BIN_EXE_idq")])
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// Returns the least address space in kilobytes with which the command starts, which its size decides. With less, and now
/// and then with as much, because the system lays out each process anew, it is ended before its first instruction.
fn least_address_space() -> u64 {
    let starts = |kilobytes: &u64| {
        let output = with_address_space(*kilobytes, "--version", Path::new("."));
        output.status.success()
    };
    (16_000..200_000).step_by(4_000).find(starts).unwrap()
}

/// With decreasing address space, each command succeeds or reports that memory or a thread was refused.
#[test]
fn command_that_is_refused_memory_is_an_error_and_leaves_no_files() {
    let folder = folder();
    large(&folder, 3_000);
    let pack = "pack large.ndjson -o large.idq --quiet";
    Idq::new(pack.split(' ')).within(&folder).succeeds();
    let sources = names(&folder);
    let least = least_address_space();
    let mut refused = 0;
    for line in [
        "count large.ndjson -f state=active",
        "count large.idq -f profile_search=engineer",
        "query large.ndjson --all -s email -o ndjson",
        "info large.ndjson",
        "pack large.ndjson -o out",
        "pack large.ndjson -o out --memory 140MB",
        "unpack large.idq -o out",
        "verify large.idq",
        #[cfg(feature = "export")]
        "export large.ndjson --format parquet -o out",
    ] {
        for more in [6_000, 10_000, 16_000, 28_000, 52_000] {
            let kilobytes = least + more;
            let output = with_address_space(kilobytes, &format!("{line} --quiet"), folder.path());
            let messages = String::from_utf8(output.stderr).unwrap();
            let case = format!("{kilobytes} kB: idq {line}: {:?} {messages}", output.status);
            match output.status.code() {
                Some(0) => {
                    let _ = fs::remove_file(folder.path().join("out"));
                }
                Some(3) => {
                    refused += usize::from(messages.starts_with("error: out of memory: "));
                    assert!(messages.starts_with("error: "), "{case}");
                }
                _ => panic!("{case}"),
            }
            assert_eq!(names(&folder), sources, "{case}");
        }
    }
    assert!(refused > 0, "the system refused memory in some case");
}

/// Each thread takes address space for its stack.
#[test]
fn threads_that_cannot_be_started_are_an_error() {
    let folder = folder();
    large(&folder, 100);
    let pack = "pack large.ndjson -o large.idq --quiet";
    Idq::new(pack.split(' ')).within(&folder).succeeds();
    for line in [
        "verify large.idq --threads 1024",
        "count large.idq --threads 1024",
        "pack large.ndjson -o out.idq --threads 1024 --memory 500GB",
    ] {
        let script = format!("ulimit -v 1000000; exec \"$0\" {line} --quiet");
        let output = Command::new("bash")
            .args(["-c", &script, env!("CARGO_BIN_EXE_idq")])
            .current_dir(&folder)
            .output()
            .unwrap();
        let messages = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(3), "idq {line}: {messages}");
        let is_told = ["error: cannot start threads: ", "error: out of memory: "];
        assert!(
            is_told.iter().any(|start| messages.starts_with(start)),
            "idq {line}: {messages}"
        );
        assert_eq!(names(&folder), ["large.idq", "large.ndjson"], "idq {line}");
    }
}
