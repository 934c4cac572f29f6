//! Recomputation of the checksums of a changed file, so that tests and fuzz targets reach the validation after them.

use std::ops::Range;

use arrow_ipc::root_as_message;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::checksum::{checksum, checksum_around};
use super::extents::extents;
use super::footer::Footer;
use super::footer_range;
use super::format::{ColumnDescription, key, read_schema};

/// Recomputes the checksums of all parts of a file that can be parsed, for tests.
pub fn reseal(file: &mut [u8]) {
    let Some(range) = footer_range(file) else {
        return;
    };
    let Ok(footer) = Footer::read(file[range.clone()].to_vec()) else {
        return;
    };
    let sums = checksums(file, &footer);
    let footer_bytes = &mut file[range];
    let encoded = STANDARD.encode(sums);
    if let Some(at) = footer.range_of(key::CHECKSUMS)
        && at.len() == encoded.len()
    {
        footer_bytes[at].copy_from_slice(encoded.as_bytes());
    }
    let hole = footer.range_of(key::FOOTER_CHECKSUM).unwrap_or_default();
    let sum = format!("{:016x}", checksum_around(footer_bytes, hole.clone()));
    if hole.len() == sum.len() {
        footer_bytes[hole].copy_from_slice(sum.as_bytes());
    }
}

/// Returns the checksums of all parts, in their order.
fn checksums(file: &[u8], footer: &Footer) -> Vec<u8> {
    let columns: Vec<ColumnDescription> = footer
        .value(key::COLUMNS)
        .and_then(|columns| serde_json::from_str(columns).ok())
        .unwrap_or_default();
    let schema = read_schema(&columns);
    let part = |range: Range<usize>| file.get(range).unwrap_or_default();
    let ranges = |block: &arrow_ipc::Block| {
        let start = block.offset().max(0) as usize;
        let middle = start.saturating_add(block.metaDataLength().max(0) as usize);
        let end = middle.saturating_add(block.bodyLength().max(0) as usize);
        (start..middle, middle..end)
    };
    let blocks = footer.dictionaries.iter().chain(&footer.batches);
    let head = blocks.map(|block| ranges(block).0.start).min();
    let mut sums = vec![checksum(part(0..head.unwrap_or_default()))];
    for block in &footer.dictionaries {
        let (header, body) = ranges(block);
        sums.extend([checksum(part(header)), checksum(part(body))]);
    }
    for block in &footer.batches {
        let (header, body) = ranges(block);
        let (header, body) = (part(header), part(body));
        sums.push(checksum(header));
        let message = header
            .get(8..)
            .and_then(|message| root_as_message(message).ok());
        let batch = message
            .as_ref()
            .and_then(arrow_ipc::Message::header_as_record_batch);
        let parts = batch.and_then(|batch| extents(batch, &schema, body.len()));
        match parts {
            Some(parts) => sums.extend(parts.into_iter().map(|range| checksum(&body[range]))),
            None => sums.extend(vec![0; columns.len() + 1]),
        }
    }
    sums.into_iter().flat_map(u64::to_le_bytes).collect()
}
