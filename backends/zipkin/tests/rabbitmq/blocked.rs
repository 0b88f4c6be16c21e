//! Brokers that run out of memory or disk: they read nothing more from who has published.

use std::io::Read;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use tracer_recording::Delivery;
use tracer_zipkin::{RabbitMqSender, Sender};

use crate::broker::{Broker, Connection, LONG, deliver, delivered, is_retry, is_unanswered};

/// Enough for one step on a busy machine.
const SHORT: Duration = Duration::from_secs(2);

/// A sender whose first list was given up, because the broker is blocked; the broker goes on with its
/// connection when it is told to.
fn blocked(
    then: impl FnOnce(&Broker, Connection, &Receiver<()>) + Send + 'static,
) -> (RabbitMqSender, impl FnOnce()) {
    let broker = Broker::new();
    let mut sender = broker.sender();
    let (go_on, told) = channel();
    let served = broker.serve(move |broker| {
        let mut connection = broker.accept();
        connection.open(4096);
        connection.declare();
        connection.publication();
        connection.block("low on memory");
        then(broker, connection, &told);
    });
    let delivery = deliver(&mut sender, SHORT);
    assert!(is_unanswered(&delivery), "{delivery:?}");
    assert!(
        format!("{delivery:?}").contains("low on memory"),
        "{delivery:?}"
    );
    let go_on = move || {
        go_on.send(()).unwrap();
        served.join().unwrap();
    };
    (sender, go_on)
}

fn told(by: &Receiver<()>) {
    by.recv_timeout(LONG).unwrap();
}

#[test]
fn who_is_blocked_gets_no_list_more_until_the_word_on_the_last_one_came() {
    for accepts in [true, false] {
        let (mut sender, go_on) = blocked(move |_, mut connection, go_on| {
            connection.heartbeat();
            told(go_on);
            connection.unblock();
            // A broker may take its time: whoever asked for the queue now would get the wrong answer.
            std::thread::sleep(Duration::from_millis(50));
            if accepts {
                connection.ack();
            } else {
                connection.nack();
            }
            connection.heartbeat();
            connection.take();
        });
        let delivery = deliver(&mut sender, SHORT);
        assert!(is_retry(&delivery), "{delivery:?}");
        let told = format!("{delivery:?}");
        assert!(
            told.contains("not sent: the broker is blocked: low on memory"),
            "{told}"
        );
        let delivered = std::thread::scope(|scope| {
            let delivery = scope.spawn(|| deliver(&mut sender, LONG));
            go_on();
            delivery.join().unwrap()
        });
        assert_eq!(delivered, Delivery::Sent { bytes: 4 });
    }
}

#[test]
fn a_blocked_connection_that_ends_is_replaced() {
    for refuses in [true, false] {
        let (mut sender, go_on) = blocked(move |broker, mut connection, go_on| {
            connection.heartbeat();
            if refuses {
                // The list that was given up, as too large for instance: nothing about the next one.
                connection.refuse(1, (20, 40), 406, "too large");
            }
            drop(connection);
            let mut next = broker.accept();
            next.open(4096);
            next.take();
            told(go_on);
        });
        assert_eq!(deliver(&mut sender, LONG), Delivery::Sent { bytes: 4 });
        go_on();
    }
}

#[test]
fn a_word_that_came_in_part_is_not_waited_for() {
    let (mut sender, go_on) = blocked(|broker, mut connection, go_on| {
        use std::io::Write;
        // The first bytes of a confirmation.
        connection.0.write_all(&[1, 0, 1, 0, 0]).unwrap();
        let mut next = broker.accept();
        next.open(4096);
        next.take();
        told(go_on);
    });
    assert_eq!(deliver(&mut sender, LONG), Delivery::Sent { bytes: 4 });
    go_on();
}

