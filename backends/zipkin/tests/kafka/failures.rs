//! Connections that fail.

use std::io::Read;
use std::net::{Shutdown, TcpListener};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use tracer_recording::Delivery;
use tracer_zipkin::{KafkaSender, Sender};

use crate::broker::{Broker, Connection, LONG, METADATA, deliver, is_retry, is_unanswered};
use crate::bytes::Writer;

/// Enough to begin with on a busy machine.
const SHORT: Duration = Duration::from_secs(3);

#[test]
fn nobody_listening_is_tried_again() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let mut sender = KafkaSender::new(&format!("kafka://{address}")).unwrap();
    let delivery = deliver(&mut sender, LONG);
    assert!(is_retry(&delivery), "{delivery:?}");
}

#[test]
fn a_broker_that_is_down_or_silent_leaves_time_for_the_next() {
    let (silent, broker) = (Broker::new(), Broker::new());
    let down = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = down.local_addr().unwrap();
    drop(down);
    let endpoint = format!(
        "kafka://{address},127.0.0.1:{},127.0.0.1:{}/spans",
        silent.port, broker.port
    );
    let mut sender = KafkaSender::new(&endpoint).unwrap();
    let served = broker.serve(|broker| {
        let mut connection = broker.accept();
        connection.metadata(0);
        connection.produce(0);
    });
    let delivery = deliver(&mut sender, Duration::from_secs(6));
    assert_eq!(delivery, Delivery::Sent { bytes: 4 });
    served.join().unwrap();
}

/// A firewall has forgotten the connection, for instance. Lists go to two leaders in turn, and each asks the
/// one of the list before.
#[test]
fn a_leader_that_died_unnoticed_costs_no_list() {
    let (first, second) = (Broker::new(), Broker::new());
    let mut sender = first.sender();
    let leaders = [Some(first.port), Some(second.port)];
    let serve = move |connection: &mut Connection| {
        while let Some(request) = connection.try_read() {
            match request.key {
                METADATA => connection.answer_metadata(&request, &leaders, 0),
                _ => connection.answer_produce(&request, 0),
            }
        }
    };
    let first = first.serve(move |first| serve(&mut first.accept()));
    let second = second.serve(move |second| {
        let mut connection = second.accept();
        connection.produce(0);
        // Asked because it had the last list.
        connection.metadata_of(&leaders, 0);
        let next = connection.read().key;
        drop(connection);
        serve(&mut second.accept());
        next
    });
    for _ in 0..4 {
        let delivery = deliver(&mut sender, LONG);
        assert_eq!(delivery, Delivery::Sent { bytes: 4 });
    }
    drop(sender);
    assert_eq!(second.join().unwrap(), METADATA);
    first.join().unwrap();
}

#[test]
fn a_broker_that_never_answers_costs_no_more_than_the_deadline() {
    let broker = Broker::new();
    let mut sender = broker.sender();
    let begun = Instant::now();
    let delivery = deliver(&mut sender, Duration::from_millis(300));
    assert!(is_retry(&delivery), "{delivery:?}");
    let took = begun.elapsed();
    assert!(
        took >= Duration::from_millis(290) && took < LONG,
        "{took:?}"
    );
}

#[test]
fn a_list_that_was_written_but_not_answered_is_not_sent_twice() {
    for silent in [true, false] {
        let broker = Broker::new();
        let mut sender = broker.sender();
        let served = broker.serve(move |broker| {
            let mut connection = broker.accept();
            connection.metadata(0);
            connection.read();
            silent.then_some(connection)
        });
        let begun = Instant::now();
        let delivery = deliver(&mut sender, if silent { SHORT } else { LONG });
        assert!(is_unanswered(&delivery), "{delivery:?}");
        assert!(begun.elapsed() < LONG);
        served.join().unwrap();
    }
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
            connection.metadata(0);
            // Closed with bytes unread: the other side sees a reset.
            connection.stream.read_exact(&mut [0; 300]).unwrap();
            silent.then_some(connection)
        });
        let timeout = if silent { SHORT } else { LONG };
        let delivery = sender.send(&list, "application/json", timeout);
        assert!(is_retry(&delivery), "{delivery:?}");
        served.join().unwrap();
    }
}

#[test]
fn a_connection_that_was_closed_while_idle_is_replaced() {
    let broker = Broker::new();
    let mut sender = broker.sender();
    let (closed, is_closed) = mpsc::channel();
    let served = broker.serve(move |broker| {
        for _ in 0..3 {
            let mut connection = broker.accept();
            connection.metadata(0);
            connection.produce(0);
            drop(connection);
            closed.send(()).unwrap();
        }
    });
    for _ in 0..3 {
        let delivery = deliver(&mut sender, LONG);
        assert_eq!(delivery, Delivery::Sent { bytes: 4 });
        is_closed.recv_timeout(LONG).unwrap();
    }
    served.join().unwrap();
}

