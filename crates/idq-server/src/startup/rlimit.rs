//! The limit on open files.

/// Lets this process open as many files as the system lets it: each client is one.
///
/// Many systems give 1,024 unless asked for more. Where there are no more to be had, clients wait to be accepted.
pub fn raise_open_file_limit() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, getrlimit, setrlimit};
        let mut limit = getrlimit(Resource::Nofile);
        limit.current = limit.maximum;
        // What cannot be raised stays as it was.
        let _ = setrlimit(Resource::Nofile, limit);
    }
}
