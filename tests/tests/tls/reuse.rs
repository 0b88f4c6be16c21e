//! Connections: each costs a handshake, and each ends some day.

use tracer_backends::Backend;

use crate::authority::Authority;
use crate::files::PemFile;
use crate::server::Server;
use crate::setup::{HOST, LONG, OVER_HTTP, SSL_CERT_FILE, backend, until, work};

const LISTS: usize = 3;

fn each(run: impl Fn(&Server, &Backend)) {
    let authority = Authority::new();
    let file = PemFile::new(authority.pem());
    for (exporter, variable, path) in OVER_HTTP {
        let server = Server::showing(authority.sign(HOST));
        let backend = backend(&[
            ("OTEL_TRACES_EXPORTER", exporter),
            (variable, &server.url(path)),
            (SSL_CERT_FILE, file.path()),
        ]);
        run(&server, &backend);
        let (name, counts) = backend.counts()[0];
        let fates = (counts.sent, counts.dropped(), counts.retries);
        assert_eq!(fates, (LISTS as u64, 0, 0), "{name}");
        assert_eq!(server.requests.try_iter().count(), LISTS, "{name}");
    }
}

#[test]
fn lists_share_a_connection() {
    each(|server, backend| {
        for _ in 0..LISTS {
            work(backend);
            backend.flush(LONG).unwrap();
        }
        assert_eq!(server.greeted(), 1);
    });
}

#[test]
fn a_connection_that_the_server_closed_costs_no_list() {
    each(|server, backend| {
        server.hang_up();
        for list in 1..=LISTS {
            work(backend);
            backend.flush(LONG).unwrap();
            until("hung up", || server.hung_up() == list);
        }
        assert_eq!(server.greeted(), LISTS);
    });
}
