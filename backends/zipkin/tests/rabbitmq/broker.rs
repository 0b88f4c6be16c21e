//! A broker written by hand: what it does with each connection is the test's choice.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tracer_recording::Delivery;
use tracer_zipkin::{RabbitMqSender, Sender};

/// Longer than any test may wait.
pub(crate) const LONG: Duration = Duration::from_secs(20);

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

    /// A sender with a user, a password and a queue of their own.
    pub(crate) fn sender(&self) -> RabbitMqSender {
        let endpoint = format!("amqp://me:hunter2@127.0.0.1:{}/test?queue=spans", self.port);
        RabbitMqSender::new(&endpoint).unwrap()
    }

    pub(crate) fn accept(&self) -> Connection {
        let (stream, _) = self.listener.accept().unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        // Or a word waits until the one before it was acknowledged.
        stream.set_nodelay(true).unwrap();
        Connection(stream)
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
pub(crate) struct Connection(pub(crate) TcpStream);

/// A frame: type, channel, payload.
pub(crate) type Frame = (u8, u16, Vec<u8>);

impl Connection {
    pub(crate) fn read(&mut self) -> Frame {
        let mut head = [0; 7];
        self.0.read_exact(&mut head).unwrap();
        let len = u32::from_be_bytes(head[3..].try_into().unwrap());
        let mut payload = vec![0; len as usize + 1];
        self.0.read_exact(&mut payload).unwrap();
        assert_eq!(payload.pop(), Some(0xce));
        (head[0], u16::from_be_bytes([head[1], head[2]]), payload)
    }

    /// Reads a method and gives its arguments.
    pub(crate) fn expect(&mut self, channel: u16, class: u8, method: u8) -> Vec<u8> {
        let (kind, on, payload) = self.read();
        assert_eq!((kind, on), (1, channel));
        assert_eq!(payload[..4], [0, class, 0, method]);
        payload[4..].to_vec()
    }

    pub(crate) fn frame(&mut self, kind: u8, channel: u16, payload: &[u8]) {
        let mut frame = vec![kind];
        frame.extend(channel.to_be_bytes());
        frame.extend((payload.len() as u32).to_be_bytes());
        frame.extend(payload);
        frame.push(0xce);
        self.0.write_all(&frame).unwrap();
    }

    pub(crate) fn send(&mut self, channel: u16, class: u8, method: u8, arguments: &[u8]) {
        let payload = [&[0, class, 0, method], arguments].concat();
        self.frame(1, channel, &payload);
    }

    /// A code and a text, as in `close` and `return`.
    pub(crate) fn refuse(&mut self, channel: u16, name: (u8, u8), code: u16, text: &str) {
        let mut arguments = code.to_be_bytes().to_vec();
        arguments.push(text.len().try_into().unwrap());
        arguments.extend(text.as_bytes());
        // What it was about: two numbers, or two empty names.
        arguments.extend([0; 4]);
        self.send(channel, name.0, name.1, &arguments);
    }

    /// Asks who is there; gives the client's answer.
    pub(crate) fn start(&mut self, mechanisms: &str) -> Vec<u8> {
        let mut protocol = [0; 8];
        self.0.read_exact(&mut protocol).unwrap();
        assert_eq!(&protocol, b"AMQP\0\0\x09\x01");
        let mut arguments = vec![0, 9, 0, 0, 0, 0];
        for text in [mechanisms, "en_US"] {
            arguments.extend((text.len() as u32).to_be_bytes());
            arguments.extend(text.as_bytes());
        }
        self.send(0, 10, 10, &arguments);
        self.expect(0, 10, 11)
    }

    /// Signs a client in, up to the point where it chooses a virtual host.
    pub(crate) fn tune(&mut self, frame_max: u32) {
        let who = self.start("AMQPLAIN PLAIN");
        assert!(who.ends_with(b"\x05PLAIN\0\0\0\x0b\0me\0hunter2\x05en_US"));
        for asks in [
            &b"authentication_failure_closet\x01"[..],
            b"publisher_confirmst\x01",
            b"connection.blockedt\x01",
        ] {
            assert!(who.windows(asks.len()).any(|part| part == asks));
        }
        let limits = [&[0, 0][..], &frame_max.to_be_bytes(), &[0, 60]].concat();
        self.send(0, 10, 30, &limits);
        let tuned = self.expect(0, 10, 31);
        let frame = u32::from_be_bytes(tuned[2..6].try_into().unwrap());
        // Zero is no limit.
        assert!((frame_max == 0 || frame <= frame_max) && frame >= 4096);
        assert_eq!(tuned[6..], [0, 0], "no heartbeats");
        assert_eq!(self.expect(0, 10, 40), b"\x04test\0\0");
    }

    /// Signs a client in and opens its channel.
    pub(crate) fn open(&mut self, frame_max: u32) {
        self.tune(frame_max);
        self.send(0, 10, 41, &[0]);
        self.expect(1, 20, 10);
        self.send(1, 20, 11, &[0; 4]);
        assert_eq!(self.expect(1, 85, 10), [0]);
        self.send(1, 85, 11, &[]);
    }

    /// Finds the queue.
    pub(crate) fn declare(&mut self) {
        let arguments = self.expect(1, 50, 10);
        assert_eq!(arguments, b"\0\0\x05spans\x01\0\0\0\0", "passive");
        self.found();
    }

    pub(crate) fn found(&mut self) {
        self.send(1, 50, 11, b"\x05spans\0\0\0\0\0\0\0\0");
    }

    /// Reads a publication: its properties, and the parts of its body.
    pub(crate) fn publication(&mut self) -> (Vec<u8>, Vec<Vec<u8>>) {
        let arguments = self.expect(1, 60, 40);
        assert_eq!(arguments, b"\0\0\0\x05spans\x01", "mandatory");
        let (kind, channel, header) = self.read();
        assert_eq!((kind, channel), (2, 1));
        assert_eq!(header[..4], [0, 60, 0, 0]);
        let len = u64::from_be_bytes(header[4..12].try_into().unwrap()) as usize;
        let mut parts: Vec<Vec<u8>> = Vec::new();
        while parts.concat().len() < len {
            let (kind, channel, part) = self.read();
            assert_eq!((kind, channel), (3, 1));
            parts.push(part);
        }
        assert_eq!(parts.concat().len(), len);
        (header[12..].to_vec(), parts)
    }

    /// Gives the list back, which is nobody's.
    pub(crate) fn give_back(&mut self) {
        self.refuse(1, (60, 50), 312, "NO_ROUTE");
        self.frame(2, 1, &[0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0]);
        self.frame(3, 1, b"[{}]");
    }

    pub(crate) fn nack(&mut self) {
        self.send(1, 60, 120, &[0, 0, 0, 0, 0, 0, 0, 1, 0]);
    }

    pub(crate) fn heartbeat(&mut self) {
        assert_eq!(self.read(), (8, 0, Vec::new()));
    }

    /// Says that it reads nothing for now.
    pub(crate) fn block(&mut self, why: &str) {
        let len = u8::try_from(why.len()).unwrap();
        self.send(0, 10, 60, &[&[len], why.as_bytes()].concat());
    }

    pub(crate) fn unblock(&mut self) {
        self.send(0, 10, 61, &[]);
    }

    /// Serves one list.
    pub(crate) fn take(&mut self) {
        self.declare();
        self.publication();
        self.ack();
    }

    pub(crate) fn ack(&mut self) {
        self.send(1, 60, 80, &[0, 0, 0, 0, 0, 0, 0, 1, 0]);
    }
}

/// What becomes of a small list.
pub(crate) fn deliver(sender: &mut RabbitMqSender, timeout: Duration) -> Delivery {
    sender.send(b"[{}]", "application/json", timeout)
}

/// The delivery of one small list to a broker that does this with the connection.
pub(crate) fn delivered(serve: impl FnOnce(&mut Connection) + Send + 'static) -> Delivery {
    let broker = Broker::new();
    let mut sender = broker.sender();
    let served = broker.serve(move |broker| serve(&mut broker.accept()));
    let delivery = deliver(&mut sender, LONG);
    served.join().unwrap();
    delivery
}

pub(crate) fn is_retry(delivery: &Delivery) -> bool {
    matches!(delivery, Delivery::Retry { after: None, .. })
}

pub(crate) fn is_unanswered(delivery: &Delivery) -> bool {
    matches!(delivery, Delivery::Rejected { reason } if reason.starts_with("sent, but"))
}
