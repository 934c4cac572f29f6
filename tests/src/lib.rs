//! The oracle: a slow, obvious row-by-row evaluator for comparison with the engine.
//!
//! It shares no code and no tables with the product: every filter, sort and page is implemented a second time, by hand.
//! Clarity of each rule matters here, speed does not.
//!
//! * [`Request`] is an [`OracleApi`] and decoded parameters in their order.
//! * [`answer`] evaluates a request record by record to an [`Answer`], or `None` if a strict reading refuses it.
//! * [`framework_answer`] evaluates a query string by the API's own reading.
//! * [`count`] counts matches by keys, record by record.
//! * [`pairs`] pairs the records of two dumps, [`value_differences`] compares two of them.
//! * [`groups`] finds the records of two dumps that belong together.
//! * [`envelope`] formats the page like the API.
//! * [`holds`] evaluates an expression on one record, [`account`] accounts for the records without a value.
//!
//! [`reading_python`] locates a Python interpreter for tests that read files of `idq`.
//!
//! ```
//! use idq_tests::{OracleApi, Request, answer};
//! use serde_json::json;
//!
//! let records = [json!({"id": "a", "state": "active"}), json!({"id": "b", "state": "staged"})];
//! let request = Request::new(OracleApi::Provisionr, &[("filter[state]", "staged")]);
//! assert_eq!(answer(&request, &records).expect("a good request").order, [1]);
//! ```

mod answer;
mod count;
mod date;
mod diff;
mod envelope;
mod expression;
mod filter;
mod fold;
mod framework;
mod matching;
mod python;
mod record;
mod request;
mod sort;

pub use answer::{Answer, answer};
pub use count::{Count, CountAnswer, count};
pub use date::{
    Now, document_instant, expression_interval_of, instant_of, interval_of, now_in_utc,
};
pub use diff::{Pair, Paths, ValueDifference, apply_patch, pairs, value_differences};
pub use envelope::{encode, envelope};
pub use expression::{
    Attribute, ExpressionAccount, Json, Kind, UnknownValues, account, attribute_of, fields, holds,
    is_refused, is_unknown,
};
pub use filter::{PERMISSION_ASSIST_DATES, PERMISSION_ASSIST_TEXTS};
pub use fold::fold;
pub use framework::{FrameworkAnswer, framework_answer};
pub use matching::{Group, RuleSide, groups};
pub use python::reading_python;
pub use request::{OracleApi, Request, Tree};
