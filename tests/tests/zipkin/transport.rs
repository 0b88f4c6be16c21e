//! What every way to the server must do, in both encodings.

use tracer_zipkin::Encoding;

pub(crate) const BOTH: [Encoding; 2] = [Encoding::Json, Encoding::Protobuf];

/// The tests that all transports share, with what makes an exporter of an encoding.
macro_rules! shared_tests {
    ($exporter:path) => {
        #[test]
        fn every_field_arrives() {
            for encoding in $crate::transport::BOTH {
                $crate::spans::every_field_arrives($exporter(encoding));
            }
        }

        #[test]
        fn a_chain_is_listed() {
            for encoding in $crate::transport::BOTH {
                $crate::spans::a_chain_is_listed(|| $exporter(encoding));
            }
        }

        #[test]
        fn calls_and_errors_are_counted() {
            for encoding in $crate::transport::BOTH {
                $crate::dependencies::calls_and_errors_are_counted(|| $exporter(encoding));
            }
        }
    };
}
pub(crate) use shared_tests;
