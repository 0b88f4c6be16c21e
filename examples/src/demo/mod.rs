//! Starts the three services in one process, sends a few requests and prints the traces.

mod expect;
mod follow;
mod json;
mod options;
mod serve;
mod start;
mod traffic;

use std::ffi::OsStr;
use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use tracer_recording::{InMemoryReporter, OwnedSpan};

pub use expect::{Expected, REQUESTS, missing};
pub use json::JsonReporter;
pub use options::{BindError, GATEWAY, ORDERS, Options, Place, STOCK, USAGE, Usage};
pub use serve::{serve, serve_gateway, serve_orders, stock_on_its_own_thread};
pub use start::{Running, start};
pub use traffic::{ask, send};

use crate::{say, single, tree};

/// What went wrong before the demo could run.
pub type Failed = Box<dyn std::error::Error + Send + Sync>;

/// How long spans may take to arrive: the slowest request takes a third of a second.
const PATIENCE: Duration = Duration::from_secs(10);

/// Of those that arrived together while the demo serves on.
const SHOWN: usize = 10;

/// Runs the demo: services, requests, traces. Serves on until interrupted unless told otherwise, and shows
/// what comes then, too.
///
/// # Errors
///
/// When a port is taken or the environment names a backend that cannot be had.
pub async fn run(options: Options) -> Result<ExitCode, Failed> {
    let spans = InMemoryReporter::new();
    let json = JsonReporter::default();
    let running = start(&spans, options.json.then_some(&json))?;
    let say = |line: &str| {
        if !options.json {
            say::out(line);
        }
    };
    for (name, address) in running.addresses() {
        say(&format!("{name:<8} on http://{address}"));
    }
    if std::env::var("OTEL_SERVICE_NAME").is_ok_and(|name| !name.trim().is_empty()) {
        say("OTEL_SERVICE_NAME is not used here: the three services keep their own names");
    }
    for line in send(running.gateway()).await {
        say(&line);
    }
    let missing = arrived(&spans).await;
    if options.once {
        running.shutdown(Duration::from_secs(3)).await;
    } else {
        running.flush(Duration::from_secs(1)).await;
    }
    let shown = spans.take();
    if options.json {
        say::out(json.take_json());
    } else {
        print_traces(&shown, usize::MAX);
    }
    for line in &missing {
        say::err(format_args!("missing: {line}"));
    }
    if shown.is_empty() {
        say::err("no span at all: do OTEL_SDK_DISABLED or OTEL_TRACES_SAMPLER say so?");
    }
    if !options.once {
        let interrupted = single::interrupted()?;
        say(&hint(running.gateway()));
        let show = |spans: &[OwnedSpan]| {
            if !options.json {
                print_traces(spans, SHOWN);
            }
        };
        tokio::select! {
            () = interrupted => {}
            never = follow::follow(&spans, show) => match never {},
        }
        running.shutdown(Duration::from_secs(2)).await;
    }
    for line in running.losses() {
        say::err(line);
    }
    let failed = options.once && !missing.is_empty();
    Ok(if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn hint(gateway: SocketAddr) -> String {
    format!(
        "\nServing on. Try: curl http://{gateway}/checkout/tea\n\
         Another backend: OTEL_TRACES_EXPORTER=zipkin|otlp|otel-zipkin|console|none (several with \
         commas), OTEL_EXPORTER_ZIPKIN_ENDPOINT=http://host:9411/api/v2/spans\n\
         Ctrl-C ends."
    )
}

/// Waits until every expected span has arrived; returns what is missing when the time is up.
async fn arrived(spans: &InMemoryReporter) -> Vec<String> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let before = spans.spans();
        let missing = missing(&before);
        if missing.is_empty() || Instant::now() >= deadline {
            return missing;
        }
        let (spans, seen) = (spans.clone(), before.len());
        let more = move || spans.wait_for(seen + 1, Duration::from_millis(200));
        // Whether a span came or the time is up: looked at again above.
        let _ = tokio::task::spawn_blocking(more).await;
    }
}

/// The first `most` traces, and how many there are beside them.
fn print_traces(spans: &[OwnedSpan], most: usize) {
    let no_color = std::env::var_os("NO_COLOR");
    let color = std::io::stdout().is_terminal() && may_color(no_color.as_deref());
    let traces = tree::traces(spans);
    for trace in traces.iter().take(most) {
        say::out(format_args!("\n{}", trace.render(color).trim_end()));
    }
    if traces.len() > most {
        say::out(format_args!("\nand {} traces more", traces.len() - most));
    }
}

/// Empty is unset: <https://no-color.org>.
fn may_color(no_color: Option<&OsStr>) -> bool {
    no_color.is_none_or(OsStr::is_empty)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_variable_leaves_the_colours() {
        for (value, expected) in [(None, true), (Some(""), true), (Some("0"), false)] {
            assert_eq!(may_color(value.map(OsStr::new)), expected, "{value:?}");
        }
    }
}
