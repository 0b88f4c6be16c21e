//! A collector behind TLS.

use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::thread;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::authority::Shown;
use crate::setup::LONG;

const STRATEGY: &str = r#"{"strategyType":0,"probabilisticSampling":{"samplingRate":1}}"#;

/// One request, as it came.
pub(crate) struct Request {
    /// Request line and headers, in lower case.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn holds(&self, text: &str) -> bool {
        let mut windows = self.body.windows(text.len());
        windows.any(|window| window == text.as_bytes())
    }
}

/// Takes lists of Zipkin and OTLP, and wants every trace.
pub(crate) struct Server {
    address: SocketAddr,
    pub(crate) requests: Receiver<Request>,
    shown: Arc<Mutex<Arc<ServerConfig>>>,
    state: Arc<State>,
}

/// What became of connections.
#[derive(Default)]
struct State {
    refused: AtomicUsize,
    greeted: AtomicUsize,
    hang_up: AtomicBool,
    hung_up: AtomicUsize,
}

impl Server {
    pub(crate) fn showing(shown: Shown) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, requests) = mpsc::channel();
        let server = Self {
            address,
            requests,
            shown: Arc::new(Mutex::new(shown.config())),
            state: Arc::default(),
        };
        let (shown, state) = (Arc::clone(&server.shown), Arc::clone(&server.state));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let config = Arc::clone(&shown.lock().unwrap());
                let (sender, state) = (sender.clone(), Arc::clone(&state));
                thread::spawn(move || serve(stream.unwrap(), config, &sender, &state));
            }
        });
        server
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("https://{}{path}", self.address)
    }

    /// Shows another certificate from now on.
    pub(crate) fn show(&self, shown: Shown) {
        *self.shown.lock().unwrap() = shown.config();
    }

    /// How many clients have turned away from what was shown.
    pub(crate) fn refused(&self) -> usize {
        self.state.refused.load(Ordering::SeqCst)
    }

    /// How many connections there were, after the handshake.
    pub(crate) fn greeted(&self) -> usize {
        self.state.greeted.load(Ordering::SeqCst)
    }

    /// Hangs up after each answer from now on.
    pub(crate) fn hang_up(&self) {
        self.state.hang_up.store(true, Ordering::SeqCst);
    }

    /// How often it did.
    pub(crate) fn hung_up(&self) -> usize {
        self.state.hung_up.load(Ordering::SeqCst)
    }
}

fn serve(
    mut stream: TcpStream,
    config: Arc<ServerConfig>,
    requests: &Sender<Request>,
    state: &State,
) {
    stream.set_read_timeout(Some(LONG)).unwrap();
    let mut tls = ServerConnection::new(config).unwrap();
    while tls.is_handshaking() {
        if tls.complete_io(&mut stream).is_err() {
            state.refused.fetch_add(1, Ordering::SeqCst);
            return;
        }
    }
    state.greeted.fetch_add(1, Ordering::SeqCst);
    let mut stream = BufReader::new(StreamOwned::new(tls, stream));
    while let Some(request) = read(&mut stream) {
        let (status, text) = match request.head.split(' ').nth(1) {
            Some(path) if path.starts_with("/api/sampling?") => ("200 OK", STRATEGY),
            Some("/v1/traces") => ("200 OK", ""),
            _ => ("202 Accepted", ""),
        };
        let head = format!(
            "HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n",
            text.len()
        );
        // Known before it is answered: who has an answer finds it here.
        if requests.send(request).is_err() || write!(stream.get_mut(), "{head}{text}").is_err() {
            return;
        }
        if state.hang_up.load(Ordering::SeqCst) {
            let StreamOwned { conn, sock } = stream.get_mut();
            conn.send_close_notify();
            conn.complete_io(sock).unwrap();
            sock.shutdown(Shutdown::Write).unwrap();
            state.hung_up.fetch_add(1, Ordering::SeqCst);
            return;
        }
    }
}

fn read(stream: &mut impl BufRead) -> Option<Request> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let head = head.to_lowercase();
    let mut lines = head.lines();
    let length = lines.find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(Ok(0), str::parse).ok()?];
    stream.read_exact(&mut body).ok()?;
    Some(Request { head, body })
}
