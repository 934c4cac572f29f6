//! The matches of a request.

use std::ffi::c_char;
use std::sync::Arc;

use idq::{BindOptions, BoundQuery, Clock, Conformance, Query, bind};

use crate::border::{Out, call, free, object, text};
use crate::bytes::Bytes;
use crate::error::{Error, Failure, Status};
use crate::snapshot::{Loaded, Snapshot};

/// The strict reading of a request: everything that could be a mistake is one.
pub const CONFORMANCE_STRICT: u32 = 0;

/// The API's own reading of a request: everything that the API accepts is accepted, and read as it reads it.
pub const CONFORMANCE_API: u32 = 1;

/// The matches of a request. They are evaluated by each function that needs them. Any number of threads may use them at
/// the same time.
#[derive(Debug)]
pub struct Matches {
    pub(crate) loaded: Arc<Loaded>,
    query: Query,
    options: BindOptions,
    bound: BoundQuery,
}

impl Matches {
    /// Binds a query to the API of a snapshot.
    fn bind(loaded: &Arc<Loaded>, query: Query, options: BindOptions) -> Result<Self, Failure> {
        let engine = &loaded.engine;
        let bound = bind(&query, engine.api(), &options).map_err(idq::Error::from)?;
        bound
            .check_names(engine.snapshot())
            .map_err(idq::Error::from)?;
        Ok(Self {
            loaded: Arc::clone(loaded),
            query,
            options,
            bound,
        })
    }

    /// Evaluates the matches.
    pub(crate) fn evaluate<'m, T: Send>(
        &'m self,
        work: impl FnOnce(&idq::Matches<'m>) -> Result<T, idq::Error> + Send,
    ) -> Result<T, Failure> {
        let loaded = &self.loaded;
        Ok(loaded.run(|| work(&loaded.engine.bound(self.bound.clone())))?)
    }
}

/// Returns the matches of a request of the API: a query string such as `filter[state]=active&sort=-created_at`, or a whole
/// URL. `conformance` is `IDQ_CONFORMANCE_STRICT` or `IDQ_CONFORMANCE_API`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn idq_query(
    snapshot: *const Snapshot,
    request: *const c_char,
    conformance: u32,
    matches: *mut *mut Matches,
    error: *mut *mut Error,
) -> Status {
    // SAFETY: the caller passes pointers as the header says.
    unsafe {
        call(error, || {
            let out = Out::object(matches, "matches")?;
            let snapshot = object(snapshot, "snapshot")?;
            let request = text(request, "request")?;
            let conformance = match conformance {
                CONFORMANCE_STRICT => Conformance::Strict,
                CONFORMANCE_API => Conformance::Api,
                other => {
                    let message = format!("conformance: expected 0 or 1, found {other}");
                    return Err(Failure::argument(message));
                }
            };
            let query = Query::parse_as(request, conformance).map_err(idq::Error::from)?;
            let options = BindOptions::new(conformance, Clock::system());
            out.give(Matches::bind(&snapshot.loaded, query, options)?);
            Ok(())
        })
    }
}

/// Returns those of the matches that satisfy an expression as well, such as `email pr and not profile.department eq
/// "Sales"`. `matches` stay as they are.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn idq_matches_where(
    matches: *const Matches,
    expression: *const c_char,
    narrower: *mut *mut Matches,
    error: *mut *mut Error,
) -> Status {
    // SAFETY: the caller passes pointers as the header says.
    unsafe {
        call(error, || {
            let out = Out::object(narrower, "narrower")?;
            let matches = object(matches, "matches")?;
            let mut query = matches.query.clone();
            let added = query.add_where_text(text(expression, "expression")?);
            added.map_err(idq::Error::from)?;
            out.give(Matches::bind(
                &matches.loaded,
                query,
                matches.options.clone(),
            )?);
            Ok(())
        })
    }
}

/// Counts the matches.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn idq_matches_count(
    matches: *const Matches,
    count: *mut u64,
    error: *mut *mut Error,
) -> Status {
    // SAFETY: the caller passes pointers as the header says.
    unsafe {
        call(error, || {
            let out = Out::new(count, 0, "count")?;
            let matches = object(matches, "matches")?;
            out.write(matches.evaluate(idq::Matches::count)?);
            Ok(())
        })
    }
}

/// Returns a page of the matches in the envelope of the API, as JSON on one line. Pages are counted from 1; a `page` or
/// `per_page` of 0 is that of the request, or the API's default.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn idq_matches_page(
    matches: *const Matches,
    page: u64,
    per_page: u64,
    json: *mut Bytes,
    error: *mut *mut Error,
) -> Status {
    // SAFETY: the caller passes pointers as the header says.
    unsafe {
        call(error, || {
            let out = Out::new(json, Bytes::NONE, "json")?;
            let matches = object(matches, "matches")?;
            let mut query = matches.query.clone();
            if page > 0 {
                query = query.page(page);
            }
            if per_page > 0 {
                query = query.per_page(per_page);
            }
            let matches = Matches::bind(&matches.loaded, query, matches.options.clone())?;
            let page = matches.evaluate(|matches| matches.page()?.to_json())?;
            out.write(Bytes::new(page));
            Ok(())
        })
    }
}

/// Frees matches. Null does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn idq_matches_free(matches: *mut Matches) {
    // SAFETY: the caller passes pointers as the header says.
    unsafe { free(matches) }
}
