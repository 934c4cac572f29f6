//! Commands that are told to stop while they write.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus};
use std::time::Duration;

use tempfile::TempDir;

use crate::{Idq, folder, large};

/// What stands at the place that is written to.
const OLD: &str = "old";

/// The names of files and folders in a folder, hidden ones too.
fn names(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = names
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// A folder of a dump, a snapshot file, and a folder `out` to write to.
fn prepared() -> TempDir {
    let folder = folder();
    large(&folder, 30_000);
    let pack = "pack large.ndjson -o large.idq --quiet";
    Idq::new(pack.split(' ')).within(&folder).succeeds();
    fs::create_dir(folder.path().join("out")).unwrap();
    folder
}

fn signalled(child: &mut Child, signal: &str) -> ExitStatus {
    let child_id = child.id().to_string();
    let sent = Command::new("kill").args([signal, &child_id]).status();
    assert!(sent.unwrap().success());
    child.wait().unwrap()
}

/// Starts a command, and sends it a signal as soon as something unfinished stands in `out`.
fn stopped_while_writing(folder: &TempDir, line: &str, signal: &str) -> ExitStatus {
    let out = folder.path().join("out");
    let mut command = Idq::new(line.split(' ')).within(folder).into_command();
    let mut child = command.spawn().unwrap();
    loop {
        let unfinished = |name: &String| name.ends_with(".unfinished");
        if names(&out).iter().any(unfinished) {
            return signalled(&mut child, signal);
        }
        assert!(
            child.try_wait().unwrap().is_none(),
            "it was too fast: idq {line}"
        );
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn nothing_unfinished_is_left_and_what_was_there_is_as_it_was() {
    let folder = prepared();
    let out = folder.path().join("out");
    for line in [
        "pack large.ndjson -o out/file",
        "pack large.ndjson -o out/file --memory 150MB",
        "unpack large.idq -o out/file",
        #[cfg(feature = "export")]
        "export large.ndjson --format parquet -o out/file",
        #[cfg(feature = "export")]
        "export large.idq --format csv --partition-by state -o out/parts",
    ] {
        for (signal, number) in [("-INT", 2), ("-TERM", 15), ("-HUP", 1)] {
            fs::write(out.join("file"), OLD).unwrap();
            let status = stopped_while_writing(&folder, line, signal);
            // A shell shows that as 128 and the number.
            assert_eq!(status.signal(), Some(number), "idq {line}: {status}");
            assert_eq!(names(&out), ["file"], "idq {line}");
            assert_eq!(fs::read_to_string(out.join("file")).unwrap(), OLD);
        }
    }
    assert_eq!(names(folder.path()), ["large.idq", "large.ndjson", "out"]);
}

/// As `nohup` does it, or a shell for what runs in the background.
#[test]
fn a_signal_that_is_ignored_stays_so() {
    let folder = prepared();
    let out = folder.path().join("out");
    let script = "trap '' INT HUP; exec \"$0\" pack large.ndjson -o out/file --quiet";
    let mut child = Command::new("bash")
        .args(["-c", script, env!("CARGO_BIN_EXE_idq")])
        .current_dir(&folder)
        .spawn()
        .unwrap();
    while names(&out).is_empty() {
        std::thread::sleep(Duration::from_millis(1));
    }
    assert!(signalled(&mut child, "-INT").success());
    assert_eq!(names(&out), ["file"]);
}
