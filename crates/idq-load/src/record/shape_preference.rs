//! The decision whether shapes are tried before the structural index.
//!
//! An attempt to match a record of an unknown shape is wasted, and learning its shape takes longer than reading it. While
//! matches fail, as they do if each record has its own order of keys, shapes are paused for a growing number of records.

/// The number of attempts after which their success is judged.
const WINDOW_RECORDS: u32 = 64;

/// The number of poor windows in a row after which shapes are left out: the first records of a dump have shapes to
/// learn.
const MAX_POOR_WINDOWS: u32 = 12;

/// The number of poor windows that a window counts as if less than a sixteenth of its attempts match.
const UNMATCHED_WEIGHT: u32 = 3;

/// The number of records without an attempt, at first. It doubles with each pause in a row.
const MIN_PAUSE_RECORDS: u32 = 1 << 12;

/// The maximum number of records without an attempt.
const MAX_PAUSE_RECORDS: u32 = 1 << 20;

/// The recent success of shapes.
#[derive(Debug, Clone)]
pub(super) struct ShapePreference {
    /// The number of attempts in the current window.
    attempts: u32,
    /// The number of matches in the current window.
    matches: u32,
    /// The number of poor windows in a row.
    poor_windows: u32,
    /// The number of records before the next attempt.
    paused: u32,
    /// The length of the next pause in records.
    next_pause: u32,
}

impl ShapePreference {
    /// Creates the preference for shapes.
    pub(super) fn new() -> Self {
        Self {
            attempts: 0,
            matches: 0,
            poor_windows: 0,
            paused: 0,
            next_pause: MIN_PAUSE_RECORDS,
        }
    }

    /// Returns whether shapes are left out.
    #[inline]
    pub(super) fn is_paused(&self) -> bool {
        self.paused > 0
    }

    /// Counts an attempt. A window in which less than half of the attempts match is poor: a wasted attempt costs about
    /// as much as a match saves.
    #[inline]
    pub(super) fn count_attempt(&mut self, is_match: bool) {
        self.attempts += 1;
        self.matches += u32::from(is_match);
        if self.attempts == WINDOW_RECORDS {
            self.end_window();
        }
    }

    /// Counts a record that was read without an attempt.
    #[inline]
    pub(super) fn count_without_attempt(&mut self) {
        self.paused = self.paused.saturating_sub(1);
    }

    /// Judges the window.
    fn end_window(&mut self) {
        let is_poor = self.matches * 2 < self.attempts;
        let is_unmatched = self.matches * 16 < self.attempts;
        (self.attempts, self.matches) = (0, 0);
        if !is_poor {
            self.poor_windows = 0;
            self.next_pause = MIN_PAUSE_RECORDS;
            return;
        }
        self.poor_windows += if is_unmatched { UNMATCHED_WEIGHT } else { 1 };
        if self.poor_windows >= MAX_POOR_WINDOWS {
            // After the pause a single poor window is enough.
            self.poor_windows = MAX_POOR_WINDOWS - 1;
            self.paused = self.next_pause;
            self.next_pause = MAX_PAUSE_RECORDS.min(self.next_pause * 2);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts records whose shape is known by a test, and returns the number of attempts.
    fn attempts(
        preference: &mut ShapePreference,
        records: u32,
        is_known: impl Fn(u32) -> bool,
    ) -> u32 {
        let mut attempts = 0;
        for record in 0..records {
            if preference.is_paused() {
                preference.count_without_attempt();
            } else {
                attempts += 1;
                preference.count_attempt(is_known(record));
            }
        }
        attempts
    }

    #[test]
    fn shapes_that_never_match_are_soon_left_out() {
        let tried = attempts(&mut ShapePreference::new(), 1_000_000, |_| false);
        assert!(tried < 1_000, "{tried}");
    }

    #[test]
    fn shapes_that_mostly_match_are_always_tried() {
        let tried = attempts(&mut ShapePreference::new(), 100_000, |record| {
            record % 3 > 0
        });
        assert_eq!(tried, 100_000);
    }

    #[test]
    fn shapes_that_match_after_a_pause_are_tried_again() {
        let mut preference = ShapePreference::new();
        attempts(&mut preference, 10_000, |_| false);
        let tried = attempts(&mut preference, 100_000, |_| true);
        assert!(tried > 80_000, "{tried}");
    }
}
