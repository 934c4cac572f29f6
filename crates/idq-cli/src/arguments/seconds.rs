//! Times as numbers of seconds.

use std::fmt;
use std::time::Duration;

/// A time whose text is its number of seconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seconds(pub(crate) Duration);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.as_secs_f64())
    }
}

/// The maximum number of seconds, a leap year: larger values are taken for mistakes.
const MAX_SECONDS: f64 = 366.0 * 86_400.0;

/// The minimum number of seconds above 0: no response takes less.
const MIN_SECONDS: f64 = 0.001;

/// Parses a number of seconds, 0 included.
pub(crate) fn seconds(text: &str) -> Result<Seconds, String> {
    match text.trim().parse::<f64>() {
        Ok(0.0) => Ok(Seconds(Duration::ZERO)),
        Ok(seconds) if (MIN_SECONDS..=MAX_SECONDS).contains(&seconds) => {
            Ok(Seconds(Duration::from_secs_f64(seconds)))
        }
        _ => Err(
            "expected 0, or a number of seconds from 0.001 to 31622400 (366 days), such as 30 or 0.5"
                .to_owned(),
        ),
    }
}

/// Parses a number of seconds above 0, for limits that would refuse every request if they were 0.
pub(crate) fn positive_seconds(text: &str) -> Result<Seconds, String> {
    let expected = || {
        "expected a number of seconds from 0.001 to 31622400 (366 days), such as 30 or 0.5: the limit \
         cannot be disabled; a day is 86400"
            .to_owned()
    };
    let time = seconds(text).map_err(|_| expected())?;
    if time.0.is_zero() {
        return Err(expected());
    }
    Ok(time)
}
