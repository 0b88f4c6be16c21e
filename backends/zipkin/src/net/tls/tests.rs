//! Against a server of rustls.

mod hand_shake;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rcgen::generate_simple_self_signed;
use rustls::pki_types::PrivateKeyDer;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use tracer_recording::{Authorities, Identity};

use crate::net::{Address, Socket, Way, deadline};

const LONG: Duration = Duration::from_secs(20);

pub(crate) type Other = StreamOwned<ServerConnection, TcpStream>;

/// A certificate that signs itself, in all forms.
pub(crate) struct Shown {
    pub(crate) config: ServerConfig,
    authorities: Authorities,
    identity: Identity,
}

pub(crate) fn shown(host: &str, callers: Option<&Shown>) -> Shown {
    let made = generate_simple_self_signed([host.to_owned()]).unwrap();
    let (pem, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap();
    let builder = match callers {
        None => builder.with_no_client_auth(),
        Some(callers) => {
            let mut roots = RootCertStore::empty();
            let der = callers.authorities.der().map(|der| der.to_vec().into());
            roots.add_parsable_certificates(der);
            let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider);
            builder.with_client_cert_verifier(verifier.build().unwrap())
        }
    };
    let private = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let chain = vec![made.cert.der().clone()];
    Shown {
        config: builder.with_single_cert(chain, private).unwrap(),
        authorities: Authorities::from_pem(pem.as_bytes()).unwrap(),
        identity: Identity::from_pem(pem.as_bytes(), key.as_bytes()).unwrap(),
    }
}

/// Connects to somebody who shows this, and runs the other side on a thread.
pub(crate) fn connect<T: Send + 'static>(
    way: &mut Way,
    config: &ServerConfig,
    serve: impl FnOnce(Other) -> T + Send + 'static,
) -> (std::io::Result<Socket>, thread::JoinHandle<T>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = Address {
        host: "localhost".to_owned(),
        port: listener.local_addr().unwrap().port(),
    };
    let connection = ServerConnection::new(Arc::new(config.clone())).unwrap();
    let served = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        serve(StreamOwned::new(connection, stream))
    });
    (way.connect(&address, deadline(LONG)), served)
}

pub(crate) fn trusting(shown: &Shown) -> Way {
    let mut way = Way::new(true);
    way.trust(&shown.authorities);
    way
}

#[test]
fn a_connection_is_quiet_until_the_other_side_says_something_of_its_own_or_leaves() {
    for speaks in [true, false] {
        let shown = shown("localhost", None);
        let (go, gone) = std::sync::mpsc::channel();
        let (socket, served) = connect(&mut trusting(&shown), &shown.config, move |mut other| {
            let mut ping = [0; 4];
            other.read_exact(&mut ping).unwrap();
            other.write_all(&ping).unwrap();
            gone.recv().unwrap();
            if speaks {
                other.write_all(b"again").unwrap();
                let _ = other.read(&mut ping);
            }
        });
        let mut socket = socket.unwrap();
        let end = Instant::now() + LONG;
        // Tickets for other connections: of no concern to whoever reads.
        while matches!(&socket, Socket::Tls(stream) if stream.sock.is_quiet()) {
            assert!(Instant::now() < end);
        }
        assert!(socket.is_quiet());
        socket.write_all(b"ping").unwrap();
        socket.flush().unwrap();
        let mut pong = [0; 4];
        socket.read_exact(&mut pong).unwrap();
        assert_eq!(&pong, b"ping");
        assert!(socket.is_quiet());
        go.send(()).unwrap();
        while socket.is_quiet() {
            assert!(Instant::now() < end);
        }
        drop(socket);
        served.join().unwrap();
    }
}

#[test]
fn what_is_flushed_is_on_its_way_whatever_its_size() {
    let shown = shown("localhost", None);
    let (socket, served) = connect(&mut trusting(&shown), &shown.config, |mut other| {
        let mut list = vec![0; 1 << 20];
        other.read_exact(&mut list).unwrap();
        list
    });
    let mut socket = socket.unwrap();
    let list: Vec<u8> = (0..1 << 20).map(|at| at as u8).collect();
    socket.write_all(&list).unwrap();
    socket.flush().unwrap();
    assert!(served.join().unwrap() == list);
}

#[test]
fn what_is_said_beside_an_answer_is_no_quiet() {
    let shown = shown("localhost", None);
    let (go, gone) = std::sync::mpsc::channel();
    let (socket, served) = connect(&mut trusting(&shown), &shown.config, move |mut other| {
        other.write_all(b"answer, and more").unwrap();
        other.flush().unwrap();
        gone.recv().unwrap();
    });
    let mut socket = socket.unwrap();
    socket.read_exact(&mut [0; 6]).unwrap();
    assert!(!socket.is_quiet());
    go.send(()).unwrap();
    served.join().unwrap();
}

