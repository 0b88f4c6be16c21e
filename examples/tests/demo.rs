//! The demo's binary, as a newcomer runs it, on free ports.

use std::error::Error;
use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// The demo with an environment of its own.
fn demo(arguments: &[&str], variables: &[(&str, &str)]) -> Result<Output, Box<dyn Error>> {
    demo_read(arguments, variables, usize::MAX)
}

fn command(arguments: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_demo"));
    command.args(arguments);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("OTEL_")) {
        command.env_remove(name);
    }
    for variable in ["GATEWAY_ADDR", "ORDERS_ADDR", "STOCK_ADDR"] {
        command.env(variable, "127.0.0.1:0");
    }
    command.envs(variables.iter().copied());
    command
}

/// The same with so many lines of its output read, before nobody does any more.
fn demo_read(
    arguments: &[&str],
    variables: &[(&str, &str)],
    lines: usize,
) -> Result<Output, Box<dyn Error>> {
    let mut command = command(arguments, variables);
    let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn()?;
    let deadline = Instant::now() + Duration::from_secs(60);
    let (out, mut err) = (child.stdout.take(), child.stderr.take());
    let stderr = std::thread::spawn(move || {
        let mut text = Vec::new();
        err.as_mut()
            .map_or(Ok(0), |err| err.read_to_end(&mut text))
            .map(|_| text)
    });
    let stdout = std::thread::spawn(move || {
        let mut text = Vec::new();
        let read = out.map(BufReader::new).into_iter();
        for line in read.flat_map(|out| out.split(b'\n')).take(lines) {
            text.extend(line?);
            text.push(b'\n');
        }
        Ok(text)
    });
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if Instant::now() > deadline {
            child.kill()?;
            return Err("the demo does not end".into());
        }
        // Between two looks; the child's end decides.
        std::thread::sleep(Duration::from_millis(20));
    };
    let read =
        |thread: std::thread::JoinHandle<std::io::Result<Vec<u8>>>| -> Result<_, Box<dyn Error>> {
            Ok(thread.join().map_err(|_| "a reader panicked")??)
        };
    Ok(Output {
        status,
        stdout: read(stdout)?,
        stderr: read(stderr)?,
    })
}

#[test]
fn who_has_read_enough_may_stop() -> Result<(), Box<dyn Error>> {
    let ran = demo_read(&["--once"], &[], 1)?;
    let (out, err) = (text(&ran.stdout), text(&ran.stderr));
    assert!(out.starts_with("gateway ") && ran.status.success(), "{out}");
    assert_eq!(err, "");
    Ok(())
}

/// A pipe whose other end is closed.
fn nobody_reads() -> Result<Stdio, Box<dyn Error>> {
    let (_, write) = std::io::pipe()?;
    Ok(write.into())
}

