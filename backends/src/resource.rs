//! Who exports: the name of the service, and what else is known about it.

use tracer_core::percent::decode_strict;

use crate::problems::Problems;
use crate::vars::Vars;

const ATTRIBUTES: &str = "OTEL_RESOURCE_ATTRIBUTES";
const SERVICE_NAME: &str = "service.name";

/// The attributes of a resource, without the name of the service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Resource {
    pub(crate) service: Option<String>,
    pub(crate) attributes: Vec<(String, String)>,
    /// Why the list of attributes has been ignored.
    pub(crate) ignored: Option<String>,
}

impl Resource {
    /// `OTEL_SERVICE_NAME` wins over `service.name` in `OTEL_RESOURCE_ATTRIBUTES`.
    pub(crate) fn read(vars: &Vars, problems: &mut Problems) -> Self {
        let (mut attributes, mut ignored) = (Vec::new(), None);
        match vars.get(ATTRIBUTES).map(parse) {
            None => {}
            Some(Ok(parsed)) => attributes = parsed,
            Some(Err(number)) => {
                let why = format!(
                    "{ATTRIBUTES}: number {number} is no key=value, percent-encoded; the whole list \
                     is ignored"
                );
                problems.warn(why.as_str());
                ignored = Some(why);
            }
        }
        let named = take(&mut attributes, SERVICE_NAME);
        Self {
            service: vars.get("OTEL_SERVICE_NAME").map(str::to_owned).or(named),
            attributes,
            ignored,
        }
    }

    /// Sets an attribute, in the place of an older value.
    pub(crate) fn set(&mut self, key: String, value: String) {
        if key == SERVICE_NAME {
            self.service = Some(value);
        } else {
            let _ = take(&mut self.attributes, &key);
            self.attributes.push((key, value));
        }
    }
}

/// Removes every value of a key; the last one, unless it is empty.
fn take(attributes: &mut Vec<(String, String)>, key: &str) -> Option<String> {
    let mut value = None;
    attributes.retain(|(name, found)| {
        let other = name != key;
        if !other {
            value = Some(found.trim().to_owned());
        }
        other
    });
    value.filter(|value| !value.is_empty())
}

/// Pairs with commas, as in W3C baggage without properties. One wrong pair spoils the list, as
/// OpenTelemetry's resource specification asks for: the error is its number.
fn parse(list: &str) -> Result<Vec<(String, String)>, usize> {
    let pairs = list.split(',').map(str::trim).zip(1..);
    pairs
        .filter(|(pair, _)| !pair.is_empty())
        .map(|(text, number)| pair(text).ok_or(number))
        .collect()
}

fn pair(text: &str) -> Option<(String, String)> {
    let (key, value) = text.split_once('=')?;
    let key = decode_strict(key.trim())?;
    (!key.is_empty()).then_some((key, decode_strict(value.trim())?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(vars: &[(&str, &str)]) -> (Resource, usize) {
        let mut problems = Problems::strict();
        let resource = Resource::read(&vars.iter().copied().collect(), &mut problems);
        (resource, problems.warnings().len())
    }

    #[test]
    fn attributes_are_percent_decoded() {
        let (resource, warnings) = read(&[(
            "OTEL_RESOURCE_ATTRIBUTES",
            " service.name=shop , a%3Db=1%2C2,empty=, city=K%C3%B6ln,",
        )]);
        assert_eq!(warnings, 0);
        assert_eq!(resource.service.as_deref(), Some("shop"));
        let expected = [("a=b", "1,2"), ("empty", ""), ("city", "Köln")];
        let owned = expected.map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!(resource.attributes, owned);
    }

    #[test]
    fn one_wrong_pair_spoils_the_list_and_nothing_else() {
        for wrong in ["a", "=1", "a=%4", "a=%zz", "a=%ff", "b=1,a"] {
            let (resource, warnings) = read(&[
                ("OTEL_RESOURCE_ATTRIBUTES", wrong),
                ("OTEL_SERVICE_NAME", "shop"),
            ]);
            assert_eq!(warnings, 1, "{wrong}");
            assert_eq!(resource.service.as_deref(), Some("shop"));
            assert!(resource.attributes.is_empty(), "{wrong}");
        }
    }

    #[test]
    fn the_variable_of_its_own_names_the_service() {
        let attributes = ("OTEL_RESOURCE_ATTRIBUTES", "service.name=other,x=1");
        let (resource, _) = read(&[attributes, ("OTEL_SERVICE_NAME", " shop ")]);
        assert_eq!(resource.service.as_deref(), Some("shop"));
        let (resource, _) = read(&[attributes, ("OTEL_SERVICE_NAME", "  ")]);
        assert_eq!(resource.service.as_deref(), Some("other"));
        assert_eq!(read(&[]).0, Resource::default());
        let (resource, _) = read(&[("OTEL_RESOURCE_ATTRIBUTES", "service.name=")]);
        assert_eq!(resource.service, None);
    }
}
