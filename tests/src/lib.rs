//! A slow, obvious row-by-row evaluator: the oracle that the engine is compared with.
//!
//! It shares no code with the product, and reads none of its tables: what each filter, sort and page means is spelled
//! out a second time, by hand. Speed does not matter here; that every rule can be seen at a glance does.
//!
//! * [`Request`] is what was asked: an [`Api`] and decoded parameters in their order.
//! * [`answer`] looks at each record in turn and gives an [`Answer`], or `None` where a strict reading refuses.
//! * [`envelope`] writes the page as the API would.
//!
//! [`reading_python`] is something else: a Python that reads the files that `idq` writes.
//!
//! ```
//! use idq_tests::{Api, Request, answer};
//! use serde_json::json;
//!
//! let records = [json!({"id": "a", "state": "active"}), json!({"id": "b", "state": "staged"})];
//! let request = Request::new(Api::Provisionr, &[("filter[state]", "staged")]);
//! assert_eq!(answer(&request, &records).expect("a good request").order, [1]);
//! ```

mod answer;
mod date;
mod envelope;
mod filter;
mod fold;
mod python;
mod record;
mod request;
mod sort;

pub use answer::{Answer, answer};
pub use date::{instant_of, interval_of};
pub use envelope::{encode, envelope};
pub use filter::{PERMISSION_ASSIST_DATES, PERMISSION_ASSIST_TEXTS};
pub use fold::fold;
pub use python::reading_python;
pub use request::{Api, Request, Tree};
