//! The process that makes the load: one thread, a task for each connection, and no HTTP library,
//! because one would take as long as the server that is measured.

use std::cell::{Cell, RefCell};
use std::io::{BufRead, Write};
use std::net::Ipv4Addr;
use std::time::Instant;

use futures_util::future::try_join_all;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tracer_benches::case::headers;

use super::asked::{Answer, Slice};

/// Connections, each with one request under way.
const CONNECTIONS: usize = 32;

/// Does what it is asked line by line, until nobody asks any more.
///
/// # Panics
///
/// If the server does not answer, or with anything but what is expected.
pub fn run() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()
        .expect("a runtime");
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("a line");
        let slice = Slice::parse(&line).expect("a slice");
        let answer = runtime
            .block_on(load(slice))
            .expect("a server that answers");
        let mut out = std::io::stdout().lock();
        out.write_all(answer.line().as_bytes()).expect("written");
        out.flush().expect("written");
    }
}

async fn load(slice: Slice) -> std::io::Result<Answer> {
    let connecting = (0..CONNECTIONS).map(|_| connect(slice.port));
    let connections = try_join_all(connecting).await?;
    let bytes = request(slice);
    let left = Cell::new(slice.requests);
    let micros = RefCell::new(Vec::with_capacity(slice.requests as usize));
    let start = Instant::now();
    let driving = connections
        .into_iter()
        .map(|connection| drive(connection, &bytes, &left, &micros));
    try_join_all(driving).await?;
    let seconds = start.elapsed().as_secs_f64();
    let mut micros = micros.into_inner();
    micros.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let at = (micros.len() as f64 * share) as usize;
        micros.get(at).copied().unwrap_or(f64::NAN)
    };
    Ok(Answer {
        rate: f64::from(slice.requests) / seconds,
        p50: at(0.5),
        p99: at(0.99),
    })
}

async fn connect(port: u16) -> std::io::Result<TcpStream> {
    let connection = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
    connection.set_nodelay(true)?;
    Ok(connection)
}

fn request(slice: Slice) -> Vec<u8> {
    let mut bytes = b"GET /users/7 HTTP/1.1\r\n".to_vec();
    for (name, value) in &headers(slice.case, slice.wire) {
        for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
            bytes.extend_from_slice(part);
        }
    }
    bytes.extend_from_slice(b"\r\n");
    bytes
}

/// One request after the other, for as long as any are left.
async fn drive(
    mut connection: TcpStream,
    request: &[u8],
    left: &Cell<u32>,
    micros: &RefCell<Vec<f64>>,
) -> std::io::Result<()> {
    let mut buffer = [0; 1_024];
    while let Some(rest) = left.get().checked_sub(1) {
        left.set(rest);
        let start = Instant::now();
        connection.write_all(request).await?;
        let mut filled = 0;
        while !is_whole(&buffer[..filled]) {
            match connection.read(&mut buffer[filled..]).await? {
                0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
                more => filled += more,
            }
        }
        micros
            .borrow_mut()
            .push(start.elapsed().as_secs_f64() * 1e6);
    }
    Ok(())
}

/// All servers answer with the same status and the same body.
fn is_whole(answer: &[u8]) -> bool {
    let ends = answer.ends_with(b"\r\n\r\nHello, World!");
    assert!(!ends || answer.starts_with(b"HTTP/1.1 200 OK\r\n"));
    ends
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 13\r\n\r\nHello, World!";

    #[test]
    fn an_answer_is_over_with_its_last_byte() {
        assert!(is_whole(ANSWER));
        assert!(!is_whole(&ANSWER[..ANSWER.len() - 1]));
        assert!(!is_whole(b""));
    }

    #[test]
    #[should_panic(expected = "200 OK")]
    fn an_error_is_no_answer() {
        is_whole(b"HTTP/1.1 500 Internal Server Error\r\n\r\nHello, World!");
    }
}
