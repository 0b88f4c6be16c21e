use tracer_core::conventions::keys;

use super::*;

fn printed(fields: Fields<'_>) -> Vec<String> {
    let print = |tag: Tag<'_>| format!("{}={}", tag.key, tag.value);
    fields.iter().map(print).collect()
}

fn of(tags: &[Tag<'_>], max: usize) -> FieldList {
    let mut list = FieldList::default();
    tags.iter().for_each(|tag| list.push(tag, max));
    list
}

#[test]
fn every_type_comes_back_and_the_last_value_counts_once() {
    let shown: &dyn fmt::Display = &format_args!("{}-{}", 1, 2);
    let list = of(
        &[
            Tag::new("a", "x"),
            Tag::new("b", 1.5),
            Tag::new("c", true),
            Tag::new("d", -42),
            Tag::new("a", "y"),
            Tag::new("e", shown),
            Tag::new("f", false),
            Tag::new("", ""),
        ],
        100,
    );
    assert_eq!(
        printed(list.view()),
        ["b=1.5", "c=true", "d=-42", "a=y", "e=1-2", "f=false", "="]
    );
    let a = list.view().get("a").map(|value| value.to_string());
    assert_eq!(a.as_deref(), Some("y"));
    assert!(list.view().get("g").is_none());
}

#[test]
fn long_values_are_cut_on_a_character_boundary_and_nothing_follows_the_cut() {
    let shown: &dyn fmt::Display = &format_args!("{}{}", "äö", "b");
    let list = of(&[Tag::new("text", "äöü"), Tag::new("shown", shown)], 3);
    assert_eq!(printed(list.view()), ["text=ä", "shown=ä"]);
}

#[test]
fn a_name_counts_once_in_whichever_form_it_was_given() {
    let (number, text) = (Key::from(keys::HTTP_METHOD), Key::text("http.method"));
    for (first, last) in [
        (number, text),
        (text, number),
        (number, number),
        (text, text),
    ] {
        for others in [&["http.metho", "user.id"][..], &["http.path"], &[]] {
            let mut list = of(&[Tag::new(first, "GET"), Tag::new(keys::DROPPED, 1)], 100);
            for other in others {
                list.push(&Tag::new(other, 2), 100);
            }
            list.push(&Tag::new(last, "PUT"), 100);
            let tags: Vec<_> = list.view().iter().collect();
            let mut expected = vec!["dropped".to_owned()];
            expected.extend(others.iter().map(|&other| other.to_owned()));
            expected.push("http.method".to_owned());
            let keys: Vec<_> = tags.iter().map(|tag| tag.key.as_str()).collect();
            assert_eq!(keys, expected);
            assert_eq!(tags.last().unwrap().key.known(), Some(keys::HTTP_METHOD));
            for key in [number, text] {
                assert_eq!(
                    list.view().get(key).map(|v| v.to_string()).as_deref(),
                    Some("PUT")
                );
                assert!(list.has(key) && !list.has("http.url".into()));
                let mut list = list.clone();
                list.remove(key);
                assert!(!list.has(key) && list.view().get(key).is_none());
                assert_eq!(list.len(), 1 + others.len());
            }
        }
    }
}

#[test]
fn a_key_that_was_cut_is_still_found() {
    let key = "ä".repeat(MAX_KEY);
    let mut list = of(&[Tag::new("a", 1), Tag::new(&*key, 2)], 100);
    let found = list.view().get(&*key).map(|value| value.to_string());
    assert_eq!(found.as_deref(), Some("2"));
    assert!(list.has(Key::text(&key)));
    list.remove(Key::text(&key));
    assert_eq!((list.len(), list.has(Key::text(&key))), (1, false));
}

#[test]
fn every_name_comes_back_without_its_text() {
    let mut list = FieldList::default();
    for row in TABLE {
        list.push(&Tag::new(Known::of(row.key).unwrap(), "v"), 100);
    }
    assert_eq!(list.bytes().len(), TABLE.len());
    let back: Vec<_> = list.view().iter().map(|tag| tag.key.as_str()).collect();
    let names: Vec<_> = TABLE.iter().map(|row| row.key).collect();
    assert_eq!(back, names);
}

#[test]
fn damaged_heads_and_texts_end_the_walk() {
    let list = of(&[Tag::new("a", "ä"), Tag::new("b", "y")], 100);
    let all = list.view();
    for len in 0..all.texts.len() {
        let Some(texts) = all.texts.get(..len) else {
            continue;
        };
        assert!(Fields::new(None, all.heads, texts).iter().count() <= 1);
    }
    let numbered = of(&[Tag::new(keys::DROPPED, 1)], 100);
    let damaged = |number| {
        let mut head = numbered.heads()[0];
        head[1] = number;
        Fields::new(None, &[head], "").iter().count()
    };
    let most = TABLE.len() as u8;
    assert_eq!([1, most, most + 1, 65, 255].map(damaged), [1, 1, 0, 0, 0]);
    let wild = [[0xff; HEAD]; 3];
    assert_eq!(Fields::new(None, &wild, "abc").iter().count(), 0);
    assert!(Fields::new(None, &wild, "abc").get("a").is_none());
}

#[test]
fn the_tags_of_an_operation_come_first_unless_they_were_said_again() {
    let operation = Operation::of(
        "GET /a",
        &[(keys::HTTP_METHOD, "GET"), (keys::COMPONENT, "axum")],
    );
    let with = |tags: &[Tag<'_>]| {
        let mut list = of(tags, 100);
        list.set_operation(operation);
        list
    };
    let list = with(&[Tag::new("a", 1)]);
    assert_eq!(
        printed(list.view()),
        ["http.method=GET", "component=axum", "a=1"]
    );
    let (apart, rest) = list.view().split();
    let keys: Vec<_> = rest.map(|tag| tag.key.to_string()).collect();
    assert_eq!((apart, keys), (operation, vec!["a".to_owned()]));
    assert_eq!(printed(list.view().own()), ["a=1"]);
    for said in [keys::COMPONENT.into(), Key::text("component")] {
        let list = with(&[Tag::new("a", 1), Tag::new(said, "mine")]);
        let all = ["http.method=GET", "a=1", "component=mine"];
        assert_eq!(printed(list.view()), all);
        let (apart, rest) = list.view().split();
        assert_eq!((apart, rest.count()), (None, all.len()));
        for (key, value) in [("component", "mine"), ("http.method", "GET")] {
            let found = list.view().get(key).map(|value| value.to_string());
            assert_eq!(found.as_deref(), Some(value));
        }
    }
    assert!(!with(&[]).view().is_empty() && with(&[]).view().get("a").is_none());
    let mut list = with(&[]);
    list.clear(0, 100);
    assert!(list.view().is_empty());
}
