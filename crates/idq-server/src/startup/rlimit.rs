//! The process's limit on open files (`RLIMIT_NOFILE`).

/// Raises the limit on open files to the maximum that the system allows this process: each connection is one file.
///
/// Many systems start processes with 1,024. Where the limit cannot be raised, further clients are not accepted until
/// others disconnect.
pub fn raise_open_file_limit() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, getrlimit, setrlimit};
        let mut limit = getrlimit(Resource::Nofile);
        limit.current = limit.maximum;
        // On failure the old limit stays in force, with which the server works as well.
        let _ = setrlimit(Resource::Nofile, limit);
    }
}
