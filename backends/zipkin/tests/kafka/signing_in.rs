//! What brokers are told of who it is, and what is made of their answers.

use std::time::Duration;

use tracer_recording::Delivery;
use tracer_zipkin::KafkaSender;

use crate::broker::{Broker, Connection, LONG, deliver, is_retry};
use crate::bytes::{Reader, Writer};

const HANDSHAKE: i16 = 17;
const AUTHENTICATE: i16 = 36;
const UNSUPPORTED_MECHANISM: i16 = 33;
const ILLEGAL_STATE: i16 = 34;
const NOT_AUTHENTICATED: i16 = 58;

fn sender(broker: &Broker, query: &str) -> KafkaSender {
    let port = broker.port;
    KafkaSender::new(&format!("kafka://me:hunter2@127.0.0.1:{port}/spans{query}")).unwrap()
}

impl Connection {
    /// Reads which mechanism is asked for, and answers with this code.
    fn choose(&mut self, error: i16) -> Option<String> {
        let request = self.read();
        assert_eq!((request.key, request.version), (HANDSHAKE, 1));
        let answer = Writer::default().i16(error).i32(1).text("GSSAPI");
        self.answer(&request, answer);
        Reader(&request.body).text()
    }

    /// Reads what is said, and answers with this code and these texts; for how long that counts, in
    /// milliseconds.
    fn say(&mut self, error: i16, texts: [&str; 2], lifetime: i64) -> Vec<u8> {
        let request = self.read();
        assert_eq!((request.key, request.version), (AUTHENTICATE, 1));
        let [message, said] = texts;
        let answer = Writer::default().i16(error).text(message);
        let mut answer = answer.i32(said.len().try_into().unwrap());
        answer.0.extend(said.as_bytes());
        self.answer(&request, answer.i64(lifetime));
        let mut reader = Reader(&request.body);
        let len = reader.i32().try_into().unwrap();
        reader.bytes(len).to_vec()
    }

    /// Whatever is still said, until the client has gone.
    fn rest(&mut self) -> usize {
        std::iter::from_fn(|| self.try_read()).count()
    }
}

#[test]
fn name_and_password_come_before_anything_else() {
    let broker = Broker::new();
    let mut sender = sender(&broker, "");
    let served = broker.serve(|broker| {
        let mut connection = broker.accept();
        assert_eq!(connection.choose(0).as_deref(), Some("PLAIN"));
        assert_eq!(connection.say(0, ["", ""], 0), b"\0me\0hunter2");
        for _ in 0..2 {
            connection.metadata(0);
            connection.produce(0);
        }
    });
    for _ in 0..2 {
        let delivery = deliver(&mut sender, LONG);
        assert_eq!(delivery, Delivery::Sent { bytes: 4 });
    }
    served.join().unwrap();
}

/// The broker would hang up on the next list (KIP-368).
#[test]
fn who_was_let_in_for_a_time_comes_again_well_before_that_is_over() {
    const LIFETIME: Duration = Duration::from_secs(2);
    let broker = Broker::new();
    let mut sender = sender(&broker, "");
    let served = broker.serve(|broker| {
        // It is not the broker that closes the first one.
        let [mut first, _second] = [(); 2].map(|()| {
            let mut connection = broker.accept();
            connection.choose(0);
            connection.say(0, ["", ""], LIFETIME.as_millis() as i64);
            connection.metadata(0);
            connection.produce(0);
            connection
        });
        first.rest()
    });
    assert_eq!(deliver(&mut sender, LONG), Delivery::Sent { bytes: 4 });
    // Time is what this is about.
    std::thread::sleep(LIFETIME * 17 / 20);
    assert_eq!(deliver(&mut sender, LONG), Delivery::Sent { bytes: 4 });
    drop(sender);
    assert_eq!(served.join().unwrap(), 0);
}

/// What a list is refused with, and how much was said after that.
fn refused(query: &str, serve: impl FnOnce(&mut Connection) + Send + 'static) -> (Delivery, usize) {
    let broker = Broker::new();
    let mut sender = sender(&broker, query);
    let served = broker.serve(|broker| {
        let mut connection = broker.accept();
        serve(&mut connection);
        connection.rest()
    });
    let delivery = deliver(&mut sender, LONG);
    drop(sender);
    (delivery, served.join().unwrap())
}

