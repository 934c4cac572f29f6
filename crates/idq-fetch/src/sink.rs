//! [`Sink`]: the output of a run, page by page.

use std::io::Write;

use crate::error::Error;
use crate::state::State;

/// The output of a run.
pub(crate) trait Sink {
    /// Writes the records of a page. `state` is the state after it.
    fn write_page(&mut self, records: &[u8], state: &State) -> Result<(), Error>;
}

/// An output that cannot be continued.
pub(crate) struct Stream<W>(pub(crate) W);

impl<W: Write> Sink for Stream<W> {
    /// Flushes each page, so that a reader has it while the next one is requested.
    fn write_page(&mut self, records: &[u8], _: &State) -> Result<(), Error> {
        let written = self.0.write_all(records);
        written.and_then(|()| self.0.flush()).map_err(Error::Output)
    }
}
