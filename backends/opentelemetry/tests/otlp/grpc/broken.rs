//! Connections that end before an answer: what is sent again, and what must not be.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tracer_recording::{Delivery, Exporter, IDLE};

use super::exporter;
use crate::decoded::span;
use crate::receiver::Receiver;
use crate::server::{LONG, serve};

/// What goes to a peer that has not asked for more (RFC 9113, section 6.9.2).
const WINDOW: usize = 65_535;
const MUCH: usize = 300_000;
/// What every client of HTTP/2 begins with (RFC 9113, section 3.4).
const PREFACE: usize = 24;
const DATA: u8 = 0;
const END_STREAM: u8 = 1;

/// Frames by their type, each about the first request (RFC 9113, sections 6.4, 6.5 and 6.8).
fn frame(kind: u8, stream: u8, payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(payload.len()).unwrap();
    let head = [0, 0, length, kind, 0, 0, 0, 0, stream];
    [&head, payload].concat()
}

fn settings() -> Vec<u8> {
    frame(4, 0, &[])
}

fn reset(code: u8) -> Vec<u8> {
    frame(3, 1, &[0, 0, 0, code])
}

fn go_away(last: u8) -> Vec<u8> {
    frame(7, 0, &[0, 0, 0, last, 0, 0, 0, 0])
}

/// The first request is accepted, and that is the whole answer (RFC 9113, section 6.2).
fn accepted() -> Vec<u8> {
    answered(&[("content-type", "application/grpc"), ("grpc-status", "0")])
}

fn answered(headers: &[(&str, &str)]) -> Vec<u8> {
    const END_HEADERS: u8 = 4;
    // `:status: 200` is in every table, the others are written out (RFC 7541, sections 6.1 and 6.2.2).
    let mut fields = vec![0x88];
    for (name, value) in headers {
        fields.push(0);
        for text in [name, value] {
            fields.push(u8::try_from(text.len()).unwrap());
            fields.extend(text.as_bytes());
        }
    }
    let mut headers = frame(1, 1, &fields);
    headers[4] = END_STREAM | END_HEADERS;
    headers
}

/// Reads the first request up to so many bytes of its body, or to its end.
fn request_up_to(mut stream: &TcpStream, enough: usize) {
    stream.read_exact(&mut [0; PREFACE]).unwrap();
    let mut read = 0;
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head).unwrap();
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        io::copy(&mut stream.take(length.into()), &mut io::sink()).unwrap();
        if head[3] == DATA {
            read += usize::try_from(length).unwrap();
            if read >= enough || head[4] & END_STREAM != 0 {
                return;
            }
        }
    }
}

/// Reads up to the end of the first request.
fn whole_request(stream: &TcpStream) {
    request_up_to(stream, usize::MAX);
}

/// What becomes of a batch whose request is read whole, and then answered with these frames and
/// the end of the connection.
fn after(frames: &[Vec<u8>]) -> Delivery {
    let frames = frames.concat();
    let (url, served) = serve(move |mut stream| {
        stream.write_all(&settings()).unwrap();
        whole_request(&stream);
        stream.write_all(&frames).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        // Until the client hangs up: closed before, it might not read the frames.
        let _ = io::copy(&mut stream, &mut io::sink());
    });
    let delivery = exporter(&url).send(LONG);
    served.join().unwrap();
    delivery
}

fn is_retry(delivery: &Delivery) -> bool {
    matches!(delivery, Delivery::Retry { after: None, .. })
}

fn is_rejected(delivery: &Delivery) -> bool {
    matches!(delivery, Delivery::Rejected { .. })
}

#[test]
fn a_batch_that_was_written_is_not_sent_twice() {
    const CANCEL: u8 = 8;
    // It is the client who goes away from a peer that writes to stream 0 (RFC 9113, section 6.1).
    let nonsense = frame(DATA, 0, b"data");
    for frames in [&[][..], &[go_away(1)], &[reset(CANCEL)], &[nonsense]] {
        let delivery = after(frames);
        assert!(is_rejected(&delivery), "{frames:?}: {delivery:?}");
    }
}

#[test]
fn a_batch_that_the_collector_did_not_look_at_is_sent_again() {
    const REFUSED_STREAM: u8 = 7;
    for frames in [&[go_away(0)][..], &[reset(REFUSED_STREAM)]] {
        let delivery = after(frames);
        assert!(is_retry(&delivery), "{frames:?}: {delivery:?}");
    }
}

#[test]
fn a_batch_that_was_not_written_whole_is_sent_again() {
    let (url, served) = serve(|mut stream| stream.read_exact(&mut [0; 10_000]).unwrap());
    let mut exporter = exporter(&url);
    exporter.add(&span().tag("much", &*"x".repeat(MUCH)).view());
    let delivery = exporter.send(LONG);
    served.join().unwrap();
    assert!(is_retry(&delivery), "{delivery:?}");
}

