//! What is made of each answer.

use tracer_recording::Delivery;
use tracer_zipkin::RabbitMqSender;

use crate::broker::{Broker, Connection, LONG, deliver, delivered, is_retry, is_unanswered};

const CLOSE: (u8, u8) = (10, 50);
const CHANNEL_CLOSE: (u8, u8) = (20, 40);

fn is_final(delivery: &Delivery, says: &str) -> bool {
    matches!(delivery, Delivery::Rejected { reason } if reason.contains(says))
}

/// A broker that finds the queue and reads the list.
fn reads(connection: &mut Connection) {
    connection.open(4096);
    connection.declare();
    connection.publication();
}

#[test]
fn a_wrong_password_is_final_and_never_repeated() {
    for text in [
        "ACCESS_REFUSED - Login was refused",
        "no entry with hunter2",
    ] {
        let delivery = delivered(move |connection| {
            connection.start("PLAIN");
            connection.refuse(0, CLOSE, 403, text);
        });
        assert!(is_final(&delivery, "AMQP 403: "), "{delivery:?}");
        assert!(!format!("{delivery:?}").contains("hunter2"), "{delivery:?}");
    }
}

#[test]
fn a_virtual_host_that_is_not_there_is_final() {
    for text in [
        "NOT_ALLOWED - vhost test not found",
        "NOT_ALLOWED - vhost rate-limiter not found",
    ] {
        let delivery = delivered(move |connection| {
            connection.tune(4096);
            connection.refuse(0, CLOSE, 530, text);
        });
        assert!(is_final(&delivery, text), "{delivery:?}");
    }
}

#[test]
fn a_queue_that_is_not_there_is_final() {
    let delivery = delivered(|connection| {
        connection.open(4096);
        connection.expect(1, 50, 10);
        connection.refuse(1, CHANNEL_CLOSE, 404, "NOT_FOUND - no queue 'spans'");
        // The connection is still sound, so that leave is taken of it.
        connection.expect(0, 10, 50);
    });
    assert!(is_final(&delivery, "no queue 'spans'"), "{delivery:?}");
    let delivery = delivered(|connection| {
        reads(connection);
        connection.give_back();
        connection.ack();
        connection.expect(0, 10, 50);
    });
    assert!(is_final(&delivery, "AMQP 312: NO_ROUTE"), "{delivery:?}");
}

#[test]
fn a_broker_without_passwords_is_final() {
    let delivery = delivered(|connection| {
        // The client leaves instead of answering.
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            connection.start("EXTERNAL AMQPLAIN");
        }));
        assert!(outcome.is_err());
    });
    assert!(is_final(&delivery, "PLAIN"), "{delivery:?}");
}

#[test]
fn a_broker_that_shuts_down_before_the_list_or_cannot_take_it_is_asked_again() {
    for (code, text) in [
        (320, "CONNECTION_FORCED - broker forced"),
        (506, "RESOURCE_ERROR"),
    ] {
        let delivery = delivered(move |connection| {
            connection.open(4096);
            connection.expect(1, 50, 10);
            connection.refuse(0, CLOSE, code, text);
        });
        assert!(is_retry(&delivery), "{delivery:?}");
    }
    let delivery = delivered(|connection| {
        reads(connection);
        connection.nack();
    });
    assert!(is_retry(&delivery), "{delivery:?}");
}

/// RabbitMQ's words where a virtual host is down, and where a limit is reached.
#[test]
fn a_broker_that_lets_nobody_in_for_now_is_asked_again() {
    for (code, text) in [
        (541, "INTERNAL_ERROR - vhost 'test' is down"),
        (
            530,
            "NOT_ALLOWED - access to vhost 'test' refused for user 'me': connection limit (0) is reached",
        ),
    ] {
        let delivery = delivered(move |connection| {
            connection.tune(4096);
            connection.refuse(0, CLOSE, code, text);
        });
        assert!(is_retry(&delivery), "{delivery:?}");
        assert!(format!("{delivery:?}").contains(text), "{delivery:?}");
    }
}

