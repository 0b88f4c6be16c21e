//! A sampler for each sort of request.

use std::fmt;

use tracer_core::Kind;

use super::pattern::{Pattern, split};
use crate::sampler::{Sampler, SamplingQuestion};

/// Asks the sampler of the first rule that fits, else the default.
///
/// A span is judged by what is known when it starts: a route only where the layer can see it then
/// (see the adapter's docs). `overrules_caller` of a sampler in here means nothing; wrap the whole
/// in [`IgnoringCaller`](super::IgnoringCaller).
pub struct Rules {
    rules: Vec<(Rule, Box<dyn Sampler>)>,
    default: Box<dyn Sampler>,
}

impl Rules {
    /// Without rules, the default decides about everything.
    pub fn new(default: impl Sampler + 'static) -> Self {
        Self {
            rules: Vec::new(),
            default: Box::new(default),
        }
    }

    /// Adds a rule behind the others.
    #[must_use]
    pub fn rule(mut self, rule: Rule, sampler: impl Sampler + 'static) -> Self {
        self.rules.push((rule, Box::new(sampler)));
        self
    }
}

impl Sampler for Rules {
    fn sample(&self, question: &SamplingQuestion<'_>) -> bool {
        self.rules
            .iter()
            .find(|(rule, _)| rule.fits(question))
            .map_or(&self.default, |(_, sampler)| sampler)
            .sample(question)
    }
}

impl fmt::Debug for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rules = self.rules.iter().map(|(rule, _)| rule);
        f.debug_list().entries(rules).finish()
    }
}

/// What a span must be to fit a rule; everything, unless said. In a pattern, `*` stands for any
/// number of characters.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Rule {
    kind: Option<Kind>,
    method: Option<String>,
    route: Option<Pattern>,
    name: Option<Pattern>,
}

impl Rule {
    /// Every span.
    pub fn new() -> Self {
        Self::default()
    }

    /// Spans with this role.
    pub const fn kind(mut self, kind: Kind) -> Self {
        self.kind = Some(kind);
        self
    }

    /// Requests with this HTTP method, in any case.
    pub fn method(mut self, method: impl Into<String>) -> Self {
        self.method = Some(method.into());
        self
    }

    /// A pattern for the route's template (`/users/*`); for spans without a method in their names,
    /// for the whole name.
    pub fn route(mut self, pattern: impl Into<String>) -> Self {
        self.route = Some(Pattern::new(pattern));
        self
    }

    /// A pattern for the whole name (`GET /users/*`, `shop.Cart/*`).
    pub fn name(mut self, pattern: impl Into<String>) -> Self {
        self.name = Some(Pattern::new(pattern));
        self
    }

    fn fits(&self, question: &SamplingQuestion<'_>) -> bool {
        let name = question.name();
        let (method, rest) = split(name);
        self.kind.is_none_or(|kind| kind == question.kind)
            && self.method.as_ref().is_none_or(|wanted| {
                method.is_some_and(|method| method.eq_ignore_ascii_case(wanted))
            })
            && self.route.as_ref().is_none_or(|route| route.matches(rest))
            && self
                .name
                .as_ref()
                .is_none_or(|wanted| wanted.matches_name(name))
    }
}

#[cfg(test)]
mod tests {
    use tracer_core::{Name, TraceId};

    use super::*;
    use crate::samplers::{Always, Never};

    const USERS: Name<'_> = Name::Route {
        method: "GET",
        route: "/users/{id}",
    };

    fn ask(sampler: &impl Sampler, name: Name<'_>, kind: Kind) -> bool {
        sampler.sample(&SamplingQuestion::new(TraceId::random(true), name, kind))
    }

    fn fits(rule: Rule, name: Name<'_>) -> bool {
        ask(&Rules::new(Never).rule(rule, Always), name, Kind::Server)
    }

    #[test]
    fn every_part_of_a_rule_must_fit() {
        assert!(fits(Rule::new(), USERS));
        assert!(fits(Rule::new().method("get"), USERS));
        assert!(!fits(Rule::new().method("POST"), USERS));
        assert!(fits(Rule::new().route("/users/*"), USERS));
        assert!(!fits(Rule::new().route("/users"), USERS));
        assert!(fits(Rule::new().name("GET /users/*"), USERS));
        assert!(fits(Rule::new().kind(Kind::Server), USERS));
        assert!(!fits(Rule::new().kind(Kind::Client), USERS));
        assert!(!fits(Rule::new().method("GET").route("/orders*"), USERS));
    }

    #[test]
    fn names_in_one_part_fit_as_well() {
        assert!(fits(
            Rule::new().method("GET").route("/a"),
            Name::Text("GET /a")
        ));
        assert!(fits(
            Rule::new().route("shop.Cart/*"),
            Name::Text("shop.Cart/Get")
        ));
        assert!(!fits(
            Rule::new().method("GET"),
            Name::Text("shop.Cart/Get")
        ));
        assert!(
            !fits(Rule::new().route("/a"), Name::Text("GET")),
            "no route yet"
        );
    }

    #[test]
    fn the_first_rule_that_fits_decides_else_the_default() {
        let sampler = Rules::new(Always)
            .rule(Rule::new().route("/users/admin*"), Always)
            .rule(Rule::new().route("/users/*"), Never);
        let route = |route| Name::Route {
            method: "GET",
            route,
        };
        assert!(ask(&sampler, route("/users/admin/1"), Kind::Server));
        assert!(!ask(&sampler, route("/users/1"), Kind::Server));
        assert!(ask(&sampler, route("/orders"), Kind::Server));
    }
}
