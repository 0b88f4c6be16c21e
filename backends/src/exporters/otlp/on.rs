use tracer_opentelemetry::variables::{
    CERTIFICATE, CLIENT_CERTIFICATE, CLIENT_KEY, COMPRESSION, ENDPOINT, HEADERS, INSECURE,
    PROTOCOL, TIMEOUT as TIMEOUTS,
};
use tracer_opentelemetry::{OtlpOptions, resource};
use tracer_recording::below;

use crate::authorities;
use crate::error::ConfigError;
use crate::exporters::{Context, Planned, TIMEOUT, unquoted};
use crate::problems::Problems;
use crate::tls::Files;
use crate::vars::Vars;

const ALL: &str = "OTEL_EXPORTER_OTLP_*";
const DEFAULT_HTTP: &str = "http://localhost:4318/v1/traces";
const DEFAULT_GRPC: &str = "http://localhost:4317";
const FILES: Files = Files {
    trusted: &CERTIFICATE,
    certificate: &CLIENT_CERTIFICATE,
    key: &CLIENT_KEY,
};

enum Protocol {
    Http,
    Grpc,
}

pub(crate) fn plan(context: &Context<'_>, problems: &mut Problems) -> Result<Planned, ConfigError> {
    let vars = context.vars;
    let protocol = problems.choice(protocol(vars))?.unwrap_or(Protocol::Http);
    let gzip = problems.choice(gzip(vars))?.unwrap_or(false);
    let timeout = TIMEOUTS.iter().find_map(|name| vars.millis(name, problems));
    let timeout = timeout.unwrap_or(TIMEOUT);
    let endpoint = match protocol {
        Protocol::Http => http_endpoint(vars),
        Protocol::Grpc => grpc_endpoint(vars, problems),
    };
    check(vars, &endpoint)?;
    let tls = FILES.read(vars, &endpoint, problems)?;

    let options = OtlpOptions::new().without_variables();
    let mut options = options.endpoint(endpoint).timeout(timeout);
    if let Some(trusted) = &tls.trusted {
        options = options.trust(trusted);
    }
    if let Some(identity) = &tls.identity {
        options = options.identity(identity);
    }
    if gzip {
        options = options.gzip();
    }
    let headers = HEADERS
        .into_iter()
        .find_map(|name| Some((name, vars.list(name)?)));
    if let Some((name, list)) = headers {
        options = options.listed_headers(list, |wrong| problems.warn(format!("{name}: {wrong}")));
    }
    let resource = resource(context.resource.iter().cloned());
    let exporter = match protocol {
        Protocol::Http => options.http(resource),
        Protocol::Grpc => options.grpc(resource),
    };
    let named = vars.first(ENDPOINT).map_or(ALL, |(name, _)| name);
    let exporter = exporter.map_err(|error| ConfigError::secret(named, error))?;
    Ok(Planned {
        exporter: Box::new(exporter),
        timeout,
        interval: None,
    })
}

fn protocol(vars: &Vars) -> Result<Protocol, ConfigError> {
    let Some((name, value)) = vars.first(PROTOCOL) else {
        return Ok(Protocol::Http);
    };
    match &*value.to_ascii_lowercase() {
        "http/protobuf" => Ok(Protocol::Http),
        "grpc" => Ok(Protocol::Grpc),
        _ => Err(ConfigError::unknown(
            name,
            value,
            &["grpc", "http/protobuf"],
        )),
    }
}

fn gzip(vars: &Vars) -> Result<bool, ConfigError> {
    let Some((name, value)) = vars.first(COMPRESSION) else {
        return Ok(false);
    };
    match &*value.to_ascii_lowercase() {
        "gzip" => Ok(true),
        "none" => Ok(false),
        _ => Err(ConfigError::unknown(name, value, &["gzip", "none"])),
    }
}

/// What the exporter cannot say as well: it does not know the variable, nor this crate's features.
fn check(vars: &Vars, endpoint: &str) -> Result<(), ConfigError> {
    let Some((name, said)) = vars.first(ENDPOINT) else {
        return Ok(());
    };
    unquoted(name, said)?;
    if !endpoint.contains("://") {
        let why = "expected a URL that begins with http:// or https://";
        return Err(ConfigError::secret(name, why));
    }
    authorities::compiled_in(name, endpoint, &["https"]).map_err(|error| {
        if said.contains("://") {
            return error;
        }
        let why = "https, as it is without a scheme unless OTEL_EXPORTER_OTLP_INSECURE=true, needs \
                   the feature `tls` of the crate tracer-backends";
        ConfigError::secret(name, why)
    })
}

/// The variable for traces is the whole URL, the other its start.
fn http_endpoint(vars: &Vars) -> String {
    let [traces, all] = ENDPOINT;
    match (vars.get(traces), vars.get(all)) {
        (Some(url), _) => url.to_owned(),
        (None, Some(start)) => below(start, "/v1/traces"),
        (None, None) => DEFAULT_HTTP.to_owned(),
    }
}

/// Without a scheme it is secure unless another variable says that it is not.
fn grpc_endpoint(vars: &Vars, problems: &mut Problems) -> String {
    let Some((_, endpoint)) = vars.first(ENDPOINT) else {
        return DEFAULT_GRPC.to_owned();
    };
    if endpoint.contains("://") {
        return endpoint.to_owned();
    }
    let insecure = vars.first(INSECURE);
    let insecure = insecure.is_some_and(|(name, _)| vars.flag(name, problems));
    let scheme = if insecure { "http" } else { "https" };
    format!("{scheme}://{endpoint}")
}
