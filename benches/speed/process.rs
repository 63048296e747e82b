//! Processes: starting and ending them, and what the kernel counts of them.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

/// Ticks a second in `/proc`: the same on every Linux.
const TICKS: f64 = 100.0;

/// A process that ends with the value.
pub struct Process(Child);

impl Process {
    /// Starts it.
    pub fn start(command: &mut Command) -> Result<Self> {
        Ok(Self(command.spawn().with_context(|| format!("{command:?} does not start"))?))
    }

    /// Its number.
    pub fn id(&self) -> u32 {
        self.0.id()
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> Result<bool> {
        Ok(self.0.try_wait()?.is_some())
    }

    /// Asks it to end, and waits.
    pub fn end(mut self) -> Result<()> {
        let asked = Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status()?;
        anyhow::ensure!(asked.success(), "the process was gone already");
        let patience = Instant::now();
        while patience.elapsed() < Duration::from_secs(40) {
            if let Some(status) = self.0.try_wait()? {
                anyhow::ensure!(status.success(), "it ended with {status}");
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        bail!("it does not end")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// A part of this program as a process of its own, spoken to in lines.
pub struct Helper {
    /// Ends with the value.
    _process: Process,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Helper {
    /// Starts this program with these arguments.
    pub fn start(arguments: &[&str]) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = Process::start(&mut command)?;
        let to = process.0.stdin.take().context("a pipe was asked for")?;
        let from = process.0.stdout.take().context("a pipe was asked for")?;
        Ok(Self { _process: process, to, from: BufReader::new(from) })
    }

    /// Says a line and hears one.
    pub fn ask(&mut self, line: &str) -> Result<String> {
        writeln!(self.to, "{line}")?;
        self.to.flush()?;
        self.hear()
    }

    /// Hears a line.
    pub fn hear(&mut self) -> Result<String> {
        let mut line = String::new();
        anyhow::ensure!(self.from.read_line(&mut line)? > 0, "the helper has ended");
        Ok(line.trim().to_owned())
    }
}

/// A port that is free now.
pub fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

/// Processor seconds of these processes so far, all threads, user and system.
pub fn cpu_of(processes: &[u32]) -> Result<f64> {
    processes.iter().map(|id| ticks(&format!("/proc/{id}/stat"), 11)).sum()
}

/// Processor seconds of this program's children that have ended.
pub fn cpu_of_ended() -> Result<f64> {
    ticks("/proc/self/stat", 13)
}

/// Two counters that stand side by side, counted from what follows the name of the program.
fn ticks(file: &str, place: usize) -> Result<f64> {
    let text = std::fs::read_to_string(file).with_context(|| format!("{file} cannot be read"))?;
    let (_, rest) = text.rsplit_once(')').context("no name in it")?;
    let mut own = rest.split_whitespace().skip(place).map(str::parse::<f64>);
    let (user, system) = (own.next().context("too short")??, own.next().context("too short")??);
    Ok((user + system) / TICKS)
}

/// A figure of a process's memory in MiB, such as `VmRSS` or `VmHWM`; none when the process is gone.
pub fn memory(process: u32, figure: &str) -> Option<f64> {
    let text = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(figure)?.strip_prefix(':'))?;
    let kib: f64 = line.trim().trim_end_matches(" kB").parse().ok()?;
    Some(kib / 1024.0)
}

/// The load average of the last minute.
pub fn load_average() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').take(3).collect::<Vec<_>>().join(" ")
}
