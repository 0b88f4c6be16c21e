//! What a service of gRPC answers.

use bytes::Bytes;
use http::response::Parts;
use http::{HeaderMap, Response, StatusCode};
use http_body_util::Collected;
use tonic::{Code, Status};

use super::retry_info::RetryInfo;
use crate::http::{Upload, short};
use crate::otlp::partial;

/// Before a message: whether it is compressed, and its length in four bytes.
const PREFIX: usize = 5;

/// An answer, read to its end.
pub(in crate::otlp) struct Answer {
    head: Parts,
    body: Bytes,
    trailers: HeaderMap,
}

impl Answer {
    pub(in crate::otlp) fn new(head: Parts, body: Collected<Bytes>) -> Self {
        Self {
            trailers: body.trailers().cloned().unwrap_or_default(),
            body: body.to_bytes(),
            head,
        }
    }

    /// Of which nothing but the head came.
    pub(super) fn bare(head: Parts) -> Self {
        Self {
            head,
            body: Bytes::new(),
            trailers: HeaderMap::new(),
        }
    }

    /// What became of the `sent` bytes, and the same said in HTTP, for the exporter.
    pub(in crate::otlp) fn read(mut self, sent: usize) -> (Upload, Response<Bytes>) {
        let status = [&mut self.trailers, &mut self.head.headers];
        let status = status.into_iter().find_map(|headers| {
            let again = RetryInfo::take(headers);
            Status::from_header_map(headers).map(|status| (status, again))
        });
        let Some((status, again)) = status else {
            return self.without_status(sent);
        };
        let (code, body) = match (status.code(), &again) {
            (Code::Ok, _) => (StatusCode::OK, message(&self.body)),
            (Code::Unavailable, _) => (StatusCode::SERVICE_UNAVAILABLE, Bytes::new()),
            // Only a collector that says so has room again some day.
            (Code::ResourceExhausted, Some(_)) => (StatusCode::TOO_MANY_REQUESTS, Bytes::new()),
            _ if is_too_large(&status) => (StatusCode::PAYLOAD_TOO_LARGE, Bytes::new()),
            _ => (StatusCode::INTERNAL_SERVER_ERROR, Bytes::new()),
        };
        let said = short(status.message().as_bytes());
        let upload = Upload::Answered {
            status: code.as_u16(),
            retry_after: again.and_then(|again| again.delay()),
            sent,
            reason: match said.trim() {
                "" => format!("gRPC {:?}", status.code()),
                said => format!("gRPC {:?}: {said}", status.code()),
            },
            refused: partial::refused(&body),
        };
        (upload, answer(code, body))
    }

    /// Not gRPC: somebody before the service answered, or the end of the answer is missing.
    fn without_status(self, sent: usize) -> (Upload, Response<Bytes>) {
        if self.head.status.is_success() {
            let upload = Upload::Unanswered("no gRPC status".to_owned());
            return (upload, answer(StatusCode::BAD_GATEWAY, Bytes::new()));
        }
        let answer = Response::from_parts(self.head, self.body);
        (Upload::answered(&answer, sent, None), answer)
    }
}

fn answer(status: StatusCode, body: Bytes) -> Response<Bytes> {
    let mut answer = Response::new(body);
    *answer.status_mut() = status;
    answer
}

/// True if the message was longer than the service takes. No status of its own says so: tonic calls it
/// `OUT_OF_RANGE`, the others `RESOURCE_EXHAUSTED`, as a quota that is used up, so the words must tell.
fn is_too_large(status: &Status) -> bool {
    let said = status.message().to_lowercase();
    let says = |words: &[&str]| words.iter().all(|word| said.contains(word));
    matches!(status.code(), Code::ResourceExhausted | Code::OutOfRange)
        && (says(&["message", "larger than"])
            || says(&["message", "too large"])
            || says(&["message", "exceed", "size"]))
}

/// The message of a body. None if it is compressed, which nobody asked for.
fn message(body: &Bytes) -> Bytes {
    match body.first() {
        Some(0) => body.get(PREFIX..).map(|message| body.slice_ref(message)),
        _ => None,
    }
    .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use tracer_recording::Delivery;

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = pairs.iter().map(|(name, value)| {
            let (name, value) = (name.parse().unwrap(), value.parse().unwrap());
            (name, value)
        });
        pairs.collect()
    }

    /// What an answer with this status line, these headers and trailers means.
    fn meaning(
        status: u16,
        head: &[(&'static str, &'static str)],
        end: &[(&'static str, &'static str)],
    ) -> Delivery {
        let mut response = Response::new(());
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        *response.headers_mut() = headers(head);
        let answer = Answer {
            trailers: headers(end),
            ..Answer::bare(response.into_parts().0)
        };
        let (upload, answer) = answer.read(7);
        let delivery = upload.delivery();
        assert!(!answer.status().is_success());
        delivery
    }

    fn rejected(reason: &str) -> Delivery {
        let reason = reason.to_owned();
        Delivery::Rejected { reason }
    }

    #[test]
    fn the_status_stands_behind_the_body_or_in_its_place() {
        let status = [("grpc-status", "16"), ("grpc-message", "who%20are%0Ayou")];
        let expected = rejected("gRPC Unauthenticated: who are you");
        assert_eq!(meaning(200, &status, &[]), expected);
        assert_eq!(meaning(200, &[], &status), expected);
    }

    #[test]
    fn broken_details_say_nothing() {
        for (code, name) in [("13", "Internal"), ("8", "ResourceExhausted")] {
            let status = [("grpc-status", code), ("grpc-status-details-bin", "*")];
            assert_eq!(
                meaning(200, &[], &status),
                rejected(&format!("gRPC {name}"))
            );
        }
    }

    #[test]
    fn without_a_status_it_may_have_arrived() {
        let expected = rejected("sent, but no answer came: no gRPC status");
        assert_eq!(meaning(200, &[], &[]), expected);
    }

    #[test]
    fn what_stands_before_the_service_answers_in_http() {
        for status in [429, 502, 503, 504] {
            let delivery = meaning(status, &[("retry-after", "2")], &[]);
            let two = Some(std::time::Duration::from_secs(2));
            assert!(matches!(delivery, Delivery::Retry { after, .. } if after == two));
        }
        assert_eq!(meaning(404, &[], &[]), rejected("HTTP 404 Not Found"));
    }

    #[test]
    fn a_message_is_read_unless_it_is_compressed() {
        let taken = |body: &'static [u8]| message(&Bytes::from_static(body));
        assert_eq!(taken(&[0, 0, 0, 0, 1, 9]), [9][..]);
        for none in [&[1, 0, 0, 0, 1, 9][..], &[0, 0], &[]] {
            assert!(taken(none).is_empty());
        }
    }
}
