//! How much one span may hold: `OTEL_SPAN_*`, and `OTEL_ATTRIBUTE_*` behind them.

use tracer_recording::SpanLimits;

use crate::problems::Problems;
use crate::vars::Vars;

const COUNT: [&str; 2] = [
    "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT",
    "OTEL_ATTRIBUTE_COUNT_LIMIT",
];
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
    limits.tags = first(&COUNT).unwrap_or(limits.tags);
    limits.value_bytes = first(&LENGTH).unwrap_or(limits.value_bytes);
    limits.logs = first(&["OTEL_SPAN_EVENT_COUNT_LIMIT"]).unwrap_or(limits.logs);
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
            (COUNT[0], "1"),
            (COUNT[1], "9"),
            (LENGTH[0], "2"),
            (LENGTH[1], "9"),
            ("OTEL_SPAN_EVENT_COUNT_LIMIT", "0"),
            ("OTEL_SPAN_LINK_COUNT_LIMIT", "4"),
        ]);
        assert_eq!((limits.tags, limits.value_bytes), (1, 2));
        assert_eq!((limits.logs, limits.references), (0, 4));
    }

    #[test]
    fn the_limits_of_all_signals_stand_behind() {
        let (limits, warnings) = read_all(&[(COUNT[0], "x"), (COUNT[1], "9"), (LENGTH[1], "8")]);
        assert_eq!((limits.tags, limits.value_bytes, warnings), (9, 8, 1));
        assert_eq!(read_all(&[]), (SpanLimits::default(), 0));
    }
}
