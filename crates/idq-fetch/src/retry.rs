//! Waits between two attempts: `Retry-After` as the server says, exponential backoff with jitter otherwise.

use std::time::{Duration, SystemTime};

/// The number of attempts and the waits between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// The number of attempts after the first one, for each page.
    pub retries: u32,
    /// The longest wait before an attempt. A server that demands a longer one ends the run.
    pub max_wait: Duration,
}

impl RetryPolicy {
    /// Six attempts for each page, and at most five minutes between two.
    pub const DEFAULT: Self = Self {
        retries: 5,
        max_wait: Duration::from_secs(300),
    };
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// The wait before the first repeated attempt, if the server demands none.
const FIRST_WAIT: Duration = Duration::from_secs(1);

/// The longest wait that no server demands. A server that is restarted is back within a minute.
const LONGEST_BACKOFF: Duration = Duration::from_secs(60);

impl RetryPolicy {
    /// Returns the wait before the repeated attempt of this number, from 0, without a demand of the server. `random`
    /// spreads the waits of clients that failed at the same moment: between a half and all of the exponential wait.
    pub(crate) fn backoff(&self, attempt: u32, random: u32) -> Duration {
        let doubled = FIRST_WAIT.saturating_mul(2_u32.saturating_pow(attempt));
        let whole = doubled.min(LONGEST_BACKOFF).min(self.max_wait);
        let share = 0.5 + 0.5 * f64::from(random) / f64::from(u32::MAX);
        whole.mul_f64(share)
    }
}

/// Returns a random number for [`RetryPolicy::backoff`]. Without a source of random numbers, waits are not spread.
pub(crate) fn random() -> u32 {
    getrandom::u32().unwrap_or(u32::MAX)
}

/// Parses the header `Retry-After` (RFC 9110): a number of seconds, or a date. A date that has passed is no wait.
pub(crate) fn parse_retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        for (value, seconds) in [
            ("0", Some(0)),
            (" 120 ", Some(120)),
            ("Sun, 06 Nov 1994 08:51:37 GMT", Some(120)),
            ("Sunday, 06-Nov-94 08:51:37 GMT", Some(120)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
            ("", None),
        ] {
            let expected = seconds.map(Duration::from_secs);
            assert_eq!(parse_retry_after(value, now), expected, "{value}");
        }
    }

    #[test]
    fn backoff_doubles_and_is_spread_and_bounded() {
        let policy = RetryPolicy::DEFAULT;
        for (attempt, seconds) in [(0, 1), (1, 2), (4, 16), (6, 60), (u32::MAX, 60)] {
            let whole = Duration::from_secs(seconds);
            assert_eq!(policy.backoff(attempt, u32::MAX), whole, "{attempt}");
            assert_eq!(policy.backoff(attempt, 0), whole / 2, "{attempt}");
        }
        let short = RetryPolicy {
            max_wait: Duration::from_millis(50),
            ..policy
        };
        assert_eq!(short.backoff(3, u32::MAX), Duration::from_millis(50));
    }
}
