//! `SSL_CERT_DIR`.

use crate::authority::Authority;
use crate::files::Folder;
use crate::server::Server;
use crate::setup::{HOST, LONG, OVER_HTTP, SSL_CERT_DIR, SSL_CERT_FILE, backend, setup, work};

#[test]
fn each_folder_names_authorities() {
    let (one, other) = (Authority::new(), Authority::new());
    let folders = [
        Folder::new(&[("ours.pem", one.pem())]),
        Folder::new(&[("5cf60d25.0", other.pem())]),
    ];
    let path = std::env::join_paths(["", "/no/such/folder", folders[0].path(), folders[1].path()]);
    let path = path.unwrap().into_string().unwrap();
    for (exporter, endpoint, at) in OVER_HTTP {
        for authority in [&one, &other] {
            let server = Server::showing(authority.sign(HOST));
            let url = server.url(at);
            let backend = backend(&[
                ("OTEL_TRACES_EXPORTER", exporter),
                (endpoint, &url),
                (SSL_CERT_DIR, &path),
            ]);
            work(&backend);
            backend.shutdown(LONG).unwrap();
            assert!(server.requests.recv_timeout(LONG).unwrap().holds("a job"));
            assert_eq!(server.refused(), 0, "{exporter}");
        }
    }
}

#[test]
fn they_stand_beside_a_file() {
    let (one, other) = (Authority::new(), Authority::new());
    let (file, folder) = (one.file(), Folder::new(&[("ca.crt", other.pem())]));
    for (authority, path) in [
        (&one, folder.path()),
        (&other, folder.path()),
        (&one, "/no/such/folder"),
    ] {
        let server = Server::showing(authority.sign(HOST));
        let url = server.url("/v1/traces");
        let backend = backend(&[
            ("OTEL_TRACES_EXPORTER", "otlp"),
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", &url),
            (SSL_CERT_FILE, file.path()),
            (SSL_CERT_DIR, path),
        ]);
        work(&backend);
        backend.shutdown(LONG).unwrap();
        assert!(server.requests.recv_timeout(LONG).unwrap().holds("a job"));
    }
}

#[test]
fn folders_that_name_nobody_are_an_error() {
    let none = Folder::new(&[("README", "no certificate")]);
    let sound = Authority::new();
    let cut = &sound.pem()[..sound.pem().len() / 2];
    let damaged = Folder::new(&[("a.pem", sound.pem()), ("b.pem", cut)]);
    let https = ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://a.test");
    setup(&[("OTEL_TRACES_EXPORTER", "otlp"), https, (SSL_CERT_DIR, ":")]).unwrap();
    let http = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://a.test");
    for (path, why) in [
        (
            "/no/such/folder",
            "holds no certificate in PEM form".to_owned(),
        ),
        (none.path(), "holds no certificate in PEM form".to_owned()),
        (
            damaged.path(),
            format!("\"{}/b.pem\": is damaged: ", damaged.path()),
        ),
    ] {
        let otlp = [("OTEL_TRACES_EXPORTER", "otlp"), (SSL_CERT_DIR, path)];
        let error = setup(&[&otlp[..], &[https]].concat()).expect_err(path);
        assert_eq!(error.variable(), SSL_CERT_DIR);
        let said = format!("{SSL_CERT_DIR}={path:?}: {why}");
        assert!(error.to_string().starts_with(&said), "{error}");
        // What is not used cannot be wrong.
        setup(&[&otlp[..], &[http]].concat()).unwrap();
        let file = sound.file();
        let own = ("OTEL_EXPORTER_OTLP_CERTIFICATE", file.path());
        setup(&[&otlp[..], &[https, own]].concat()).unwrap();
    }
}
