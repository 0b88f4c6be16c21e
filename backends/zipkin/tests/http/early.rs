//! Servers that answer before they have read the list, and hang up on what is still being written: the
//! reset can overtake the answer. So the next try asks first (RFC 9110, section 10.1.1).

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::LazyLock;
use std::thread::{self, JoinHandle};

use tracer_recording::Delivery;
use tracer_zipkin::{HttpSender, Sender};

use crate::failures::{is_retry, large};
use crate::server::{LONG, Request, answer};

/// What a connection gets.
enum Turn {
    /// This answer to the head alone, and a reset to the rest.
    Early(&'static str),
    /// The same in one piece, to who is not hung up on unless it said so.
    Stays(&'static str),
    /// What an old server says to somebody who asks.
    CannotSay,
    /// 100, and 202 to the whole list.
    Welcome,
}

/// Reads no more than the head.
fn head(stream: &TcpStream) -> Request {
    let mut reader = BufReader::with_capacity(1, stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert_ne!(reader.read_line(&mut head).unwrap(), 0, "no whole head");
    }
    Request {
        head: head.to_lowercase(),
        body: Vec::new(),
    }
}

/// A server that takes these turns, one a connection; it says which of them were asked first.
fn turns(turns: Vec<Turn>) -> (HttpSender, JoinHandle<Vec<bool>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}/", listener.local_addr().unwrap());
    let served = thread::spawn(move || {
        let serve = |turn| {
            let (mut stream, _) = listener.accept().unwrap();
            stream.set_read_timeout(Some(LONG)).unwrap();
            let head = head(&stream);
            let asked = head.header("expect") == Some("100-continue");
            match turn {
                Turn::Early(status) => answer(&stream, status, "", ""),
                Turn::Stays(status) => {
                    let text = format!("HTTP/1.1 {status}\r\ncontent-length: 4\r\n\r\ntext");
                    stream.write_all(text.as_bytes()).unwrap();
                    if head.header("connection") != Some("close") {
                        // The client may have left with something unread.
                        let _ = std::io::copy(&mut stream, &mut std::io::sink());
                    }
                }
                Turn::CannotSay => answer(&stream, "417 Expectation Failed", "", ""),
                Turn::Welcome => {
                    stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").unwrap();
                    rest(&stream, &head);
                    answer(&stream, "202 Accepted", "connection: close\r\n", "");
                }
            }
            asked
        };
        turns.into_iter().map(serve).collect()
    });
    (HttpSender::new(&endpoint).unwrap(), served)
}

fn rest(stream: &TcpStream, head: &Request) {
    let len: u64 = head.header("content-length").unwrap().parse().unwrap();
    let mut body = std::io::Read::take(stream, len);
    assert_eq!(std::io::copy(&mut body, &mut std::io::sink()).unwrap(), len);
}

fn send(sender: &mut HttpSender) -> Delivery {
    static LIST: LazyLock<Vec<u8>> = LazyLock::new(large);
    sender.send(&LIST, "application/json", LONG)
}

#[test]
fn an_answer_that_was_lost_is_asked_for_before_the_next_try() {
    let (mut sender, served) = turns(vec![
        Turn::Early("413 Content Too Large"),
        Turn::Early("413 Content Too Large"),
    ]);
    let first = send(&mut sender);
    assert!(is_retry(&first), "{first:?}");
    let second = send(&mut sender);
    assert!(
        matches!(second, Delivery::TooLarge { .. }),
        "the list would be tried for ever: {second:?}"
    );
    assert_eq!(served.join().unwrap(), [false, true]);
}

#[test]
fn an_answer_in_one_piece_is_heard_though_the_connection_stays_open() {
    let (mut sender, served) = turns(vec![
        Turn::Early("413 Content Too Large"),
        Turn::Stays("413 Content Too Large"),
    ]);
    assert!(is_retry(&send(&mut sender)));
    let second = send(&mut sender);
    assert!(
        matches!(&second, Delivery::TooLarge { reason } if reason.ends_with("text")),
        "{second:?}"
    );
    assert_eq!(served.join().unwrap(), [false, true]);
}

#[test]
fn who_asked_and_is_welcome_sends_the_list_and_asks_no_more() {
    let (mut sender, served) = turns(vec![
        Turn::Early("503 Service Unavailable"),
        Turn::Welcome,
        Turn::Early("401 Unauthorized"),
    ]);
    assert!(is_retry(&send(&mut sender)));
    let second = send(&mut sender);
    assert!(matches!(second, Delivery::Sent { .. }), "{second:?}");
    assert!(is_retry(&send(&mut sender)));
    assert_eq!(served.join().unwrap(), [false, true, false]);
}

/// Nobody can have taken what was not sent.
#[test]
fn who_accepts_the_head_alone_has_no_list() {
    let (mut sender, served) = turns(vec![
        Turn::Early("413 Content Too Large"),
        Turn::Early("202 Accepted"),
    ]);
    assert!(is_retry(&send(&mut sender)));
    let second = send(&mut sender);
    assert!(is_retry(&second), "{second:?}");
    assert_eq!(served.join().unwrap(), [false, true]);
}

#[test]
fn a_server_that_cannot_say_gets_the_list_as_before() {
    let (mut sender, served) = turns(vec![
        Turn::Early("413 Content Too Large"),
        Turn::CannotSay,
        Turn::Early("413 Content Too Large"),
    ]);
    assert!(is_retry(&send(&mut sender)));
    let second = send(&mut sender);
    assert!(
        matches!(&second, Delivery::Retry { after: None, reason } if reason.contains("417")),
        "{second:?}"
    );
    assert!(is_retry(&send(&mut sender)));
    assert_eq!(served.join().unwrap(), [false, true, false]);
}
