use idq_api::Envelope;
use idq_grammar::{Spanned, trim};

use super::{BindErrorKind, Binder};

impl Binder<'_> {
    /// The page that is asked for, from 1.
    pub(super) fn page(&mut self) -> u64 {
        // Laravel takes an unreadable page for the first; Permission Assist refuses it.
        let forgiving = !self.is_strict() && self.api.envelope == Envelope::Paginator;
        self.number("page", self.query.pages(), forgiving)
            .unwrap_or(1)
    }

    /// Records on a page.
    pub(super) fn per_page(&mut self) -> u64 {
        let rules = self.api.pages;
        let given = self.query.per_pages();
        if !rules.per_page_can_change {
            if let (Some(given), true) = (given.last(), self.is_strict()) {
                let kind = BindErrorKind::FixedPageSize {
                    api: self.api.title,
                    per_page: rules.per_page,
                };
                self.error(kind, given.span);
            }
            return rules.per_page;
        }
        let forgiving = !self.is_strict();
        self.number("per_page", given, forgiving)
            .unwrap_or(rules.per_page)
    }

    /// The last of the values given, as a number from 1.
    fn number(
        &mut self,
        name: &'static str,
        given: &[Spanned<String>],
        forgiving: bool,
    ) -> Option<u64> {
        let last = given.last()?;
        if given.len() > 1 && self.is_strict() {
            self.error(BindErrorKind::RepeatedParameter { name }, last.span);
        }
        let text = trim(self.query.texts(), last);
        let digits = !text.value.is_empty() && text.value.bytes().all(|byte| byte.is_ascii_digit());
        let number = text
            .value
            .parse::<u64>()
            .ok()
            .filter(|&number| digits && number > 0);
        if number.is_none() && !forgiving {
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
