//! The settings of a load as texts.

use std::fmt;
use std::sync::Arc;

use idq_api::{Api, ApiRegistry};
use idq_engine::{BindOptions, bind};
use idq_grammar::date::EpochUnit;
use idq_grammar::{Query, nearest, quote};
use idq_load::{Columns, Loader, OnBadRecord, ReadOptions};
use idq_snapshot::ColumnPart;

use crate::error::Error;

/// The settings of a load as names and texts, for programs that take them from outside: from a configuration file, or
/// from another language.
///
/// | Name | Values |
/// |---|---|
/// | `api` | the name of a built-in API, where it cannot be detected |
/// | `columns` | the fields that can be queried: `all` (the default), `queried` (those of the API's filters and sort keys), or their names, separated by commas |
/// | `on-bad-record` | `stop` (the default) or `skip` |
/// | `dedupe` | `false` (the default) or `true`: only the newest record of each id is kept |
/// | `records` | the keys around the records: `response.users` |
/// | `dates` | forms besides RFC 3339, separated by commas: `epoch-s`, `epoch-ms`, `dotnet` |
/// | `timezone` | the zone of dates without one: a name or an offset; UTC by default |
/// | `ids` | `strict` (the default) or `as-text`: ids may be numbers |
///
/// ```
/// use idq::{Engine, LoadSettings, Loader};
///
/// let mut settings = LoadSettings::new();
/// settings.set("columns", "id,state")?;
/// settings.set("on-bad-record", "skip")?;
/// # let people = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/provisionr.ndjson");
/// let engine = Engine::load(settings.apply(Loader::new(vec![people.into()]))?)?;
/// assert!(engine.query("filter[state]=active")?.count()? > 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct LoadSettings {
    api: Option<Arc<Api>>,
    columns: ColumnSetting,
    on_bad_record: OnBadRecord,
    dedupe: bool,
    read: ReadOptions,
}

/// The columns of a load, before the API of the records is known.
#[derive(Debug, Clone, Default)]
enum ColumnSetting {
    #[default]
    All,
    Queried,
    /// The columns of these fields.
    Fields(Vec<String>),
}

impl LoadSettings {
    /// The names of the settings.
    pub const NAMES: &'static [&'static str] = &[
        "api",
        "columns",
        "on-bad-record",
        "dedupe",
        "records",
        "dates",
        "timezone",
        "ids",
    ];

    /// Creates the settings of a load by default.
    pub fn new() -> Self {
        Self::default()
    }

    /// Changes a setting.
    ///
    /// # Errors
    /// There is no setting of this name, or the value is none of its values. The names of columns are checked by
    /// [`apply`](Self::apply), when the API is known.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), SettingError> {
        let error = |expected: &str| SettingError::expected(name, expected, &quote(value));
        match name {
            "api" => self.api = Some(built_in_api(value)?),
            "columns" => match value {
                "all" => self.columns = ColumnSetting::All,
                "queried" => self.columns = ColumnSetting::Queried,
                fields => self.set_fields(items(fields))?,
            },
            "on-bad-record" => {
                self.on_bad_record = match value {
                    "stop" => OnBadRecord::Stop,
                    "skip" => OnBadRecord::Skip,
                    _ => return Err(error("`stop` or `skip`")),
                }
            }
            "dedupe" => self.dedupe = value.parse().map_err(|_| error("`true` or `false`"))?,
            "records" => {
                let path = value.parse();
                self.read.records_path =
                    Some(path.map_err(|error| SettingError::new(name, format!("{error}")))?);
            }
            "dates" => self.set_dates(value)?,
            "timezone" => {
                let zone = value.parse();
                self.read.dates.time_zone =
                    zone.map_err(|error| SettingError::new(name, format!("{error}")))?;
            }
            "ids" => {
                self.read.numeric_ids = match value {
                    "strict" => false,
                    "as-text" => true,
                    _ => return Err(error("`strict` or `as-text`")),
                }
            }
            _ => return Err(SettingError::unknown(name)),
        }
        Ok(())
    }

    /// Sets the names of the fields that can be queried.
    ///
    /// # Errors
    /// There are no names.
    pub fn set_fields<N: Into<String>>(
        &mut self,
        names: impl IntoIterator<Item = N>,
    ) -> Result<(), SettingError> {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        if names.is_empty() {
            let expected = "`all`, `queried` or names of fields";
            return Err(SettingError::expected("columns", expected, "none"));
        }
        self.columns = ColumnSetting::Fields(names);
        Ok(())
    }

    /// Sets the forms of dates besides RFC 3339.
    fn set_dates(&mut self, forms: &str) -> Result<(), SettingError> {
        let error = |found: &str| {
            SettingError::expected("dates", "`epoch-s`, `epoch-ms` or `dotnet`", found)
        };
        let (mut epoch, mut dotnet) = (None, false);
        for form in items(forms) {
            let unit = match form {
                "epoch-s" => EpochUnit::Seconds,
                "epoch-ms" => EpochUnit::Milliseconds,
                "dotnet" => {
                    dotnet = true;
                    continue;
                }
                _ => return Err(error(&quote(form))),
            };
            if epoch.replace(unit).is_some_and(|other| other != unit) {
                let message =
                    "expected one of epoch-s and epoch-ms, because a number can be read as either";
                return Err(SettingError::new("dates", message.to_owned()));
            }
        }
        if epoch.is_none() && !dotnet {
            return Err(error("none"));
        }
        self.read.dates.epoch = epoch;
        self.read.dates.dotnet = dotnet;
        Ok(())
    }

    /// Changes the settings of a loader. Where fields are named, the loader detects the API of its sources, and keeps what it
    /// has read of a pipe: the same loader must load.
    ///
    /// # Errors
    /// A name of a column that is no field of the API; a source that cannot be read.
    pub fn apply<'a>(&self, loader: Loader<'a>) -> Result<Loader<'a>, Error> {
        let mut loader = loader
            .on_bad_record(self.on_bad_record)
            .dedupe(self.dedupe)
            .read_options(self.read.clone());
        if let Some(api) = &self.api {
            loader = loader.api(api);
        }
        let columns = match &self.columns {
            ColumnSetting::All => Columns::All,
            ColumnSetting::Queried => Columns::Queried,
            ColumnSetting::Fields(names) => match loader.detect()? {
                Some(api) => Columns::Parts(parts_of(names, &api)?),
                // The load then fails, with an error that names the sources.
                None => Columns::All,
            },
        };
        Ok(loader.columns(columns))
    }
}

