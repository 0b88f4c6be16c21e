//! Who the service is: `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`, and limits of its spans.

use tracer_backends::{Setup, WhenUnset};
use tracer_core::{Tag, TracerExt};
use tracer_recording::InMemoryReporter;

use crate::support::{Vars, headers, hop, recorded};

const NAME: &str = "OTEL_SERVICE_NAME";
const ATTRIBUTES: &str = "OTEL_RESOURCE_ATTRIBUTES";

fn named(vars: Vars<'_>, change: impl FnOnce(Setup) -> Setup) -> String {
    let memory = InMemoryReporter::new();
    let setup = Setup::from_vars(vars.iter().copied()).unwrap();
    let setup = setup.when_unset(WhenUnset::Nothing).also(memory.clone());
    hop(&change(setup).build().unwrap(), &headers(&[]));
    memory.spans()[0].service().to_owned()
}

#[test]
fn the_name_comes_from_code_then_its_variable_then_the_resource() {
    let both = [(NAME, "variable"), (ATTRIBUTES, "service.name=resource")];
    assert_eq!(named(&both, |s| s.service_name("code")), "code");
    assert_eq!(named(&both, |s| s.default_service_name("code")), "variable");
    let resource = [(NAME, ""), both[1]];
    assert_eq!(
        named(&resource, |s| s.default_service_name("code")),
        "resource"
    );
    assert_eq!(named(&[], |s| s.default_service_name("code")), "code");
    assert_eq!(
        named(&[], |s| s.resource_attribute("service.name", "x")),
        "x"
    );
    let given = |s: Setup| s.resource_attribute("service.name", "attribute");
    assert_eq!(named(&[(NAME, "variable")], given), "attribute");
    assert_eq!(named(&[], |s| given(s).service_name("code")), "code");
}

#[test]
fn no_name_is_an_error_that_says_what_to_do() {
    for vars in [&[][..], &[(NAME, " ")], &[(ATTRIBUTES, "service.name=")]] {
        let setup = Setup::from_vars(vars.iter().copied()).unwrap();
        let message = setup.build().unwrap_err().to_string();
        assert!(
            message.contains(NAME) && message.contains("no name"),
            "{message}"
        );
    }
    let setup = Setup::from_vars([(NAME, "shop")]).unwrap();
    assert!(setup.service_name("").build().is_ok(), "empty is unset");
}

#[test]
fn a_name_in_a_list_that_is_ignored_is_told_with_the_reason() {
    let vars = [(ATTRIBUTES, "service.name=shop,team=50%")];
    let error = Setup::from_vars(vars).unwrap().build().unwrap_err();
    let ignored = "OTEL_RESOURCE_ATTRIBUTES: number 2 is no key=value, percent-encoded; \
                   the whole list is ignored";
    let message = error.to_string();
    assert!(message.contains("the service has no name"), "{message}");
    assert!(message.ends_with(ignored), "{message}");
    let backend = Setup::from_vars(vars).unwrap().service_name("shop").build();
    assert_eq!(backend.unwrap().warnings(), [ignored]);
}

#[test]
fn a_description_stays_on_its_line() {
    let setup = Setup::from_vars([(NAME, "my\tshop\n\u{1b}[2J")]).unwrap();
    let backend = setup.when_unset(WhenUnset::Nothing).build().unwrap();
    let described = backend.describe();
    assert!(
        described.starts_with(r"my\tshop\n\u{1b}[2J: "),
        "{described}"
    );
}

#[test]
fn limits_cut_what_one_span_holds() {
    let (backend, memory) = recorded(&[
        ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "2"),
        ("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "3"),
        ("OTEL_SPAN_EVENT_COUNT_LIMIT", "1"),
    ]);
    let span = backend.tracer().span("job").start();
    span.set_tags(&[Tag::new("a", "12345"), Tag::new("b", 2), Tag::new("c", 3)]);
    span.log(&[Tag::new("event", "one")]);
    span.log(&[Tag::new("event", "two")]);
    span.finish();
    let span = &memory.spans()[0];
    assert_eq!(span.tag("a").as_deref(), Some("123"));
    assert_eq!((span.tags.len(), span.logs.len(), span.left_out), (2, 1, 2));
}

#[test]
fn wrong_numbers_are_warned_about_and_ignored() {
    let names = [
        "OTEL_BSP_MAX_QUEUE_SIZE",
        "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
        "OTEL_BSP_SCHEDULE_DELAY",
        "OTEL_BSP_EXPORT_TIMEOUT",
        "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT",
        "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT",
        "OTEL_SPAN_EVENT_COUNT_LIMIT",
        "OTEL_SPAN_LINK_COUNT_LIMIT",
        "OTEL_ATTRIBUTE_COUNT_LIMIT",
        "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT",
    ];
    for name in names {
        let (backend, _) = recorded(&[(name, "lots")]);
        let [warning] = backend.warnings() else {
            panic!("{name}: {:?}", backend.warnings())
        };
        assert!(
            warning.contains(name) && warning.contains("lots"),
            "{warning}"
        );
    }
}

#[test]
fn the_address_is_that_of_the_outside_unless_said() {
    let memory = InMemoryReporter::new();
    let setup = || crate::support::setup(&[]).unwrap().also(memory.clone());
    hop(&setup().build().unwrap(), &headers(&[]));
    let said = setup().ip([10, 0, 0, 7].into()).port(8881);
    hop(&said.build().unwrap(), &headers(&[]));
    let spans = memory.spans();
    let local = |i: usize| (spans[i].local.ip, spans[i].local.port);
    assert!(local(0).0.is_none_or(|ip| !ip.is_loopback()));
    assert_eq!(local(0).1, None);
    assert_eq!(local(2), (Some([10, 0, 0, 7].into()), Some(8881)));
}

#[test]
fn what_has_no_variable_is_set_in_code() {
    let memory = InMemoryReporter::new();
    let setup = crate::support::setup(&[]).unwrap().also(memory.clone());
    let setup = setup.configure(|tracer| tracer.trace_id_64());
    let setup = setup.configure(|tracer| tracer.random_flag(true));
    let sent = hop(&setup.build().unwrap(), &headers(&[]));
    assert_eq!(memory.spans()[0].context.trace_id().high(), 0);
    assert!(sent["traceparent"].ends_with("-03"));
}
