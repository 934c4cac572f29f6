//! Resolution of the paths of an expression to attributes.

use std::sync::Arc;

use idq_api::Api;
use idq_grammar::{AttributePath, Query, Span};

use super::error::Side;
use super::{BindError, BindErrorKind, BindOptions, Binder, UndocumentedPath};
use crate::attribute::Attribute;

/// An attribute that was found by its path.
pub(crate) struct ResolvedAttribute {
    pub(crate) attribute: Attribute,
    /// The path, if the API does not document it.
    pub(crate) undocumented: Option<UndocumentedPath>,
}

/// Finds the attribute at a path, outside an expression.
pub(crate) fn resolve_attribute(
    api: &Arc<Api>,
    path: &AttributePath,
) -> Result<ResolvedAttribute, Vec<BindError>> {
    let (query, options) = (Query::new(), BindOptions::default());
    let mut binder = Binder::new(&query, api, &options);
    match binder.attribute(&[], path) {
        Some(attribute) => Ok(ResolvedAttribute {
            attribute,
            undocumented: binder.undocumented.pop(),
        }),
        None => Err(binder.errors),
    }
}

impl Binder<'_> {
    /// Returns the attribute at a path that starts at the record, or at an object of it whose keys are `outer`; `None`
    /// where the path leads into a field without members, which is a mistake.
    ///
    /// Names of the API are found in any case, and keys of documents are exact. A path that the API does not document
    /// is one of an undocumented member: the records are not known yet.
    pub(super) fn attribute(
        &mut self,
        outer: &[String],
        path: &AttributePath,
    ) -> Option<Attribute> {
        let keys: Vec<String> = outer.iter().chain(&path.keys).cloned().collect();
        for count in (1..=keys.len()).rev() {
            let (name, inner) = keys.split_at(count);
            if name.iter().any(|key| key.contains('.')) {
                continue;
            }
            let name = name.join(".");
            let is_name = |other: &str| other.eq_ignore_ascii_case(&name);
            let mut fields = self.api.fields.iter();
            if let Some(field) = fields.position(|field| is_name(&field.name)) {
                return self.below_field(field, inner, path.span);
            }
            let mut objects = self.api.objects.iter();
            if let Some(object) = objects.position(|object| is_name(object)) {
                let column = self.api.fields.len() + object;
                if inner.is_empty() {
                    return Some(Attribute::Object(column));
                }
                let object = self.api.objects[object].split('.').map(str::to_owned);
                let keys = object.chain(inner.iter().cloned()).collect();
                return Some(self.undocumented(keys, path.span));
            }
        }
        Some(self.undocumented(keys, path.span))
    }

    /// Returns the attribute below a field.
    fn below_field(
        &mut self,
        field: usize,
        inner: &[String],
        span: Option<Span>,
    ) -> Option<Attribute> {
        let described = &self.api.fields[field];
        if inner.is_empty() {
            return Some(Attribute::Field(field));
        }
        if described.kind == idq_api::Kind::Document {
            return Some(Attribute::Path {
                column: field,
                keys: inner.to_vec(),
            });
        }
        let kind = BindErrorKind::NoMembers {
            name: described.name.clone(),
            kind: described.kind,
        };
        self.error(kind, span);
        None
    }

    /// Returns the attribute of an undocumented member, and notes its path for the check after the load.
    fn undocumented(&mut self, keys: Vec<String>, span: Option<Span>) -> Attribute {
        let undocumented = UndocumentedPath {
            path: keys.join("."),
            span,
            side: Side::Left,
        };
        self.undocumented.push(undocumented);
        Attribute::Path {
            column: self.api.undocumented_column(),
            keys,
        }
    }
}
