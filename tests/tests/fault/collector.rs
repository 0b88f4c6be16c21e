//! A Zipkin collector that can be told to misbehave, and remembers which spans it took.

use std::collections::HashSet;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::serve::serve;

/// What it does with a list.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Mode {
    Well,
    /// Takes it, and answers after this time.
    Slow(Duration),
    /// Takes it and never answers.
    Hangs,
    /// Answers with this status, and a header.
    Status(u16, &'static str),
    /// Hangs up with half of the list unread.
    Resets,
    /// Hangs up after the headers.
    ClosesEarly,
    /// Takes it, and answers one byte at a time, for longer than anybody waits.
    Trickles,
}

/// What it got so far. Room for all of it is made first: the test watches the process's memory.
pub(crate) struct Seen {
    taken: HashSet<u64>,
    /// Spans that it had taken before.
    pub(crate) twice: usize,
    /// Spans that it took and said so.
    pub(crate) acknowledged: u64,
    /// Lists, whole or not.
    pub(crate) lists: usize,
}

impl Seen {
    pub(crate) fn take(&mut self, ids: impl Iterator<Item = u64>) -> u64 {
        let mut spans = 0;
        for id in ids {
            spans += 1;
            self.twice += usize::from(!self.taken.insert(id));
        }
        spans
    }
}

pub(crate) struct State {
    pub(crate) mode: Mutex<Mode>,
    pub(crate) seen: Mutex<Seen>,
    down: AtomicBool,
    open: Mutex<Vec<TcpStream>>,
}

impl State {
    pub(crate) fn is_down(&self) -> bool {
        self.down.load(Ordering::Acquire)
    }

    pub(crate) fn mode(&self) -> Mode {
        *self.mode.lock().unwrap()
    }
}

pub(crate) struct Collector {
    pub(crate) address: SocketAddr,
    pub(crate) state: Arc<State>,
    accepting: Option<JoinHandle<()>>,
}

impl Collector {
    pub(crate) fn start(mode: Mode) -> Self {
        let seen = Seen {
            taken: HashSet::with_capacity(200_000),
            twice: 0,
            acknowledged: 0,
            lists: 0,
        };
        let state = Arc::new(State {
            mode: Mutex::new(mode),
            seen: Mutex::new(seen),
            down: AtomicBool::new(false),
            open: Mutex::default(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut collector = Self {
            address: listener.local_addr().unwrap(),
            state,
            accepting: None,
        };
        collector.accept(listener);
        collector
    }

    fn accept(&mut self, listener: TcpListener) {
        let state = Arc::clone(&self.state);
        self.accepting = Some(thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { continue };
                if state.is_down() {
                    return;
                }
                if let Ok(other) = stream.try_clone() {
                    state.open.lock().unwrap().push(other);
                }
                let state = Arc::clone(&state);
                thread::spawn(move || serve(&stream, &state));
            }
        }));
    }

    /// Hangs up every connection and refuses new ones.
    pub(crate) fn stop(&mut self) {
        self.state.down.store(true, Ordering::Release);
        // Wakes the thread that accepts, which closes the port.
        let _ = TcpStream::connect(self.address);
        if let Some(accepting) = self.accepting.take() {
            accepting.join().unwrap();
        }
        for stream in self.state.open.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// Listens where it did before.
    pub(crate) fn restart(&mut self) {
        if !self.state.is_down() {
            return;
        }
        let until = Instant::now() + Duration::from_secs(20);
        let listener = loop {
            match TcpListener::bind(self.address) {
                Ok(listener) => break listener,
                Err(error) => assert!(Instant::now() < until, "{error}"),
            }
            thread::yield_now();
        };
        self.state.down.store(false, Ordering::Release);
        self.accept(listener);
    }

    pub(crate) fn set(&self, mode: Mode) {
        *self.state.mode.lock().unwrap() = mode;
    }

    pub(crate) fn seen<T>(&self, look: impl FnOnce(&Seen) -> T) -> T {
        look(&self.state.seen.lock().unwrap())
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}/api/v2/spans", self.address)
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.stop();
    }
}