#[test]
fn who_is_no_longer_blocked_is_not_said_to_be() {
    let delivery = delivered(|connection| {
        connection.open(4096);
        connection.declare();
        connection.publication();
        connection.block("low on memory");
        connection.unblock();
    });
    assert!(is_unanswered(&delivery), "{delivery:?}");
    assert!(!format!("{delivery:?}").contains("blocked"), "{delivery:?}");
}

/// A list that is more than the buffers of two sockets hold.
fn large() -> Vec<u8> {
    vec![b'x'; 16 << 20]
}

/// RabbitMQ reads nothing behind the first frame of a list.
fn cut(broker: &Broker) -> Connection {
    let mut connection = broker.accept();
    connection.open(131_072);
    connection.declare();
    connection.expect(1, 60, 40);
    connection.block("low on memory");
    connection
}

/// In the middle of a list a connection is of no more use.
fn ends_with_the_list(mut connection: Connection, mut rest: Vec<u8>) {
    let _ = connection.0.read_to_end(&mut rest);
    // A header, then frames of the list.
    let mut at = 0;
    while let Some(head) = rest.get(at..at + 7) {
        assert!(matches!(head[0], 2 | 3), "said behind a part of a list");
        at += 8 + u32::from_be_bytes(head[3..].try_into().unwrap()) as usize;
    }
    assert!(at > rest.len(), "nothing was cut");
    let spoken = rest.iter().rev().take_while(|byte| **byte != b'x').count();
    assert_eq!(spoken, 0, "said within a part of a list");
}

#[test]
fn a_list_that_does_not_fit_on_its_way_to_a_blocked_broker_waits() {
    let broker = Broker::new();
    let mut sender = broker.sender();
    let (go_on, told) = channel();
    let served = broker.serve(move |broker| {
        let mut connection = cut(broker);
        self::told(&told);
        connection.unblock();
        ends_with_the_list(connection, Vec::new());
        let mut next = broker.accept();
        next.open(131_072);
        next.take();
    });
    let list = large();
    for _ in 0..2 {
        let delivery = sender.send(&list, "application/json", SHORT);
        assert!(is_retry(&delivery), "{delivery:?}");
        let expected = "not sent: the broker is blocked: low on memory";
        assert!(format!("{delivery:?}").contains(expected), "{delivery:?}");
    }
    go_on.send(()).unwrap();
    let delivery = sender.send(&list, "application/json", LONG);
    assert_eq!(delivery, Delivery::Sent { bytes: list.len() });
    served.join().unwrap();
}

#[test]
fn no_leave_is_taken_within_a_list() {
    let broker = Broker::new();
    let mut sender = broker.sender();
    let (go_on, told) = channel();
    let (read, is_read) = channel();
    let served = broker.serve(move |broker| {
        let mut connection = cut(broker);
        self::told(&told);
        let mut first = vec![0; 1 << 20];
        connection.0.read_exact(&mut first).unwrap();
        read.send(()).unwrap();
        ends_with_the_list(connection, first);
    });
    let delivery = sender.send(&large(), "application/json", SHORT);
    assert!(is_retry(&delivery), "{delivery:?}");
    go_on.send(()).unwrap();
    // There is room for a word.
    self::told(&is_read);
    drop(sender);
    served.join().unwrap();
}

/// It is the word on that list, not on the next.
#[test]
fn a_list_that_comes_back_in_the_end_was_given_up() {
    let (mut sender, go_on) = blocked(|_, mut connection, go_on| {
        connection.heartbeat();
        told(go_on);
        connection.unblock();
        connection.give_back();
        connection.ack();
        connection.heartbeat();
        connection.take();
    });
    assert!(is_retry(&deliver(&mut sender, SHORT)));
    let delivered = std::thread::scope(|scope| {
        let delivery = scope.spawn(|| deliver(&mut sender, LONG));
        go_on();
        delivery.join().unwrap()
    });
    assert_eq!(delivered, Delivery::Sent { bytes: 4 });
}

