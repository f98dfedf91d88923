//! TOML against a shape: places, unknown keys, wrong types.

use super::*;
use serde::Deserialize;

/// A file.
#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct File {
    title: String,
    #[serde(default)]
    item: Vec<Item>,
}

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Item {
    id: String,
    size: Option<u32>,
    form: Option<Form>,
}

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Form {
    Round,
    Cut(String),
}

fn read(text: &str) -> (Option<File>, Vec<String>) {
    let source = Arc::new(Source { name: "f.toml".into(), text: text.into() });
    let mut mistakes = Mistakes::default();
    let document = Document::read(&source, &mut mistakes);
    let told = mistakes.sorted().into_iter();
    let told = told.map(|it| format!("{}: {}", it.place.map_or(0, |place| place.line()), it.what));
    (document.said, told.collect())
}

#[test]
fn a_sound_document_is_read_whole() {
    let (said, mistakes) = read("title = 't'\n[[item]]\nid = 'a'\nform = { cut = 'x' }");
    let item = Item { id: "a".into(), size: None, form: Some(Form::Cut("x".into())) };
    assert_eq!(said, Some(File { title: "t".into(), item: vec![item] }));
    assert_eq!(mistakes, Vec::<String>::new());
}

#[test]
fn every_mistake_is_told_and_the_rest_is_read() {
    let (said, mistakes) = read(
        "title = 't'\ntitel = 't'\n[[item]]\nid = 'a'\nsize = 'big'\nform = 'rond'\n[[item]]\nsize = 1\n[[item]]\nid = 'b'\nform = 3",
    );
    let item = |id: &str| Item { id: id.into(), size: None, form: None };
    assert_eq!(said, Some(File { title: "t".into(), item: vec![item("a"), item("b")] }));
    assert_eq!(
        mistakes,
        [
            "2: unknown key `titel`",
            "5: this is text, expected is a whole number",
            "6: `rond` is none of `round`",
            "7: `id` is missing",
            "11: this is a number, expected is text or { cut = … }",
        ]
    );
}

#[test]
fn what_is_no_toml_is_told_and_nothing_is_read() {
    let (said, mistakes) = read("title = \n[[item");
    assert_eq!(said, None);
    assert_eq!(mistakes.len(), 2, "{mistakes:?}");
}

#[test]
fn a_whole_that_lacks_what_it_needs_is_not_read() {
    assert_eq!(read(""), (None, vec!["1: `title` is missing".to_owned()]));
}

#[test]
fn nothing_that_a_key_is_set_to_is_told_if_the_key_or_the_text_is_not_understood() {
    let told = |text: &str| {
        let source = Arc::new(Source { name: "f.toml".into(), text: text.into() });
        let mut mistakes = Mistakes::default();
        let _: Document<'_, File> = Document::read(&source, &mut mistakes);
        mistakes.to_string()
    };
    for (text, what) in [
        (
            "title = 't'\napi_key = 'hunter2'",
            "f.toml:2:1: unknown key `api_key`\n  2 | api_key = …",
        ),
        ("title = 't'\n[[item]]\nid = 'a'\nform = { cutt = 'hunter2' }", "4 | form = …"),
        ("title = 't'\ntokn = \"\"\"\nhunter2\n\"\"\"", "2 | tokn = …"),
        ("title = 't'\n[[item]]\nid = { secret = 'hunter2' }", "3 | id = …"),
        ("title = ['hunter2']", "f.toml:1:9: this is a list"),
        ("title = 't'\n[[item]]\nid = 'a'\nsize = 'hunter2'", "4 | size = …"),
        ("title = hunter2", "f.toml:1:9: "),
        ("title = 'hunter2", "f.toml:1:"),
        ("title = \"\"\"\nhunter2\n", "f.toml:"),
        ("title = 't'\npassword = 'hunter2' 'x'", "f.toml:2:"),
        ("title = 't'\ntitle = 'hunter2'", "f.toml:2:1: "),
        ("title = 't'\n'hunter2'", "f.toml:2:"),
    ] {
        let told = told(text);
        assert!(told.contains(what) && !told.contains("hunter2"), "{text:?} is told as {told}");
    }
}
