//! Definitions of reports.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;

use crate::error::DefinitionError;

/// The definition of a report. `{days}` in its texts stands for the number of days.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Report {
    /// The name on the command line.
    pub name: String,
    /// The heading.
    pub title: String,
    /// The findings in words.
    pub definition: String,
    /// The controls that ask for it: their names and numbers.
    pub reference: Option<String>,
    /// The default number of days; `None` for a report that counts none.
    pub days: Option<u32>,
    /// The definition for the records of each API, by its name.
    #[serde(default)]
    pub api: BTreeMap<String, ApiDefinition>,
    /// The definition for two systems.
    #[serde(rename = "match")]
    pub matching: Option<MatchDefinition>,
}

/// The definition of a report for the records of one API.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ApiDefinition {
    /// The reason why the records have no answer, in place of everything else.
    pub unanswerable: Option<String>,
    /// The expression of the records that are looked at; by default all.
    pub population: Option<String>,
    /// The reason why the other records are left out; needed beside `population`.
    pub left_out: Option<String>,
    /// The columns of findings.
    #[serde(default)]
    pub columns: Vec<String>,
    /// The kinds of findings.
    #[serde(default, rename = "section")]
    pub sections: Vec<SectionDefinition>,
    /// The records of the population about which the report cannot decide, each kind with the reason.
    #[serde(default)]
    pub undecided: Vec<UndecidedDefinition>,
}

/// One kind of findings.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SectionDefinition {
    /// The name in data.
    pub name: String,
    /// The heading.
    pub title: String,
    /// The expression of the findings; by default the whole population.
    pub r#where: Option<String>,
    /// A field with foldings, `email:trim:fold`: the findings are the records whose value several records have.
    pub duplicates: Option<String>,
    /// The keys by which findings are counted, each alone.
    #[serde(default)]
    pub counts: Vec<String>,
    /// Whether the findings are listed.
    #[serde(default = "listed")]
    pub list: bool,
}

/// Records of the population about which a report cannot decide.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct UndecidedDefinition {
    /// The reason.
    pub reason: String,
    /// The expression of the records, among those of the population.
    pub r#where: String,
}

/// The definition of a report for two systems.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct MatchDefinition {
    /// The name of the API of the left records.
    pub left: String,
    /// The name of the API of the right records.
    pub right: String,
    /// The rules, in order.
    pub on: Vec<String>,
    /// The number of records that may be linked with one record.
    #[serde(default)]
    pub cardinality: Cardinality,
    /// The columns of findings, as `left.NAME` and `right.NAME`.
    #[serde(default)]
    pub columns: Vec<String>,
    /// The kinds of findings.
    #[serde(default, rename = "section")]
    pub sections: Vec<PairSectionDefinition>,
}

/// One kind of findings in two systems.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PairSectionDefinition {
    /// The name in data.
    pub name: String,
    /// The heading.
    pub title: String,
    /// The expression over both sides.
    pub r#where: String,
    /// The situations; by default all.
    #[serde(default)]
    pub situations: Vec<Situation>,
}

/// The number of records that may be linked with one record, as [`idq_compare::Cardinality`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cardinality {
    /// One record of each side.
    #[default]
    OneToOne,
    /// Any number of right records with one left record.
    OneToMany,
    /// Any number of left records with one right record.
    ManyToOne,
}

impl From<Cardinality> for idq_compare::Cardinality {
    fn from(cardinality: Cardinality) -> Self {
        match cardinality {
            Cardinality::OneToOne => Self::OneToOne,
            Cardinality::OneToMany => Self::OneToMany,
            Cardinality::ManyToOne => Self::ManyToOne,
        }
    }
}

/// The situation of matched records, as [`idq_compare::Situation`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Situation {
    /// They belong to one identity.
    Linked,
    /// The rules do not decide.
    Disputed,
    /// No rule finds a record of the other side.
    Unmatched,
}

impl From<Situation> for idq_compare::Situation {
    fn from(situation: Situation) -> Self {
        match situation {
            Situation::Linked => Self::Linked,
            Situation::Disputed => Self::Disputed,
            Situation::Unmatched => Self::Unmatched,
        }
    }
}

fn listed() -> bool {
    true
}

