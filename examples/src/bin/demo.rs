//! The three-service demo; see the README of the workspace.

use std::process::ExitCode;

use tracer_examples::demo::{self, Options};
use tracer_examples::say;
use tracer_examples::single::{self, Failed};
use tracing::Level;

#[tokio::main]
async fn main() -> ExitCode {
    let options = match Options::parse(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(usage) => {
            say::err(usage);
            return ExitCode::from(2);
        }
    };
    if options.help {
        say::out(demo::USAGE);
        return ExitCode::SUCCESS;
    }
    match run(options).await {
        Ok(code) => code,
        Err(error) => {
            say::err(error);
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> Result<ExitCode, Failed> {
    single::log_to_stderr(Level::WARN)?;
    demo::run(options).await
}