/// Returns the items of a list that is separated by commas.
fn items(list: &str) -> impl Iterator<Item = &str> {
    list.split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
}

/// Returns the built-in API of a name.
fn built_in_api(name: &str) -> Result<Arc<Api>, SettingError> {
    let apis = ApiRegistry::built_in();
    apis.by_name(name).cloned().ok_or_else(|| {
        let names: Vec<String> = apis.iter().map(|api| quote(&api.name)).collect();
        SettingError::expected("api", &names.join(" or "), &quote(name))
    })
}

/// Returns the columns of fields, of the id, and of the filter that every request has by default.
fn parts_of(names: &[String], api: &Arc<Api>) -> Result<Vec<ColumnPart>, Error> {
    let default = bind(&Query::new(), api, &BindOptions::default())?;
    let mut parts: Vec<ColumnPart> = default.parts();
    parts.push(api.id.into());
    let mut unknown = Vec::new();
    for name in names {
        match api.field(name) {
            Some(field) => parts.push(field.into()),
            None => unknown.push(name.as_str()),
        }
    }
    if unknown.is_empty() {
        Ok(parts)
    } else {
        Err(unknown_fields(&unknown, api).into())
    }
}

/// Returns the error of names that are no fields of the API.
fn unknown_fields(names: &[&str], api: &Api) -> SettingError {
    let fields = || api.fields.iter().map(|field| field.name.as_str());
    let near: Vec<String> = names
        .iter()
        .filter_map(|name| nearest(name, fields(), 1).into_iter().next())
        .map(quote)
        .collect();
    let help = if near.is_empty() {
        let fields: Vec<&str> = fields().collect();
        format!("the fields of {} are {}", api.title, fields.join(", "))
    } else {
        format!("did you mean {}?", near.join(", "))
    };
    let found: Vec<String> = names.iter().copied().map(quote).collect();
    let expected = format!("`all`, `queried` or fields of {}", api.title);
    SettingError {
        help: Some(help),
        ..SettingError::expected("columns", &expected, &found.join(", "))
    }
}

/// The error of a [`LoadSettings`].
///
/// Displays as the setting, the message, and the advice on a line of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SettingError {
    /// The name of the setting.
    pub setting: String,
    /// One line: "expected X, found Y".
    pub message: String,
    /// Advice, in one line.
    pub help: Option<String>,
}

impl SettingError {
    fn new(setting: &str, message: String) -> Self {
        Self {
            setting: setting.to_owned(),
            message,
            help: None,
        }
    }

