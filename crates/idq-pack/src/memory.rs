//! The memory of packing, estimated so that a bound on it is kept.
//!
//! Columns and long texts are written to a spill file if they might not fit, the number of threads is limited, chunks
//! with long records are packed one at a time, and a snapshot that cannot be packed within the bound is refused with a
//! bound that suffices. Mapped pages of the spill file are released every few megabytes, so that they do not count as
//! memory.

use idq_load::Source;
use idq_snapshot::{Compression, TextEncoding};

/// The bytes of memory for columns, and for arrays made of them, for each byte of a dump that is loaded. Most dumps
/// take a quarter; documents whose keys are data take one and three quarters.
const COLUMN_BYTES_PER_DUMP_BYTE: u64 = 2;

/// The bytes of memory for each record, whatever its length: its location, a code or rank in each field, and sorting.
const BYTES_PER_RECORD: u64 = 160;

/// The bytes of memory for the blocks that all threads read and parse at a time, and for the program itself.
const WORKING_BYTES: u64 = 128 << 20;

/// The record bytes of a chunk that [`WORKING_BYTES`] include: four blocks of a large file.
pub(crate) const ORDINARY_CHUNK_BYTES: u64 = 8 << 20;

/// The copies in memory of the record bytes of a larger chunk: as they are read, compressed, in an array, and in the
/// message that is written.
const CHUNK_COPIES: u64 = 4;

/// The part of [`WORKING_BYTES`] that does not depend on the number of threads, and the part of each thread.
const SHARED_WORKING_BYTES: u64 = 48 << 20;
const WORKING_BYTES_PER_THREAD: u64 = 40 << 20;

/// Returns a quarter of the memory of the machine or of the process's control group; 2 GiB if the system reports
/// neither.
pub fn default_memory() -> u64 {
    const UNKNOWN_MACHINE_BYTES: u64 = 8 << 30;
    machine_memory().unwrap_or(UNKNOWN_MACHINE_BYTES) / 4
}

fn machine_memory() -> Option<u64> {
    let read = |path: &str| std::fs::read_to_string(path).ok();
    let total = read("/proc/meminfo")?;
    let line = total.lines().find(|line| line.starts_with("MemTotal:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    let limit = read("/sys/fs/cgroup/memory.max").and_then(|limit| limit.trim().parse().ok());
    Some((kilobytes * 1024).min(limit.unwrap_or(u64::MAX)))
}

/// Returns whether a load of these sources needs a spill file to stay within `memory` bytes. Compressed sources and
/// streams always do, because their length is unknown.
pub fn wants_spill(sources: &[Source], memory: u64) -> bool {
    let mut bytes = 0u64;
    for source in sources {
        let length = match source {
            Source::File(path) => {
                let file = std::fs::metadata(path).ok();
                let file = file.filter(std::fs::Metadata::is_file);
                // The bytes of a pipe can be read only once, so that its compression cannot be detected here.
                file.filter(|_| !is_converted(path))
            }
            Source::Bytes { bytes: held, .. } => {
                bytes += held.len() as u64;
                continue;
            }
            _ => None,
        };
        match length {
            Some(file) => bytes += file.len(),
            None => return true,
        }
    }
    bytes.saturating_mul(COLUMN_BYTES_PER_DUMP_BYTE) + WORKING_BYTES > memory
}

/// Returns whether a file is decompressed or transcoded, so that its text is kept.
fn is_converted(path: &std::path::Path) -> bool {
    use std::io::Read;
    let mut magic = [0; 4];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut magic));
    read.is_ok()
        && (Compression::detect(&magic) != Compression::None
            || TextEncoding::detect(&magic) != TextEncoding::Utf8)
}

/// Returns the bytes of memory that packing `rows` records takes with a spill file, the least bound that can be kept.
pub fn memory_for_rows(rows: u64) -> u64 {
    WORKING_BYTES + BYTES_PER_RECORD * rows
}

/// Returns the memory of packing `rows` records, with the bytes of the largest chunk's records and of the dictionaries.
pub(crate) fn memory_for(rows: u64, chunk: u64, dictionaries: u64) -> u64 {
    memory_for_rows(rows) + CHUNK_COPIES * chunk.saturating_sub(ORDINARY_CHUNK_BYTES) + dictionaries
}

/// Returns the greatest number of threads that pack within `memory` bytes.
pub fn threads_for_memory(memory: u64) -> usize {
    let threads = memory.saturating_sub(SHARED_WORKING_BYTES) / WORKING_BYTES_PER_THREAD;
    usize::try_from(threads).unwrap_or(usize::MAX).max(1)
}
