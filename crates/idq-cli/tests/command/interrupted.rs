//! Commands that are stopped by a signal while they write.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus};
use std::time::Duration;

use tempfile::TempDir;

use crate::{Idq, folder, large};

/// The content of the existing output file.
const OLD: &str = "old";

/// Returns the sorted names in a folder, hidden ones included.
fn names(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = names
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Creates a folder with a dump, a snapshot file, and a folder `out` for outputs.
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

/// Starts a command, and sends it a signal as soon as `out` has an unfinished file.
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
            "the command ended before the signal: idq {line}"
        );
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn command_that_is_stopped_leaves_no_unfinished_file_and_keeps_the_old_one() {
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
            // A shell reports the signal as the status 128 plus its number.
            assert_eq!(status.signal(), Some(number), "idq {line}: {status}");
            assert_eq!(names(&out), ["file"], "idq {line}");
            assert_eq!(fs::read_to_string(out.join("file")).unwrap(), OLD);
        }
    }
    assert_eq!(names(folder.path()), ["large.idq", "large.ndjson", "out"]);
}

/// `nohup` ignores the signal for its child, and a shell for background jobs.
#[test]
fn signal_that_is_ignored_stays_ignored() {
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
