//! Two services that differ in their tracing alone, and a client that asks both in turn.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use axum::{Router, routing::get};
use tokio::runtime::{Builder, Runtime};
use tracer_backends::Backend;
use tracer_tower::ServerLayer;

use crate::figures::Times;

/// A request takes no longer, whatever the collector does.
const LONG: Duration = Duration::from_secs(20);

pub(crate) struct Services {
    runtime: Runtime,
    bare: SocketAddr,
    traced: SocketAddr,
}

impl Services {
    pub(crate) fn start(backend: &Backend) -> Self {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let app = || Router::new().route("/items/{id}", get(async || "fine"));
        let layer = ServerLayer::new(backend.tracer()).configure(|http| http.component("axum"));
        let (bare, traced) = (app(), app().layer(layer));
        let serve = |app: Router| {
            let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0"));
            let listener = listener.unwrap();
            let address = listener.local_addr().unwrap();
            runtime.spawn(async move { axum::serve(listener, app).await });
            address
        };
        let (bare, traced) = (serve(bare), serve(traced));
        Self {
            runtime,
            bare,
            traced,
        }
    }

    pub(crate) fn client(&self) -> Client {
        Client {
            bare: Connection::to(self.bare),
            traced: Connection::to(self.traced),
            bare_times: Times::new(),
            traced_times: Times::new(),
        }
    }

    pub(crate) fn stop(self) {
        self.runtime.shutdown_timeout(LONG);
    }
}

pub(crate) struct Client {
    bare: Connection,
    traced: Connection,
    pub(crate) bare_times: Times,
    pub(crate) traced_times: Times,
}

impl Client {
    /// One request to each. What disturbs the machine disturbs both.
    pub(crate) fn pair(&mut self) {
        self.bare_times.add(self.bare.request());
        self.traced_times.add(self.traced.request());
    }

    /// Pairs, at least so many and for at least this time.
    pub(crate) fn pairs(&mut self, pairs: usize, time: Duration, mut each: impl FnMut()) -> u64 {
        let until = Instant::now() + time;
        let mut done = 0;
        while done < pairs as u64 || Instant::now() < until {
            self.pair();
            each();
            done += 1;
        }
        done
    }
}

struct Connection(TcpStream);

impl Connection {
    fn to(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        Self(stream)
    }

    fn request(&mut self) -> Duration {
        let started = Instant::now();
        let request = b"GET /items/7 HTTP/1.1\r\nhost: shop\r\n\r\n";
        self.0.write_all(request).unwrap();
        let mut answer = [0; 512];
        let mut length = 0;
        while !answer[..length].ends_with(b"\r\n\r\nfine") {
            let read = self.0.read(&mut answer[length..]).unwrap();
            assert_ne!(read, 0, "the service hung up");
            length += read;
        }
        let taken = started.elapsed();
        assert!(answer.starts_with(b"HTTP/1.1 200 "));
        taken
    }
}
