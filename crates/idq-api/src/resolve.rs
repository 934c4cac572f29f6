//! Name resolution: builds an [`Api`] from a description, with positions of fields for their dotted names.

use std::fmt::{self, Display};

use crate::api::{Api, ApiDescription};
use crate::envelope::PageMember;
use crate::field::{Field, Kind};
use crate::filter::FilterRule;
use crate::sort::SortRule;

/// A mistake in the description of an API.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DescriptionError {
    /// A reference to a field that is not described.
    #[error("{item}: expected the name of a field, found `{found}`")]
    UnknownField {
        /// The item of the description: `filter[email]`.
        item: String,
        /// The name.
        found: String,
    },
    /// Two fields, filters, sort keys, members of a page or members of an error of one name.
    #[error("{item} is described twice")]
    RepeatedName {
        /// The item of the description.
        item: String,
    },
    /// A field whose kind does not suit its use.
    #[error("{item}: the {kind} field {field} cannot be used here")]
    UnsuitableField {
        /// The item of the description.
        item: String,
        /// Name of the field.
        field: String,
        /// Kind of the field.
        kind: Kind,
    },
    /// An envelope with no array of records, or with several.
    #[error("envelope: expected one member with the records, found {found}")]
    RecordsMember {
        /// Number of such members.
        found: usize,
    },
    /// A page size of 0.
    #[error("per_page: expected a number from 1, found 0")]
    EmptyPages,
}

/// All mistakes in the description of an API; at least one. Displays one per line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescriptionErrors {
    api: String,
    errors: Vec<DescriptionError>,
}

impl DescriptionErrors {
    /// Returns the mistakes, in the order of the description.
    pub fn errors(&self) -> &[DescriptionError] {
        &self.errors
    }
}

impl Display for DescriptionErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the description of {} is wrong:", self.api)?;
        self.errors
            .iter()
            .try_for_each(|error| write!(f, "\n  {error}"))
    }
}

impl std::error::Error for DescriptionErrors {}

impl Api {
    /// Builds an API from its description.
    ///
    /// # Errors
    /// Every mistake: references to unknown fields, repeated names, fields whose kind does not suit their use, a page
    /// size of 0.
    pub fn new(description: ApiDescription) -> Result<Self, DescriptionErrors> {
        let mut resolver = Resolver {
            fields: &description.fields,
            errors: Vec::new(),
        };
        let fields = description.fields.iter();
        resolver.check_names("field ", fields.map(|field| &*field.name));
        let filters: Vec<_> = resolver.filters(&description.filters);
        let sorts: Vec<_> = resolver.sorts(&description.sorts);
        let default_order = resolver.positions(&"default_order", &description.default_order);
        let table_columns = resolver.positions(&"table_columns", &description.table_columns);
        resolver.check_volatile(&description.volatile);
        let id = resolver.role(&"id", &description.id, is_text);
        let state = resolver.role(&"state", &description.state, is_text);
        let updated = resolver.role(&"updated", &description.updated, |kind| {
            kind == Kind::Timestamp
        });
        let self_link = description.self_link.as_ref();
        let self_link = self_link.map(|name| resolver.role(&"self_link", name, is_text));
        let profile = description.profile.as_ref().map(|name| {
            let suits = |kind| kind == Kind::Document && !name.contains('.');
            resolver.role(&"profile", name, suits)
        });
        let members = description.envelope.members.iter();
        let found = members
            .filter(|(_, member)| *member == PageMember::Records)
            .count();
        if found != 1 {
            let error = DescriptionError::RecordsMember { found };
            resolver.errors.push(error);
        }
        let members = description.envelope.members.iter();
        resolver.check_names("page member ", members.map(|(key, _)| &**key));
        let members = description.errors.members.iter();
        resolver.check_names("error member ", members.map(|(key, _)| &**key));
        if description.pages.per_page == 0 {
            resolver.errors.push(DescriptionError::EmptyPages);
        }
        if !resolver.errors.is_empty() {
            return Err(DescriptionErrors {
                api: description.name,
                errors: resolver.errors,
            });
        }
        Ok(Self {
            filters,
            sorts,
            default_order,
            id,
            updated,
            state,
            self_link,
            profile,
            table_columns,
            volatile: description.volatile,
            name: description.name,
            title: description.title,
            collection_path: description.collection_path,
            objects: objects(&description.fields),
            fields: description.fields,
            pages: description.pages,
            envelope: description.envelope,
            errors: description.errors,
            dialect: description.dialect,
            generator: description.generator,
        })
    }
}