/// Nobody can have taken what was not sent. Who has all of it may say so before the end is said, for which
/// there is no room in the window any more.
#[test]
fn who_accepts_a_batch_without_reading_it_has_none() {
    let answered_after = |answer: Vec<u8>, bytes: usize, value: usize| {
        let (url, served) = serve(move |mut stream| {
            stream.write_all(&settings()).unwrap();
            request_up_to(&stream, bytes);
            stream.write_all(&answer).unwrap();
            let _ = io::copy(&mut stream, &mut io::sink());
        });
        let mut exporter = exporter(&url);
        exporter.add(&span().tag("much", &*"x".repeat(value)).view());
        let delivery = exporter.send(LONG);
        drop(exporter);
        served.join().unwrap();
        delivery
    };
    let accepted_after = |bytes, value| answered_after(accepted(), bytes, value);
    let delivery = accepted_after(usize::MAX, WINDOW / 2);
    let Delivery::Sent { bytes } = delivery else {
        panic!("{delivery:?}");
    };
    let fits = WINDOW - (bytes - WINDOW / 2);
    let delivery = accepted_after(WINDOW, fits);
    let sent = matches!(delivery, Delivery::Sent { bytes: WINDOW });
    assert!(sent, "{delivery:?}");
    for (bytes, value) in [(WINDOW, fits + 1), (1, MUCH)] {
        let delivery = accepted_after(bytes, value);
        assert!(is_retry(&delivery), "{value}: {delivery:?}");
    }
    // Nor has a proxy whose page came in its place.
    let page = answered(&[("content-type", "text/html")]);
    let delivery = answered_after(page, 1, MUCH);
    assert!(is_retry(&delivery), "{delivery:?}");
}

#[test]
fn a_collector_that_stops_reading_may_get_it_again() {
    let (url, served) = serve(|mut stream| {
        // Grants no more window; until the client hangs up.
        io::copy(&mut stream, &mut io::sink()).unwrap();
    });
    let mut exporter = exporter(&url);
    exporter.add(&span().tag("much", &*"x".repeat(MUCH)).view());
    let delivery = exporter.send(Duration::from_millis(100));
    drop(exporter);
    served.join().unwrap();
    assert!(is_retry(&delivery), "{delivery:?}");
}

/// As behind a network that has forgotten it: nothing comes back, and nobody says so.
#[test]
fn a_connection_that_has_gone_dead_is_not_used_again() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let mut exporter = exporter(&url);
    listener.set_nonblocking(true).unwrap();
    let mut dead = Vec::new();
    for (before, much) in ["", &"x".repeat(MUCH)].into_iter().enumerate() {
        let until = Instant::now() + LONG;
        // A busy machine may not come to connect in time.
        while dead.len() == before {
            exporter.add(&span().tag("much", much).view());
            let delivery = exporter.send(Duration::from_millis(100));
            assert!(!matches!(delivery, Delivery::Sent { .. }), "{delivery:?}");
            dead.extend(listener.accept());
            assert!(Instant::now() < until, "no connection of its own");
            exporter.clear();
        }
    }
}

#[test]
fn a_port_for_http_is_guessed() {
    let (url, served) = serve(|mut stream| {
        stream.read_exact(&mut [0; PREFACE]).unwrap();
        let answer = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n";
        stream.write_all(answer).unwrap();
        let _ = io::copy(&mut stream, &mut io::sink());
    });
    let delivery = exporter(&url).send(LONG);
    served.join().unwrap();
    let told = format!("{delivery:?}");
    assert!(told.contains("(is it a port for HTTP?)"), "{told}");
}

#[test]
fn nobody_there_costs_nothing_but_time() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let delivery = exporter(&format!("http://{address}")).send(LONG);
    let Delivery::Retry { reason, .. } = &delivery else {
        panic!("{delivery:?}")
    };
    assert!(reason.contains("refused"), "{reason}");
}

/// Passes everything on, on as many connections as there come; nothing more on the first once it is
/// forgotten, as by a firewall.
fn forgetful(to: SocketAddr, forgotten: &Arc<AtomicBool>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let forgotten = Arc::clone(forgotten);
    // They end with the process.
    thread::spawn(move || {
        for (number, here) in listener.incoming().enumerate() {
            let (here, there) = (here.unwrap(), TcpStream::connect(to).unwrap());
            let ways = [
                (here.try_clone().unwrap(), there.try_clone().unwrap()),
                (there, here),
            ];
            for (mut from, mut to) in ways {
                let forgotten = Arc::clone(&forgotten);
                thread::spawn(move || {
                    let mut buffer = [0; 4096];
                    while let Ok(len @ 1..) = from.read(&mut buffer) {
                        if number > 0 || !forgotten.load(Ordering::SeqCst) {
                            // Who has left needs nothing more.
                            let _ = to.write_all(&buffer[..len]);
                        }
                    }
                });
            }
        }
    });
    url
}

#[test]
fn no_batch_is_trusted_to_a_connection_that_was_idle_for_long() {
    let receiver = Receiver::start();
    let forgotten = Arc::default();
    let mut exporter = exporter(&forgetful(receiver.address, &forgotten));
    let delivery = exporter.send(LONG);
    assert!(matches!(delivery, Delivery::Sent { .. }), "{delivery:?}");
    exporter.clear();
    forgotten.store(true, Ordering::SeqCst);
    // Time is what this is about.
    thread::sleep(IDLE + Duration::from_millis(500));
    exporter.add(&span().view());
    let delivery = exporter.send(LONG);
    assert!(matches!(delivery, Delivery::Sent { .. }), "{delivery:?}");
}
