//! How much one span may hold: `OTEL_SPAN_*` and `OTEL_EVENT_*`, and `OTEL_ATTRIBUTE_*` behind them.

use tracer_recording::SpanLimits;

use crate::problems::Problems;
use crate::vars::Vars;

const TAGS: &str = "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT";
const FIELDS: &str = "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT";
/// Of both.
const COUNT: &str = "OTEL_ATTRIBUTE_COUNT_LIMIT";
const LENGTH: [&str; 2] = [
    "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT",
    "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT",
];

pub(crate) fn read(vars: &Vars, problems: &mut Problems) -> SpanLimits {
    let mut first = |names: &[&str]| {
        let number = |name: &&str| vars.number::<usize>(name, 0, problems);
        names.iter().find_map(number)
    };
    let mut limits = SpanLimits::default();
    let count = first(&[COUNT]);
    limits.tags = first(&[TAGS]).or(count).unwrap_or(limits.tags);
    limits.value_bytes = first(&LENGTH).unwrap_or(limits.value_bytes);
    limits.logs = first(&["OTEL_SPAN_EVENT_COUNT_LIMIT"]).unwrap_or(limits.logs);
    limits.log_fields = first(&[FIELDS]).or(count).unwrap_or(limits.log_fields);
    limits.references = first(&["OTEL_SPAN_LINK_COUNT_LIMIT"]).unwrap_or(limits.references);
    limits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(vars: &[(&str, &str)]) -> (SpanLimits, usize) {
        let mut problems = Problems::strict();
        let limits = read(&vars.iter().copied().collect(), &mut problems);
        (limits, problems.warnings().len())
    }

    #[test]
    fn every_limit_is_read() {
        let (limits, _) = read_all(&[
            (TAGS, "1"),
            (FIELDS, "7"),
            (COUNT, "9"),
            (LENGTH[0], "2"),
            (LENGTH[1], "9"),
            ("OTEL_SPAN_EVENT_COUNT_LIMIT", "0"),
            ("OTEL_SPAN_LINK_COUNT_LIMIT", "4"),
        ]);
        assert_eq!((limits.tags, limits.value_bytes), (1, 2));
        assert_eq!((limits.logs, limits.references), (0, 4));
        assert_eq!(limits.log_fields, 7);
        let (limits, _) = read_all(&[(TAGS, "1")]);
        assert_eq!((limits.tags, limits.log_fields), (1, 128));
    }

    #[test]
    fn the_limits_of_all_signals_stand_behind() {
        let (limits, warnings) = read_all(&[(TAGS, "x"), (COUNT, "9"), (LENGTH[1], "8")]);
        assert_eq!((limits.tags, limits.value_bytes, warnings), (9, 8, 1));
        assert_eq!(limits.log_fields, 9);
        assert_eq!(read_all(&[]), (SpanLimits::default(), 0));
    }
}
