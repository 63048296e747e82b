//! The demo as a newcomer starts it.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

/// `evenkeel demo`; killed when it goes out of scope.
pub struct Demo {
    process: Child,
    doors: Value,
}

impl Demo {
    /// Starts it and waits until it is filled.
    pub fn start() -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_evenkeel"))
            .args(["demo", "--quiet", "--port", "0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { process, doors: serde_json::from_str(&line).unwrap() }
    }

    /// One of its addresses.
    pub fn door(&self, name: &str) -> String {
        self.doors[name].as_str().unwrap_or_else(|| panic!("{name} in {}", self.doors)).to_owned()
    }

    /// A list of its addresses.
    pub fn doors(&self, name: &str) -> Vec<String> {
        let list = self.doors[name].as_array().unwrap_or_else(|| panic!("{name} in {}", self.doors));
        list.iter().map(|own| own.as_str().unwrap().to_owned()).collect()
    }

    /// Runs a program that finds the doors in its environment.
    pub fn run(&self, program: &str, code: &str) -> Output {
        Command::new(program)
            .args(["-c", code])
            .env("EVENKEEL_URL", self.door("base_url"))
            .env("EVENKEEL_TOKEN", self.door("api_token"))
            .output()
            .unwrap_or_else(|error| panic!("{program} is missing ({error}); tests/run installs it"))
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
