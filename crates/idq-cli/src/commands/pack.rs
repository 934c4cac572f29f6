use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Result;
use idq::{
    Columns, PackOptions, PackProgress, PackedFile, Source, Spill, SpillFile, default_memory,
    escape, expand, is_packed, memory_for_rows, threads_for_memory, wants_spill,
};
use idq_files::{OutputKind, check_target, is_special_file, parent_folder};
use indicatif::DecimalBytes;

use crate::arguments::PackArguments;
use crate::failure::{WrongRequest, cannot_write};
use crate::outputs::{refuse_rejects, refuse_source};
use crate::progress::Bar;
use crate::session::{Session, counted, on_threads};
use crate::stop::remove_unfinished_when_stopped;

/// Endings of files that other programs would take for what they say. (A snapshot file is an Arrow file.)
const OF_EXPORTS: [&str; 5] = ["parquet", "csv", "json", "jsonl", "ndjson"];

/// Writes dumps into a snapshot file.
pub(crate) fn run(arguments: &PackArguments) -> Result<ExitCode> {
    let session = Session::new(&arguments.sources)?;
    let path = &arguments.output;
    if path.as_os_str() == "-" || is_special_file(path) {
        let path = path.display();
        let message =
            format!("-o {path}: a snapshot file is mapped, so it must be a file: name one");
        return Err(WrongRequest(message).into());
    }
    // A source that cannot be read is reported by the load.
    let sources = expand(&arguments.sources.sources)
        .unwrap_or_default()
        .sources;
    refuse_source("-o", path, &sources)?;
    refuse_rejects(path, arguments.sources.rejects.as_deref())?;
    let ending = path.extension().unwrap_or_default().to_string_lossy();
    if OF_EXPORTS.contains(&ending.to_lowercase().as_str()) {
        let message = format!(
            "-o {}: a snapshot file is no {ending}: `idq export` writes records in other formats; name this one people.idq, say",
            escape(&path.to_string_lossy())
        );
        return Err(WrongRequest(message).into());
    }
    check_target(path, OutputKind::File).map_err(|error| cannot_write(path, &error))?;
    let memory = arguments.memory.unwrap_or_else(default_memory);
    let packed = Packed::among(&sources);
    // How many records deduplication drops is not known yet.
    let records = if arguments.sources.dedupe {
        0
    } else {
        packed.records
    };
    check_memory(records, packed.unpacked(&sources), memory)?;
    remove_unfinished_when_stopped()?;
    on_threads(threads(arguments.sources.threads, memory), || {
        let spill = spill(path, &sources, memory)?;
        let to = spill.clone().map(|spill| spill as Arc<dyn Spill>);
        let loaded = session.load_within(Columns::Queried, memory, to)?;
        check_memory(loaded.snapshot.len(), packed.unpacked(&sources), memory)?;
        let bar = Bar::new(arguments.sources.quiet);
        let report = |progress: PackProgress| bar.update_packed(progress);
        let options = PackOptions {
            level: arguments.level,
            progress: Some(&report),
            spill: spill.as_deref(),
            memory: Some(memory),
        };
        let packed = loaded.snapshot.pack(path, &options);
        bar.finish();
        let length = packed.map_err(|error| match error {
            idq::Error::Pack(idq::PackError::Write(error)) => cannot_write(path, &error),
            idq::Error::Pack(idq::PackError::Memory { needed }) => {
                too_little(loaded.snapshot.len(), needed, memory)
            }
            error => error.into(),
        })?;
        let records = counted(loaded.snapshot.len(), "record");
        let length = DecimalBytes(length);
        session.summary_of_all(&format!("packed {records} into {length}"), &loaded);
        Ok(ExitCode::SUCCESS)
    })
}

/// Refuses a bound on memory below the need of `records` records and `unpacked` bytes of records that are unpacked.
fn check_memory(records: u64, unpacked: u64, memory: u64) -> Result<()> {
    let needed = memory_for_rows(records) + unpacked;
    if needed <= memory {
        return Ok(());
    }
    Err(too_little(records, needed, memory))
}

/// The threads that were asked for, or fewer where there is no memory for as many, or for those of the machine.
fn threads(wanted: Option<u16>, memory: u64) -> Option<u16> {
    let of_machine = std::thread::available_parallelism().map_or(1, usize::from);
    let most = threads_for_memory(memory);
    if wanted.map_or(of_machine, usize::from) <= most {
        return wanted;
    }
    u16::try_from(most).ok()
}

fn too_little(records: u64, needed: u64, memory: u64) -> anyhow::Error {
    let what = match records {
        0 => "packing takes at least".to_owned(),
        records => format!("packing {} takes up to", counted(records, "record")),
    };
    // With some room, so that the number that is said will do: what is needed is known better once all is loaded.
    let megabytes = (needed + needed / 50).div_ceil(1_000_000);
    let allowed = DecimalBytes(memory);
    let message = format!(
        "--memory: {what} {megabytes} MB, more than the {allowed} that it may take: name --memory {megabytes}MB or more"
    );
    WrongRequest(message).into()
}

/// The snapshot files among the sources.
struct Packed {
    records: u64,
    /// Bytes of their records, at least.
    bytes: u64,
}

impl Packed {
    fn among(sources: &[Source]) -> Self {
        let files = sources.iter().filter_map(|source| match source {
            Source::File(path) if is_packed(path) => Some(Arc::new(PackedFile::open(path).ok()?)),
            _ => None,
        });
        let mut packed = Self {
            records: 0,
            bytes: 0,
        };
        for file in files {
            packed.records += file.records();
            // One that is damaged is reported by the load.
            if let Ok(snapshot) = file.snapshot() {
                let bytes = snapshot.sources().iter().map(|source| source.bytes);
                packed.bytes += bytes.sum::<u64>();
            }
        }
        packed
    }

    /// Bytes of memory that their records take, which are unpacked where there are other sources: up to twice as many while
    /// the memory for them grows.
    fn unpacked(&self, sources: &[Source]) -> u64 {
        if sources.len() > 1 { 2 * self.bytes } else { 0 }
    }
}

/// A file for the large columns, beside the one that is to be written, where memory would not do.
fn spill(path: &Path, sources: &[Source], memory: u64) -> Result<Option<Arc<SpillFile>>> {
    if !wants_spill(sources, memory) {
        return Ok(None);
    }
    let folder = parent_folder(path);
    let file = SpillFile::in_folder(folder).map_err(|error| cannot_write(folder, &error))?;
    Ok(Some(Arc::new(file)))
}
