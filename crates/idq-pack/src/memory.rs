//! How much memory packing takes.
//!
//! A bound on memory is kept by what is counted here: columns and long texts go to a file where they might not fit, threads
//! are started only as many as there is memory for, chunks with long records are packed one at a time, and what could not be
//! packed within the bound is refused with the number that would do. Pages of that file which the process has mapped are let
//! go every some megabytes, so that they do not count as its memory.

use idq_load::Source;
use idq_snapshot::Compression;

/// Memory of the columns, and of what is made of them, for each byte of a dump while it is loaded. Mostly it is a
/// quarter; documents whose keys are data take one and three quarters.
const COLUMNS_A_BYTE: u64 = 2;

/// Bytes that packing holds for each record, whatever it holds: where it is, a number for each dictionary and order, and
/// what sorting takes.
const A_RECORD: u64 = 160;

/// Bytes that are read and parsed at a time, by all threads together, and what the command itself takes.
const AT_ONCE: u64 = 128 << 20;

/// Bytes of the records of a chunk that are within [`AT_ONCE`]: four blocks of a large file.
pub(crate) const ORDINARY_CHUNK: u64 = 8 << 20;

/// Copies in memory of the bytes of a chunk with longer records: as they are read, as they are stored, as an array, and
/// in the message that is written.
const COPIES: u64 = 4;

/// The part of [`AT_ONCE`] that does not depend on the number of threads, and the part of each thread.
const WITHOUT_THREADS: u64 = 48 << 20;
const A_THREAD: u64 = 40 << 20;

/// A quarter of the machine's memory, or of what the process may have of it; 2 GiB where the system does not say.
pub fn default_memory() -> u64 {
    const UNKNOWN: u64 = 8 << 30;
    machine_memory().unwrap_or(UNKNOWN) / 4
}

fn machine_memory() -> Option<u64> {
    let read = |path: &str| std::fs::read_to_string(path).ok();
    let total = read("/proc/meminfo")?;
    let line = total.lines().find(|line| line.starts_with("MemTotal:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    let limit = read("/sys/fs/cgroup/memory.max").and_then(|limit| limit.trim().parse().ok());
    Some((kilobytes * 1024).min(limit.unwrap_or(u64::MAX)))
}

/// Whether columns should go to a file while these sources are loaded, to stay within so much memory. What is compressed or
/// comes through a pipe has a length that nobody knows.
pub fn wants_spill(sources: &[Source], memory: u64) -> bool {
    let mut bytes = 0u64;
    for source in sources {
        let length = match source {
            Source::File(path) => {
                let file = std::fs::metadata(path).ok();
                let file = file.filter(std::fs::Metadata::is_file);
                // What is read of a pipe is gone.
                file.filter(|_| !is_compressed(path))
            }
            Source::Bytes { .. } => continue,
            _ => None,
        };
        match length {
            Some(file) => bytes += file.len(),
            None => return true,
        }
    }
    bytes.saturating_mul(COLUMNS_A_BYTE) + AT_ONCE > memory
}

fn is_compressed(path: &std::path::Path) -> bool {
    use std::io::Read;
    let mut magic = [0; 4];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut magic));
    read.is_ok() && Compression::of(&magic) != Compression::None
}

/// The memory that packing so many records takes if columns go to a file: less cannot be promised.
pub fn memory_for_rows(rows: u64) -> u64 {
    AT_ONCE + A_RECORD * rows
}

/// Returns the memory of packing `rows` records, with the bytes of the largest chunk's records and of the dictionaries.
pub(crate) fn memory_for(rows: u64, chunk: u64, dictionaries: u64) -> u64 {
    memory_for_rows(rows) + COPIES * chunk.saturating_sub(ORDINARY_CHUNK) + dictionaries
}

/// Returns the most threads for packing within `memory` bytes.
pub fn threads_for_memory(memory: u64) -> usize {
    let threads = memory.saturating_sub(WITHOUT_THREADS) / A_THREAD;
    usize::try_from(threads).unwrap_or(usize::MAX).max(1)
}
