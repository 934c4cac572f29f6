//! A progress bar on a terminal, for work that takes long.
//!
//! The bar is drawn on standard error, and only if that is a terminal.

use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use idq::{PackProgress, Progress};
use indicatif::{DecimalBytes, HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Verbosity;
use crate::terminal::is_dumb_terminal;
#[cfg(feature = "fetch")]
use crate::terminal::print_status;

/// The time after which the bar is shown, so that short work does not flicker.
const DELAY: Duration = Duration::from_millis(500);

/// The greatest multiple of the elapsed time that is shown as the time that is left.
const MAX_TIME_RATIO: f64 = 1e6;

/// The display of progress, with the time since the start of a command.
pub(crate) struct ProgressDisplay {
    bar: ProgressBar,
    started: Instant,
    is_enabled: bool,
}

impl ProgressDisplay {
    /// Returns a display that is hidden until [`DELAY`] has passed, and always if standard error is not a terminal.
    pub(crate) fn new(verbosity: Verbosity) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        Self {
            bar,
            started: Instant::now(),
            is_enabled: verbosity == Verbosity::Normal
                && io::stderr().is_terminal()
                && !is_dumb_terminal(),
        }
    }

    /// Shows the progress of a load.
    pub(crate) fn show_load(&self, progress: Progress) {
        let template = if progress.total.is_some() {
            "{wide_bar} {decimal_bytes}/{decimal_total_bytes} {msg}"
        } else {
            "{spinner} {decimal_bytes} {msg}"
        };
        let rate = |done| DecimalBytes(self.rate(done));
        self.draw(template, progress.bytes, progress.total, || {
            let (records, bytes) = (HumanCount(progress.records), rate(progress.bytes));
            let left = self.time_left(progress.bytes, progress.total, 0);
            let records_rate = HumanCount(self.rate(progress.records));
            format!("{bytes}/s, {records} records, {records_rate}/s{left}")
        });
    }

    /// Shows the progress of packing.
    pub(crate) fn show_pack(&self, progress: PackProgress) {
        self.show_records("packing", progress.records, progress.total);
    }

    /// Shows that `done` of `total` records are packed, unpacked, verified, generated, exported or printed.
    pub(crate) fn show_records(&self, verb: &str, done: u64, total: u64) {
        let template = "{wide_bar} {human_pos}/{human_len} records {msg}";
        self.draw(template, done, Some(total), || {
            let left = self.time_left(done, Some(total), 0);
            format!("{verb}, {}/s{left}", HumanCount(self.rate(done)))
        });
    }

    /// Shows the progress of a fetch. Records of earlier runs do not count in the rate.
    #[cfg(feature = "fetch")]
    pub(crate) fn show_fetch(&self, progress: idq_fetch::Progress, earlier: u64) {
        let template = if progress.total.is_some() {
            "{wide_bar} {human_pos}/{human_len} records {msg}"
        } else {
            "{spinner} {human_pos} records {msg}"
        };
        self.draw(template, progress.records, progress.total, || {
            let fetched = progress.records.saturating_sub(earlier);
            let pages = HumanCount(progress.pages);
            let left = self.time_left(progress.records, progress.total, earlier);
            format!(
                "in {pages} pages, {}/s{left}",
                HumanCount(self.rate(fetched))
            )
        });
    }

    /// Returns the average rate of work, in units per second.
    fn rate(&self, done: u64) -> u64 {
        (done as f64 / self.started.elapsed().as_secs_f64()) as u64
    }

    /// Returns the time that the rest of the work takes at the average rate since `earlier`, as the end of a message;
    /// an empty text if nothing is done yet, or the total is unknown.
    fn time_left(&self, done: u64, total: Option<u64>, earlier: u64) -> String {
        let fraction = |total: u64| {
            let rest = total.saturating_sub(done) as f64;
            let new = done.saturating_sub(earlier);
            (new > 0).then(|| rest / new as f64)
        };
        total.and_then(fraction).map_or_else(String::new, |ratio| {
            format_time_left(self.started.elapsed().mul_f64(ratio.min(MAX_TIME_RATIO)))
        })
    }

    /// Draws the bar with a message, unless it is disabled or its delay has not passed.
    fn draw(
        &self,
        template: &str,
        position: u64,
        total: Option<u64>,
        message: impl FnOnce() -> String,
    ) {
        if !self.is_enabled || self.started.elapsed() < DELAY {
            return;
        }
        // Set before the bar is shown, so that its first line is complete.
        self.bar.set_message(message());
        if let Some(total) = total {
            self.bar.set_length(total);
        }
        self.bar.set_position(position);
        if self.bar.is_hidden() {
            // With an invalid template, the bar has the default style.
            if let Ok(style) = ProgressStyle::with_template(template) {
                self.bar.set_style(style);
            }
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
            self.bar.tick();
        }
    }

    /// Prints a message while the bar is hidden, so that they do not share a line.
    #[cfg(feature = "fetch")]
    pub(crate) fn print(&self, message: &str) {
        self.bar.suspend(|| print_status(message));
    }

    /// Removes the bar from the terminal.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    /// Returns the time since the display was created.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }
}

/// Returns a time that is left, as the end of a message: `, 1m 05s left`. The last second is not counted down.
fn format_time_left(left: Duration) -> String {
    let seconds = left.as_secs().max(1);
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes) {
        (0, 0) => format!(", {seconds}s left"),
        (0, minutes) => format!(", {minutes}m {seconds:02}s left"),
        (hours, minutes) => format!(", {hours}h {minutes:02}m left"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_left_has_the_two_greatest_units() {
        for (seconds, expected) in [
            (0, ", 1s left"),
            (59, ", 59s left"),
            (65, ", 1m 05s left"),
            (3_725, ", 1h 02m left"),
        ] {
            assert_eq!(format_time_left(Duration::from_secs(seconds)), expected);
        }
    }

    #[test]
    fn time_left_is_unknown_before_anything_is_done_and_without_a_total() {
        let display = ProgressDisplay::new(Verbosity::Quiet);
        assert_eq!(display.time_left(0, Some(10), 0), "");
        assert_eq!(display.time_left(5, None, 0), "");
        assert_eq!(display.time_left(5, Some(10), 5), "");
        assert_eq!(display.time_left(5, Some(10), 0), ", 1s left");
    }
}