#[test]
fn a_list_above_the_limit_of_the_broker_is_too_large() {
    for code in [311, 406] {
        let delivery = delivered(move |connection| {
            reads(connection);
            connection.refuse(1, CHANNEL_CLOSE, code, "larger than configured max size");
            connection.expect(0, 10, 50);
        });
        assert!(
            matches!(delivery, Delivery::TooLarge { .. }),
            "{delivery:?}"
        );
    }
}

#[test]
fn a_list_whose_confirmation_never_came_is_not_sent_twice() {
    let delivery = delivered(reads);
    assert!(is_unanswered(&delivery), "{delivery:?}");
    let delivery = delivered(|connection| {
        reads(connection);
        connection.refuse(0, CLOSE, 320, "CONNECTION_FORCED - broker forced");
    });
    assert!(is_unanswered(&delivery), "{delivery:?}");
}

#[test]
fn somebody_else_than_rabbitmq_gets_no_password() {
    for nonsense in ["HTTP/1.1 400 Bad Request\r\n\r\n", "AMQP\0\x01\0\0"] {
        let delivery = delivered(move |connection| {
            use std::io::{Read, Write};
            connection.0.write_all(nonsense.as_bytes()).unwrap();
            let mut got = Vec::new();
            // The rest of the answer may be unread when the client leaves.
            let _ = connection.0.read_to_end(&mut got);
            assert_eq!(got, b"AMQP\0\0\x09\x01");
        });
        assert!(is_retry(&delivery), "{delivery:?}");
    }
}

#[test]
fn no_password_is_repeated_while_a_confirmation_is_waited_for() {
    let delivery = delivered(|connection| {
        reads(connection);
        connection.refuse(0, CLOSE, 320, "going down, hunter2");
    });
    let told = format!("{delivery:?}");
    assert!(told.contains("AMQP 320: going down, ***\""), "{told}");
    let delivery = delivered(|connection| {
        reads(connection);
        connection.block("low, hunter2");
    });
    let told = format!("{delivery:?}");
    assert!(told.contains("blocked: low, ***\""), "{told}");
}

/// Whose password every text about them holds.
#[test]
fn who_has_no_secret_learns_why_nevertheless() {
    let broker = Broker::new();
    let endpoint = format!("amqp://127.0.0.1:{}", broker.port);
    let mut sender = RabbitMqSender::new(&endpoint).unwrap();
    let served = broker.serve(|broker| {
        let mut connection = broker.accept();
        connection.start("PLAIN");
        let text = "ACCESS_REFUSED - user 'guest' can only connect via localhost";
        connection.refuse(0, CLOSE, 403, text);
    });
    let delivery = deliver(&mut sender, LONG);
    served.join().unwrap();
    let expected = "AMQP 403: ACCESS_REFUSED - user '***' can only connect via localhost";
    assert!(is_final(&delivery, expected), "{delivery:?}");
}

#[test]
fn a_broker_that_says_nothing_but_a_code() {
    let confirms = delivered(|connection| {
        reads(connection);
        connection.refuse(0, CLOSE, 320, "");
    });
    let finds = delivered(|connection| {
        connection.open(4096);
        connection.expect(1, 50, 10);
        connection.refuse(0, CLOSE, 320, "");
    });
    for delivery in [confirms, finds] {
        let told = format!("{delivery:?}");
        assert!(told.contains("AMQP 320\""), "{told}");
    }
}

#[test]
fn a_broker_that_could_not_take_one_list_gets_the_next_where_it_is() {
    let broker = Broker::new();
    let mut sender = broker.sender();
    let served = broker.serve(|broker| {
        let mut connection = broker.accept();
        reads(&mut connection);
        connection.nack();
        connection.take();
    });
    assert!(is_retry(&deliver(&mut sender, LONG)));
    assert_eq!(deliver(&mut sender, LONG), Delivery::Sent { bytes: 4 });
    served.join().unwrap();
}
