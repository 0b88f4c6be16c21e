//! A connection that keeps to a deadline.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use super::{Address, left};

/// A connection whose reads and writes fail when the deadline has come.
pub(crate) struct Tcp {
    stream: TcpStream,
    pub(super) deadline: Instant,
    /// What is still written goes nowhere.
    pub(super) mute: bool,
}

impl Tcp {
    /// Connects to the first address of the host that answers.
    pub(crate) fn connect(to: &Address, deadline: Instant) -> io::Result<Self> {
        let addresses = resolve(to, deadline)?;
        let mut problem = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
        for (at, address) in addresses.iter().enumerate() {
            // One that does not answer leaves time for the others.
            let share = left(deadline) / (addresses.len() - at).try_into().unwrap_or(u32::MAX);
            match TcpStream::connect_timeout(address, at_least_some(share)?) {
                Ok(stream) => {
                    stream.set_nodelay(true)?;
                    return Ok(Self {
                        stream,
                        deadline,
                        mute: false,
                    });
                }
                Err(error) => problem = error,
            }
        }
        Err(problem)
    }

    /// False if the other side has closed the connection, or said something unasked.
    pub(super) fn is_quiet(&self) -> bool {
        let peeked = self.at_once(|stream| stream.peek(&mut [0]));
        matches!(peeked, Err(error) if error.kind() == io::ErrorKind::WouldBlock)
    }

    /// Does something that fails where it would wait.
    pub(super) fn at_once<T>(
        &self,
        run: impl FnOnce(&TcpStream) -> io::Result<T>,
    ) -> io::Result<T> {
        self.stream.set_nonblocking(true)?;
        let done = run(&self.stream);
        self.stream.set_nonblocking(false)?;
        done
    }
}

impl Read for Tcp {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let left = at_least_some(left(self.deadline))?;
        self.stream.set_read_timeout(Some(left))?;
        self.stream.read(out).map_err(timed_out)
    }
}

impl Write for Tcp {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.mute {
            return Ok(bytes.len());
        }
        let left = at_least_some(left(self.deadline))?;
        self.stream.set_write_timeout(Some(left))?;
        self.stream.write(bytes).map_err(timed_out)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The addresses of a host. Looking a name up cannot be given a time-out, so that a thread does it,
/// which is left alone if it takes too long.
fn resolve(to: &Address, deadline: Instant) -> io::Result<Vec<SocketAddr>> {
    if let Ok(ip) = to.host.parse() {
        return Ok(vec![SocketAddr::new(ip, to.port)]);
    }
    let (host, port) = (to.host.clone(), to.port);
    let (answer, answered) = mpsc::channel();
    thread::Builder::new()
        .name("tracer-resolve".to_owned())
        .spawn(move || {
            let found = (host.as_str(), port).to_socket_addrs();
            // Nobody may be waiting any more.
            let _ = answer.send(found.map(Vec::from_iter));
        })?;
    answered
        .recv_timeout(left(deadline))
        .map_err(|_| io::ErrorKind::TimedOut)?
}

/// A time-out of zero is none to the system.
fn at_least_some(time: Duration) -> io::Result<Duration> {
    if time.is_zero() {
        return Err(io::ErrorKind::TimedOut.into());
    }
    Ok(time)
}

/// What Unix calls "would block" when a time-out has passed.
fn timed_out(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::WouldBlock => io::ErrorKind::TimedOut.into(),
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;
    use crate::net::deadline;

    const LONG: Duration = Duration::from_secs(20);

    fn pair(timeout: Duration) -> (Tcp, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = Address {
            host: "localhost".to_owned(),
            port: listener.local_addr().unwrap().port(),
        };
        let socket = Tcp::connect(&address, deadline(timeout)).unwrap();
        (socket, listener.accept().unwrap().0)
    }

    #[test]
    fn a_read_ends_with_the_deadline() {
        let (mut socket, _other) = pair(LONG);
        socket.deadline = deadline(Duration::from_millis(50));
        let begun = Instant::now();
        for _ in 0..2 {
            let error = socket.read(&mut [0]).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        }
        assert!(begun.elapsed() < LONG);
    }

    #[test]
    fn a_write_ends_with_the_deadline() {
        let (mut socket, _other) = pair(LONG);
        socket.deadline = deadline(Duration::from_millis(50));
        let error = socket.write_all(&vec![0; 64 << 20]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[test]
    fn a_connection_is_quiet_until_the_other_side_speaks_or_leaves() {
        for speak in [true, false] {
            let (mut socket, mut other) = pair(LONG);
            assert!(socket.is_quiet());
            // Still a blocking one.
            other.write_all(b"a").unwrap();
            socket.read_exact(&mut [0]).unwrap();
            assert!(socket.is_quiet());
            if speak {
                other.write_all(b"b").unwrap();
            } else {
                drop(other);
            }
            let end = Instant::now() + LONG;
            while socket.is_quiet() {
                assert!(Instant::now() < end);
            }
        }
    }

    #[test]
    fn a_host_that_nobody_knows_is_an_error() {
        let address = Address::parse("nobody.invalid", 1).unwrap();
        assert!(Tcp::connect(&address, deadline(LONG)).is_err());
    }
}
