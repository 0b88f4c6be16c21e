//! One connection to the collector.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use flate2::read::GzDecoder;

use crate::collector::{Mode, State};

/// How long a client may leave a connection idle.
const IDLE: Duration = Duration::from_secs(30);
/// Longer than a client waits for an answer.
const FOREVER: Duration = Duration::from_secs(30);

pub(crate) fn serve(stream: &TcpStream, state: &State) {
    let _ = stream.set_read_timeout(Some(IDLE));
    let mut reader = BufReader::new(stream);
    while one(&mut reader, stream, state).is_some() {}
    let _ = stream.shutdown(Shutdown::Both);
}

/// One request; `None` when the connection is to be closed.
fn one(reader: &mut BufReader<&TcpStream>, stream: &TcpStream, state: &State) -> Option<()> {
    let head = head(reader)?;
    let mode = state.mode();
    state.seen.lock().unwrap().lists += 1;
    if mode == Mode::ClosesEarly {
        return None;
    }
    let length: usize = header(&head, "content-length")?.parse().ok()?;
    if mode == Mode::Resets {
        let mut half = vec![0; length / 2];
        reader.read_exact(&mut half).ok()?;
        return None;
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let spans = ids(&body, header(&head, "content-encoding"));
    match mode {
        Mode::Status(429 | 502 | 503 | 504, _) => {}
        _ => {
            let mut seen = state.seen.lock().unwrap();
            let taken = seen.take(spans.into_iter());
            if matches!(mode, Mode::Well | Mode::Slow(_)) {
                seen.acknowledged += taken;
            }
        }
    }
    answer(stream, mode, state)
}

fn answer(mut stream: &TcpStream, mode: Mode, state: &State) -> Option<()> {
    let accepted = "HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n";
    match mode {
        Mode::Well => {}
        Mode::Slow(time) => pause(time, mode, state),
        Mode::Hangs => {
            pause(FOREVER, mode, state);
            return None;
        }
        Mode::Trickles => {
            for byte in accepted.bytes() {
                stream.write_all(&[byte]).ok()?;
                pause(Duration::from_millis(50), mode, state);
                // It must not be done in time after all.
                if state.mode() != mode {
                    break;
                }
            }
            return None;
        }
        Mode::Status(status, header) => {
            let text = format!("HTTP/1.1 {status} No\r\ncontent-length: 2\r\n{header}\r\nno");
            return stream.write_all(text.as_bytes()).ok();
        }
        Mode::Resets | Mode::ClosesEarly => return None,
    }
    stream.write_all(accepted.as_bytes()).ok()
}

/// Waits, but not longer than the collector is as it is.
fn pause(time: Duration, mode: Mode, state: &State) {
    let until = Instant::now() + time;
    while Instant::now() < until && state.mode() == mode && !state.is_down() {
        thread::sleep(Duration::from_millis(5).min(time));
    }
}

fn head(reader: &mut impl BufRead) -> Option<String> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    Some(head.to_lowercase())
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = head.lines();
    lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

/// The span ids of a list.
fn ids(body: &[u8], encoding: Option<&str>) -> Vec<u64> {
    let mut plain = Vec::new();
    let list = if encoding == Some("gzip") {
        GzDecoder::new(body).read_to_end(&mut plain).unwrap();
        &plain
    } else {
        body
    };
    let spans: Vec<serde_json::Value> = serde_json::from_slice(list).unwrap();
    let id = |span: &serde_json::Value| u64::from_str_radix(span["id"].as_str()?, 16).ok();
    spans.iter().map(|span| id(span).unwrap()).collect()
}
