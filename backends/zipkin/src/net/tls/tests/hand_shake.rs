//! Who is trusted, who is shown, and for how long.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::{Duration, Instant};

use rustls::HandshakeKind;

use super::{LONG, connect, shown, trusting};
use crate::net::{Address, Socket, Way, deadline};

#[test]
fn a_second_connection_needs_no_certificate() {
    let shown = shown("localhost", None);
    let mut way = trusting(&shown);
    let kinds = [(); 2].map(|()| {
        let (socket, served) = connect(&mut way, &shown.config, |mut other| {
            other.write_all(b"-").unwrap();
            other.flush().unwrap();
            other.conn.handshake_kind()
        });
        // The ticket for the next one comes before it.
        socket.unwrap().read_exact(&mut [0]).unwrap();
        served.join().unwrap()
    });
    assert_eq!(
        kinds,
        [Some(HandshakeKind::Full), Some(HandshakeKind::Resumed)]
    );
}

#[test]
fn nobody_else_is_spoken_to() {
    let (right, stranger) = (shown("localhost", None), shown("localhost", None));
    let elsewhere = shown("elsewhere.test", None);
    for (trusted, met) in [(&right, &stranger), (&elsewhere, &elsewhere)] {
        let (socket, served) = connect(&mut trusting(trusted), &met.config, |mut other| {
            let mut said = Vec::new();
            other.read_to_end(&mut said).is_err() && said.is_empty()
        });
        let error = socket.err().unwrap().to_string();
        assert!(error.starts_with("invalid peer certificate"), "{error}");
        assert!(served.join().unwrap());
    }
}

#[test]
fn a_server_that_asks_is_shown_who_it_is() {
    let caller = shown("caller", None);
    let server = shown("localhost", Some(&caller));
    for known in [true, false] {
        let mut way = trusting(&server);
        if known {
            way.identity(&caller.identity);
        }
        let (socket, served) = connect(&mut way, &server.config, |mut other| {
            let mut ping = [0; 4];
            let heard = other.read_exact(&mut ping);
            heard.and_then(|()| other.write_all(&ping)).is_ok()
        });
        // With TLS 1.3 the client is told by the first answer.
        let answer = socket.and_then(|mut socket| {
            socket.write_all(b"ping")?;
            socket.flush()?;
            socket.read_exact(&mut [0; 4])
        });
        assert_eq!(answer.is_ok(), known, "{answer:?}");
        assert_eq!(served.join().unwrap(), known);
    }
}

/// It has hung up before anything was written, and said why.
#[test]
fn who_is_not_let_in_hears_it_though_nothing_can_be_written() {
    let caller = shown("caller", None);
    let server = shown("localhost", Some(&caller));
    let (socket, served) = connect(&mut trusting(&server), &server.config, |mut other| {
        other.conn.complete_io(&mut other.sock).is_err()
    });
    let Ok(Socket::Tls(stream)) = socket else {
        panic!("with TLS 1.3 it is told later");
    };
    assert!(served.join().unwrap());
    let mut socket = Socket::Tls(stream);
    // The first is answered with a reset.
    let end = Instant::now() + LONG;
    let error = loop {
        if let Err(error) = socket.write_all(b"ping").and_then(|()| socket.flush()) {
            break error.to_string();
        }
        assert!(Instant::now() < end);
    };
    assert!(error.contains("received fatal alert"), "{error}");
}

#[test]
fn a_hand_shake_ends_with_the_deadline() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = Address {
        host: "127.0.0.1".to_owned(),
        port: listener.local_addr().unwrap().port(),
    };
    let begun = Instant::now();
    let socket = Way::new(true).connect(&address, deadline(Duration::from_millis(50)));
    assert_eq!(socket.err().unwrap().kind(), std::io::ErrorKind::TimedOut);
    assert!(begun.elapsed() < LONG);
}
