//! Evaluation of bound queries, and the bodies of successful responses. Runs on the threads of the query pool.

use std::sync::Arc;

use axum::body::Bytes;
use idq::api::Api;
use idq::render::{PageInfo, write_groups_json, write_page};
use idq::{BoundKeys, BoundQuery, Cancel, LoadErrorKind, Record};

use crate::catalog::Catalog;
use crate::observe::metrics::QueryStats;
use crate::response::encoding::ContentEncoding;
use crate::response::error_response::{ErrorResponse, ParameterError};
use crate::response::redact::remove_member;

/// The assumed length of an envelope, to allocate a page's body once.
const ENVELOPE_BYTES: usize = 4 << 10;

/// The assumed length of a group in JSON, to allocate the body of a count once: a key of some 20 bytes and the members
/// around it.
const GROUP_BYTES: usize = 80;

/// A response body in its content encoding.
pub(crate) struct EncodedBody {
    /// The encoded bytes, shared between the response and the cache.
    pub(crate) bytes: Bytes,
    /// The actual encoding, which is none for a short body.
    pub(crate) encoding: ContentEncoding,
    /// The work of the query, for the log and the metrics.
    pub(crate) stats: QueryStats,
}

impl EncodedBody {
    /// Encodes a body.
    fn new(
        body: Vec<u8>,
        encoding: ContentEncoding,
        stats: QueryStats,
    ) -> Result<Self, ErrorResponse> {
        let encoded = encoding.encode(body);
        let (bytes, encoding) = encoded.map_err(|_| ErrorResponse::Internal)?;
        Ok(Self {
            bytes: bytes.into(),
            encoding,
            stats,
        })
    }
}

/// Evaluates a query and writes the requested page in its API's envelope.
pub(crate) fn page_body(
    catalog: &Catalog,
    query: BoundQuery,
    cancel: Cancel,
    collection_url: &str,
    encoding: ContentEncoding,
) -> Result<EncodedBody, ErrorResponse> {
    let api = Arc::clone(query.api());
    let served = catalog.snapshot(&api).ok_or(ErrorResponse::NoRoute)?;
    // The engine caches matches and sorted indexes, so further pages of a request take little time.
    let matches = served.engine.bound(query).cancelled_by(cancel);
    let page = matches.page().map_err(|error| query_error(&error))?;
    // Records are fetched for this page only (late materialisation), in the bytes of their source.
    let records = page.records().map_err(|error| query_error(&error))?;
    let mut records: Vec<Vec<u8>> = records.into_iter().map(Record::into_bytes).collect();
    if let Some(hidden) = served.hidden {
        records = records
            .iter()
            .map(|record| remove_field(&api, hidden, record))
            .collect::<Result<_, _>>()?;
    }
    let info = PageInfo {
        page: page.number(),
        per_page: page.per_page(),
        total: page.total(),
        collection_url,
        parameters: matches.query().parameters(),
    };
    let record_bytes: usize = records.iter().map(|record| record.len() + 1).sum();
    let mut body = Vec::with_capacity(record_bytes + ENVELOPE_BYTES);
    write_page(&api.envelope, &info, &records, &mut body).map_err(|_| ErrorResponse::Internal)?;
    let stats = QueryStats {
        scanned: served.engine.snapshot().rows(),
        matched: page.total(),
    };
    EncodedBody::new(body, encoding, stats)
}

/// A bound request for counts.
pub(crate) struct CountQuery {
    /// The selection of records.
    pub(crate) query: BoundQuery,
    /// The keys by which they are counted, and the limits of their groups.
    pub(crate) keys: BoundKeys,
    /// The maximum number of groups of an answer.
    pub(crate) max_groups: usize,
}

/// Evaluates a count and writes its groups as `idq count -o json` does.
pub(crate) fn counts_body(
    catalog: &Catalog,
    count: CountQuery,
    cancel: Cancel,
    encoding: ContentEncoding,
) -> Result<EncodedBody, ErrorResponse> {
    let api = Arc::clone(count.query.api());
    let served = catalog.snapshot(&api).ok_or(ErrorResponse::NoRoute)?;
    let matches = served.engine.bound(count.query).cancelled_by(cancel);
    let groups = matches.count_by_keys(&count.keys);
    let groups = groups.map_err(|error| query_error(&error))?;
    if groups.len() > count.max_groups {
        let (max, found) = (count.max_groups, groups.len());
        let message = format!("expected at most {max} groups, found {found}; add top or having.");
        return Err(ErrorResponse::Invalid(vec![ParameterError::new(
            "by", message,
        )]));
    }
    let mut body = Vec::with_capacity(ENVELOPE_BYTES + groups.len() * GROUP_BYTES);
    write_groups_json(&groups, &mut body).map_err(|_| ErrorResponse::Internal)?;
    let stats = QueryStats {
        scanned: served.engine.snapshot().rows(),
        matched: groups.total(),
    };
    EncodedBody::new(body, encoding, stats)
}

/// Looks up a record by its id and returns its bytes.
pub(crate) fn record_body(
    catalog: &Catalog,
    api: &Api,
    id: &str,
    encoding: ContentEncoding,
) -> Result<EncodedBody, ErrorResponse> {
    let served = catalog.snapshot(api).ok_or(ErrorResponse::NoRoute)?;
    let found = served.engine.get(id);
    let found = found.map_err(|error| query_error(&error))?;
    // Saved pages can contain an identity repeatedly. The first occurrence is served, as `--dedupe` does among equals.
    let Some(record) = found.into_iter().next() else {
        return Err(ErrorResponse::NoRecord { id: id.to_owned() });
    };
    let mut body = record.into_bytes();
    if let Some(hidden) = served.hidden {
        body = remove_field(api, hidden, &body)?;
    }
    let stats = QueryStats {
        scanned: served.engine.snapshot().rows(),
        matched: 1,
    };
    EncodedBody::new(body, encoding, stats)
}

/// Removes a field, which is at the top of a record.
fn remove_field(api: &Api, field: usize, record: &[u8]) -> Result<Vec<u8>, ErrorResponse> {
    // An error is unexpected, as the load has validated each record.
    remove_member(record, &api.fields[field].name).map_err(|_| ErrorResponse::Internal)
}

/// Converts the error of a query. Its text is logged only: it may contain paths of the server.
fn query_error(error: &idq::Error) -> ErrorResponse {
    match error {
        // The flag is set at the timeout, or when the client has disconnected and no response is sent.
        idq::Error::Cancelled => ErrorResponse::TimedOut,
        // The source was overwritten since the load, so the stored positions of its records are invalid.
        idq::Error::Load(error) if matches!(*error.kind, LoadErrorKind::Changed) => {
            ErrorResponse::Reloading
        }
        error => {
            tracing::error!(%error, "a query failed");
            ErrorResponse::Internal
        }
    }
}
