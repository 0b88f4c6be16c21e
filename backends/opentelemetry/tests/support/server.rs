//! An HTTP server written by hand: what it does with each connection is the test's choice.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Longer than any test may wait.
pub(crate) const LONG: Duration = Duration::from_secs(20);

/// A request as it came.
pub(crate) struct Request {
    /// Request line and headers, in lower case.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

/// Serves one connection on a thread; the address, and what `serve` makes of it.
pub(crate) fn serve<T: Send + 'static>(
    serve: impl FnOnce(TcpStream) -> T + Send + 'static,
) -> (String, JoinHandle<T>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let served = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        serve(stream)
    });
    (format!("http://{address}"), served)
}

/// Takes one request, and answers with a status line and further headers.
pub(crate) fn answer(status: &'static str) -> (String, JoinHandle<Request>) {
    serve(move |mut stream| {
        let request = read(&stream);
        write!(stream, "HTTP/1.1 {status}\r\ncontent-length: 4\r\n\r\ntext").unwrap();
        request
    })
}

/// Reads one request.
pub(crate) fn read(stream: &TcpStream) -> Request {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert_ne!(reader.read_line(&mut head).unwrap(), 0, "no whole head");
    }
    let mut request = Request {
        head: head.to_lowercase(),
        body: Vec::new(),
    };
    let len: usize = request.header("content-length").unwrap().parse().unwrap();
    request.body.resize(len, 0);
    reader.read_exact(&mut request.body).unwrap();
    request
}

/// Reads the head alone of one request after the other, each on a connection of its own, and answers it with
/// the next status, in one piece. Who asked first (RFC 9110, section 10.1.1) is not hung up on unless it said
/// so; the others are, with their body unread. Says who asked.
pub(crate) fn heads<const N: usize>(
    statuses: [&'static str; N],
) -> (String, JoinHandle<[bool; N]>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let served = thread::spawn(move || {
        statuses.map(|status| {
            let (mut stream, _) = listener.accept().unwrap();
            stream.set_read_timeout(Some(LONG)).unwrap();
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                stream.read_exact(&mut byte).unwrap();
                head.extend(byte);
            }
            let head = String::from_utf8(head).unwrap().to_lowercase();
            let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
            stream.write_all(answer.as_bytes()).unwrap();
            let asked = head.contains("\r\nexpect: 100-continue\r\n");
            if asked && !head.contains("\r\nconnection: close\r\n") {
                // The client may have left with something unread.
                let _ = std::io::copy(&mut stream, &mut std::io::sink());
            }
            asked
        })
    });
    (format!("http://{address}"), served)
}
