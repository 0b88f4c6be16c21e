//! What is made of the errors of brokers.

use kafka_protocol::ResponseError;
use tracer_recording::Delivery;

/// How the delivery went, by the code that the topic or the partition was answered with.
pub(super) fn judge(code: i16, bytes: usize) -> Delivery {
    let Some(error) = ResponseError::try_from_code(code) else {
        return Delivery::Sent { bytes };
    };
    let reason = format!("Kafka: {error}");
    match error {
        ResponseError::MessageTooLarge | ResponseError::RecordListTooLarge => {
            Delivery::TooLarge { reason }
        }
        // The leader has taken the list, though its followers have not (yet): it would come twice.
        ResponseError::RequestTimedOut | ResponseError::NotEnoughReplicasAfterAppend => {
            Delivery::Rejected { reason }
        }
        error if error.is_retriable() => Delivery::Retry {
            after: None,
            reason,
        },
        _ => Delivery::Rejected { reason },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_judged_by_whether_the_list_was_taken() {
        assert_eq!(judge(0, 7), Delivery::Sent { bytes: 7 });
        for (codes, expected) in [
            (&[10, 18][..], "TooLarge"),
            (&[2, 3, 5, 6, 19, 56], "Retry"),
            (&[-1, 7, 17, 20, 29, 31, 87, 1234], "Rejected"),
        ] {
            for code in codes {
                let judged = format!("{:?}", judge(*code, 7));
                assert!(judged.starts_with(expected), "{code}: {judged}");
                assert!(judged.contains("reason: \"Kafka: "), "{judged}");
            }
        }
    }
}
