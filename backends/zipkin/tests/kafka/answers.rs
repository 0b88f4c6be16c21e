//! What is made of each answer.

use tracer_recording::Delivery;

use crate::broker::{Broker, LONG, deliver, is_retry};
use crate::bytes::Writer;

/// What becomes of a list that is answered like this.
fn produced(code: i16) -> Delivery {
    let broker = Broker::new();
    let mut sender = broker.sender();
    let served = broker.serve(move |broker| {
        let mut connection = broker.accept();
        connection.metadata(0);
        connection.produce(code);
    });
    let delivery = deliver(&mut sender, LONG);
    served.join().unwrap();
    delivery
}

#[test]
fn a_list_that_was_not_taken_is_tried_again() {
    // Not the leader, too few replicas, storage error.
    for code in [6, 19, 56] {
        let delivery = produced(code);
        assert!(matches!(delivery, Delivery::Retry { .. }), "{delivery:?}");
    }
}

#[test]
fn a_list_that_may_have_been_taken_is_not() {
    // Timed out among the replicas, too few of them after the leader took it.
    for code in [7, 20] {
        let delivery = produced(code);
        assert!(
            matches!(delivery, Delivery::Rejected { .. }),
            "{delivery:?}"
        );
    }
}

#[test]
fn a_list_that_is_too_large_is_said_so() {
    let delivery = produced(10);
    assert!(
        matches!(delivery, Delivery::TooLarge { .. }),
        "{delivery:?}"
    );
}

#[test]
fn a_topic_that_nobody_may_write_is_final_and_one_that_is_not_there_yet_is_not() {
    for (code, retries) in [(29, false), (17, false), (3, true), (5, true)] {
        let broker = Broker::new();
        let mut sender = broker.sender();
        let served = broker.serve(move |broker| broker.accept().metadata(code));
        let delivery = deliver(&mut sender, LONG);
        served.join().unwrap();
        let retried = matches!(delivery, Delivery::Retry { .. });
        assert_eq!(retried, retries, "{code}: {delivery:?}");
    }
}

#[test]
fn somebody_else_than_kafka_gets_no_list() {
    for nonsense in [
        &b"HTTP/1.1 400 Bad Request\r\n\r\n"[..],
        b"\0\0\0\x05abcde",
        // Two thousand million brokers.
        b"\0\0\0\x10\0\0\0\0\0\0\0\0\x7f\xff\xff\xff\0\0\0\0",
    ] {
        let broker = Broker::new();
        let mut sender = broker.sender();
        let served = broker.serve(move |broker| {
            let mut connection = broker.accept();
            connection.read();
            std::io::Write::write_all(&mut connection.stream, nonsense).unwrap();
        });
        let delivery = deliver(&mut sender, LONG);
        served.join().unwrap();
        assert!(is_retry(&delivery), "{delivery:?}");
    }
}

#[test]
fn an_answer_that_names_no_partition_is_none() {
    let broker = Broker::new();
    let mut sender = broker.sender();
    let served = broker.serve(|broker| {
        let mut connection = broker.accept();
        connection.metadata(0);
        let request = connection.read();
        connection.answer(&request, Writer::default().i32(0).i32(0));
    });
    let delivery = deliver(&mut sender, LONG);
    served.join().unwrap();
    assert!(
        matches!(delivery, Delivery::Rejected { .. }),
        "{delivery:?}"
    );
}
