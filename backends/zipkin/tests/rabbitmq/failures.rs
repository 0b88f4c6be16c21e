//! Connections that fail.

use std::io::Read;
use std::time::{Duration, Instant};

use tracer_recording::Delivery;
use tracer_zipkin::Sender;

use crate::broker::{Broker, LONG, deliver, is_retry, is_unanswered};

/// Enough to begin with on a busy machine.
const SHORT: Duration = Duration::from_secs(3);

#[test]
fn nobody_listening_is_tried_again() {
    let broker = Broker::new();
    let mut sender = broker.sender();
    drop(broker);
    let delivery = deliver(&mut sender, LONG);
    assert!(is_retry(&delivery), "{delivery:?}");
}

#[test]
fn a_broker_that_never_answers_costs_no_more_than_the_deadline() {
    let broker = Broker::new();
    let mut sender = broker.sender();
    let begun = Instant::now();
    let delivery = deliver(&mut sender, Duration::from_millis(300));
    let took = begun.elapsed();
    assert!(is_retry(&delivery), "{delivery:?}");
    assert!(
        took >= Duration::from_millis(290) && took < LONG,
        "{took:?}"
    );
}

#[test]
fn a_confirmation_that_takes_too_long_is_not_waited_for() {
    let broker = Broker::new();
    let mut sender = broker.sender();
    let served = broker.serve(|broker| {
        let mut connection = broker.accept();
        connection.open(4096);
        connection.declare();
        connection.publication();
        connection
    });
    let delivery = deliver(&mut sender, SHORT);
    assert!(is_unanswered(&delivery), "{delivery:?}");
    served.join().unwrap();
}

#[test]
fn a_list_that_was_not_written_whole_is_tried_again() {
    // More than the buffers of two sockets hold.
    let list = vec![b'x'; 16 << 20];
    for silent in [true, false] {
        let broker = Broker::new();
        let mut sender = broker.sender();
        let served = broker.serve(move |broker| {
            let mut connection = broker.accept();
            connection.open(4096);
            connection.declare();
            // Closed with bytes unread: the other side sees a reset.
            connection.0.read_exact(&mut [0; 300]).unwrap();
            silent.then_some(connection)
        });
        let timeout = if silent { SHORT } else { LONG };
        let delivery = sender.send(&list, "application/json", timeout);
        assert!(is_retry(&delivery), "{delivery:?}");
        served.join().unwrap();
    }
}

#[test]
fn a_connection_that_died_while_idle_is_replaced() {
    // Closed in silence, closed with a word, and one that dies only when it is asked.
    for death in 0..3 {
        let broker = Broker::new();
        let mut sender = broker.sender();
        let (gone, is_gone) = std::sync::mpsc::channel();
        let served = broker.serve(move |broker| {
            let mut first = broker.accept();
            first.open(4096);
            first.declare();
            first.publication();
            first.ack();
            match death {
                0 => drop(first),
                1 => first.refuse(0, (10, 50), 320, "CONNECTION_FORCED"),
                _ => {
                    gone.send(()).unwrap();
                    first.expect(1, 50, 10);
                    drop(first);
                }
            }
            let _ = gone.send(());
            let mut second = broker.accept();
            second.open(4096);
            second.declare();
            second.publication();
            second.ack();
        });
        assert_eq!(deliver(&mut sender, LONG), Delivery::Sent { bytes: 4 });
        is_gone.recv_timeout(LONG).unwrap();
        assert_eq!(deliver(&mut sender, LONG), Delivery::Sent { bytes: 4 });
        served.join().unwrap();
    }
}

/// As behind a firewall that has forgotten the connection: nothing comes back, and nobody says so.
#[test]
fn a_connection_that_died_unnoticed_leaves_time_for_another() {
    let broker = Broker::new();
    let mut sender = broker.sender();
    let served = broker.serve(|broker| {
        let mut first = broker.accept();
        first.open(4096);
        first.take();
        let mut second = broker.accept();
        second.open(4096);
        second.take();
        first
    });
    assert_eq!(deliver(&mut sender, LONG), Delivery::Sent { bytes: 4 });
    assert_eq!(deliver(&mut sender, SHORT), Delivery::Sent { bytes: 4 });
    served.join().unwrap();
}

#[test]
fn who_asked_first_has_all_the_time_that_is_left_for_the_list() {
    let broker = Broker::new();
    let mut sender = broker.sender();
    let served = broker.serve(|broker| {
        let mut connection = broker.accept();
        connection.open(4096);
        connection.take();
        connection.declare();
        connection.publication();
        // Longer than half of it, which is all that the question had.
        std::thread::sleep(SHORT * 2 / 3);
        connection.ack();
    });
    for _ in 0..2 {
        assert_eq!(deliver(&mut sender, SHORT), Delivery::Sent { bytes: 4 });
    }
    served.join().unwrap();
}
