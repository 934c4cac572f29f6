use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use idq::{PackProgress, Progress};
use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How long a load takes before it is worth a bar.
const PATIENCE: Duration = Duration::from_millis(500);

/// A progress bar on a terminal, for work that takes its time.
pub(crate) struct Bar {
    bar: ProgressBar,
    started: Instant,
    wanted: bool,
}

impl Bar {
    pub(crate) fn new(quiet: bool) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        Self {
            bar,
            started: Instant::now(),
            wanted: !quiet && io::stderr().is_terminal(),
        }
    }

    /// Shows how far a load has come.
    pub(crate) fn update(&self, progress: Progress) {
        let template = if progress.total.is_some() {
            "{wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {msg}"
        } else {
            "{spinner} {bytes} {bytes_per_sec} {msg}"
        };
        if self.show(template, progress.bytes, progress.total) {
            let rate = progress.records as f64 / self.started.elapsed().as_secs_f64();
            let records = HumanCount(progress.records);
            self.bar
                .set_message(format!("{records} records, {}/s", HumanCount(rate as u64)));
        }
    }

    /// Shows how far packing has come.
    pub(crate) fn update_packed(&self, progress: PackProgress) {
        let template = "packing {wide_bar} {human_pos}/{human_len} records";
        self.show(template, progress.records, Some(progress.total));
    }

    /// Draws the bar, if it is time for one.
    fn show(&self, template: &str, position: u64, total: Option<u64>) -> bool {
        if !self.wanted || self.started.elapsed() < PATIENCE {
            return false;
        }
        if self.bar.is_hidden() {
            // A template that does not parse would only cost the bar its looks.
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

    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }
}
