//! Spans for people.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tracer_backends::{ConsoleExporter, Setup};
use tracer_core::{Kind, Sampling, SpanContext, SpanId, Tag, TraceId, TracerExt};
use tracer_recording::testing::SpanBuilder;
use tracer_recording::{Delivery, Exporter, OwnedEndpoint};

#[derive(Clone, Default)]
struct Screen(Arc<Mutex<Vec<u8>>>);

impl Screen {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn span(name: &str) -> SpanBuilder {
    let trace = TraceId::new(0x463a_c35c_9f64_13ad_4848_5a39_53bb_6124).unwrap();
    let root = SpanContext::new(trace, SpanId::new(1).unwrap(), Sampling::Record);
    SpanBuilder::new(name).context(root.child(SpanId::new(2).unwrap()))
}

const IDS: &str =
    "trace=463ac35c9f6413ad48485a3953bb6124 span=0000000000000002 parent=0000000000000001\n";

fn printed(span: &SpanBuilder) -> String {
    let screen = Screen::default();
    let mut console = ConsoleExporter::to(screen.clone());
    console.add(&span.view());
    let delivery = console.send(Duration::from_secs(1));
    let text = screen.text();
    assert_eq!(delivery, Delivery::Sent { bytes: text.len() });
    text
}

#[test]
fn a_span_is_one_line() {
    let noon = 12 * 3600 * 1_000_000_000 + 34_567_890;
    let remote = OwnedEndpoint {
        service: Some("stock".to_owned()),
        port: Some(8883),
        ..OwnedEndpoint::default()
    };
    let span = span("GET /stock/{item}")
        .kind(Kind::Client)
        .local("orders", None, None)
        .times(noon, 1_534_000)
        .error("Timeout", Some("no answer"))
        .remote(remote)
        .tag("http.status_code", 504)
        .tag("note", "two words")
        .log(noon, &[Tag::new("event", "retry"), Tag::new("attempt", 2)])
        .left_out(3);
    assert_eq!(
        printed(&span),
        "12:00:00.034 orders CLIENT GET /stock/{item} 1.53 ms ERROR=\"no answer\" \
         peer=stock:8883 http.status_code=504 note=\"two words\" \
         log=\"event=retry attempt=2\" dropped=3 "
            .to_owned()
            + IDS
    );
}

#[test]
fn the_port_of_an_address_is_told_from_it() {
    for (ip, port, peer) in [
        ("2001:db8::1", Some(443), "[2001:db8::1]:443"),
        ("2001:db8::1", None, "2001:db8::1"),
        ("192.0.2.1", Some(443), "192.0.2.1:443"),
    ] {
        let remote = OwnedEndpoint {
            ip: Some(ip.parse().unwrap()),
            port,
            ..OwnedEndpoint::default()
        };
        let line = printed(&span("job").remote(remote));
        assert!(line.contains(&format!(" peer={peer} ")), "{line}");
    }
}

#[test]
fn little_is_known_and_little_is_printed() {
    for (nanos, length) in [
        (1_500, "1.5 µs"),
        (999_999, "1000.0 µs"),
        (2_000_000_000, "2.00 s"),
    ] {
        let line = printed(&span("job").times(0, nanos));
        assert_eq!(line, format!("00:00:00.000 - LOCAL job {length} {IDS}"));
    }
    let error = printed(&span("job").error("Timeout", None));
    assert!(error.contains(" ERROR=Timeout "), "{error}");
}

#[test]
fn text_from_outside_stays_on_its_line() {
    let line = printed(
        &span("a\nb\u{1b}[31m")
            .tag("k\r", "x\ny")
            .tag("q", "say \"hi\""),
    );
    assert_eq!(line.matches('\n').count(), 1);
    assert!(!line.contains(['\u{1b}', '\r']));
    assert!(line.contains(r"a\nb\u{1b}[31m"), "{line}");
    assert!(line.contains(r#"q="say \"hi\"""#), "{line}");
}

#[test]
fn a_batch_is_kept_until_it_is_cleared() {
    let screen = Screen::default();
    let mut console = ConsoleExporter::to(screen.clone());
    let one = console.add(&span("one").view());
    assert!(console.add(&span("two").view()) > one);
    console.remove_last();
    let send = |console: &mut ConsoleExporter| console.send(Duration::from_secs(1));
    send(&mut console);
    assert!(screen.text().contains(" one ") && !screen.text().contains(" two "));
    console.clear();
    assert_eq!(send(&mut console), Delivery::Sent { bytes: 0 });
    assert!(console.supports_join() && console.describe() == "console");
}

#[test]
fn a_closed_output_is_a_lost_batch() {
    struct Closed;
    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut console = ConsoleExporter::to(Closed);
    console.add(&span("job").view());
    let delivery = console.send(Duration::from_secs(1));
    assert!(
        matches!(delivery, Delivery::Rejected { .. }),
        "{delivery:?}"
    );
}

#[test]
fn a_program_may_keep_its_standard_output_for_itself() {
    let screen = Screen::default();
    let vars = [("OTEL_TRACES_EXPORTER", "console")];
    let setup = Setup::from_vars(vars).unwrap().service_name("shop");
    let backend = setup.console_to(screen.clone()).build().unwrap();
    backend.tracer().span("job").start().finish();
    backend.shutdown(Duration::from_secs(20)).unwrap();
    assert!(screen.text().contains(" shop LOCAL job "));
}
