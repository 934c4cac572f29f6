//! The keys of a count on the command line: parsed without an API, then bound to one.

use std::sync::Arc;

use idq::api::Api;
use idq::{BoundKeys, Clock, CountRequest, KeyOptions, ListedNames, Problem, Report, bind_keys};

use crate::arguments::GroupArguments;

/// The parsed keys of a count, with the errors of their texts.
pub(super) struct ParsedKeys {
    /// Request of the count, without an API.
    request: CountRequest,
    /// Errors of parsing, with their spans.
    problems: Vec<Problem>,
}

impl ParsedKeys {
    /// Parses `--by` and `--having`.
    pub(super) fn new(arguments: &GroupArguments) -> Self {
        let (mut request, mut problems) = (CountRequest::new(), Vec::new());
        // Each text is parsed, so that the mistakes of all are reported at once.
        for text in &arguments.by {
            if let Err(errors) = request.add_by_text(text) {
                problems.extend(errors.problems());
            }
        }
        if let Some(text) = &arguments.having
            && let Err(errors) = request.add_having_text(text)
        {
            problems.extend(errors.problems());
        }
        if let Some(top) = arguments.top {
            request = request.top(top);
        }
        Self { request, problems }
    }

    /// Returns the number of keys.
    #[cfg(feature = "chart")]
    pub(super) fn count(&self) -> usize {
        self.request.keys().len()
    }

    /// Binds the keys to an API. Without an API, only the errors of parsing are reported, and nothing is bound.
    pub(super) fn bind(
        mut self,
        api: Option<&Arc<Api>>,
        clock: Clock,
    ) -> Result<Option<BoundKeys>, String> {
        let options = KeyOptions { clock };
        // A request whose keys are all wrong has none left to bind.
        let has_keys = !self.request.keys().is_empty();
        let bound = match api
            .filter(|_| has_keys)
            .map(|api| bind_keys(&self.request, api, &options))
        {
            Some(Ok(bound)) => Some(bound),
            Some(Err(errors)) => {
                self.problems.extend(errors.problems(ListedNames::Nearest));
                None
            }
            None => None,
        };
        // Errors of parsing and of binding are reported together, in the order of the request.
        self.problems.sort_by_key(|problem| problem.span);
        if self.problems.is_empty() {
            Ok(bound)
        } else {
            Err(Report::new(self.request.texts(), &self.problems).to_string())
        }
    }
}
