//! What a list looks like on the wire.

use std::io::Read;
use std::time::Duration;

use tracer_recording::Delivery;
use tracer_zipkin::Sender;

use crate::broker::{Broker, LONG, deliver};

#[test]
fn a_list_is_one_persistent_message_in_frames_that_the_broker_takes() {
    for (frame_max, largest) in [(4096, 4088), (0x20_0000, 131_064), (0, 131_064)] {
        let broker = Broker::new();
        let mut sender = broker.sender();
        let served = broker.serve(move |broker| {
            let mut connection = broker.accept();
            connection.open(frame_max);
            connection.declare();
            let publication = connection.publication();
            connection.ack();
            publication
        });
        let list = b"[{\"traceId\":\"a\"}]".repeat(20_000);
        let delivery = sender.send(&list, "application/x-protobuf", LONG);
        assert_eq!(delivery, Delivery::Sent { bytes: list.len() });
        let (properties, parts) = served.join().unwrap();
        assert_eq!(properties, b"\x90\0\x16application/x-protobuf\x02");
        assert_eq!(parts.iter().map(Vec::len).max(), Some(largest));
        assert_eq!(parts.concat(), list);
    }
}

#[test]
fn one_connection_carries_several_lists_and_is_closed_with_a_word() {
    let broker = Broker::new();
    let mut sender = broker.sender();
    let served = broker.serve(|broker| {
        let mut connection = broker.accept();
        connection.open(4096);
        for _ in 0..3 {
            connection.declare();
            connection.publication();
            // What says nothing is passed over.
            connection.frame(8, 0, &[]);
            connection.ack();
        }
        let farewell = connection.expect(0, 10, 50);
        assert_eq!(farewell, b"\0\xc8\0\0\0\0\0");
    });
    for _ in 0..3 {
        assert_eq!(deliver(&mut sender, LONG), Delivery::Sent { bytes: 4 });
    }
    drop(sender);
    served.join().unwrap();
}

/// RabbitMQ warns of a client that has vanished unless its answer is waited for. It is not for long, so that a
/// broker which is not given the processor misses it.
#[test]
fn leave_is_not_taken_before_it_was_answered() {
    let waits = || {
        let broker = Broker::new();
        let mut sender = broker.sender();
        let served = broker.serve(|broker| {
            let mut connection = broker.accept();
            connection.open(4096);
            connection.take();
            connection.expect(0, 10, 50);
            let short = Some(Duration::from_millis(30));
            connection.0.set_read_timeout(short).unwrap();
            let has_hung_up = connection.0.read(&mut [0]).is_ok();
            connection.send(0, 10, 51, &[]);
            !has_hung_up
        });
        assert_eq!(deliver(&mut sender, LONG), Delivery::Sent { bytes: 4 });
        drop(sender);
        served.join().unwrap()
    };
    assert!((0..5).any(|_| waits()), "it hangs up at once");
}

#[test]
fn descriptions_hold_no_secret() {
    let sender = Broker::new().sender();
    let shown = format!("{} {sender:?}", sender.describe());
    assert!(shown.contains("/test?queue=spans"), "{shown}");
    assert!(
        !shown.contains("hunter2") && !shown.contains("me:"),
        "{shown}"
    );
}
