//! The generator, seen from the process that serves.

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::rc::Rc;

use super::GENERATOR;
use super::asked::{Answer, Slice};

/// What came of each slice.
pub type Log = Rc<RefCell<Vec<Answer>>>;

/// A process that makes load when it is asked.
#[derive(Clone)]
pub struct Generator(Rc<RefCell<Pipes>>);

struct Pipes {
    process: Child,
    requests: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Generator {
    /// This program once more.
    pub fn start() -> Self {
        let program = std::env::current_exe().expect("this program");
        let mut process = Command::new(program)
            .arg(GENERATOR)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("started");
        let requests = process.stdin.take();
        let answers = BufReader::new(process.stdout.take().expect("piped"));
        Self(Rc::new(RefCell::new(Pipes {
            process,
            requests,
            answers,
        })))
    }

    /// A loop of requests like this, whose figures go to the log.
    pub fn driving(&self, like: Slice, log: &Log) -> Box<dyn FnMut(u32)> {
        let (own, log) = (self.clone(), Rc::clone(log));
        Box::new(move |requests| {
            let answer = own.0.borrow_mut().ask(Slice { requests, ..like });
            log.borrow_mut().push(answer);
        })
    }
}

impl Pipes {
    fn ask(&mut self, slice: Slice) -> Answer {
        let requests = self.requests.as_mut().expect("open until dropped");
        requests
            .write_all(slice.line().as_bytes())
            .expect("a generator that listens");
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("an answer");
        Answer::parse(&line).expect("a generator that did not fail")
    }
}

impl Drop for Pipes {
    fn drop(&mut self) {
        // Without anybody who asks, it ends.
        self.requests = None;
        let _ = self.process.wait();
    }
}