/// Unless it is given up.
#[test]
fn what_could_not_be_written_goes_with_the_next_read() {
    const MUCH: usize = 64 << 20;
    let shown = shown("localhost", None);
    let (go, gone) = std::sync::mpsc::channel();
    let (socket, served) = connect(&mut trusting(&shown), &shown.config, move |mut other| {
        other.write_all(b"-").unwrap();
        let read: usize = gone.recv().unwrap();
        other.read_exact(&mut vec![0; read]).is_ok()
    });
    let mut socket = socket.unwrap();
    socket.read_exact(&mut [0]).unwrap();
    socket.until(deadline(Duration::from_millis(100)));
    // What it takes before it fails, it keeps.
    let list = vec![0; MUCH];
    let mut taken = 0;
    let error = loop {
        match socket.write(&list[taken..]) {
            Ok(more) => taken += more,
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), std::io::ErrorKind::TimedOut);
    socket.until(deadline(LONG));
    go.send(taken).unwrap();
    // Ends when the other side does.
    assert!(socket.read(&mut [0]).is_err());
    assert!(served.join().unwrap());
}

#[test]
fn what_has_come_is_heard_though_nothing_can_be_written() {
    let shown = shown("localhost", None);
    let (go, gone) = std::sync::mpsc::channel();
    let (socket, served) = connect(&mut trusting(&shown), &shown.config, move |mut other| {
        other.write_all(b"word").unwrap();
        other.flush().unwrap();
        gone.recv().unwrap();
    });
    let mut socket = socket.unwrap();
    socket.until(deadline(Duration::from_millis(100)));
    // Until the buffers of both sides are full.
    let written = socket.write_all(&vec![0; 64 << 20]);
    assert_eq!(written.unwrap_err().kind(), std::io::ErrorKind::TimedOut);
    socket.until(deadline(Duration::from_millis(100)));
    let end = Instant::now() + LONG;
    while socket.is_quiet() {
        assert!(Instant::now() < end);
    }
    let mut word = [0; 4];
    socket.read_exact(&mut word).unwrap();
    assert_eq!(&word, b"word");
    go.send(()).unwrap();
    served.join().unwrap();
}

/// A list must not be taken for one that may have arrived.
#[test]
fn what_could_not_be_sent_is_told_by_the_flush() {
    let shown = shown("localhost", None);
    let (go, gone) = std::sync::mpsc::channel();
    let (shaken, is_shaken) = std::sync::mpsc::channel();
    let (socket, served) = connect(&mut trusting(&shown), &shown.config, move |mut other| {
        while other.conn.is_handshaking() {
            other.conn.complete_io(&mut other.sock).unwrap();
        }
        shaken.send(()).unwrap();
        gone.recv().unwrap();
    });
    let Ok(Socket::Tls(mut stream)) = socket else {
        panic!("no connection");
    };
    is_shaken.recv().unwrap();
    // Until the buffers of both sides are full.
    let mut piece = 1 << 20;
    while piece > 0 {
        stream.sock.deadline = deadline(Duration::from_millis(100));
        if stream.sock.write(&vec![0; piece]).is_err() {
            piece /= 1 << 10;
        }
    }
    let mut socket = Socket::Tls(stream);
    socket.until(deadline(Duration::from_millis(50)));
    let sent = socket.write_all(b"list").and_then(|()| socket.flush());
    assert_eq!(sent.unwrap_err().kind(), std::io::ErrorKind::TimedOut);
    go.send(()).unwrap();
    served.join().unwrap();
}

/// RabbitMQ's sender hears why a list could not be written, and sends the list again.
#[cfg(feature = "rabbitmq")]
#[test]
fn what_was_given_up_does_not_follow() {
    let shown = shown("localhost", None);
    let (go, gone) = std::sync::mpsc::channel::<()>();
    let (socket, served) = connect(&mut trusting(&shown), &shown.config, move |mut other| {
        other.write_all(b"-").unwrap();
        // Nothing is read before it is given up.
        let _ = gone.recv();
        other.write_all(b"why").unwrap();
        other.flush().unwrap();
        let (mut room, mut total) = (vec![0; 1 << 16], 0);
        while let Ok(read @ 1..) = other.read(&mut room) {
            total += read;
        }
        total
    });
    let mut socket = socket.unwrap();
    socket.read_exact(&mut [0]).unwrap();
    socket.until(deadline(LONG / 100));
    let (list, mut taken) = (vec![b'x'; 1 << 16], 0);
    while let Ok(more) = socket.write(&list) {
        taken += more;
    }
    assert!(!socket.give_up());
    drop(go);
    socket.until(deadline(LONG));
    let mut why = [0; 3];
    socket.read_exact(&mut why).unwrap();
    assert_eq!(&why, b"why");
    drop(socket);
    let arrived = served.join().unwrap();
    assert!(arrived < taken, "{arrived} of {taken}");
}