#[test]
fn a_leader_that_hung_up_while_idle_gets_no_list_over_the_old_connection() {
    let (one, other) = (Broker::new(), Broker::new());
    let mut sender = one.sender();
    let ports = [one.port, other.port];
    let (listed, lists) = mpsc::channel();
    // They serve to the end of the process.
    for broker in [one, other] {
        let listed = listed.clone();
        let leaders = ports.map(Some);
        broker.serve(move |broker| {
            loop {
                let mut connection = broker.accept();
                while let Some(request) = connection.try_read() {
                    if request.key == METADATA {
                        connection.answer_metadata(&request, &leaders, 0);
                    } else {
                        connection.answer_produce(&request, 0);
                        let stream = connection.stream.try_clone().unwrap();
                        listed.send((broker.port, stream)).unwrap();
                    }
                }
            }
        });
    }
    let mut next = || {
        let delivery = deliver(&mut sender, LONG);
        assert_eq!(delivery, Delivery::Sent { bytes: 4 });
        lists.recv_timeout(LONG).unwrap()
    };
    // The second is the one that is asked next, and the first the one whose turn it is.
    let ((first, stream), (second, _)) = (next(), next());
    assert_ne!(first, second);
    stream.shutdown(Shutdown::Both).unwrap();
    assert_eq!(next().0, first);
}

#[test]
fn a_leader_that_cannot_be_reached_is_tried_again() {
    let (broker, gone) = (Broker::new(), Broker::new());
    let mut sender = broker.sender();
    let port = gone.port;
    drop(gone);
    let served = broker.serve(move |broker| broker.accept().metadata_of(&[Some(port)], 0));
    let delivery = deliver(&mut sender, LONG);
    assert!(is_retry(&delivery), "{delivery:?}");
    served.join().unwrap();
}

/// As many brokers and partitions as an answer may name: nothing may look for each among all.
#[test]
fn a_large_answer_keeps_to_the_deadline() {
    const MANY: i32 = 130_000;
    let broker = Broker::new();
    let mut sender = broker.sender();
    let served = broker.serve(|broker| {
        let mut connection = broker.accept();
        let request = connection.read();
        let mut answer = Writer::default().i32(0).i32(MANY);
        for node in 0..MANY {
            answer = answer.i32(node).text("a").i32(1).i16(-1);
        }
        answer = answer.i16(-1).i32(7).i32(1).i16(0).text("spans");
        answer.0.push(0);
        answer = answer.i32(MANY);
        for partition in 0..MANY {
            // Led by nobody.
            answer = answer.i16(0).i32(partition).i32(-1).i32(0).i32(0);
        }
        connection.answer(&request, answer);
    });
    let begun = Instant::now();
    let delivery = deliver(&mut sender, LONG);
    let took = begun.elapsed();
    served.join().unwrap();
    assert!(format!("{delivery:?}").contains("leader"), "{delivery:?}");
    assert!(took < LONG, "{took:?}");
}

#[test]
fn a_leader_that_is_silent_leaves_time_for_another_connection() {
    let (first, second) = (Broker::new(), Broker::new());
    let mut sender = first.sender();
    let leaders = [Some(first.port), Some(second.port)];
    let serve = move |connection: &mut Connection| {
        while let Some(request) = connection.try_read() {
            match request.key {
                METADATA => connection.answer_metadata(&request, &leaders, 0),
                _ => connection.answer_produce(&request, 0),
            }
        }
    };
    let first = first.serve(move |first| serve(&mut first.accept()));
    let second = second.serve(move |second| {
        let mut silent = second.accept();
        silent.produce(0);
        silent.metadata_of(&leaders, 0);
        serve(&mut second.accept());
        silent
    });
    for _ in 0..4 {
        let delivery = deliver(&mut sender, SHORT);
        assert_eq!(delivery, Delivery::Sent { bytes: 4 });
    }
    drop(sender);
    second.join().unwrap();
    first.join().unwrap();
}

#[test]
fn a_leader_that_was_asked_first_has_all_the_time_that_is_left() {
    let (first, second) = (Broker::new(), Broker::new());
    let mut sender = first.sender();
    let leaders = [Some(first.port), Some(second.port)];
    let serve = move |broker: &Broker| {
        let mut connection = broker.accept();
        let mut lists = 0;
        while let Some(request) = connection.try_read() {
            if request.key == METADATA {
                connection.answer_metadata(&request, &leaders, 0);
                continue;
            }
            if lists > 0 {
                // Longer than half of it, which is all that the question had.
                std::thread::sleep(SHORT * 2 / 3);
            }
            lists += 1;
            connection.answer_produce(&request, 0);
        }
    };
    let first = first.serve(serve);
    let second = second.serve(serve);
    for _ in 0..3 {
        let delivery = deliver(&mut sender, SHORT);
        assert_eq!(delivery, Delivery::Sent { bytes: 4 });
    }
    drop(sender);
    second.join().unwrap();
    first.join().unwrap();
}

#[test]
fn who_is_hung_up_on_is_asked_whether_it_is_a_stranger() {
    const HINT: &str = "does it want a user, or TLS?";
    let broker = Broker::new();
    let mut sender = broker.sender();
    let served = broker.serve(|broker| drop(broker.accept().read()));
    let delivery = deliver(&mut sender, LONG);
    served.join().unwrap();
    assert!(format!("{delivery:?}").contains(HINT), "{delivery:?}");
    let silent = Broker::new();
    let delivery = deliver(&mut silent.sender(), Duration::from_millis(300));
    assert!(is_retry(&delivery), "{delivery:?}");
    assert!(!format!("{delivery:?}").contains(HINT), "{delivery:?}");
}