/// Not of standard error either, nor of the usage.
#[test]
fn nor_does_it_need_anybody_who_reads() -> Result<(), Box<dyn Error>> {
    let away = [("OTEL_PROPAGATORS", "none")];
    for (arguments, variables, code) in [
        (&["--once"][..], &away[..], 1),
        (&["--help"], &[], 0),
        (&["--nonsense"], &[], 2),
    ] {
        let mut command = command(arguments, variables);
        let status = command.stdout(nobody_reads()?).stderr(nobody_reads()?);
        let status = status.status()?;
        assert_eq!(status.code(), Some(code), "{arguments:?}");
    }
    Ok(())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn once_shows_the_call_chain_and_names_the_failing_hop() -> Result<(), Box<dyn Error>> {
    let ran = demo(&["--once"], &[])?;
    let (out, err) = (text(&ran.stdout), text(&ran.stderr));
    assert!(ran.status.success(), "{out}\n{err}");
    let chain = [
        "gateway SERVER GET /checkout/{item}",
        "  gateway CLIENT orders.Orders/Place -> orders",
        "    orders SERVER orders.Orders/Place",
        "      orders CLIENT GET -> stock",
        "        stock SERVER GET /stock/{item}",
        "          stock CLIENT select shelf -> inventory-db",
    ];
    let mut lines = out.lines().skip_while(|line| !line.starts_with(chain[0]));
    for hop in chain {
        let line = lines.next().unwrap_or_default();
        assert!(line.starts_with(hop), "{line:?} is not {hop:?} in\n{out}");
        assert!(line.contains("ms"), "a duration: {line:?}");
    }
    assert!(out.contains("GET /checkout/broken -> 502"), "{out}");
    let failed = "failed at: stock select shelf calling inventory-db: no such table: missing_shelf";
    assert!(out.contains(failed), "{out}");
    assert!(out.contains("cancelled"), "{out}");
    assert!(
        !out.contains('\x1b'),
        "no colours where there is no terminal: {out}"
    );
    Ok(())
}

#[test]
fn json_is_a_list_of_zipkin_spans() -> Result<(), Box<dyn Error>> {
    let ran = demo(&["--once", "--json"], &[])?;
    assert!(ran.status.success(), "{}", text(&ran.stderr));
    let spans: Vec<Value> = serde_json::from_slice(&ran.stdout)?;
    let is_id = |value: &Value, lengths: &[usize]| {
        value.as_str().is_some_and(|id| {
            lengths.contains(&id.len())
                && id.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        })
    };
    for span in &spans {
        assert!(is_id(&span["traceId"], &[16, 32]), "{span}");
        assert!(is_id(&span["id"], &[16]), "{span}");
        assert!(
            span["parentId"].is_null() || is_id(&span["parentId"], &[16]),
            "{span}"
        );
        assert!(
            matches!(span["kind"].as_str(), Some("SERVER" | "CLIENT")),
            "{span}"
        );
        assert!(
            span["timestamp"]
                .as_u64()
                .is_some_and(|micros| micros > 1_600_000_000_000_000)
        );
        assert!(
            span["duration"].as_u64().is_some_and(|micros| micros >= 1),
            "{span}"
        );
        let service = span["localEndpoint"]["serviceName"].as_str();
        assert!(
            matches!(service, Some("gateway" | "orders" | "stock")),
            "{span}"
        );
        let tags = span["tags"].as_object().ok_or("tags")?;
        assert!(tags.values().all(Value::is_string), "{span}");
    }
    let database = |span: &&Value| span["remoteEndpoint"]["serviceName"] == "inventory-db";
    assert_eq!(
        spans
            .iter()
            .filter(database)
            .filter(|span| !span["tags"]["error"].is_null())
            .count(),
        1
    );
    Ok(())
}

#[test]
fn a_taken_port_is_named_with_its_variable() -> Result<(), Box<dyn Error>> {
    let taken = TcpListener::bind(("127.0.0.1", 0))?;
    let address = taken.local_addr()?.to_string();
    let ran = demo(&["--once"], &[("ORDERS_ADDR", &address)])?;
    assert!(!ran.status.success());
    let err = text(&ran.stderr);
    assert!(
        err.contains(&address) && err.contains("ORDERS_ADDR"),
        "{err}"
    );
    Ok(())
}

#[test]
fn help_is_the_usage() -> Result<(), Box<dyn Error>> {
    for argument in ["--help", "-h"] {
        let ran = demo(&[argument], &[])?;
        let out = text(&ran.stdout);
        assert!(ran.status.success(), "{}", text(&ran.stderr));
        assert!(out.starts_with("usage: demo"), "{out}");
        assert!(
            out.contains("--once") && out.contains("GATEWAY_ADDR"),
            "{out}"
        );
    }
    let ran = demo(&["--onec"], &[])?;
    assert_eq!(ran.status.code(), Some(2));
    let err = text(&ran.stderr);
    assert!(
        err.contains("--onec") && err.contains("usage: demo"),
        "{err}"
    );
    Ok(())
}

#[test]
fn a_wrong_exporter_is_named_with_the_allowed_ones() -> Result<(), Box<dyn Error>> {
    let ran = demo(&["--once"], &[("OTEL_TRACES_EXPORTER", "zipkn")])?;
    assert!(!ran.status.success());
    let err = text(&ran.stderr);
    for part in [
        "OTEL_TRACES_EXPORTER",
        "zipkn",
        "zipkin",
        "otlp",
        "console",
        "none",
    ] {
        assert!(err.contains(part), "{part} in {err}");
    }
    Ok(())
}

#[test]
fn with_the_collector_down_it_behaves_the_same_and_says_how_many_spans_were_lost()
-> Result<(), Box<dyn Error>> {
    // A port that was free a moment ago: nobody listens.
    let closed = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?;
    let endpoint = format!("http://{closed}/api/v2/spans");
    let variables = [
        ("OTEL_TRACES_EXPORTER", "zipkin"),
        ("OTEL_EXPORTER_ZIPKIN_ENDPOINT", &*endpoint),
    ];
    let ran = demo(&["--once"], &variables)?;
    let (out, err) = (text(&ran.stdout), text(&ran.stderr));
    assert!(ran.status.success(), "{out}\n{err}");
    assert!(
        out.contains("failed at: stock select shelf calling inventory-db"),
        "{out}"
    );
    for service in ["gateway", "orders", "stock"] {
        let said: Vec<_> = err
            .lines()
            .filter(|line| line.starts_with(&format!("{service}:")))
            .collect();
        assert_eq!(said.len(), 1, "{service} says it once: {err}");
        assert!(
            said[0].contains("lost") && said[0].contains(char::is_numeric),
            "{err}"
        );
    }
    Ok(())
}

#[test]
fn what_telemetry_warns_of_is_seen_while_it_runs() -> Result<(), Box<dyn Error>> {
    let closed = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?;
    let endpoint = format!("http://{closed}/nope");
    let variables = [
        ("OTEL_BSP_SCHEDULE_DELAY", "1s"),
        ("OTEL_TRACES_EXPORTER", "zipkin"),
        ("OTEL_EXPORTER_ZIPKIN_ENDPOINT", &*endpoint),
    ];
    let ran = demo(&["--once"], &variables)?;
    let err = text(&ran.stderr);
    for part in ["OTEL_BSP_SCHEDULE_DELAY", &*endpoint] {
        let warned = |line: &str| line.contains("WARN") && line.contains(part);
        assert!(err.lines().any(warned), "{part}: {err}");
    }
    Ok(())
}

#[test]
fn where_tracing_is_off_that_is_why_nothing_arrives() -> Result<(), Box<dyn Error>> {
    let ran = demo(&["--once"], &[("OTEL_TRACES_SAMPLER", "always_off")])?;
    let err = text(&ran.stderr);
    assert_eq!(ran.status.code(), Some(1), "{err}");
    assert!(err.contains("missing: "), "{err}");
    assert!(
        err.contains("no span at all: do OTEL_SDK_DISABLED or OTEL_TRACES_SAMPLER"),
        "{err}"
    );
    Ok(())
}

#[test]
fn json_stays_json_beside_the_console_and_has_the_names_that_were_asked_for()
-> Result<(), Box<dyn Error>> {
    let variables = [
        ("OTEL_TRACES_EXPORTER", "console"),
        ("OTEL_SEMCONV_STABILITY_OPT_IN", "http"),
    ];
    let ran = demo(&["--once", "--json"], &variables)?;
    let spans: Vec<Value> = serde_json::from_slice(&ran.stdout)?;
    let named = |name: &str| spans.iter().any(|span| !span["tags"][name].is_null());
    assert!(named("http.request.method") && !named("http.method"));
    let err = text(&ran.stderr);
    assert!(err.contains("gateway SERVER GET /checkout/{item}"), "{err}");
    Ok(())
}

#[test]
fn a_name_that_is_not_used_is_told_unless_it_is_empty() -> Result<(), Box<dyn Error>> {
    for (name, told) in [("shop", true), ("", false), (" ", false)] {
        let ran = demo(&["--once"], &[("OTEL_SERVICE_NAME", name)])?;
        let out = text(&ran.stdout);
        assert_eq!(out.contains("OTEL_SERVICE_NAME is not used"), told, "{out}");
    }
    Ok(())
}
