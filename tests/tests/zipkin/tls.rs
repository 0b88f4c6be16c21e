//! Through brokers with TLS, from which the server reads.

use std::process::Command;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use tracer_backends::{Backend, Setup};
use tracer_core::TracerExt;
use tracer_recording::{Authorities, Delivery, Identity};
use tracer_zipkin::{KafkaSender, RabbitMqSender, Sender, ZipkinExporter};

use crate::server::{LONG, variable, wait_for};
use crate::spans::every_field_arrives;
use crate::transport::BOTH;

fn trusted(variable_name: &str) -> Authorities {
    Authorities::from_file(variable(variable_name)).unwrap()
}

fn kafka(url: &str) -> KafkaSender {
    let sender = KafkaSender::new(url).unwrap();
    sender.trust(&trusted("KAFKA_CA"))
}

fn rabbitmq(url: &str) -> RabbitMqSender {
    let sender = RabbitMqSender::new(url).unwrap();
    sender.trust(&trusted("RABBITMQ_CA"))
}

#[test]
fn every_field_arrives_through_both() {
    for encoding in BOTH {
        let kafka = ZipkinExporter::over(kafka(&variable("KAFKA_TLS_URL")));
        every_field_arrives(kafka.encoding(encoding));
        let rabbitmq = ZipkinExporter::over(rabbitmq(&variable("RABBITMQ_TLS_URL")));
        every_field_arrives(rabbitmq.encoding(encoding));
    }
}

/// A backend that variables alone have made, and that has delivered a span.
fn delivered(url: &str, files: &[(&str, &str)]) -> Backend {
    let vars = [
        ("OTEL_SERVICE_NAME", "shop".to_owned()),
        ("OTEL_TRACES_EXPORTER", "zipkin".to_owned()),
        ("OTEL_EXPORTER_ZIPKIN_ENDPOINT", variable(url)),
    ];
    let files = files.iter().map(|(name, file)| (*name, variable(file)));
    let setup = Setup::from_vars(vars.into_iter().chain(files));
    let backend = setup.unwrap().build().unwrap();
    backend.tracer().span("a job").start().finish();
    backend.flush(LONG).unwrap();
    let (name, counts) = &backend.counts()[0];
    assert_eq!(counts.sent, 1, "{name}: {counts:?}");
    assert!(!name.contains('@'), "{name}");
    backend
}

/// What a platform team changes.
#[test]
fn variables_are_all_it_takes() {
    delivered("KAFKA_TLS_URL", &[("SSL_CERT_FILE", "KAFKA_CA")]);
    delivered("RABBITMQ_TLS_URL", &[("SSL_CERT_FILE", "RABBITMQ_CA")]);
}

