//! Packs a snapshot: plans the columns, trains the dictionary of the records, and writes batches in a pipeline.

use std::collections::HashMap;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, new_empty_array};
use arrow_schema::Schema;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use idq_api::Api;
use idq_engine::state_counts;
use idq_files::{AtomicFile, OutputKind, check_target};
use idq_snapshot::snapshot_file::format::{
    ColumnDescription, ColumnPurpose, FORMAT, LoadDescription, SourceDescription,
    StatisticsDescription, key, read_schema, record_columns, schema,
};
use idq_snapshot::{
    ChunkColumns, ColumnView, LoadError, PackedRequest, RowId, Snapshot, SpillFile, Statistics,
};

use crate::arrow_file::ArrowFile;
use crate::batch_encoder::{BatchEncoder, BufferStorage, EncodedBatch};
use crate::error::PackError;
use crate::memory::memory_for;
use crate::pipeline::{self, Bounds};
use crate::plan::{FieldPlan, dictionary_bytes, plan};
use crate::record_blocks::{BlockCompressor, RecordDictionary};

/// A function that receives the progress of packing, on any thread.
type OnProgress<'a> = dyn Fn(PackProgress) + Sync + 'a;

/// The default level of zstd: the records take a twentieth less than at level 1, and packing takes no longer.
pub const DEFAULT_LEVEL: i32 = 3;

/// The options of packing.
pub struct PackOptions<'a> {
    /// The zstd level of the record blocks, from 1 to 19.
    pub level: i32,
    /// A callback for progress.
    pub progress: Option<&'a OnProgress<'a>>,
    /// The spill file of the load. Intermediate texts of packing are written to it as well.
    pub spill: Option<&'a SpillFile>,
    /// The bound on memory, in bytes. A snapshot that cannot be packed within it is refused;
    /// [`memory_for_rows`](crate::memory_for_rows) is the least bound.
    pub memory: Option<u64>,
    /// The request that selected the snapshot's records, for `idq info`; an empty one for all records.
    pub request: PackedRequest,
}

impl Default for PackOptions<'_> {
    fn default() -> Self {
        Self {
            level: DEFAULT_LEVEL,
            progress: None,
            spill: None,
            memory: None,
            request: PackedRequest::default(),
        }
    }
}

/// The progress of packing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PackProgress {
    /// The number of records written so far.
    pub records: u64,
    /// The number of all records.
    pub total: u64,
}

/// Writes a snapshot to a file by an atomic rename, and returns the length of the file.
///
/// The file has every column of the API, and the bytes of the records. Records that deduplication dropped are left out.
///
/// # Errors
/// A field was not loaded, a record cannot be read any more, or the file cannot be written. An existing file at the
/// path is then unchanged.
pub fn pack(snapshot: &Snapshot, path: &Path, options: &PackOptions<'_>) -> Result<u64, PackError> {
    check_target(path, OutputKind::File)?;
    let (unfinished, file) = AtomicFile::create(path)?;
    let mut out = BufWriter::with_capacity(1 << 20, &file);
    write(snapshot, &mut out, options)?;
    out.flush()?;
    drop(out);
    file.sync_all()?;
    let length = file.metadata()?.len();
    unfinished.commit()?;
    Ok(length)
}

/// The maximum number of chunks between the start of their encoding and the end of their writing, for each thread.
const CHUNKS_PER_THREAD: usize = 4;

/// The maximum number of their record bytes, for each thread: several chunks of a large file, so that a thread seldom
/// lacks one to encode.
const RECORD_BYTES_PER_THREAD: u64 = 24 << 20;

