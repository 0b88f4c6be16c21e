//! How spans are queued and sent: `OTEL_BSP_*`.

use std::time::Duration;

use crate::problems::Problems;
use crate::vars::Vars;

const QUEUE: &str = "OTEL_BSP_MAX_QUEUE_SIZE";
const BATCH: &str = "OTEL_BSP_MAX_EXPORT_BATCH_SIZE";

/// What the reporter sets aside unless it is told otherwise.
const LEAST_BYTES: usize = 10 << 20;
const BYTES_OF_A_SPAN: usize = 1 << 10;

/// What is not set keeps the reporter's default.
#[derive(Clone, Debug, Default)]
pub(crate) struct Batching {
    pub(crate) queue: Option<usize>,
    pub(crate) batch: Option<usize>,
    pub(crate) interval: Option<Duration>,
    /// An upper limit of the exporter's own.
    pub(crate) timeout: Option<Duration>,
}

impl Batching {
    pub(crate) fn read(vars: &Vars, problems: &mut Problems) -> Self {
        let queue = vars.number(QUEUE, 1, problems);
        let mut batch = vars.number(BATCH, 1, problems);
        if let (Some(queue), Some(wanted)) = (queue, batch)
            && wanted > queue
        {
            let why = format!("more than {QUEUE}; taken as {queue}");
            problems.ignored(BATCH, &wanted.to_string(), &why);
            batch = Some(queue);
        }
        Self {
            queue,
            batch,
            interval: vars.millis("OTEL_BSP_SCHEDULE_DELAY", problems),
            timeout: vars.millis("OTEL_BSP_EXPORT_TIMEOUT", problems),
        }
    }

    /// The room for so many spans, which are smaller unless they have much to tell: who asks for more spans is to have
    /// them.
    pub(crate) fn queue_bytes(&self) -> Option<usize> {
        let bytes = self.queue?.saturating_mul(BYTES_OF_A_SPAN);
        Some(bytes.max(LEAST_BYTES))
    }

    /// The time for one upload: the exporter's own, unless the queue's is shorter.
    pub(crate) fn shorten(&self, own: Duration) -> Duration {
        self.timeout.map_or(own, |timeout| timeout.min(own))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(vars: &[(&str, &str)]) -> (Batching, Vec<String>) {
        let mut problems = Problems::strict();
        let batching = Batching::read(&vars.iter().copied().collect(), &mut problems);
        (batching, problems.warnings().to_vec())
    }

    #[test]
    fn every_number_is_read() {
        let (batching, warnings) = read(&[
            (QUEUE, "2048"),
            (BATCH, "100"),
            ("OTEL_BSP_SCHEDULE_DELAY", "250"),
            ("OTEL_BSP_EXPORT_TIMEOUT", "3000"),
        ]);
        assert_eq!((batching.queue, batching.batch), (Some(2048), Some(100)));
        assert_eq!(batching.interval, Some(Duration::from_millis(250)));
        assert_eq!(batching.timeout, Some(Duration::from_secs(3)));
        assert!(warnings.is_empty());
    }

    #[test]
    fn wrong_numbers_warn_and_are_ignored() {
        for wrong in ["0", "-1", "1.5", "many", "99999999999999999999999"] {
            for name in [
                QUEUE,
                BATCH,
                "OTEL_BSP_SCHEDULE_DELAY",
                "OTEL_BSP_EXPORT_TIMEOUT",
            ] {
                let (batching, warnings) = read(&[(name, wrong)]);
                assert!(batching.queue.is_none() && batching.batch.is_none());
                assert!(batching.interval.is_none() && batching.timeout.is_none());
                let [warning] = &warnings[..] else {
                    panic!("{name}={wrong}: {warnings:?}")
                };
                assert!(warning.contains(name) && warning.contains(wrong));
            }
        }
    }

    #[test]
    fn a_queue_for_more_spans_has_more_room() {
        for (spans, bytes) in [("2048", 10 << 20), ("200000", 200_000 << 10)] {
            let (batching, _) = read(&[(QUEUE, spans)]);
            assert_eq!(batching.queue_bytes(), Some(bytes));
        }
        assert_eq!(Batching::default().queue_bytes(), None);
    }

    #[test]
    fn a_batch_fits_into_the_queue() {
        let (batching, warnings) = read(&[(QUEUE, "10"), (BATCH, "20")]);
        assert_eq!((batching.batch, warnings.len()), (Some(10), 1));
    }

    #[test]
    fn the_shorter_time_counts() {
        let (batching, _) = read(&[("OTEL_BSP_EXPORT_TIMEOUT", "3000")]);
        let seconds = Duration::from_secs;
        assert_eq!(batching.shorten(seconds(10)), seconds(3));
        assert_eq!(batching.shorten(seconds(1)), seconds(1));
        assert_eq!(Batching::default().shorten(seconds(10)), seconds(10));
    }
}
