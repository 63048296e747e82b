//! The examples of the README, run as they stand there against the real program.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

/// `evenkeel demo`; killed when it goes out of scope.
pub(super) struct Demo {
    process: Child,
    doors: Value,
}

impl Demo {
    pub(super) fn start() -> Self {
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

    pub(super) fn run(&self, program: &str, code: &str) -> Output {
        let door = |name: &str| self.doors[name].as_str().unwrap().to_owned();
        Command::new(program)
            .args(["-c", code])
            .env("EVENKEEL_URL", door("base_url"))
            .env("EVENKEEL_TOKEN", door("api_token"))
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

/// The blocks of code in one language that use the demo's doors.
fn examples(language: &str) -> Vec<String> {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let fence = format!("```{language}\n");
    let blocks = readme.split(&fence).skip(1);
    let code = blocks.map(|rest| rest.split("```").next().unwrap().to_owned());
    code.filter(|code| code.contains("EVENKEEL_TOKEN")).collect()
}

#[test]
fn the_examples_in_the_readme_do_what_they_say() {
    let demo = Demo::start();
    for (language, program, expected) in [
        ("sh", "sh", vec!["\"items\""]),
        (
            "python",
            "python3",
            vec!["opened 2", "Saltmarsh approves: approved", "conflict_resolution  2.0 red"],
        ),
    ] {
        let code = examples(language);
        assert_eq!(code.len(), 1, "one example in {language}");
        let output = demo.run(program, &code[0]);
        let (said, complained) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{said}{complained}");
        for sentence in expected {
            assert!(said.contains(sentence), "{sentence:?} is not in {said}{complained}");
        }
    }
}
