use tracer_recording::{Authorities, Identity, Tls};
#[cfg(feature = "kafka")]
use tracer_zipkin::KafkaSender;
#[cfg(feature = "rabbitmq")]
use tracer_zipkin::RabbitMqSender;
use tracer_zipkin::{DEFAULT_ENDPOINT, Encoding, HttpSender, Sender, ZipkinExporter};

use crate::authorities;
use crate::error::ConfigError;
use crate::exporters::{Context, Planned, TIMEOUT, unquoted};
use crate::problems::Problems;
use crate::tls;
use crate::vars::Vars;

const ENDPOINT: &str = "OTEL_EXPORTER_ZIPKIN_ENDPOINT";
const PROTOCOL: &str = "OTEL_EXPORTER_ZIPKIN_PROTOCOL";
const JOIN: &str = "OTEL_EXPORTER_ZIPKIN_JOIN";

pub(crate) fn plan(context: &Context<'_>, problems: &mut Problems) -> Result<Planned, ConfigError> {
    let vars = context.vars;
    let endpoint = vars.get(ENDPOINT).unwrap_or(DEFAULT_ENDPOINT);
    unquoted(ENDPOINT, endpoint)?;
    let exporter = over(endpoint, || tls::ZIPKIN.read(vars, endpoint, problems))?;
    let encoding = problems.choice(protocol(vars))?.unwrap_or_default();
    let timeout = vars.millis("OTEL_EXPORTER_ZIPKIN_TIMEOUT", problems);
    // The exporter's own word, not the tracer's: others beside it, and the program, can say more.
    let join = vars.switch(JOIN, problems).unwrap_or(true);
    let exporter = exporter.encoding(encoding).join(join);
    Ok(Planned {
        exporter: Box::new(exporter.conventions(context.conventions)),
        timeout: timeout.unwrap_or(TIMEOUT),
        interval: None,
    })
}

type Read = Result<Tls, ConfigError>;

/// The scheme chooses the transport. Files are opened if the endpoint is one.
fn over(endpoint: &str, tls: impl FnOnce() -> Read) -> Result<ZipkinExporter, ConfigError> {
    authorities::compiled_in(ENDPOINT, endpoint, &["https", "kafka+ssl", "amqps"])?;
    let scheme = endpoint.split_once("://").map(|(scheme, _)| scheme);
    let scheme = scheme.map(str::to_ascii_lowercase);
    match scheme.as_deref() {
        Some("kafka" | "kafka+ssl") => kafka(endpoint, tls),
        Some("amqp" | "amqps") => rabbitmq(endpoint, tls),
        Some("http" | "https") => http(endpoint, tls),
        _ => Err(ConfigError::secret(
            ENDPOINT,
            "expected a URL that begins with http://, https://, kafka://, kafka+ssl://, amqp:// or amqps://",
        )),
    }
}

fn http(endpoint: &str, tls: impl FnOnce() -> Read) -> Result<ZipkinExporter, ConfigError> {
    exporter(
        HttpSender::new(endpoint),
        HttpSender::trust,
        HttpSender::identity,
        tls,
    )
}

#[cfg(feature = "kafka")]
fn kafka(endpoint: &str, tls: impl FnOnce() -> Read) -> Result<ZipkinExporter, ConfigError> {
    exporter(
        KafkaSender::new(endpoint),
        KafkaSender::trust,
        KafkaSender::identity,
        tls,
    )
}

#[cfg(not(feature = "kafka"))]
fn kafka(_: &str, _: impl FnOnce() -> Read) -> Result<ZipkinExporter, ConfigError> {
    Err(ConfigError::needs(ENDPOINT, "kafka://…", "kafka"))
}

#[cfg(feature = "rabbitmq")]
fn rabbitmq(endpoint: &str, tls: impl FnOnce() -> Read) -> Result<ZipkinExporter, ConfigError> {
    exporter(
        RabbitMqSender::new(endpoint),
        RabbitMqSender::trust,
        RabbitMqSender::identity,
        tls,
    )
}

#[cfg(not(feature = "rabbitmq"))]
fn rabbitmq(_: &str, _: impl FnOnce() -> Read) -> Result<ZipkinExporter, ConfigError> {
    Err(ConfigError::needs(ENDPOINT, "amqp://…", "rabbitmq"))
}

/// Over this sender, which trusts and is whom the variables name.
fn exporter<S: Sender + 'static>(
    sender: Result<S, tracer_zipkin::ConfigError>,
    trust: fn(S, &Authorities) -> S,
    identity: fn(S, &Identity) -> S,
    tls: impl FnOnce() -> Read,
) -> Result<ZipkinExporter, ConfigError> {
    let mut sender = sender.map_err(|error| ConfigError::secret(ENDPOINT, error))?;
    let tls = tls()?;
    if let Some(trusted) = &tls.trusted {
        sender = trust(sender, trusted);
    }
    if let Some(known) = &tls.identity {
        sender = identity(sender, known);
    }
    Ok(ZipkinExporter::over(sender))
}

fn protocol(vars: &Vars) -> Result<Encoding, ConfigError> {
    let Some(value) = vars.get(PROTOCOL) else {
        return Ok(Encoding::default());
    };
    let wrong = |_| ConfigError::unknown(PROTOCOL, value, &["json", "protobuf"]);
    value.parse().map_err(wrong)
}
