//! Runs a program that cargo has built beside this test.

use std::error::Error;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(30);

/// A program that runs until it is dropped.
pub(crate) struct Program {
    name: &'static str,
    child: Child,
    lines: Receiver<String>,
}

impl Program {
    /// The command of an example.
    pub(crate) fn example(name: &str) -> Result<Command, Box<dyn Error>> {
        let test = std::env::current_exe()?;
        let built = test
            .parent()
            .and_then(|deps| deps.parent())
            .ok_or("no target folder")?;
        Ok(Command::new(built.join("examples").join(name)))
    }

    /// Starts an example.
    pub(crate) fn start(name: &'static str, arguments: &[&str]) -> Result<Self, Box<dyn Error>> {
        Self::spawn(name, Self::example(name)?.args(arguments))
    }

    /// Starts anything, without what the environment says of backends.
    pub(crate) fn spawn(name: &'static str, command: &mut Command) -> Result<Self, Box<dyn Error>> {
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("OTEL_")) {
            command.env_remove(name);
        }
        let child = command.stdout(Stdio::piped()).spawn();
        let mut child = child.map_err(|error| format!("{command:?}: {error}"))?;
        let (send, lines) = mpsc::channel();
        let out = child.stdout.take().ok_or("no output")?;
        std::thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                if send.send(line).is_err() {
                    break;
                }
            }
        });
        Ok(Self { name, child, lines })
    }

    /// Runs a program to its successful end; returns what it printed.
    pub(crate) fn run(name: &'static str, arguments: &[&str]) -> Result<String, Box<dyn Error>> {
        Self::start(name, arguments)?.end()
    }

    /// Waits for the successful end; returns what was printed since the last look.
    pub(crate) fn end(mut self) -> Result<String, Box<dyn Error>> {
        let name = self.name;
        let mut out = String::new();
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self
                .lines
                .recv_timeout(deadline.saturating_duration_since(Instant::now()))
            {
                Ok(line) => {
                    out.push_str(&line);
                    out.push('\n');
                }
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
                Err(mpsc::RecvTimeoutError::Timeout) => {
                    return Err(format!("{name} does not end; it printed {out}").into());
                }
            }
        }
        let status = self.child.wait()?;
        if status.success() {
            Ok(out)
        } else {
            Err(format!("{name}: {status}\n{out}").into())
        }
    }

    /// Sends the process a signal: `TERM`, `INT`.
    #[cfg(unix)]
    pub(crate) fn signal(&self, name: &str) -> Result<(), Box<dyn Error>> {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status()?;
        sent.success()
            .then_some(())
            .ok_or_else(|| format!("kill -s {name} {id}: {sent}").into())
    }

    /// The rest of the next line that begins like this.
    pub(crate) fn line_after(&self, start: &str) -> Result<String, Box<dyn Error>> {
        let line = self.line(|line| line.starts_with(start), start)?;
        Ok(line
            .strip_prefix(start)
            .unwrap_or_default()
            .trim()
            .to_owned())
    }

    /// The next line that contains this.
    pub(crate) fn line_with(&self, part: &str) -> Result<String, Box<dyn Error>> {
        self.line(|line| line.contains(part), part)
    }

    fn line(&self, fits: impl Fn(&str) -> bool, wanted: &str) -> Result<String, Box<dyn Error>> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let line = self.lines.recv_timeout(left);
            let line = line.map_err(|error| format!("{}: no {wanted:?}: {error}", self.name))?;
            if fits(&line) {
                return Ok(line);
            }
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