/// Writes a snapshot file: the schema with the metadata, then a batch for each chunk, then the footer.
fn write(
    snapshot: &Snapshot,
    out: &mut (impl Write + Send),
    options: &PackOptions<'_>,
) -> Result<(), PackError> {
    let all_columns: Vec<usize> = (0..snapshot.api().column_count()).collect();
    let columns = snapshot.columns(&all_columns)?;
    let chunks = visible_chunks(&columns)?;
    let (plans, dictionary) = rayon::join(
        || plan(&columns, options.spill),
        || {
            let rows: Vec<RowId> = chunks.iter().flat_map(VisibleChunk::rows).collect();
            RecordDictionary::train(snapshot, &rows, options.level, options.spill)
        },
    );
    let dictionary = dictionary?;
    if let Some(error) = options.spill.and_then(SpillFile::failure) {
        return Err(error.into());
    }
    // Planning takes little memory, and the sizes of the dictionaries are known after it.
    check_memory(&chunks, dictionary_bytes(&plans), options)?;
    let mut described: Vec<ColumnDescription> =
        plans.iter().flat_map(|plan| plan.columns.clone()).collect();
    described.extend(record_columns());
    let mut metadata = metadata(snapshot, &chunks, &plans, &described, &dictionary)?;
    metadata.extend(requests(snapshot, options)?);
    options.spill.inspect(|spill| spill.release());
    let schema = Arc::new(schema(&described, metadata));
    let storage = storage_of(&described, snapshot.api());
    let read_schema = read_schema(&described);
    let encode = |chunk: &VisibleChunk<'_>| -> Result<EncodedBatch, PackError> {
        let mut encoder = BatchEncoder::new()?;
        let mut storage = storage.iter();
        let mut add = |array: &ArrayRef| match storage.next() {
            Some(&storage) => encoder.column(array, storage),
            None => Ok(()),
        };
        for plan in &plans {
            // The arrays of a field are dropped before those of the next one are made.
            let arrays = plan.arrays(chunk.columns, chunk.first);
            arrays.iter().try_for_each(&mut add)?;
        }
        let compressor = BlockCompressor::new(&dictionary)?;
        let records = compressor.compress(snapshot, chunk.rows())?;
        records.iter().try_for_each(add)?;
        encoder.finish(chunk.count, &read_schema)
    };
    let mut file = ArrowFile::new(out, Arc::clone(&schema))?;
    if !chunks.is_empty() {
        file.write_dictionaries(&without_rows(&plans, &schema)?)?;
    }
    let total = chunks.iter().map(|chunk| chunk.count as u64).sum();
    let mut written = 0;
    let write = |batch: EncodedBatch| {
        file.write(&batch)?;
        written += u64::from(batch.rows);
        if let Some(progress) = options.progress {
            progress(PackProgress {
                records: written,
                total,
            });
        }
        options.spill.inspect(|spill| spill.release());
        Ok(())
    };
    let chunk_bytes: Vec<u64> = chunks.iter().map(|chunk| chunk.record_bytes).collect();
    pipeline::run(
        &chunk_bytes,
        bounds(),
        |chunk| encode(&chunks[chunk]),
        write,
    )?;
    file.finish()?;
    Ok(())
}

/// Returns the bounds on the chunks that are packed at a time.
fn bounds() -> Bounds {
    let threads = rayon::current_num_threads();
    Bounds {
        chunks: CHUNKS_PER_THREAD * threads,
        bytes: RECORD_BYTES_PER_THREAD * threads as u64,
    }
}

/// Returns the storage of each column: what filters and sorts of the API read is used in place, and what only
/// expressions, counts and exports read is compressed.
fn storage_of(columns: &[ColumnDescription], api: &Api) -> Vec<BufferStorage> {
    let queried = api.queried_fields();
    let is_queried = |column: &ColumnDescription| {
        let mut queried = queried.iter();
        queried.any(|&field| api.column_name(field) == column.field)
    };
    let storage = |column: &ColumnDescription| match column.purpose {
        ColumnPurpose::Document => BufferStorage::CompressedOffsets,
        ColumnPurpose::RecordHash | ColumnPurpose::RecordLength | ColumnPurpose::RecordBlock => {
            BufferStorage::InPlace
        }
        _ if is_queried(column) => BufferStorage::InPlace,
        _ => BufferStorage::Compressed,
    };
    columns.iter().map(storage).collect()
}

/// Returns a batch without rows, which has the dictionaries of all batches.
fn without_rows(plans: &[FieldPlan], schema: &Arc<Schema>) -> Result<RecordBatch, PackError> {
    let mut arrays: Vec<ArrayRef> = plans.iter().flat_map(FieldPlan::without_rows).collect();
    let records = record_columns();
    arrays.extend(records.map(|column| new_empty_array(column.arrow_field().data_type())));
    Ok(RecordBatch::try_new(Arc::clone(schema), arrays)?)
}