    /// Creates the error of a value that is none of the expected ones.
    fn expected(setting: &str, expected: &str, found: &str) -> Self {
        Self::new(setting, format!("expected {expected}, found {found}"))
    }

    /// Creates the error of a name that no setting has.
    fn unknown(name: &str) -> Self {
        let near = nearest(name, LoadSettings::NAMES.iter().copied(), 1);
        let names = LoadSettings::NAMES.join(", ");
        let help = near.first().map_or_else(
            || format!("the settings are {names}"),
            |near| format!("did you mean {}?", quote(near)),
        );
        Self {
            help: Some(help),
            ..Self::new(name, "there is no such setting".to_owned())
        }
    }
}

impl fmt::Display for SettingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {}",
            idq_grammar::escape(&self.setting),
            self.message
        )?;
        match &self.help {
            Some(help) => write!(f, "\n  help: {help}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for SettingError {}

#[cfg(test)]
mod tests {
    use idq_load::Source;

    use super::*;

    /// Returns the message of a setting that is refused.
    fn refused(name: &str, value: &str) -> String {
        let error = LoadSettings::new().set(name, value);
        error.expect_err("a mistake").to_string()
    }

    #[test]
    fn every_name_is_a_setting() {
        for name in LoadSettings::NAMES {
            let set = LoadSettings::new().set(name, "");
            let is_unknown = set.is_err_and(|error| error.to_string().contains("no such setting"));
            assert!(!is_unknown, "{name}");
        }
    }

    #[test]
    fn setting_with_a_wrong_name_or_value_is_refused() {
        for (name, value, message) in [
            (
                "api",
                "okta",
                "api: expected `provisionr` or `permission-assist`, found `okta`",
            ),
            (
                "on-bad-record",
                "ignore",
                "on-bad-record: expected `stop` or `skip`, found `ignore`",
            ),
            (
                "dedupe",
                "yes",
                "dedupe: expected `true` or `false`, found `yes`",
            ),
            (
                "ids",
                "text",
                "ids: expected `strict` or `as-text`, found `text`",
            ),
            (
                "dates",
                "epoch-s,unix",
                "dates: expected `epoch-s`, `epoch-ms` or `dotnet`, found `unix`",
            ),
            (
                "columns",
                " ,",
                "columns: expected `all`, `queried` or names of fields, found none",
            ),
            (
                "dates",
                "epoch-ms, epoch-s",
                "dates: expected one of epoch-s and epoch-ms, because a number can be read as either",
            ),
            (
                "colums",
                "all",
                "colums: there is no such setting\n  help: did you mean `columns`?",
            ),
        ] {
            assert_eq!(refused(name, value), message);
        }
        assert!(refused("timezone", "Mars/Olympus").starts_with("timezone: "));
        assert!(refused("records", "").starts_with("records: "));
        assert!(refused("zzzzzz", "").contains("the settings are api, columns, "));
    }

    #[test]
    fn settings_change_what_a_load_accepts_and_builds() {
        let dump =
            br#"{"id":1,"vendor_id":"7","state":"active","timestamp":{"created_at":1720919582928}}
            {"id":2,"vendor_id":"8","state":7}"#;
        let load = |settings: &LoadSettings| {
            let loader = Loader::new(vec![Source::bytes("example", dump.to_vec())]);
            Ok::<_, Error>(settings.apply(loader)?.load()?)
        };
        let mut settings = LoadSettings::new();
        for (name, value) in [
            ("api", "provisionr"),
            ("ids", "as-text"),
            ("dates", "dotnet,epoch-ms"),
            ("timezone", "Europe/Berlin"),
            ("on-bad-record", "skip"),
            ("columns", "timestamp.created_at, state"),
        ] {
            settings.set(name, value).expect("a setting");
        }
        let snapshot = load(&settings).expect("a load");
        assert_eq!((snapshot.rows(), snapshot.rejects().len()), (1, 1));
        settings.set("on-bad-record", "stop").expect("a setting");
        assert!(matches!(load(&settings), Err(Error::Load(_))));
        settings
            .set("columns", "staet,state,emial")
            .expect("a setting");
        let error = load(&settings).expect_err("no such fields").to_string();
        assert_eq!(
            error,
            "columns: expected `all`, `queried` or fields of Provisionr directory identities, found `staet`, `emial`\n  \
             help: did you mean `state`, `email`?"
        );
        settings.set("columns", "xyzzy").expect("a setting");
        let error = load(&settings).expect_err("no such field").to_string();
        assert!(error.contains("help: the fields of "), "{error}");
    }
}
