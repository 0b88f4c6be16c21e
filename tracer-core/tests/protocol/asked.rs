//! What a request is about is found out where its span is recorded, and nowhere else.

use std::cell::Cell;
use std::net::SocketAddr;

use tracer_core::http::{HttpClient, HttpServer, RequestView};
use tracer_core::testing::MockTracer;
use tracer_core::{Extract, Sampling};

use crate::tape::Headers;

/// Counts who looks.
#[derive(Default)]
struct Watched {
    headers: Headers,
    looks: Cell<u32>,
}

impl Watched {
    fn look<T>(&self, at: T) -> T {
        self.looks.set(self.looks.get() + 1);
        at
    }
}

impl RequestView for Watched {
    fn method(&self) -> &str {
        self.look("GET")
    }
    fn path(&self) -> &str {
        self.look("/users/7")
    }
    fn query(&self) -> Option<&str> {
        self.look(None)
    }
    fn scheme(&self) -> Option<&str> {
        self.look(Some("https"))
    }
    fn host(&self) -> Option<&str> {
        self.look(Some("users"))
    }
    fn route(&self) -> Option<&str> {
        self.look(Some("/users/{id}"))
    }
    fn peer(&self) -> Option<SocketAddr> {
        self.look(None)
    }
    fn headers(&self) -> &dyn Extract {
        &self.headers
    }
}

#[test]
fn an_unsampled_request_is_not_looked_at() {
    for (sampling, recorded) in [(Sampling::Drop, false), (Sampling::Record, true)] {
        let tracer = MockTracer::new().sampling(sampling);
        let tracer = std::sync::Arc::new(tracer);
        let request = Watched::default();
        let call = HttpServer::new(tracer.clone(), "x").start(&request);
        assert_eq!(call.is_recording(), recorded);
        drop(call);
        assert_eq!(request.looks.get() > 0, recorded);

        let request = Watched::default();
        drop(HttpClient::new(tracer.clone(), "x").start(&request));
        assert_eq!(request.looks.get() > 0, recorded);
        let names: Vec<_> = tracer
            .finished()
            .into_iter()
            .map(|span| span.name)
            .collect();
        let expected: &[&str] = if recorded {
            &["GET /users/{id}", "GET /users/{id}"]
        } else {
            &[]
        };
        assert_eq!(names, expected);
    }
}
