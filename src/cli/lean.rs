//! Memory that goes back when it is not needed any more.
//!
//! The allocator of glibc keeps what was freed for each thread by itself, and a picture that was drawn once stays as big as it was:
//! after a busy minute a server held 230 MiB besides its own file, where it now holds 65. Its settings are read once, at the start of a
//! process, so a server starts itself over with them, before it has begun anything. Whoever has set one decides.

use std::os::unix::process::CommandExt as _;
use std::process::Command;

use tokio::signal::unix::{SignalKind, signal};

/// Read by glibc alone; elsewhere it means nothing.
const TUNABLES: &str = "GLIBC_TUNABLES";
/// Two heaps for all threads; blocks from 1 MiB on go back when they are freed, and the end of a heap when 8 MiB of it are. Smaller
/// limits save 15 MiB more and cost a third of the speed of pictures, and half of that of a start.
const SETTINGS: &str =
    "glibc.malloc.arena_max=2:glibc.malloc.trim_threshold=8388608:glibc.malloc.mmap_threshold=1048576";
/// Says that this is the second start. A name of ours: glibc takes its own out of the environment of a program that has more rights
/// than whoever started it.
const STARTED_OVER: &str = "EVENKEEL_STARTED_OVER";

/// Starts the process over with these settings. It comes back where that was done, where they are set or cannot be used, and with the
/// cause when it does not start; the server then takes more memory.
pub(super) fn start_over() -> Option<std::io::Error> {
    let is_ours = |name: &str| name == STARTED_OVER || name == TUNABLES || name.starts_with("MALLOC_");
    let is_set = std::env::vars_os().any(|(name, _)| name.to_str().is_some_and(is_ours));
    if is_set || !cfg!(all(target_os = "linux", target_env = "gnu")) {
        return None;
    }
    let program = match std::env::current_exe() {
        Ok(program) => program,
        Err(error) => return Some(error),
    };
    let mut arguments = std::env::args_os();
    let name = arguments.next().unwrap_or_else(|| program.clone().into_os_string());
    let mut again = Command::new(program);
    Some(again.arg0(name).args(arguments).env(TUNABLES, SETTINGS).env(STARTED_OVER, "1").exec())
}

/// Says that it did not start over, and lets a reader who goes away be an error again, not the end: a start that fails leaves that
/// changed.
pub(super) fn go_on_without(error: &std::io::Error) {
    drop(signal(SignalKind::pipe()));
    eprintln!("evenkeel: the server could not start over to use less memory ({error}); it goes on without");
}
