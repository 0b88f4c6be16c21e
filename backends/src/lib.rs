#![doc = include_str!("../README.md")]

mod assembly;
#[cfg(any(
    feature = "zipkin",
    feature = "otlp",
    feature = "otel-zipkin",
    feature = "remote-sampling"
))]
mod authorities;
mod backend;
mod batch;
mod console;
mod error;
mod exporters;
mod limits;
mod line;
mod local_address;
mod loss;
mod problems;
mod remote_sampling;
mod resource;
mod sampler;
mod settings;
mod setup;
mod staged;
#[cfg(any(feature = "zipkin", feature = "otlp", feature = "otel-zipkin"))]
mod tls;
mod vars;

pub use backend::Backend;
pub use console::ConsoleExporter;
pub use error::ConfigError;
pub use loss::Loss;
pub use setup::{Setup, WhenUnset};

/// The backend that the variables of the process ask for; see the crate's docs for a table.
///
/// # Errors
///
/// [`ConfigError`] for a wrong value of a variable that chooses, for what is not compiled in, and if
/// the service has no name.
pub fn from_env() -> Result<Backend, ConfigError> {
    Setup::from_env()?.build()
}

/// As [`from_env`]; wrong values are warned about and ignored, as OpenTelemetry has it.
pub fn from_env_lenient() -> Backend {
    let built = Setup::from_env_lenient().build();
    built.unwrap_or_else(|error| Backend::off(&error))
}
