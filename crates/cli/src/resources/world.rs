//! Whether it all fits together: the core says what is wrong with which field, this finds the words to blame.

use super::Page;
use crate::mistake::{Mistake, Mistakes, Place};
use stead_core::admin::{self, Desired, Object, check_world};
use stead_core::model::managed::Managed;
use toml::Spanned;
use toml::de::DeValue;

/// A value and where it stands.
type Node<'t> = Spanned<DeValue<'t>>;

/// Notes every mistake that shows only when all files are taken together.
pub(super) fn check(desired: &Desired, pages: &[Page<'_>], mistakes: &mut Mistakes) {
    for wrong in check_world(desired) {
        if is_about_what_was_lost(&wrong, pages) {
            continue;
        }
        match find_it(&wrong, pages) {
            Some(found) if found.follows_from(mistakes) => {}
            Some(found) => mistakes.push(found.told(&wrong, pages)),
            None => mistakes.push(Mistake::nowhere(wrong.to_string())),
        }
    }
}

/// A name that stands in a table with mistakes of its own is not unknown.
fn is_about_what_was_lost(wrong: &admin::Mistake, pages: &[Page<'_>]) -> bool {
    let lost = |word: &String| pages.iter().any(|page| page.document.lost.contains(word));
    wrong.word.as_ref().is_some_and(lost)
}

/// The words to blame.
struct Found<'p> {
    page: &'p Page<'p>,
    /// The value of the field.
    value: &'p Node<'p>,
    /// The word in it that nobody knows, if that is what is wrong.
    word: Option<&'p Node<'p>>,
}

fn find_it<'p>(wrong: &admin::Mistake, pages: &'p [Page<'p>]) -> Option<Found<'p>> {
    let (page, table) = pages.iter().find_map(|page| Some((page, table(wrong, page)?)))?;
    let value = descend(table, &wrong.field);
    let word = wrong.word.as_deref().and_then(|word| find(value, word).or(find(table, word)));
    Some(Found { page, value, word })
}

impl Found<'_> {
    fn place(&self) -> Place {
        self.page.document.at(self.word.unwrap_or(self.value).span())
    }

    /// Whether something in the value is known to be wrong already, so that this only follows from it.
    fn follows_from(&self, mistakes: &Mistakes) -> bool {
        self.word.is_none() && mistakes.any_within(&self.page.document.at(self.value.span()))
    }

    fn told(&self, wrong: &admin::Mistake, pages: &[Page<'_>]) -> Mistake {
        let mistake = Mistake::at(self.place(), &wrong.message);
        let Some(word) = &wrong.word else {
            return match namesake(wrong, self.value, &self.place(), pages) {
                Some(other) => mistake.help(format!("the other is at {other}")),
                None => mistake,
            };
        };
        let lost = pages.iter().flat_map(|page| &page.document.lost);
        mistake.meant(word, wrong.candidates.iter().chain(lost).map(String::as_str))
    }
}

/// The table that an object was read from.
fn table<'p>(wrong: &admin::Mistake, page: &'p Page<'_>) -> Option<&'p Node<'p>> {
    let Object { kind, id } = &wrong.object;
    let document = &page.document;
    document.tables(kind).find(|table| match &wrong.managed {
        Managed::File { file, line } => {
            document.name() == file && document.at(table.span()).line() == *line
        }
        Managed::Api => text(table, "issuer") == Some(id),
    })
}

/// Where another object of the same kind has the same name, if a name is what is wrong.
fn namesake(
    wrong: &admin::Mistake,
    node: &Node<'_>,
    at: &Place,
    pages: &[Page<'_>],
) -> Option<Place> {
    let name = node.get_ref().as_str()?;
    let key = wrong.field.as_str();
    let mut places = pages.iter().flat_map(|page| {
        let tables = page.document.tables(wrong.object.kind);
        let same = tables.filter(|table| text(table, key).is_some_and(|it| alike(it, name)));
        same.map(|table| page.document.at(descend(table, key).span()))
    });
    let named_once = ["id", "audience", "username", "issuer"].contains(&key);
    places.find(|place| named_once && place != at)
}

fn alike(a: &str, b: &str) -> bool {
    a.trim_end_matches('/').to_lowercase() == b.trim_end_matches('/').to_lowercase()
}

fn text<'t>(table: &'t Node<'_>, key: &str) -> Option<&'t str> {
    table.get_ref().get(key)?.get_ref().as_str()
}

/// Follows a path like `may_act[0].scopes` as far as it leads.
fn descend<'t>(node: &'t Node<'t>, path: &str) -> &'t Node<'t> {
    let (next, rest) = match path.strip_prefix('[').and_then(|path| path.split_once(']')) {
        Some((index, rest)) => {
            (index.parse::<usize>().ok().and_then(|i| node.get_ref().get(i)), rest)
        }
        None => step(node, path),
    };
    match next {
        Some(next) if rest.is_empty() => next,
        Some(next) => descend(next, rest.strip_prefix('.').unwrap_or(rest)),
        None => node,
    }
}

/// A key and what follows it. Names of scopes have dots in them, so the whole is tried first.
fn step<'t, 'p>(node: &'t Node<'t>, path: &'p str) -> (Option<&'t Node<'t>>, &'p str) {
    if let Some(whole) = node.get_ref().get(path) {
        return (Some(whole), "");
    }
    let (key, rest) = path.split_at(path.find(['.', '[']).unwrap_or(path.len()));
    (node.get_ref().get(key), rest)
}

/// The text in a value that is this word.
fn find<'t>(node: &'t Node<'t>, word: &str) -> Option<&'t Node<'t>> {
    match node.get_ref() {
        DeValue::String(text) => (text == word).then_some(node),
        DeValue::Array(items) => items.iter().find_map(|item| find(item, word)),
        DeValue::Table(table) => table.values().find_map(|value| find(value, word)),
        _ => None,
    }
}
