//! The page number and page size of a request.

use idq_api::PageNumberRule;
use idq_grammar::{Conformance, Spanned, trim};

use super::{BindErrorKind, Binder};

impl Binder<'_> {
    /// Returns the requested page, from 1.
    pub(super) fn page(&mut self) -> u64 {
        let rule = self.api.pages.page_number;
        let is_lenient = !self.is_strict() && rule == PageNumberRule::Lenient;
        self.number("page", self.query.pages(), is_lenient)
            .unwrap_or(1)
    }

    /// Returns the number of records on a page.
    pub(super) fn per_page(&mut self) -> u64 {
        let rules = self.api.pages;
        let given = self.query.per_pages();
        if !rules.per_page_can_change {
            if let (Some(given), true) = (given.last(), self.is_strict()) {
                let kind = BindErrorKind::FixedPageSize {
                    api: self.api.title.clone(),
                    per_page: rules.per_page,
                };
                self.error(kind, given.span);
            }
            return rules.per_page;
        }
        let is_lenient = !self.is_strict();
        self.number("per_page", given, is_lenient)
            .unwrap_or(rules.per_page)
    }

    /// Returns the last of the values of a parameter as a number from 1; `None` without one. Another text is an error
    /// unless the reading is lenient.
    fn number(
        &mut self,
        name: &'static str,
        given: &[Spanned<String>],
        is_lenient: bool,
    ) -> Option<u64> {
        let last = given.last()?;
        if given.len() > 1 && self.is_strict() {
            self.error(BindErrorKind::RepeatedParameter { name }, last.span);
        }
        let text = trim(self.query.texts(), last);
        // The framework's rule belongs to the leniency: an API that refuses other texts has its own.
        let conformance = if is_lenient {
            Conformance::Api
        } else {
            Conformance::Strict
        };
        let number = conformance.parse_page_number(&text.value);
        if number.is_none() && !is_lenient {
            self.error(
                BindErrorKind::BadNumber {
                    name,
                    found: text.value,
                },
                text.span,
            );
        }
        number
    }
}
