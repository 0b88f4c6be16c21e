//! What a collector answers.

use std::sync::Arc;

use serde_json::Value;

use crate::sampler::Sampler;
use crate::samplers::{InvalidSampler, PerOperation, RateLimited, Ratio};

/// How to sample (Jaeger's `SamplingStrategyResponse`).
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Strategy {
    /// A share of all traces.
    Share(f64),
    /// So many traces a second.
    Rate(f64),
    /// A share for each operation.
    Operations {
        default: f64,
        at_least: f64,
        shares: Vec<(String, f64)>,
    },
}

/// What a strategy makes.
pub(super) enum Made {
    One(Arc<dyn Sampler>),
    Operations(Arc<PerOperation>),
}

impl Strategy {
    /// Reads an answer. Jaeger 1 writes the type as text, Jaeger 2 as a number; per operation
    /// strategies beat both.
    pub(super) fn parse(body: &[u8]) -> Option<Self> {
        let answer: Value = serde_json::from_slice(body).ok()?;
        if let Some(operations) = answer.get("operationSampling").filter(|it| it.is_object()) {
            return Self::operations(operations);
        }
        let share = || share(&answer).map(Self::Share);
        let rate = || {
            let told = answer.get("rateLimitingSampling")?.as_object()?;
            let rate = told.get("maxTracesPerSecond");
            Some(Self::Rate(rate.map_or(Some(0.0), Value::as_f64)?))
        };
        match answer.get("strategyType") {
            Some(Value::String(kind)) if kind == "PROBABILISTIC" => share(),
            Some(Value::String(kind)) if kind == "RATE_LIMITING" => rate(),
            Some(Value::Number(kind)) if kind.as_u64() == Some(0) => share(),
            Some(Value::Number(kind)) if kind.as_u64() == Some(1) => rate(),
            // A zero may have been left out.
            None => share().or_else(rate),
            Some(_) => None,
        }
    }

    fn operations(from: &Value) -> Option<Self> {
        let number = |key: &str| match from.get(key) {
            None | Some(Value::Null) => Some(0.0),
            Some(value) => value.as_f64(),
        };
        let list = match from.get("perOperationStrategies") {
            None | Some(Value::Null) => &[],
            Some(list) => list.as_array()?.as_slice(),
        };
        let one = |item: &Value| {
            let name = item.get("operation")?.as_str()?.to_owned();
            Some((name, share(item)?))
        };
        Some(Self::Operations {
            default: number("defaultSamplingProbability")?,
            at_least: number("defaultLowerBoundTracesPerSecond")?,
            shares: list.iter().map(one).collect::<Option<_>>()?,
        })
    }

    /// Goes on with what operations had before.
    pub(super) fn sampler(&self, before: Option<&PerOperation>) -> Result<Made, InvalidSampler> {
        Ok(match self {
            Self::Share(share) => Made::One(Arc::new(Ratio::new(*share)?)),
            Self::Rate(rate) => Made::One(Arc::new(RateLimited::per_second(*rate)?)),
            Self::Operations {
                default,
                at_least,
                shares,
            } => {
                let mut sampler = PerOperation::new(Ratio::new(*default)?, *at_least)?;
                for (name, share) in shares {
                    sampler = sampler.operation(name, Ratio::new(*share)?);
                }
                if let Some(before) = before {
                    sampler = sampler.following(before);
                }
                Made::Operations(Arc::new(sampler))
            }
        })
    }
}

