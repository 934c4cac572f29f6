//! A progress bar on a terminal, for work that takes long.
//!
//! The bar is drawn on standard error, and only if that is a terminal.

use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use idq::{PackProgress, Progress};
use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Verbosity;
use crate::terminal::is_dumb_terminal;
#[cfg(feature = "fetch")]
use crate::terminal::print_status;

/// The time after which the bar is shown, so that short work does not flicker.
const DELAY: Duration = Duration::from_millis(500);

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
            "{wide_bar} {decimal_bytes}/{decimal_total_bytes} {decimal_bytes_per_sec} {msg}, {eta} left"
        } else {
            "{spinner} {decimal_bytes} {decimal_bytes_per_sec} {msg}"
        };
        if self.draw(template, progress.bytes, progress.total) {
            let rate = progress.records as f64 / self.started.elapsed().as_secs_f64();
            let records = HumanCount(progress.records);
            self.bar
                .set_message(format!("{records} records, {}/s", HumanCount(rate as u64)));
        }
    }

    /// Shows the progress of packing.
    pub(crate) fn show_pack(&self, progress: PackProgress) {
        self.show_records("packing", progress.records, progress.total);
    }

    /// Shows that `done` of `total` records are packed, exported or printed.
    pub(crate) fn show_records(&self, verb: &str, done: u64, total: u64) {
        let template = "{wide_bar} {human_pos}/{human_len} records {msg}, {eta} left";
        if self.draw(template, done, Some(total)) {
            let rate = done as f64 / self.started.elapsed().as_secs_f64();
            self.bar
                .set_message(format!("{verb}, {}/s", HumanCount(rate as u64)));
        }
    }

    /// Shows the progress of a fetch. Records of earlier runs do not count in the rate.
    #[cfg(feature = "fetch")]
    pub(crate) fn show_fetch(&self, progress: idq_fetch::Progress, earlier: u64) {
        let template = if progress.total.is_some() {
            "{wide_bar} {human_pos}/{human_len} records {msg}, {eta} left"
        } else {
            "{spinner} {human_pos} records {msg}"
        };
        if self.draw(template, progress.records, progress.total) {
            let fetched = progress.records.saturating_sub(earlier);
            let rate = fetched as f64 / self.started.elapsed().as_secs_f64();
            let pages = HumanCount(progress.pages);
            self.bar
                .set_message(format!("in {pages} pages, {}/s", HumanCount(rate as u64)));
        }
    }

    /// Draws the bar and returns true, unless it is disabled or its delay has not passed.
    fn draw(&self, template: &str, position: u64, total: Option<u64>) -> bool {
        if !self.is_enabled || self.started.elapsed() < DELAY {
            return false;
        }
        if self.bar.is_hidden() {
            // With an invalid template, the bar has the default style.
            if let Ok(style) = ProgressStyle::with_template(template) {
                self.bar.set_style(style);
            }
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        if let Some(total) = total {
            self.bar.set_length(total);
        }
        self.bar.set_position(position);
        true
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
