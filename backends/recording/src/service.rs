//! What a service is called that has no name.

use std::path::Path;

/// `unknown_service:` and the name of the process's executable, or without it where it cannot be
/// found (OpenTelemetry, semantic conventions of resources, `service.name`).
pub fn unknown_service() -> String {
    let executable = std::env::current_exe().unwrap_or_default();
    unknown(&executable)
}

fn unknown(executable: &Path) -> String {
    let name = executable.file_name().unwrap_or_default();
    match name.to_string_lossy().trim() {
        "" => "unknown_service".to_owned(),
        name => format!("unknown_service:{name}"),
    }
}

/// A name that is not empty, because no view of a trace works without one.
pub(crate) fn named(service: String) -> String {
    if service.trim().is_empty() {
        unknown_service()
    } else {
        service
    }
}

#[cfg(test)]
mod tests {
    use tracer_core::TracerExt;

    use super::*;
    use crate::{InMemoryReporter, RecordingTracer};

    #[test]
    fn no_span_is_without_a_service() {
        let executable = std::env::current_exe().unwrap();
        let executable = executable.file_name().unwrap().to_str().unwrap();
        let unknown = format!("unknown_service:{executable}");
        for (given, told) in [("", &*unknown), (" ", &*unknown), ("shop", "shop")] {
            let memory = InMemoryReporter::new();
            let tracer = RecordingTracer::builder(given, memory.clone()).build();
            tracer.span("job").root().start().finish();
            assert_eq!(memory.spans()[0].local.service.as_deref(), Some(told));
        }
    }

    #[test]
    fn an_executable_without_a_name_is_left_out() {
        let cases = [
            ("", "unknown_service"),
            ("/", "unknown_service"),
            ("/usr/bin/shop", "unknown_service:shop"),
        ];
        for (executable, name) in cases {
            assert_eq!(unknown(Path::new(executable)), name);
        }
    }
}