#[test]
fn a_channel_that_was_closed_is_of_no_more_use() {
    let broker = Broker::new();
    let mut sender = broker.sender();
    let served = broker.serve(|broker| {
        let mut connection = broker.accept();
        connection.open(4096);
        connection.expect(1, 50, 10);
        connection.block("low on disk");
        connection.refuse(1, (20, 40), 404, "no queue");
        let mut next = broker.accept();
        next.open(4096);
        next.take();
    });
    let delivery = deliver(&mut sender, LONG);
    assert!(
        matches!(delivery, Delivery::Rejected { .. }),
        "{delivery:?}"
    );
    assert_eq!(deliver(&mut sender, LONG), Delivery::Sent { bytes: 4 });
    served.join().unwrap();
}

/// RabbitMQ's word on a list may come before it reads again.
#[test]
fn a_word_on_the_list_is_not_yet_the_end() {
    for in_time in [true, false] {
        let broker = Broker::new();
        let mut sender = broker.sender();
        let (go_on, told) = channel();
        let served = broker.serve(move |broker| {
            let mut connection = broker.accept();
            connection.open(4096);
            connection.declare();
            connection.publication();
            connection.block("low on memory");
            if !in_time {
                self::told(&told);
            }
            connection.ack();
            connection.heartbeat();
            self::told(&told);
            connection.unblock();
            connection.heartbeat();
            connection.take();
        });
        let first = deliver(&mut sender, SHORT);
        if in_time {
            assert_eq!(first, Delivery::Sent { bytes: 4 });
        } else {
            assert!(is_unanswered(&first), "{first:?}");
            go_on.send(()).unwrap();
        }
        let second = deliver(&mut sender, SHORT);
        assert!(is_retry(&second), "{second:?}");
        go_on.send(()).unwrap();
        assert_eq!(deliver(&mut sender, LONG), Delivery::Sent { bytes: 4 });
        served.join().unwrap();
    }
}

#[test]
fn a_broker_that_is_blocked_before_the_list_gets_none() {
    let broker = Broker::new();
    let mut sender = broker.sender();
    let served = broker.serve(|broker| {
        let mut connection = broker.accept();
        connection.open(4096);
        connection.expect(1, 50, 10);
        connection.block("");
        connection.found();
        connection.heartbeat();
        connection.unblock();
        connection.take();
    });
    let delivery = deliver(&mut sender, LONG);
    assert!(
        matches!(&delivery, Delivery::Retry { reason, .. } if reason == "not sent: the broker is blocked"),
        "{delivery:?}"
    );
    assert_eq!(deliver(&mut sender, LONG), Delivery::Sent { bytes: 4 });
    served.join().unwrap();
}

#[test]
fn what_was_said_of_it_in_the_meantime_is_heard() {
    let broker = Broker::new();
    let mut sender = broker.sender();
    let (said, is_said) = channel();
    let (go_on, told) = channel();
    let served = broker.serve(move |broker| {
        let mut connection = broker.accept();
        connection.open(4096);
        connection.take();
        connection.block("low on disk");
        said.send(()).unwrap();
        self::told(&told);
        // It is not asked for the queue before it reads.
        connection.heartbeat();
        connection.unblock();
        connection.take();
    });
    assert_eq!(deliver(&mut sender, LONG), Delivery::Sent { bytes: 4 });
    self::told(&is_said);
    let delivery = deliver(&mut sender, SHORT);
    assert!(is_retry(&delivery), "{delivery:?}");
    go_on.send(()).unwrap();
    assert_eq!(deliver(&mut sender, LONG), Delivery::Sent { bytes: 4 });
    served.join().unwrap();
}

#[test]
fn leave_is_taken_of_a_blocked_broker_too() {
    let (sender, go_on) = blocked(|_, mut connection, go_on| {
        connection.expect(0, 10, 50);
        told(go_on);
    });
    drop(sender);
    go_on();
}
