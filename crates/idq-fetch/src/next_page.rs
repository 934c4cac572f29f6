//! The page after a page, by the members of its envelope.

use crate::fetch::NextPageRule;
use crate::page::Page;

/// The page after a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NextPage {
    /// There is none.
    End,
    /// The page of this URL.
    Url(String),
    /// The page of this number.
    Number(u64),
}

/// Returns the page after `page`. `requested` is the number by which it was requested, which counts if the page itself
/// has none; `records` is the number of its records.
///
/// A page has the URL of the next one, or its number, or the numbers from which that follows. Without any of them, the
/// pages end with the first one without records.
pub(crate) fn next_page(
    page: &Page<'_>,
    rule: NextPageRule,
    requested: u64,
    records: u64,
) -> NextPage {
    // The URL of a next page leads in circles on a server whose last page is empty.
    if records == 0 {
        return NextPage::End;
    }
    match (&page.next_url, rule) {
        (Some(None), _) => return NextPage::End,
        (Some(Some(url)), NextPageRule::Link) => return NextPage::Url(url.clone()),
        _ => {}
    }
    if let Some(next) = page.next_number {
        return next.map_or(NextPage::End, NextPage::Number);
    }
    let number = page.number.unwrap_or(requested);
    let is_last = match (page.last_page, page.total, page.per_page) {
        (Some(last), _, _) => number >= last,
        (None, Some(total), Some(per_page)) => number.saturating_mul(per_page) >= total,
        _ => false,
    };
    if is_last {
        NextPage::End
    } else {
        NextPage::Number(number.saturating_add(1))
    }
}

#[cfg(test)]
mod tests {
    use idq_api::Api;

    use super::*;
    use crate::page::Body;

    #[test]
    fn next_page_follows_from_the_members_of_the_envelope() {
        use NextPage::{End, Number};
        let provisionr = Api::provisionr();
        let permission_assist = Api::permission_assist();
        let url = |url: &str| NextPage::Url(url.to_owned());
        for (api, body, rule, expected) in [
            (
                provisionr,
                r#""next_page_url":"/x?page=2","last_page":9"#,
                NextPageRule::Link,
                url("/x?page=2"),
            ),
            (
                provisionr,
                r#""next_page_url":"/x?page=2","last_page":9"#,
                NextPageRule::Number,
                Number(5),
            ),
            (
                provisionr,
                r#""next_page_url":null,"last_page":9"#,
                NextPageRule::Link,
                End,
            ),
            (
                provisionr,
                r#""current_page":9,"last_page":9"#,
                NextPageRule::Link,
                End,
            ),
            (
                provisionr,
                r#""current_page":8,"last_page":9"#,
                NextPageRule::Link,
                Number(9),
            ),
            (
                provisionr,
                r#""meta":{"current_page":8,"last_page":8}"#,
                NextPageRule::Link,
                End,
            ),
            (
                permission_assist,
                r#""page":1,"totalPages":2"#,
                NextPageRule::Link,
                Number(2),
            ),
            (
                permission_assist,
                r#""page":2,"totalPages":2"#,
                NextPageRule::Link,
                End,
            ),
            (
                permission_assist,
                r#""page":2,"pageSize":50,"totalCount":101"#,
                NextPageRule::Link,
                Number(3),
            ),
            (
                permission_assist,
                r#""page":2,"pageSize":50,"totalCount":100"#,
                NextPageRule::Link,
                End,
            ),
            (
                permission_assist,
                r#""correlationId":"x""#,
                NextPageRule::Link,
                Number(5),
            ),
        ] {
            let key = api.envelope.records_key();
            let text = format!(r#"{{"{key}":[{{}}],{body}}}"#);
            let page = Body::read(text.as_bytes()).unwrap();
            let page = page.page(api).unwrap();
            assert_eq!(next_page(&page, rule, 4, 1), expected, "{text}");
            assert_eq!(next_page(&page, rule, 4, 0), End, "{text}");
        }
    }
}
