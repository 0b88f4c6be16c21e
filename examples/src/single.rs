//! What the single programs have in common: a backend from the environment, arguments, an end.

use std::io;
use std::process::ExitCode;
use std::time::Duration;

use tracer_backends::{Backend, Setup, WhenUnset};
use tracing::Level;

pub use crate::demo::Failed;
use crate::say;

/// The backend that the environment names, or the console; `name` unless the environment has one.
/// Sets a logger first.
///
/// # Errors
///
/// When the environment names a backend that cannot be had.
pub fn backend(name: &str) -> Result<Backend, Failed> {
    log_to_stderr(Level::INFO)?;
    let setup = Setup::from_env()?
        .when_unset(WhenUnset::Console)
        .default_service_name(name);
    Ok(setup.build()?)
}

/// Prints what is logged at this level and above. Backends warn through the crate `log`, which this
/// listens to as well: without a logger nobody would see it.
///
/// # Errors
///
/// When there is a logger.
pub fn log_to_stderr(level: Level) -> Result<(), Failed> {
    tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(io::stderr)
        .log_internal_errors(false)
        .try_init()
}

/// The first argument of the program, or what stands in for it.
pub fn argument(default: &str) -> String {
    std::env::args()
        .nth(1)
        .unwrap_or_else(|| default.to_owned())
}

/// What is left to do for a program without arguments that was given one: its usage is printed, for
/// `--help` as an answer, for all else as an error.
pub fn usage(text: &str) -> Option<ExitCode> {
    match &*std::env::args().nth(1)? {
        "--help" | "-h" => {
            say::out(text);
            Some(ExitCode::SUCCESS)
        }
        other => {
            say::err(format_args!("unknown argument {other:?}\n{text}"));
            Some(ExitCode::from(2))
        }
    }
}

/// Gives the backend two seconds to deliver what it has, and says what was lost.
///
/// # Errors
///
/// When there is no thread to wait on.
pub async fn close(backend: Backend) -> Result<(), Failed> {
    let closed = tokio::task::spawn_blocking(move || {
        // What could not be delivered is said just below.
        let _ = backend.shutdown(Duration::from_secs(2));
        backend.losses()
    });
    for loss in closed.await? {
        say::err(loss);
    }
    Ok(())
}

/// Waits for Ctrl-C and, on unix, for the SIGTERM that Kubernetes and systemd send. From the call on
/// neither ends the process by itself: a server takes this as its graceful shutdown.
///
/// # Errors
///
/// When the signals cannot be waited for.
pub fn interrupted() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    let terminated = terminated()?;
    Ok(async move {
        tokio::select! {
            // Where it cannot be waited for, nothing else would end the program.
            _ = tokio::signal::ctrl_c() => {}
            () = terminated => {}
        }
    })
}

#[cfg(unix)]
fn terminated() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        terminate.recv().await;
    })
}

#[cfg(not(unix))]
fn terminated() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    Ok(std::future::pending())
}
