//! What all works share: the house, the helpers and how long a round may take; and servers that share one database.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;

use crate::house::House;
use crate::http::request;
use crate::load::{self, Load, Run};
use crate::process::Helper;
use crate::server::{Server, Setting};
use crate::stage::Stage;

/// A run of the harness.
pub struct Bench {
    /// What is measured.
    pub house: House,
    /// Rounds.
    pub rounds: usize,
    /// Longest time of one part of a round.
    pub time: Duration,
    /// Servers on one database; more than one needs PostgreSQL.
    pub replicas: usize,
    /// The hello route.
    pub hello: SocketAddr,
    /// The sink.
    pub sink: Helper,
    /// Where it listens.
    pub sink_address: SocketAddr,
}

/// Servers on one database.
pub struct Fleet {
    servers: Vec<Server>,
    /// Its copy of the data.
    pub stage: Stage,
}

impl Fleet {
    /// Where they listen.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.servers.iter().map(|own| own.address).collect()
    }

    /// The servers.
    pub fn servers(&self) -> &[Server] {
        &self.servers
    }

    /// The numbers of their processes.
    pub fn processes(&self) -> Vec<u32> {
        self.servers.iter().map(Server::id).collect()
    }

    /// Their processors' time is counted while these requests are answered.
    pub async fn load(&self, load: &Load) -> Result<Run> {
        load::run(load, &self.addresses(), &self.processes()).await
    }

    /// Stops them and removes their data.
    pub fn end(self) -> Result<()> {
        for server in self.servers {
            server.end()?;
        }
        self.stage.remove()
    }
}

impl Bench {
    /// As many servers as asked for on a copy of a stage, their mails files.
    pub async fn fleet(&self, stage: &Stage) -> Result<Fleet> {
        let (first, stage) = self.house.serve(stage).await?;
        let setting = Setting::files(&stage.folder.join("mails"));
        let mut servers = vec![first];
        for number in 1..self.replicas {
            servers.push(self.house.program.replica(&stage, &setting, &format!("replica-{number}")).await?);
        }
        Ok(Fleet { servers, stage })
    }

    /// A server on a copy of a stage whose mails go to the sink.
    pub async fn with_sink(&self, stage: &Stage, connections: usize) -> Result<Fleet> {
        let stage = stage.copy(&format!("run-{}", self.house.files.partnerships))?;
        let mut servers = Vec::new();
        let setting = Setting::relay(self.sink_address, connections);
        for number in 0..self.replicas {
            let own = if number == 0 { String::new() } else { format!("replica-{number}") };
            servers.push(self.house.program.replica(&stage, &setting, &own).await?);
        }
        Ok(Fleet { servers, stage })
    }

    /// A load of these requests in turn, for as long as a part of a round lasts.
    pub fn turns(&self, requests: Vec<Vec<u8>>, connections: usize) -> Load {
        Load { requests: Arc::new(requests), connections, time: self.time, once: false, status: 200 }
    }

    /// Answers a second of the hello process to a path.
    pub async fn hello(&self, path: &str, connections: usize) -> Result<f64> {
        let load = self.turns(vec![request("GET", path, "", None)], connections);
        Ok(load::run(&load, &[self.hello], &[]).await?.rate)
    }

    /// How long raw figures are taken: long enough for a disk, short enough for a round.
    pub fn raw_time(&self) -> Duration {
        self.time.min(Duration::from_secs(1))
    }
}
