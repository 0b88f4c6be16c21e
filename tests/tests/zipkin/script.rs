//! A server of a test's own, which it may stop.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::server::unique;

/// A server that one of the scripts in `servers/` starts. Stopped on drop.
pub(crate) struct Script {
    name: &'static str,
    state: PathBuf,
    variables: Vec<(&'static str, String)>,
}

impl Script {
    /// The script of this name; nothing runs yet.
    pub(crate) fn new(name: &'static str) -> Self {
        let state = std::env::temp_dir().join(unique("tracer-test"));
        Self {
            name,
            state,
            variables: Vec::new(),
        }
    }

    /// Sets a variable for the script.
    pub(crate) fn variable(mut self, name: &'static str, value: &str) -> Self {
        self.variables.push((name, value.to_owned()));
        self
    }

    /// Runs a command of the script and gives the first value that it prints.
    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        let script = format!("{}/../servers/{}.sh", env!("CARGO_MANIFEST_DIR"), self.name);
        let output = Command::new(&script)
            .args(arguments)
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .env("SERVERS_STATE", &self.state)
            .stderr(Stdio::inherit())
            .output()
            .unwrap();
        assert!(output.status.success(), "{script} {arguments:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        let value = text.lines().next().and_then(|line| line.split_once('='));
        value.unwrap_or_default().1.to_owned()
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        self.run(&["stop"]);
    }
}
