//! Connections that fail.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Command;
use std::time::{Duration, Instant};

use tracer_recording::testing::SpanBuilder;
use tracer_recording::{Delivery, Exporter, IDLE};
use tracer_zipkin::{HttpSender, Sender};

use crate::server::{LONG, answer, exporter, read, serve};

pub(crate) fn is_retry(delivery: &Delivery) -> bool {
    matches!(delivery, Delivery::Retry { after: None, reason } if reason.starts_with("not sent"))
}

fn is_unanswered(delivery: &Delivery) -> bool {
    matches!(delivery, Delivery::Rejected { reason } if reason.starts_with("sent, but"))
}

/// More than the buffers of two sockets hold, and hard to compress.
pub(crate) fn large() -> Vec<u8> {
    let mut state = 1u64;
    let mut byte = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1);
        (state >> 56) as u8
    };
    (0..16 << 20).map(|_| byte()).collect()
}

#[test]
fn nobody_listening_is_tried_again() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let delivery = exporter(&endpoint, 1).send(LONG);
    assert!(is_retry(&delivery), "{delivery:?}");
}

#[test]
fn a_connection_that_breaks_within_the_body_is_tried_again() {
    // Closed with bytes unread: the other side sees a reset.
    let (endpoint, served) = serve(|mut stream| stream.read_exact(&mut [0; 300]).unwrap());
    let mut sender = HttpSender::new(&endpoint).unwrap();
    let delivery = sender.send(&large(), "application/json", LONG);
    served.join().unwrap();
    assert!(is_retry(&delivery), "{delivery:?}");
}

#[test]
fn a_server_that_stops_reading_is_tried_again_when_the_time_is_up() {
    let (endpoint, served) = serve(|stream| stream);
    let mut sender = HttpSender::new(&endpoint).unwrap();
    let delivery = sender.send(&large(), "application/json", Duration::from_millis(300));
    assert!(is_retry(&delivery), "{delivery:?}");
    served.join().unwrap();
}

#[test]
fn a_list_that_was_written_but_not_answered_is_not_sent_twice() {
    let (endpoint, served) = serve(|stream| {
        read(&stream);
    });
    let delivery = exporter(&endpoint, 1).send(LONG);
    served.join().unwrap();
    assert!(is_unanswered(&delivery), "{delivery:?}");
}

#[test]
fn a_reset_after_the_body_is_not_sent_twice() {
    let (endpoint, served) = serve(|mut stream| {
        // The list but for its last byte; closing with that one unread is a reset.
        let mut request = Vec::new();
        while !request.ends_with(b"}}") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            request.extend(byte);
        }
        assert_eq!(stream.peek(&mut [0; 8]).unwrap(), 1);
    });
    let delivery = exporter(&endpoint, 1).send(LONG);
    served.join().unwrap();
    assert!(is_unanswered(&delivery), "{delivery:?}");
}

#[test]
fn half_an_answer_is_none() {
    let (endpoint, served) = serve(|mut stream| {
        read(&stream);
        stream.write_all(b"HTTP/1.1 202 Acc").unwrap();
    });
    let delivery = exporter(&endpoint, 1).send(LONG);
    served.join().unwrap();
    assert!(is_unanswered(&delivery), "{delivery:?}");
}

#[test]
fn a_silent_server_costs_no_more_than_the_deadline() {
    let (endpoint, served) = serve(|stream| {
        read(&stream);
        stream
    });
    let begun = Instant::now();
    let delivery = exporter(&endpoint, 1).send(Duration::from_secs(2));
    let took = begun.elapsed();
    assert!(is_unanswered(&delivery), "{delivery:?}");
    assert!(
        took >= Duration::from_millis(1_900) && took < LONG,
        "{took:?}"
    );
    served.join().unwrap();
}

#[test]
fn a_connection_that_the_server_closed_while_idle_is_not_used_again() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}/", listener.local_addr().unwrap());
    let (closed, is_closed) = std::sync::mpsc::channel();
    let served = std::thread::spawn(move || {
        for _ in 0..2 {
            let (stream, _) = listener.accept().unwrap();
            read(&stream);
            answer(&stream, "202 Accepted", "", "");
            drop(stream);
            closed.send(()).unwrap();
        }
    });
    let mut exporter = exporter(&endpoint, 1);
    for _ in 0..2 {
        let delivery = exporter.send(LONG);
        assert!(matches!(delivery, Delivery::Sent { .. }), "{delivery:?}");
        is_closed.recv_timeout(LONG).unwrap();
    }
    served.join().unwrap();
}

/// A server, or a firewall, may have forgotten it by then.
#[test]
fn no_list_is_trusted_to_a_connection_that_was_idle_for_long() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}/", listener.local_addr().unwrap());
    let served = std::thread::spawn(move || {
        [(); 2].map(|()| {
            let (stream, _) = listener.accept().unwrap();
            read(&stream);
            answer(&stream, "202 Accepted", "", "");
            stream
        })
    });
    let mut exporter = exporter(&endpoint, 1);
    assert!(matches!(exporter.send(LONG), Delivery::Sent { .. }));
    // Time is what this is about.
    std::thread::sleep(IDLE + Duration::from_millis(500));
    let delivery = exporter.send(LONG);
    assert!(matches!(delivery, Delivery::Sent { .. }), "{delivery:?}");
    served.join().unwrap();
}

/// Another test, run by itself where the environment names a proxy.
#[test]
fn proxies_of_the_environment_are_not_used() {
    let mut alone = Command::new(std::env::current_exe().unwrap());
    alone.args([
        "--exact",
        "failures::a_connection_that_the_server_closed_while_idle_is_not_used_again",
    ]);
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
        alone.env(name, "http://127.0.0.1:1");
    }
    for name in ["NO_PROXY", "no_proxy"] {
        alone.env_remove(name);
    }
    let ran = alone.output().unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success() && said.contains("1 passed"), "{said}");
}

#[test]
fn an_exporter_without_spans_connects_to_nobody() {
    let mut exporter = exporter("http://127.0.0.1:1/", 0);
    assert_eq!(exporter.send(LONG), Delivery::Sent { bytes: 0 });
    exporter.add(&SpanBuilder::new("a").view());
    exporter.remove_last();
    exporter.remove_last();
    assert_eq!(exporter.send(LONG), Delivery::Sent { bytes: 0 });
}

#[test]
fn an_endless_time_is_no_trouble() {
    let (endpoint, served) = serve(|stream| {
        read(&stream);
        answer(&stream, "202 Accepted", "", "");
    });
    let delivery = exporter(&endpoint, 1).send(Duration::MAX);
    served.join().unwrap();
    assert!(matches!(delivery, Delivery::Sent { .. }), "{delivery:?}");
}
