//! Definitions of reports.

use std::collections::BTreeMap;
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
    /// The columns of findings.
    #[serde(default)]
    pub columns: Vec<String>,
    /// The kinds of findings.
    #[serde(default, rename = "section")]
    pub sections: Vec<SectionDefinition>,
    /// The records that are left out, each with the reason.
    #[serde(default, rename = "left-out")]
    pub left_out: Vec<LeftOutDefinition>,
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

/// Records that a report leaves out.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LeftOutDefinition {
    /// The reason.
    pub title: String,
    /// The expression of the records.
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
    /// `one-to-one`, `one-to-many` or `many-to-one`.
    pub cardinality: Option<String>,
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
    /// `linked`, `disputed` and `unmatched`; by default all.
    #[serde(default)]
    pub situations: Vec<String>,
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
            if idq::api::ApiRegistry::built_in().by_name(name).is_none() {
                return error(format!("[api.{name}]: idq has no API of this name"));
            }
            if api.unanswerable.is_none() && api.sections.is_empty() {
                return error(format!(
                    "[api.{name}]: expected a [[api.{name}.section]], found none"
                ));
            }
            for section in &api.sections {
                if section.r#where.is_some() && section.duplicates.is_some() {
                    let name = &section.name;
                    return error(format!(
                        "section {name}: expected `where` or `duplicates`, found both"
                    ));
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_report_of_this_crate_is_a_definition() {
        for text in BUILT_IN {
            let report = Report::parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
            let text = format!("{report:?}");
            assert_eq!(
                text.contains("{days}"),
                report.days.is_some(),
                "{}",
                report.name
            );
        }
        assert_eq!(Report::built_in().len(), BUILT_IN.len());
    }
}