/// Refuses a snapshot that cannot be packed within the bound on memory.
fn check_memory(
    chunks: &[VisibleChunk<'_>],
    dictionaries: u64,
    options: &PackOptions<'_>,
) -> Result<(), PackError> {
    let rows = chunks.iter().map(|chunk| chunk.count as u64).sum();
    let bytes = chunks.iter().map(|chunk| chunk.record_bytes);
    let needed = memory_for(rows, bytes.max().unwrap_or_default(), dictionaries);
    match options.memory {
        Some(memory) if needed > memory => Err(PackError::Memory { needed }),
        _ => Ok(()),
    }
}

/// A chunk with visible rows.
struct VisibleChunk<'v> {
    columns: ChunkColumns<'v>,
    /// The number of visible rows before it.
    first: usize,
    /// The number of its visible rows.
    count: usize,
    /// The number of bytes of its records, hidden ones included.
    record_bytes: u64,
}

impl VisibleChunk<'_> {
    /// Returns the visible rows.
    fn rows(&self) -> impl Iterator<Item = RowId> + use<> {
        let (snapshot, chunk) = (self.columns.snapshot(), self.columns.index());
        snapshot.visible_rows_of(chunk).into_iter()
    }
}

/// Returns the chunks that have records after deduplication and selection.
fn visible_chunks<'v>(columns: &'v ColumnView<'_>) -> Result<Vec<VisibleChunk<'v>>, LoadError> {
    let mut first = 0;
    let mut chunks = Vec::new();
    for columns in columns.chunks() {
        let count = columns.visible_count();
        if count > 0 {
            chunks.push(VisibleChunk {
                columns,
                first,
                count,
                record_bytes: columns.snapshot().record_bytes(columns.index())?,
            });
        }
        first += count;
    }
    Ok(chunks)
}

/// Returns the metadata about the requests by which the records were packed; `None` if they are all records of the
/// sources.
fn requests(
    snapshot: &Snapshot,
    options: &PackOptions<'_>,
) -> Result<Option<(String, String)>, PackError> {
    // A single snapshot file is replaced by its sources, so its own requests are kept here.
    let mut requests = match snapshot.file() {
        Some(file) => file.load_summary()?.requests,
        None => Vec::new(),
    };
    if !options.request.is_empty() {
        requests.push(options.request.clone());
    }
    if requests.is_empty() {
        return Ok(None);
    }
    let json = serde_json::to_string(&requests);
    let json = json.map_err(|error| PackError::Write(error.into()))?;
    Ok(Some((key::REQUESTS.to_owned(), json)))
}

/// Returns the metadata of the schema.
fn metadata(
    snapshot: &Snapshot,
    chunks: &[VisibleChunk<'_>],
    plans: &[FieldPlan],
    columns: &[ColumnDescription],
    dictionary: &RecordDictionary,
) -> Result<HashMap<String, String>, PackError> {
    let json =
        |value: serde_json::Result<String>| value.map_err(|error| PackError::Write(error.into()));
    let sources: Vec<SourceDescription> = snapshot.sources().iter().map(Into::into).collect();
    let load = LoadDescription {
        rejected: snapshot.rejected_count(),
        repeated_ids: snapshot.repeated_ids() - snapshot.dropped().min(snapshot.repeated_ids()),
        dropped: snapshot.dropped(),
        unknown_fields: snapshot.unknown_fields().map(str::to_owned).collect(),
        collection_url: snapshot.collection_url().map(str::to_owned),
        collection_urls_differ: snapshot.collection_urls_differ(),
        read_values: snapshot.read_values().clone(),
    };
    let statistics = Statistics {
        fields: plans
            .iter()
            .filter(|plan| plan.field < snapshot.api().fields.len())
            .map(|plan| plan.statistics.clone())
            .collect(),
        states: state_counts(snapshot)?,
    };
    let statistics = StatisticsDescription::new(snapshot.api(), &statistics);
    let rows: usize = chunks.iter().map(|chunk| chunk.count).sum();
    Ok(HashMap::from([
        (key::FORMAT.to_owned(), FORMAT.to_string()),
        (
            key::VERSION.to_owned(),
            env!("CARGO_PKG_VERSION").to_owned(),
        ),
        (key::API.to_owned(), snapshot.api().name.to_owned()),
        (key::ROWS.to_owned(), rows.to_string()),
        (
            key::SOURCES.to_owned(),
            json(serde_json::to_string(&sources))?,
        ),
        (
            key::COLUMNS.to_owned(),
            json(serde_json::to_string(columns))?,
        ),
        (key::LOAD.to_owned(), json(serde_json::to_string(&load))?),
        (
            key::STATISTICS.to_owned(),
            json(serde_json::to_string(&statistics))?,
        ),
        (
            key::RECORD_DICTIONARY.to_owned(),
            STANDARD.encode(dictionary.bytes()),
        ),
    ]))
}
