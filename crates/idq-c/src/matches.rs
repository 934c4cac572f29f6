//! The matches of a request.

use std::ffi::c_char;
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::Arc;

use idq::{BindOptions, BoundQuery, Clock, Conformance, Query};

use crate::error::{Error, Failure, Status};
use crate::ffi::{call, free, into_raw, not_null, result, text};
use crate::snapshot::{SharedSnapshot, Snapshot};
use crate::text::Text;

// No enum: C may pass any number, which is undefined behaviour for an enum of Rust.

/// The strict reading of a request: what the API would ignore, or read otherwise than it looks, is a mistake.
pub const CONFORMANCE_STRICT: u32 = 0;

/// The API's own reading of a request: everything that the API accepts is accepted, and read as the API reads it.
pub const CONFORMANCE_API: u32 = 1;

/// The matches of a request. Each function evaluates what it returns. Any number of threads may use them at the same time.
#[derive(Debug)]
pub struct Matches {
    pub(crate) shared: Arc<SharedSnapshot>,
    query: Query,
    options: BindOptions,
    bound: BoundQuery,
}

impl Matches {
    /// Binds a query to the API of a snapshot.
    fn bind(
        shared: &Arc<SharedSnapshot>,
        query: Query,
        options: BindOptions,
    ) -> Result<Self, Failure> {
        let bound = shared.engine.bind(&query, &options)?;
        Ok(Self {
            shared: Arc::clone(shared),
            query,
            options,
            bound,
        })
    }

    /// Evaluates the matches on the threads of the snapshot.
    pub(crate) fn evaluate<'m, T: Send>(
        &'m self,
        work: impl FnOnce(&idq::Matches<'m>) -> Result<T, idq::Error> + Send,
    ) -> Result<T, Failure> {
        let shared = &self.shared;
        Ok(shared.run(|| work(&shared.engine.bound(self.bound.clone())))?)
    }
}

/// Returns the matches of a request of the API: a query string such as `filter[state]=active&sort=-created_at`, or a whole
/// URL. Values are percent-encoded as in a URL, where `+` is a space, and `where=EXPRESSION` is accepted as well. A value that no
/// record has is no mistake: `idq_matches_hints` says so. `conformance` is `IDQ_CONFORMANCE_STRICT` or `IDQ_CONFORMANCE_API`. Days
/// are those of UTC, and `now` is the time of this call.
///
/// Fails with `INVALID_REQUEST`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn idq_query(
    snapshot: Option<&Snapshot>,
    request: *const c_char,
    conformance: u32,
    matches: Option<&mut MaybeUninit<*mut Matches>>,
    error: Option<&mut MaybeUninit<*mut Error>>,
) -> Status {
    call(error, || {
        let matches = result(matches, ptr::null_mut(), "matches")?;
        let snapshot = not_null(snapshot, "snapshot")?;
        // SAFETY: the program passes null or a text.
        let request = unsafe { text(request, "request")? };
        let conformance = match conformance {
            CONFORMANCE_STRICT => Conformance::Strict,
            CONFORMANCE_API => Conformance::Api,
            other => {
                let message = format!("conformance: expected 0 or 1, found {other}");
                return Err(Failure::argument(message));
            }
        };
        let query = Query::parse_as(request, conformance)?;
        let options = BindOptions::new(conformance, Clock::system());
        *matches = into_raw(Matches::bind(&snapshot.shared, query, options)?);
        Ok(())
    })
}

/// Returns those of the matches that satisfy an expression as well, such as `email pr and not profile.department eq
/// "Sales"`. `matches` stay as they are.
///
/// Fails with `INVALID_REQUEST`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn idq_matches_where(
    matches: Option<&Matches>,
    expression: *const c_char,
    narrowed: Option<&mut MaybeUninit<*mut Matches>>,
    error: Option<&mut MaybeUninit<*mut Error>>,
) -> Status {
    call(error, || {
        let narrowed = result(narrowed, ptr::null_mut(), "narrowed")?;
        let matches = not_null(matches, "matches")?;
        let mut query = matches.query.clone();
        // SAFETY: the program passes null or a text.
        query.add_where_text(unsafe { text(expression, "expression")? })?;
        let options = matches.options.clone();
        *narrowed = into_raw(Matches::bind(&matches.shared, query, options)?);
        Ok(())
    })
}

/// Counts the matches.
///
/// Fails with `NOT_LOADED`, or with `LOAD_FAILED` if a file has changed.
#[unsafe(no_mangle)]
pub extern "C" fn idq_matches_count(
    matches: Option<&Matches>,
    count: Option<&mut MaybeUninit<u64>>,
    error: Option<&mut MaybeUninit<*mut Error>>,
) -> Status {
    call(error, || {
        let count = result(count, 0, "count")?;
        *count = not_null(matches, "matches")?.evaluate(idq::Matches::count)?;
        Ok(())
    })
}

/// Returns a page of the matches in the envelope of the API, as JSON on one line. Provisionr's has the records in `data`, the
/// number of pages in `last_page` and of matches in `total`; Permission Assist's has `items`, `totalPages` and `totalCount`.
/// `page`, counted from 1, and `per_page` override those of the request; 0 keeps them. A page past the last one has no records.
/// Pages of Permission Assist always have 50 records, those of Provisionr as many as `per_page` says. In the API's own reading,
/// both numbers are read as the API reads them. Each call evaluates the matches; for all of them, `idq_matches_records` is faster.
///
/// Fails with `INVALID_REQUEST` (a `per_page` that the API does not have), `NOT_LOADED`, or with `LOAD_FAILED` if a file has
/// changed.
#[unsafe(no_mangle)]
pub extern "C" fn idq_matches_page(
    matches: Option<&Matches>,
    page: u64,
    per_page: u64,
    json: Option<&mut MaybeUninit<Text>>,
    error: Option<&mut MaybeUninit<*mut Error>>,
) -> Status {
    call(error, || {
        let json = result(json, Text::NONE, "json")?;
        let matches = not_null(matches, "matches")?;
        let mut query = matches.query.clone();
        if page > 0 {
            query = query.page(page);
        }
        if per_page > 0 {
            query = query.per_page(per_page);
        }
        let matches = Matches::bind(&matches.shared, query, matches.options.clone())?;
        *json = Text::new(matches.evaluate(|matches| matches.page()?.to_json())?);
        Ok(())
    })
}

/// Returns possible reasons of a surprising number of matches, for a person: a JSON array of texts on one line. `[]` is
/// frequent.
///
/// Fails with `NOT_LOADED`, or with `LOAD_FAILED` if a file has changed.
#[unsafe(no_mangle)]
pub extern "C" fn idq_matches_hints(
    matches: Option<&Matches>,
    json: Option<&mut MaybeUninit<Text>>,
    error: Option<&mut MaybeUninit<*mut Error>>,
) -> Status {
    call(error, || {
        let json = result(json, Text::NONE, "json")?;
        let hints = not_null(matches, "matches")?.evaluate(|matches| {
            let hints = matches.hints(matches.count()?).into_iter();
            Ok(hints.map(|hint| hint.to_string()).collect::<Vec<_>>())
        })?;
        *json = Text::new(serde_json::json!(hints).to_string());
        Ok(())
    })
}

/// Frees matches. Null is ignored.
#[unsafe(no_mangle)]
pub extern "C" fn idq_matches_free(matches: Option<Box<Matches>>) {
    free(matches);
}