/// Those who ask for certificates are shown one.
#[test]
fn brokers_know_who_is_calling() {
    const TRUSTED: &str = "OTEL_EXPORTER_ZIPKIN_CERTIFICATE";
    const CERTIFICATE: &str = "OTEL_EXPORTER_ZIPKIN_CLIENT_CERTIFICATE";
    const KEY: &str = "OTEL_EXPORTER_ZIPKIN_CLIENT_KEY";
    let kafka = ["KAFKA_CA", "KAFKA_CALLER", "KAFKA_CALLER"];
    let names = [TRUSTED, CERTIFICATE, KEY];
    let files = |paths: [&'static str; 3]| -> Vec<_> { names.into_iter().zip(paths).collect() };
    delivered("KAFKA_MTLS_URL", &files(kafka));
    let rabbitmq = ["RABBITMQ_CA", "RABBITMQ_CALLER", "RABBITMQ_CALLER"];
    let rabbitmq = delivered("RABBITMQ_TLS_URL", &files(rabbitmq));
    // It lets in those without one, too.
    let connections = ctl(&["list_connections", "--silent", "peer_cert_subject"]);
    let shown = |line: &str| line.contains("CN=shop");
    assert!(connections.lines().any(shown), "{connections}");
    drop(rabbitmq);
}

/// A certificate is all that a user needs whom the broker knows by it.
#[test]
fn a_certificate_signs_in() {
    let url = variable("RABBITMQ_TLS_URL").replace("guest:guest@", "");
    let nobody = || rabbitmq(&format!("{url}/?auth_mechanism=external"));
    let caller = variable("RABBITMQ_CALLER");
    let caller = Identity::from_files(&caller, &caller).unwrap();
    let mut shop = nobody().identity(&caller);
    assert_eq!(send(&mut shop), Delivery::Sent { bytes: 2 });
    let connections = ctl(&["list_connections", "--silent", "user", "auth_mechanism"]);
    assert!(connections.contains("shop\tEXTERNAL"), "{connections}");
    let Delivery::Rejected { reason } = send(&mut nobody()) else {
        panic!("let in without a certificate");
    };
    assert!(reason.starts_with("AMQP 403: ACCESS_REFUSED"), "{reason}");
}

/// The broker that this run has started.
fn ctl(arguments: &[&str]) -> String {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../servers/rabbitmq.sh");
    let output = Command::new(script).arg("ctl").args(arguments).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn brokers_let_no_stranger_in() {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["shop".into()]).unwrap();
    let (certificate, key) = (cert.pem(), signing_key.serialize_pem());
    let stranger = Identity::from_pem(certificate.as_bytes(), key.as_bytes()).unwrap();
    let nobody = || kafka(&variable("KAFKA_MTLS_URL"));
    let senders: [Box<dyn Sender>; 3] = [
        Box::new(nobody()),
        Box::new(nobody().identity(&stranger)),
        Box::new(rabbitmq(&variable("RABBITMQ_TLS_URL")).identity(&stranger)),
    ];
    for mut sender in senders {
        let Delivery::Retry { reason, .. } = send(&mut *sender) else {
            panic!("{} let it in", sender.describe());
        };
        assert!(reason.contains("received fatal alert"), "{reason}");
    }
}

/// Larger than what TLS puts into a record, and than a frame of AMQP. Connections are used again.
#[test]
fn lists_of_any_size_are_taken() {
    let mut kafka = kafka(&format!("{}/tls", variable("KAFKA_TLS_URL")));
    let mut rabbitmq = rabbitmq(&variable("RABBITMQ_TLS_URL"));
    for bytes in [2, 100_000, 500_000, 2] {
        let mut list = vec![b' '; bytes];
        list[0] = b'[';
        list[bytes - 1] = b']';
        let senders: [&mut dyn Sender; 2] = [&mut kafka, &mut rabbitmq];
        for sender in senders {
            // Until the topic has a leader.
            let sent = wait_for("the delivery", || {
                match sender.send(&list, "application/json", LONG) {
                    Delivery::Retry { .. } => None,
                    other => Some(other),
                }
            });
            assert_eq!(sent, Delivery::Sent { bytes }, "{}", sender.describe());
        }
    }
}

/// Kafka's users have a password for each mechanism.
#[test]
fn users_sign_in_as_their_broker_wants_it() {
    for mechanism in ["PLAIN", "SCRAM-SHA-256", "scram-sha-512"] {
        let url = variable("KAFKA_TLS_URL");
        let url = format!("{url}/signed-in?sasl.mechanism={mechanism}");
        let mut sender = kafka(&url);
        wait_for("a leader", || match send(&mut sender) {
            Delivery::Sent { .. } => Some(()),
            Delivery::Retry { .. } => None,
            other => panic!("{mechanism}: {other:?}"),
        });
        for (right, wrong) in [("let%20me%3ain", "hunter2"), ("spans", "nobody")] {
            let delivery = send(&mut kafka(&url.replacen(right, wrong, 1)));
            let Delivery::Rejected { reason } = delivery else {
                panic!("{mechanism}: {delivery:?}");
            };
            let said = "Kafka: SaslAuthenticationFailed";
            assert!(reason.starts_with(said), "{mechanism}: {reason}");
            assert!(!reason.contains("hunter2"), "{reason}");
        }
    }
}

fn send(sender: &mut dyn Sender) -> Delivery {
    sender.send(b"[]", "application/json", LONG)
}

#[test]
fn a_wrong_password_is_final_and_is_not_repeated() {
    let url = variable("KAFKA_TLS_URL").replace("let%20me%3ain", "hunter2");
    let delivery = send(&mut kafka(&url));
    let Delivery::Rejected { reason } = delivery else {
        panic!("{delivery:?}");
    };
    let said = "Authentication failed: Invalid username or password";
    assert!(reason.contains(said), "{reason}");
    let url = variable("RABBITMQ_TLS_URL").replace("guest:guest", "guest:hunter2");
    let delivery = send(&mut rabbitmq(&url));
    let Delivery::Rejected { reason } = delivery else {
        panic!("{delivery:?}");
    };
    assert!(reason.starts_with("AMQP 403"), "{reason}");
}

#[test]
fn brokers_that_cannot_be_trusted_or_do_not_fit_keep_their_lists_waiting() {
    let plain = [variable("KAFKA_URL"), variable("RABBITMQ_URL")];
    let secure = [variable("KAFKA_TLS_URL"), variable("RABBITMQ_TLS_URL")];
    let untrusted_kafka = |url: &str| Box::new(KafkaSender::new(url).unwrap());
    let untrusted_rabbitmq = |url: &str| Box::new(RabbitMqSender::new(url).unwrap());
    let mut senders: [(Box<dyn Sender>, &str); 7] = [
        // Nobody has named their authority.
        (untrusted_kafka(&secure[0]), "UnknownIssuer"),
        (untrusted_rabbitmq(&secure[1]), "UnknownIssuer"),
        // TLS to who speaks none.
        (
            Box::new(kafka(&plain[0].replace("kafka:", "kafka+ssl:"))),
            "",
        ),
        (Box::new(rabbitmq(&plain[1].replace("amqp:", "amqps:"))), ""),
        // And the other way round.
        (
            untrusted_kafka(&secure[0].replace("kafka+ssl:", "kafka:")),
            "",
        ),
        (
            untrusted_rabbitmq(&secure[1].replace("amqps:", "amqp:")),
            "",
        ),
        // Without signing in.
        (
            Box::new(kafka(&secure[0].replace("spans:let%20me%3ain@", ""))),
            "does it want a user",
        ),
    ];
    for (sender, why) in &mut senders {
        let delivery = send(&mut **sender);
        let Delivery::Retry { reason, .. } = delivery else {
            panic!("{}: {delivery:?}", sender.describe());
        };
        assert!(reason.contains(*why), "{reason}");
    }
}

/// A user for a broker that lets everybody in, or knows another way of asking.
#[test]
fn a_broker_that_does_not_ask_who_it_is_says_so() {
    let url = variable("KAFKA_URL").replace("://", "://me:hunter2@");
    let delivery = send(&mut KafkaSender::new(&url).unwrap());
    let Delivery::Rejected { reason } = &delivery else {
        panic!("{delivery:?}");
    };
    assert!(reason.starts_with("Kafka: "), "{reason}");
}
