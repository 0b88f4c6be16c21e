//! A broker written by hand: what it does with each connection is the test's choice.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tracer_recording::Delivery;
use tracer_zipkin::{KafkaSender, Sender};

use crate::bytes::{Reader, Writer};

/// Longer than any test may wait.
pub(crate) const LONG: Duration = Duration::from_secs(20);

pub(crate) const METADATA: i16 = 3;
pub(crate) const PRODUCE: i16 = 0;

/// A broker that has not been asked yet.
pub(crate) struct Broker {
    listener: TcpListener,
    pub(crate) port: u16,
}

impl Broker {
    pub(crate) fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        Self { listener, port }
    }

    pub(crate) fn sender(&self) -> KafkaSender {
        KafkaSender::new(&format!("kafka://127.0.0.1:{}/spans", self.port)).unwrap()
    }

    pub(crate) fn accept(&self) -> Connection {
        let (stream, _) = self.listener.accept().unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        Connection {
            stream,
            port: self.port,
        }
    }

    /// Serves on a thread.
    pub(crate) fn serve<T: Send + 'static>(
        self,
        serve: impl FnOnce(&Self) -> T + Send + 'static,
    ) -> JoinHandle<T> {
        thread::spawn(move || serve(&self))
    }
}

/// One connection of a client.
pub(crate) struct Connection {
    pub(crate) stream: TcpStream,
    port: u16,
}

/// A request: its key, its version and its body.
pub(crate) struct Request {
    pub(crate) key: i16,
    pub(crate) version: i16,
    correlation: i32,
    pub(crate) body: Vec<u8>,
}

impl Connection {
    pub(crate) fn read(&mut self) -> Request {
        self.try_read().unwrap()
    }

    /// Reads a request; `None` when the client has gone.
    pub(crate) fn try_read(&mut self) -> Option<Request> {
        let mut len = [0; 4];
        self.stream.read_exact(&mut len).ok()?;
        let mut request = vec![0; i32::from_be_bytes(len).try_into().unwrap()];
        self.stream.read_exact(&mut request).ok()?;
        let mut reader = Reader(&request);
        let (key, version, correlation) = (reader.i16(), reader.i16(), reader.i32());
        assert_eq!(reader.text().as_deref(), Some("tracer-zipkin"));
        Some(Request {
            key,
            version,
            correlation,
            body: reader.0.to_vec(),
        })
    }

    pub(crate) fn answer(&mut self, to: &Request, body: Writer) {
        let answer = Writer::default()
            .i32((body.0.len() + 4).try_into().unwrap())
            .i32(to.correlation);
        self.stream.write_all(&[answer.0, body.0].concat()).unwrap();
    }

    /// Reads a request for metadata and answers that this broker leads two of three partitions, or
    /// that the topic has an error.
    pub(crate) fn metadata(&mut self, error: i16) {
        self.metadata_of(&[Some(self.port), None, Some(self.port)], error);
    }

    /// The same for partitions whose leaders listen on these ports.
    pub(crate) fn metadata_of(&mut self, leaders: &[Option<u16>], error: i16) {
        let request = self.read();
        self.answer_metadata(&request, leaders, error);
    }

    pub(crate) fn answer_metadata(
        &mut self,
        request: &Request,
        leaders: &[Option<u16>],
        error: i16,
    ) {
        assert_eq!((request.key, request.version), (METADATA, 4));
        let mut reader = Reader(&request.body);
        assert_eq!(reader.i32(), 1);
        assert_eq!(reader.text().as_deref(), Some("spans"));
        assert_eq!(reader.i8(), 1, "may be created");
        let leaders = if error == 0 { leaders } else { &[] };
        let count = leaders.len().try_into().unwrap();
        let mut answer = Writer::default().i32(0).i32(count);
        for (node, port) in (0..).zip(leaders) {
            let port = port.unwrap_or(1).into();
            answer = answer.i32(node).text("127.0.0.1").i32(port).i16(-1);
        }
        answer = answer.i16(-1).i32(7).i32(1).i16(error).text("spans");
        answer.0.push(0);
        answer = answer.i32(count);
        for (partition, port) in (0..).zip(leaders) {
            let leader = if port.is_some() { partition } else { -1 };
            answer = answer.i16(0).i32(partition).i32(leader);
            answer = answer.i32(1).i32(7).i32(1).i32(7);
        }
        self.answer(request, answer);
    }

    /// Reads a list and answers with this code.
    pub(crate) fn produce(&mut self, error: i16) -> Request {
        let request = self.read();
        self.answer_produce(&request, error);
        request
    }

    pub(crate) fn answer_produce(&mut self, request: &Request, error: i16) {
        assert_eq!((request.key, request.version), (PRODUCE, 3));
        let answer = Writer::default().i32(1).text("spans").i32(1);
        let answer = answer.i32(0).i16(error).i64(0).i64(-1).i32(0);
        self.answer(request, answer);
    }
}

/// What becomes of a small list.
pub(crate) fn deliver(sender: &mut KafkaSender, timeout: Duration) -> Delivery {
    sender.send(b"[{}]", "application/json", timeout)
}

pub(crate) fn is_retry(delivery: &Delivery) -> bool {
    matches!(delivery, Delivery::Retry { after: None, reason } if reason.starts_with("not sent"))
}

pub(crate) fn is_unanswered(delivery: &Delivery) -> bool {
    matches!(delivery, Delivery::Rejected { reason } if reason.starts_with("sent to"))
}
