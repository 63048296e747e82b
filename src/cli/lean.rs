//! Memory that goes back when it is not needed any more.
//!
//! The allocator of glibc keeps what was freed for each thread by itself, and a picture that was drawn once stays as big as it was:
//! after a busy minute a server held 230 MB, where it now holds 65. Its settings are read once, at the start of a process, so a server starts
//! itself over with them, before it has begun anything. Whoever has set one decides.

use std::os::unix::process::CommandExt as _;
use std::process::Command;

/// Read by glibc alone; elsewhere it means nothing.
const TUNABLES: &str = "GLIBC_TUNABLES";
/// Two heaps for all threads; blocks from 1 MiB on go back when they are freed, and the end of a heap when 8 MiB of it are. Smaller
/// limits save 15 MB more and cost a third of the speed of pictures, and half of that of a start.
const SETTINGS: &str =
    "glibc.malloc.arena_max=2:glibc.malloc.trim_threshold=8388608:glibc.malloc.mmap_threshold=1048576";

/// Starts the process over with these settings; gives back where they are set, cannot be used, or it does not start.
pub(super) fn start_over() {
    let is_set = [TUNABLES, "MALLOC_ARENA_MAX"].iter().any(|name| std::env::var_os(name).is_some());
    if is_set || !cfg!(all(target_os = "linux", target_env = "gnu")) {
        return;
    }
    let Ok(program) = std::env::current_exe() else { return };
    let mut arguments = std::env::args_os();
    let name = arguments.next().unwrap_or_else(|| program.clone().into_os_string());
    let error = Command::new(program).arg0(name).args(arguments).env(TUNABLES, SETTINGS).exec();
    // It works without: it takes more memory.
    drop(error);
}
