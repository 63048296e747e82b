//! The program itself as a process: its commands, and `serve` with everything on and the limits of rates out of the way.

use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

use crate::http::{Wire, request};
use crate::process::{Process, free_address, memory};
use crate::stage::Stage;

/// The program and how it is set up.
#[derive(Clone, Debug)]
pub struct Program {
    /// The built program.
    pub binary: PathBuf,
}

/// How a server is started.
#[derive(Clone, Debug)]
pub struct Setting {
    /// Where its mails go.
    pub mail: String,
    /// Connections to the relay.
    pub connections: usize,
}

impl Setting {
    /// Mails become files in a folder.
    pub fn files(folder: &Path) -> Self {
        Self { mail: format!("file://{}", folder.display()), connections: 4 }
    }

    /// Mails go to a relay.
    pub fn relay(address: SocketAddr, connections: usize) -> Self {
        Self { mail: format!("smtp://{address}?tls=none"), connections }
    }
}

impl Program {
    fn command(&self, stage: &Stage, own: &str) -> Result<Command> {
        let mut command = Command::new(&self.binary);
        let folder = stage.folder.join(own);
        std::fs::create_dir_all(&folder)?;
        command
            .current_dir(&stage.folder)
            .env("EVENKEEL__DATA_DIR", &folder)
            .env("EVENKEEL__SECRETS__KEY_FILE", stage.folder.join("secret.key"))
            .env("EVENKEEL__DATABASE__URL", stage.url())
            .env("EVENKEEL__INSTANCE__OPERATOR", "Northmoor IT")
            .env("EVENKEEL__INSTANCE__ZONE", "Europe/Berlin")
            .stdin(Stdio::null());
        Ok(command)
    }

    /// Runs a command of the program to its end and gives what it printed.
    pub fn run(&self, stage: &Stage, arguments: &[&str]) -> Result<String> {
        let done = self.command(stage, "")?.args(arguments).output()?;
        let said = String::from_utf8_lossy(&done.stderr);
        ensure!(done.status.success(), "evenkeel {}: {said}", arguments.join(" "));
        Ok(String::from_utf8_lossy(&done.stdout).trim().to_owned())
    }

    /// Runs a command with its output into a file; gives the seconds and the most memory in MiB.
    pub fn measured(&self, stage: &Stage, arguments: &[&str], into: &Path) -> Result<(f64, f64)> {
        let mut command = self.command(stage, "")?;
        command.args(arguments).stdout(File::create(into)?).stderr(File::create(into.with_extension("err"))?);
        let begun = Instant::now();
        let mut process = Process::start(&mut command)?;
        let mut most = 0.0_f64;
        while !process.has_ended()? {
            most = most.max(memory(process.id(), "VmHWM").unwrap_or(0.0));
            std::thread::sleep(Duration::from_millis(1));
            ensure!(begun.elapsed() < Duration::from_mins(30), "{arguments:?} does not end");
        }
        Ok((begun.elapsed().as_secs_f64(), most))
    }

    /// Starts a server and waits for its first answer.
    pub async fn serve(&self, stage: &Stage, setting: &Setting) -> Result<Server> {
        self.replica(stage, setting, "").await
    }

    /// One of several servers on one database, with a folder of its own.
    pub async fn replica(&self, stage: &Stage, setting: &Setting, own: &str) -> Result<Server> {
        let address = free_address()?;
        let log = stage.folder.join(format!("serve{own}.log"));
        let mut command = self.command(stage, own)?;
        command
            .arg("serve")
            .env("EVENKEEL__HTTP__BIND", address.to_string())
            .env("EVENKEEL__HTTP__PUBLIC_URL", format!("http://{address}"))
            .env("EVENKEEL__HTTP__API_PER_MINUTE", "4294967295")
            .env("EVENKEEL__HTTP__STRANGERS_PER_MINUTE", "4294967295")
            .env("EVENKEEL__HTTP__UNKNOWN_LINKS_PER_MINUTE", "4294967295")
            .env("EVENKEEL__MAIL__URL", &setting.mail)
            .env("EVENKEEL__MAIL__FROM", "health@example.org")
            .env("EVENKEEL__MAIL__PER_MINUTE", "600000")
            .env("EVENKEEL__MAIL__CONNECTIONS", setting.connections.to_string())
            .env("EVENKEEL__SCHEDULE__TICK_SECONDS", "1")
            .stdout(Stdio::null())
            .stderr(File::create(&log)?);
        let begun = Instant::now();
        let mut process = Process::start(&mut command)?;
        first_answer(address, "/livez", &mut process).await.with_context(|| {
            std::fs::read_to_string(&log).unwrap_or_else(|_| "the server left no log".to_owned())
        })?;
        Ok(Server { process, address, started_in: begun.elapsed() })
    }
}

/// A server that answers; killed with the value.
pub struct Server {
    process: Process,
    /// Where it listens.
    pub address: SocketAddr,
    /// From its start to its first answer.
    pub started_in: Duration,
}

impl Server {
    /// The number of its process.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Stops it in order.
    pub fn end(self) -> Result<()> {
        self.process.end()
    }
}

/// Waits until an address answers with 200, in steps far smaller than a start takes.
pub async fn first_answer(address: SocketAddr, path: &str, process: &mut Process) -> Result<()> {
    let (begun, look) = (Instant::now(), request("GET", path, "", None));
    while begun.elapsed() < Duration::from_mins(2) {
        if Wire::new(address).ask(&look).await.is_ok_and(|own| own.status == 200) {
            return Ok(());
        }
        ensure!(!process.has_ended()?, "it has ended instead of answering");
        tokio::time::sleep(Duration::from_micros(500)).await;
    }
    bail!("nothing answers at {address}")
}
