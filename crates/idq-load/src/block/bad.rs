//! What becomes of a stretch that is no good record.

use super::{Bad, Care, MAX_BAD_IN_A_ROW, Parse, Step};
use crate::frames::{Expect, Frame};
use crate::options::OnBadRecord;
use crate::record::{RecordError, RecordErrorKind};
use crate::resynchronise::{BadEnd, Found, Place, Resume, Search};

impl Parse<'_, '_, '_> {
    pub(super) fn bad_at(&mut self, position: usize, kind: RecordErrorKind) -> Step {
        self.bad(position, BadEnd::Unknown, RecordError::at(position, kind))
    }

    /// Something is absent, or too much by a comma: no bytes are lost.
    pub(super) fn absent(
        &mut self,
        position: usize,
        kind: RecordErrorKind,
        expect: Expect,
    ) -> Step {
        self.absent_at(position, kind, Place::Inside(expect))
    }

    pub(super) fn absent_at(
        &mut self,
        position: usize,
        kind: RecordErrorKind,
        place: Place,
    ) -> Step {
        let error = RecordError::at(position, kind);
        if self.parser.on_bad_record == OnBadRecord::Stop {
            return self.stop(position, error);
        }
        self.set_aside(position, error, Resume { position, place })
    }

    pub(super) fn bad(&mut self, start: usize, end: BadEnd, error: RecordError) -> Step {
        if self.parser.on_bad_record == OnBadRecord::Stop {
            return self.stop(start, error);
        }
        self.care = Care::Exact;
        let found = if start == self.bytes.len() {
            Found::Nothing
        } else {
            let mut search = Search {
                bytes: self.bytes,
                apis: self.parser.records.apis(),
                start,
                last: self.last,
                frames: &self.outcome.state.frames,
                separator: self.outcome.separator.as_ref(),
                patience: self.patience(),
                effort: 0,
                starts_with_lone_bracket: None,
            };
            let found = search.resume(end);
            self.effort += search.effort;
            found
        };
        match found {
            Found::At(resume) => self.set_aside(start, error, resume),
            Found::Undecided if self.more_may_come(start) => Step::Done,
            // A stretch that is too long already is not continued.
            Found::Nothing
                if !self.outcome.state.lost
                    && self.more_may_come(start)
                    && !self.is_exhausted() =>
            {
                Step::Done
            }
            Found::Undecided | Found::Nothing => {
                let end = Resume {
                    position: self.bytes.len(),
                    place: if self.last {
                        Place::Outside
                    } else {
                        Place::Inside(Expect::Item)
                    },
                };
                let step = self.set_aside(start, error, end);
                self.outcome.state.lost = !self.last;
                step
            }
        }
    }

    fn stop(&mut self, start: usize, error: RecordError) -> Step {
        let end = Resume {
            position: self.bytes.len(),
            place: Place::Outside,
        };
        self.set_aside(start, error, end);
        self.outcome.stopped = true;
        Step::Done
    }

    /// How long a bad stretch is, without what separates it from the place where parsing goes on.
    fn bad_length(&self, start: usize, resume: &Resume) -> usize {
        let bad = self.bytes[start..resume.position].trim_ascii_end();
        let in_array = matches!(
            (self.outcome.state.frames.last(), resume.place),
            (
                Some(Frame::Array(_) | Frame::Records(_)),
                Place::Inside(Expect::Item)
            )
        );
        match bad.strip_suffix(b",") {
            Some(bad) if in_array && !bad.is_empty() => bad.trim_ascii_end().len(),
            _ => bad.len(),
        }
    }

    /// Notes a bad stretch and goes on behind it.
    pub(super) fn set_aside(&mut self, start: usize, error: RecordError, resume: Resume) -> Step {
        let length = self.bad_length(start, &resume);
        let outcome = &mut self.outcome;
        let is_one_of_many = outcome.state.bad_in_a_row >= MAX_BAD_IN_A_ROW;
        match outcome.bad.last_mut() {
            Some(before) if is_one_of_many => {
                before.length = start + length - before.start;
            }
            _ => {
                outcome.bad.push(Bad {
                    index: outcome.records,
                    start,
                    length,
                    error,
                    continues: is_one_of_many,
                });
                outcome.records += u64::from(!is_one_of_many);
            }
        }
        outcome.state.bad_in_a_row += 1;
        outcome.consumed = resume.position;
        outcome.state.gap = None;
        outcome.state.lost = false;
        match resume.place {
            Place::Inside(expect) => outcome.state.set_expect(expect),
            Place::BackIn(frame) => {
                outcome.state.frames.push(frame);
                outcome.state.set_expect(Expect::Item);
            }
            Place::AroundPage => outcome.state.leave_page(),
            Place::Outside => outcome.state.frames.clear(),
        }
        Step::On
    }
}
