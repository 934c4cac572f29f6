//! The writer of pages: an envelope around records, which are copied verbatim.

use std::io::{self, Write};

use idq_api::{Envelope, PageMember, page_count};
use serde::{Serialize, Serializer};

use super::PageInfo;
use super::links::page_links;

/// Writes a page: the envelope on one line, and in it the records verbatim. No line feed follows.
///
/// The records must be valid JSON; they are not checked.
///
/// # Errors
/// The output cannot be written.
pub fn write_page<R: AsRef<[u8]>, W: Write>(
    envelope: &Envelope,
    info: &PageInfo<'_>,
    records: &[R],
    out: &mut W,
) -> io::Result<()> {
    let url = info.url_builder();
    // A buffer, because the members take many small writes.
    let mut text = Vec::new();
    for (index, (key, member)) in envelope.members.iter().enumerate() {
        text.push(if index == 0 { b'{' } else { b',' });
        serde_json::to_writer(&mut text, key)?;
        text.push(b':');
        if *member == PageMember::Records {
            text.push(b'[');
            out.write_all(&text)?;
            text.clear();
            write_records(records, out)?;
            text.push(b']');
        } else {
            let value = MemberValue {
                member: *member,
                info,
                count: records.len(),
                url: &url,
            };
            serde_json::to_writer(&mut text, &value)?;
        }
    }
    text.push(b'}');
    out.write_all(&text)
}

fn write_records<R: AsRef<[u8]>>(records: &[R], out: &mut impl Write) -> io::Result<()> {
    for (index, record) in records.iter().enumerate() {
        if index > 0 {
            out.write_all(b",")?;
        }
        out.write_all(record.as_ref())?;
    }
    Ok(())
}

/// The value of a member of a page of `count` records, other than the records.
struct MemberValue<'p, U> {
    member: PageMember,
    info: &'p PageInfo<'p>,
    count: usize,
    /// The builder of URLs of pages.
    url: &'p U,
}

impl<U: Fn(u64) -> String> Serialize for MemberValue<'_, U> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (info, url) = (self.info, self.url);
        match self.member {
            // The records are not serialized: `write_page` copies them.
            PageMember::Records => serializer.serialize_none(),
            PageMember::Total => info.total.serialize(serializer),
            PageMember::Page => info.page.serialize(serializer),
            PageMember::PerPage => info.per_page.serialize(serializer),
            PageMember::PageCount => page_count(info.total, info.per_page).serialize(serializer),
            PageMember::LastPage => info.last_page().serialize(serializer),
            PageMember::NextPage => info.next().serialize(serializer),
            PageMember::PreviousPage => info.previous().serialize(serializer),
            PageMember::FirstRecord => info.record_positions(self.count).0.serialize(serializer),
            PageMember::LastRecord => info.record_positions(self.count).1.serialize(serializer),
            PageMember::FirstPageUrl => url(1).serialize(serializer),
            PageMember::LastPageUrl => url(info.last_page()).serialize(serializer),
            PageMember::NextPageUrl => info.next().map(url).serialize(serializer),
            PageMember::PreviousPageUrl => info.previous().map(url).serialize(serializer),
            PageMember::CollectionUrl => info.collection_url.serialize(serializer),
            PageMember::PageLinks => page_links(info, url).serialize(serializer),
        }
    }
}