/// `{"probabilisticSampling": {"samplingRate": 0.5}}`; a zero may have been left out.
fn share(from: &Value) -> Option<f64> {
    match from
        .get("probabilisticSampling")?
        .as_object()?
        .get("samplingRate")
    {
        None => Some(0.0),
        Some(rate) => rate.as_f64(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::proptest;

    use super::*;

    fn parse(json: &str) -> Option<Strategy> {
        Strategy::parse(json.as_bytes())
    }

    #[test]
    fn types_are_text_or_numbers() {
        let half = r#""probabilisticSampling": {"samplingRate": 0.5}"#;
        let two = r#""rateLimitingSampling": {"maxTracesPerSecond": 2}"#;
        for (kind, fields, expected) in [
            (r#""PROBABILISTIC""#, half, Some(Strategy::Share(0.5))),
            ("0", half, Some(Strategy::Share(0.5))),
            (r#""RATE_LIMITING""#, two, Some(Strategy::Rate(2.0))),
            ("1", two, Some(Strategy::Rate(2.0))),
            // As OpenTelemetry's collector writes a rate of zero.
            (
                "1",
                r#""rateLimitingSampling": {}"#,
                Some(Strategy::Rate(0.0)),
            ),
            ("1", r#""rateLimitingSampling": 0"#, None),
            ("0", two, None),
            ("1", half, None),
            ("2", half, None),
            (r#""OTHER""#, half, None),
        ] {
            let json = format!(r#"{{"strategyType": {kind}, {fields}}}"#);
            assert_eq!(parse(&json), expected, "{json}");
        }
        assert_eq!(parse(&format!("{{{half}}}")), Some(Strategy::Share(0.5)));
        assert_eq!(parse(&format!("{{{two}}}")), Some(Strategy::Rate(2.0)));
        let none = r#"{"strategyType": 0, "probabilisticSampling": {}}"#;
        assert_eq!(parse(none), Some(Strategy::Share(0.0)));
    }

    #[test]
    fn operations_beat_the_rest() {
        let json = r#"{
            "strategyType": "PROBABILISTIC", "probabilisticSampling": {"samplingRate": 0.8},
            "operationSampling": {
                "defaultSamplingProbability": 0.8, "defaultLowerBoundTracesPerSecond": 0.1,
                "perOperationStrategies": [
                    {"operation": "GET /health", "probabilisticSampling": {"samplingRate": 0.25}}
                ]
            }
        }"#;
        let expected = Strategy::Operations {
            default: 0.8,
            at_least: 0.1,
            shares: vec![("GET /health".to_owned(), 0.25)],
        };
        assert_eq!(parse(json), Some(expected));
        let empty = r#"{"strategyType": 0, "operationSampling": {"perOperationStrategies": null}}"#;
        assert!(matches!(parse(empty), Some(Strategy::Operations { .. })));
    }

    #[test]
    fn what_makes_no_sense_is_none() {
        for json in [
            "",
            "{}",
            "[]",
            "null",
            r#"{"strategyType": 0}"#,
            r#"{"strategyType": 0, "probabilisticSampling": 1}"#,
            r#"{"operationSampling": {"perOperationStrategies": [{"operation": 1}]}}"#,
            r#"{"operationSampling": {"perOperationStrategies": {}}}"#,
            r#"{"operationSampling": {"defaultSamplingProbability": "a"}}"#,
        ] {
            assert_eq!(parse(json), None, "{json}");
        }
        assert!(Strategy::Share(1.5).sampler(None).is_err());
        assert!(Strategy::Rate(-1.0).sampler(None).is_err());
    }

    proptest! {
        #[test]
        fn no_answer_panics(at in 0_usize..200, byte: u8, cut in 0_usize..200) {
            let json = r#"{"strategyType":0,"probabilisticSampling":{"samplingRate":0.8},
                "operationSampling":{"defaultSamplingProbability":0.8,"perOperationStrategies":[
                {"operation":"GET","probabilisticSampling":{"samplingRate":1e-3}}]}}"#;
            let mut body = json.as_bytes().to_vec();
            if let Some(slot) = body.get_mut(at) {
                *slot = byte;
            }
            for body in [&body[..], &body[..cut.min(body.len())]] {
                if let Some(strategy) = Strategy::parse(body) {
                    let _ = strategy.sampler(None);
                }
            }
        }
    }
}
