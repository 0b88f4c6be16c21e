//! A server written by hand: what it does with each connection is the test's choice.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tracer_recording::testing::SpanBuilder;
use tracer_recording::{Delivery, Exporter};
use tracer_zipkin::ZipkinExporter;

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

/// Serves one connection on a thread; the endpoint, and what `serve` makes of it.
pub(crate) fn serve<T: Send + 'static>(
    serve: impl FnOnce(TcpStream) -> T + Send + 'static,
) -> (String, JoinHandle<T>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let served = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        serve(stream)
    });
    (format!("http://127.0.0.1:{port}/api/v2/spans"), served)
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

/// Answers with a status line, further headers and a text.
pub(crate) fn answer(mut stream: &TcpStream, status: &str, headers: &str, text: &str) {
    let len = text.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-length: {len}\r\n{headers}\r\n{text}"
    )
    .unwrap();
}

/// An exporter with as many small spans in its open batch.
pub(crate) fn exporter(endpoint: &str, spans: usize) -> ZipkinExporter {
    let mut exporter = ZipkinExporter::http(endpoint).unwrap();
    for _ in 0..spans {
        exporter.add(&SpanBuilder::new("job").local("shop", None, None).view());
    }
    exporter
}

/// What becomes of a batch of one span that is answered like this.
pub(crate) fn answered(
    status: &'static str,
    headers: &'static str,
    text: &'static str,
) -> Delivery {
    let (endpoint, served) = serve(move |stream| {
        read(&stream);
        answer(&stream, status, headers, text);
    });
    let delivery = exporter(&endpoint, 1).send(LONG);
    served.join().unwrap();
    delivery
}
