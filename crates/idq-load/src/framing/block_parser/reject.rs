//! Treatment of malformed records: stops the load, or sets the reject aside and resumes after it.

use idq_snapshot::RecordErrorKind;

use super::{BlockParse, EndScan, MAX_CONSECUTIVE_REJECTS, MalformedRecord, Step};
use crate::framing::recovery::{RecoveryScan, RejectEnd, ResumeContext, ResumePoint, ScanResult};
use crate::framing::{Container, Expecting};
use crate::options::OnBadRecord;
use crate::record::RecordError;

impl BlockParse<'_, '_, '_> {
    /// Rejects the text at an offset, whose end is unknown.
    pub(super) fn reject_at(&mut self, position: usize, kind: RecordErrorKind) -> Step {
        let error = RecordError::new(position, kind);
        self.reject(position, RejectEnd::Unknown, error)
    }

    /// Adds a reject without bytes, for a missing or superfluous token, and resumes at the same position.
    pub(super) fn reject_token(
        &mut self,
        position: usize,
        kind: RecordErrorKind,
        context: ResumeContext,
    ) -> Step {
        let error = RecordError::new(position, kind);
        match self.parser.on_bad_record {
            OnBadRecord::Stop => self.stop(position, error),
            OnBadRecord::Skip => self.set_aside(position, error, ResumePoint { position, context }),
        }
    }

    /// Rejects the record that starts at `start`, and finds its end.
    pub(super) fn reject(&mut self, start: usize, end: RejectEnd, error: RecordError) -> Step {
        if self.parser.on_bad_record == OnBadRecord::Stop {
            return self.stop(start, error);
        }
        // More malformed records may follow, and none may cost more than its own bytes.
        self.end_scan = EndScan::Validating;
        match self.scan_for_resume_point(start, end) {
            ScanResult::Found(resume) => self.set_aside(start, error, resume),
            ScanResult::Undecided if self.needs_more(start) => Step::Done,
            // The continuation of an oversized reject does not need more bytes.
            ScanResult::NotFound
                if !self.outcome.state.in_oversized_record
                    && self.needs_more(start)
                    && !self.is_exhausted() =>
            {
                Step::Done
            }
            ScanResult::Undecided | ScanResult::NotFound => {
                let end = ResumePoint {
                    position: self.bytes.len(),
                    context: if self.is_last {
                        ResumeContext::Outside
                    } else {
                        ResumeContext::OpenContainer(Expecting::Item)
                    },
                };
                // The reject does not end in this block. The next block continues it as another reject, until a record
                // is found.
                let step = self.set_aside(start, error, end);
                self.outcome.state.in_oversized_record = !self.is_last;
                step
            }
        }
    }

    /// Scans for the end of a reject, within the remaining budget.
    fn scan_for_resume_point(&mut self, start: usize, end: RejectEnd) -> ScanResult {
        if start == self.bytes.len() {
            return ScanResult::NotFound;
        }
        let mut scan = RecoveryScan {
            bytes: self.bytes,
            apis: self.parser.records.apis(),
            wrapper_key: self.outcome.state.wrapper_key(),
            outermost_key: self.outcome.state.outermost_key(),
            start,
            is_last: self.is_last,
            containers: &self.outcome.state.containers,
            separator: self.outcome.separator.as_ref(),
            byte_budget: self.byte_budget(),
            bytes_scanned: 0,
            starts_with_lone_bracket: None,
        };
        let result = scan.find_resume_point(end);
        self.bytes_scanned += scan.bytes_scanned;
        result
    }

    /// Stops the load at a reject.
    pub(super) fn stop(&mut self, start: usize, error: RecordError) -> Step {
        let end = ResumePoint {
            position: self.bytes.len(),
            context: ResumeContext::Outside,
        };
        self.set_aside(start, error, end);
        self.outcome.is_stopped = true;
        Step::Done
    }

    /// Returns the length of a reject in bytes, without the comma that separates it from the resume point.
    fn reject_length(&self, start: usize, resume: &ResumePoint) -> usize {
        let rejected = self.bytes[start..resume.position].trim_ascii_end();
        let is_in_array = matches!(
            (self.outcome.state.innermost(), resume.context),
            (
                Some(Container::Array(_) | Container::Records(_)),
                ResumeContext::OpenContainer(Expecting::Item)
            )
        );
        match rejected.strip_suffix(b",") {
            Some(rejected) if is_in_array && !rejected.is_empty() => {
                rejected.trim_ascii_end().len()
            }
            _ => rejected.len(),
        }
    }

    /// Adds a reject, and resumes at the resume point.
    pub(super) fn set_aside(
        &mut self,
        start: usize,
        error: RecordError,
        resume: ResumePoint,
    ) -> Step {
        let length = self.reject_length(start, &resume);
        let outcome = &mut self.outcome;
        let is_beyond_bound = outcome.state.consecutive_rejects >= MAX_CONSECUTIVE_REJECTS;
        match outcome.rejects.last_mut() {
            Some(last) if is_beyond_bound => last.length = start + length - last.start,
            _ => {
                outcome.rejects.push(MalformedRecord {
                    index: outcome.records,
                    start,
                    length,
                    error,
                    is_continuation: is_beyond_bound,
                });
                outcome.records += u64::from(!is_beyond_bound);
            }
        }
        outcome.state.consecutive_rejects += 1;
        outcome.consumed = resume.position;
        outcome.state.gap = None;
        outcome.state.in_oversized_record = false;
        match resume.context {
            ResumeContext::OpenContainer(expecting) => outcome.state.set_expecting(expecting),
            ResumeContext::ReopenedArray(array) => {
                outcome.state.containers.push(array);
                outcome.state.set_expecting(Expecting::Item);
            }
            ResumeContext::AsLearned => {
                if let Some(learned) = &outcome.separator {
                    outcome
                        .state
                        .containers
                        .clone_from(&learned.state.containers);
                }
                outcome.state.set_expecting(Expecting::Item);
            }
            ResumeContext::AfterWrapper => {
                outcome.state.pop();
                outcome.state.set_expecting(Expecting::Item);
            }
            ResumeContext::AfterPage => outcome.state.leave_page(),
            ResumeContext::Outside => outcome.state.containers.clear(),
        }
        Step::Continue
    }
}