#[test]
fn a_broker_that_says_no_is_believed_and_nothing_more_is_said() {
    let (delivery, more) = refused("", |broker| {
        broker.choose(UNSUPPORTED_MECHANISM);
    });
    let Delivery::Rejected { reason } = delivery else {
        panic!("{delivery:?}");
    };
    assert!(reason.contains("UnsupportedSaslMechanism"), "{reason}");
    assert!(reason.contains("takes GSSAPI; "), "{reason}");
    assert_eq!(more, 0);
    for (message, shown) in [
        ("wrong user\nor password", true),
        ("not hunter2", false),
        ("", false),
    ] {
        let (delivery, more) = refused("", move |broker| {
            broker.choose(0);
            broker.say(NOT_AUTHENTICATED, [message, ""], 0);
        });
        let Delivery::Rejected { reason } = delivery else {
            panic!("{delivery:?}");
        };
        assert!(reason.contains("SaslAuthenticationFailed"), "{reason}");
        assert_eq!(reason.contains("wrong user or password"), shown, "{reason}");
        assert!(!reason.contains("hunter2"), "{reason}");
        assert!(!reason.ends_with(": "), "{reason}");
        assert_eq!(more, 0);
    }
}

#[test]
fn a_connection_that_breaks_meanwhile_is_tried_again() {
    for hang_up_early in [true, false] {
        let broker = Broker::new();
        let mut sender = sender(&broker, "");
        let served = broker.serve(move |broker| {
            let mut connection = broker.accept();
            if !hang_up_early {
                connection.choose(0);
            }
        });
        let delivery = deliver(&mut sender, LONG);
        assert!(is_retry(&delivery), "{delivery:?}");
        served.join().unwrap();
    }
}

/// Somebody who has taken the broker's place learns neither the password nor a list.
#[cfg(feature = "tls")]
#[test]
fn a_broker_that_does_not_know_the_password_gets_nothing() {
    for mechanism in ["SCRAM-SHA-256", "SCRAM-SHA-512"] {
        let query = format!("?sasl.mechanism={mechanism}");
        let (delivery, more) = refused(&query, move |broker| {
            assert_eq!(broker.choose(0).as_deref(), Some(mechanism));
            // The nonce is not known before the message is read.
            let first = broker.read();
            let text = String::from_utf8(first.body[4..].to_vec()).unwrap();
            let nonce = text.strip_prefix("n,,n=me,r=").unwrap();
            let challenge = format!("r={nonce}more,s=c2FsdA==,i=4096");
            let answer = Writer::default().i16(0).i16(-1);
            let mut answer = answer.i32(challenge.len().try_into().unwrap());
            answer.0.extend(challenge.as_bytes());
            broker.answer(&first, answer.i64(0));
            let last = broker.say(0, ["", "v=c29tZXRoaW5nIGVsc2U="], 0);
            let last = String::from_utf8(last).unwrap();
            let begins = format!("c=biws,r={nonce}more,p=");
            assert!(last.starts_with(&begins) && !last.contains("hunter2"));
        });
        let Delivery::Rejected { reason } = delivery else {
            panic!("{delivery:?}");
        };
        assert!(reason.contains("does not know the password"), "{reason}");
        assert_eq!(more, 0);
    }
}

#[test]
fn a_port_where_nobody_signs_in_is_told() {
    let (delivery, _) = refused("", |broker| {
        broker.choose(ILLEGAL_STATE);
    });
    let told = format!("{delivery:?}");
    assert!(told.contains("nobody signs in at this port"), "{told}");
}

#[test]
fn who_is_hung_up_on_while_signing_in_says_by_whom() {
    let broker = Broker::new();
    let mut sender = sender(&broker, "");
    let name = format!("not sent: 127.0.0.1:{}: ", broker.port);
    let served = broker.serve(|broker| drop(broker.accept().read()));
    let delivery = deliver(&mut sender, LONG);
    served.join().unwrap();
    assert!(is_retry(&delivery), "{delivery:?}");
    assert!(format!("{delivery:?}").contains(&name), "{delivery:?}");
}