/// The definitions of this crate, in the order in which they are listed.
const BUILT_IN: [&str; 11] = [
    include_str!("../reports/dormant.toml"),
    include_str!("../reports/never-signed-in.toml"),
    include_str!("../reports/leavers.toml"),
    include_str!("../reports/orphans.toml"),
    include_str!("../reports/no-manager.toml"),
    include_str!("../reports/privileged.toml"),
    include_str!("../reports/duplicates.toml"),
    include_str!("../reports/pending-deactivation.toml"),
    include_str!("../reports/deactivated-in-use.toml"),
    include_str!("../reports/inventory.toml"),
    include_str!("../reports/data-quality.toml"),
];

impl Report {
    /// Parses a definition in TOML.
    ///
    /// # Errors
    /// Another text, unknown keys, a definition without content.
    pub fn parse(text: &str) -> Result<Self, DefinitionError> {
        let report: Self =
            toml::from_str(text).map_err(|error| DefinitionError::Syntax(error.to_string()))?;
        report.check()?;
        Ok(report)
    }

    /// Returns the reports of this crate.
    pub fn built_in() -> &'static [Self] {
        static REPORTS: LazyLock<Vec<Report>> = LazyLock::new(|| {
            let reports = BUILT_IN.iter().map(|text| Report::parse(text));
            // The tests parse each of them.
            reports.filter_map(Result::ok).collect()
        });
        &REPORTS
    }

    /// Returns the report of a name.
    pub fn named(name: &str) -> Option<&'static Self> {
        Self::built_in().iter().find(|report| report.name == name)
    }

    /// Refuses definitions that have no meaning.
    fn check(&self) -> Result<(), DefinitionError> {
        let error = |message: String| Err(DefinitionError::Content(message));
        if self.api.is_empty() && self.matching.is_none() {
            return error("expected a table [api.NAME] or [match], found none".to_owned());
        }
        for (name, api) in &self.api {
            check_api_name(&format!("[api.{name}]"), name)?;
            if api.unanswerable.is_none() && api.sections.is_empty() {
                return error(format!("expected a [[api.{name}.section]], found none"));
            }
            if api.population.is_some() != api.left_out.is_some() {
                return error(format!(
                    "[api.{name}]: `population` and `left-out`, the reason why the others are left out, need each other"
                ));
            }
            for section in &api.sections {
                let others = [section.r#where.is_some(), !section.counts.is_empty()];
                if section.duplicates.is_some() && others.contains(&true) {
                    let name = &section.name;
                    return error(format!(
                        "section {name}: `duplicates` stands alone, without `where` and `counts`"
                    ));
                }
            }
        }
        if let Some(matching) = &self.matching {
            check_api_name("[match] left", &matching.left)?;
            check_api_name("[match] right", &matching.right)?;
            if matching.left == matching.right {
                return error("[match]: expected two APIs, found one twice".to_owned());
            }
            if matching.on.is_empty() || matching.sections.is_empty() || matching.columns.is_empty()
            {
                return error(
                    "[match]: expected a rule in `on`, a [[match.section]] and `columns`"
                        .to_owned(),
                );
            }
        }
        let apis = self.api.values().map(|api| &api.columns);
        for columns in apis.chain(self.matching.iter().map(|matching| &matching.columns)) {
            let mut seen = BTreeSet::new();
            if let Some(repeated) = columns.iter().find(|name| !seen.insert(*name)) {
                return error(format!("columns: {} is repeated", idq::quote(repeated)));
            }
        }
        let uses_days = format!("{self:?}").contains("{days}");
        if uses_days != self.days.is_some() {
            return error("`days`, the default number, and `{days}` need each other".to_owned());
        }
        Ok(())
    }
}

/// Refuses a name that no API has.
fn check_api_name(place: &str, name: &str) -> Result<(), DefinitionError> {
    let mut names = idq::api::ApiRegistry::built_in()
        .iter()
        .map(|api| api.name.as_str());
    if names.clone().any(|known| known == name) {
        return Ok(());
    }
    let names: Vec<&str> = names.by_ref().collect();
    let names = names.join(" or ");
    Err(DefinitionError::Content(format!(
        "{place}: expected the name of an API ({names}), found {}",
        idq::quote(name)
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_report_of_this_crate_is_a_definition() {
        for text in BUILT_IN {
            Report::parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        }
        assert_eq!(Report::built_in().len(), BUILT_IN.len());
    }
}