/// Returns the dotted names of the objects that contain fields, in the order of their first fields, outer ones first.
fn objects(fields: &[Field]) -> Vec<String> {
    let mut objects: Vec<String> = Vec::new();
    for field in fields {
        for (dot, _) in field.name.match_indices('.') {
            let object = &field.name[..dot];
            if !objects.iter().any(|known| known == object) {
                objects.push(object.to_owned());
            }
        }
    }
    objects
}

/// Resolver of names against the described fields. An unknown name resolves to position 0 and an error, which discards
/// the result. An item of the description is formatted only for an error.
struct Resolver<'d> {
    fields: &'d [Field],
    errors: Vec<DescriptionError>,
}

impl Resolver<'_> {
    fn position(&mut self, item: &dyn Display, name: &str) -> usize {
        let position = self.fields.iter().position(|field| field.name == name);
        position.unwrap_or_else(|| {
            self.errors.push(DescriptionError::UnknownField {
                item: item.to_string(),
                found: name.to_owned(),
            });
            0
        })
    }

    fn positions(&mut self, item: &dyn Display, names: &[String]) -> Vec<usize> {
        let names = names.iter();
        names.map(|name| self.position(item, name)).collect()
    }

    /// Collects an error for each name that is neither that of a field nor of an object around one.
    fn check_volatile(&mut self, names: &[String]) {
        for name in names {
            let mut fields = self.fields.iter();
            let contains = |field: &Field| {
                let rest = field.name.strip_prefix(name.as_str());
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            };
            if !fields.any(contains) {
                self.errors.push(DescriptionError::UnknownField {
                    item: "volatile".to_owned(),
                    found: name.clone(),
                });
            }
        }
    }

    /// Resolves a field whose kind must satisfy `suits`.
    fn role(&mut self, item: &dyn Display, name: &str, suits: impl Fn(Kind) -> bool) -> usize {
        if let Some(kind) = kind_of(self.fields, name).filter(|&kind| !suits(kind)) {
            self.errors.push(DescriptionError::UnsuitableField {
                item: item.to_string(),
                field: name.to_owned(),
                kind,
            });
        }
        self.position(item, name)
    }

    fn filters(&mut self, rules: &[FilterRule<String>]) -> Vec<FilterRule> {
        self.check_names("filter ", rules.iter().map(|rule| &*rule.name));
        rules.iter().map(|rule| self.filter(rule)).collect()
    }

    fn filter(&mut self, rule: &FilterRule<String>) -> FilterRule {
        let item = format_args!("filter[{}]", rule.name);
        FilterRule {
            name: rule.name.clone(),
            field: self.role(&item, &rule.field, |kind| rule.match_kind.suits(kind)),
            // A field that a kind of match compares beside the rule's own is compared as text.
            match_kind: rule
                .match_kind
                .map(|other| self.role(&item, other, is_text)),
            provenance: rule.provenance,
        }
    }

    fn sorts(&mut self, rules: &[SortRule<String>]) -> Vec<SortRule> {
        self.check_names("sort ", rules.iter().map(|rule| &*rule.name));
        let suits = |kind| matches!(kind, Kind::Text | Kind::Keyword | Kind::Timestamp);
        let resolve = |rule: &SortRule<String>| SortRule {
            name: rule.name.clone(),
            field: self.role(&format_args!("sort {}", rule.name), &rule.field, suits),
            provenance: rule.provenance,
        };
        rules.iter().map(resolve).collect()
    }

    /// Collects an error for each repeated name; `part` is the part of the description before the name.
    fn check_names<'n>(&mut self, part: &str, names: impl Iterator<Item = &'n str>) {
        let mut seen: Vec<&str> = Vec::new();
        for name in names {
            // A search is faster than hashing: an API has some dozen names of each sort.
            if seen.contains(&name) {
                let item = format!("{part}{name}");
                self.errors.push(DescriptionError::RepeatedName { item });
            }
            seen.push(name);
        }
    }
}

/// Returns whether a kind of field has texts.
fn is_text(kind: Kind) -> bool {
    matches!(kind, Kind::Text | Kind::Keyword)
}

/// Returns the kind of a described field.
fn kind_of(fields: &[Field], name: &str) -> Option<Kind> {
    let field = fields.iter().find(|field| field.name == name);
    field.map(|field| field.kind)
}
