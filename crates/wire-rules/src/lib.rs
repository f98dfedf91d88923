//! What every answer of the endpoints keeps, whoever asked: rules that client libraries found out the hard
//! way. They take plain values, so that tests hold their own answers to them and the client matrix holds
//! recorded traffic.
//!
//! | file | what it holds |
//! |---|---|
//! | `seen` | one request and its answer, as they were on the wire |
//! | `any` | rules of every answer |
//! | `token` | rules of what a token request is answered with |

mod any;
mod seen;
mod token;

pub use seen::Seen;

/// One rule: what is wrong with an answer, or nothing.
type Rule = fn(&Seen<'_>) -> Option<String>;

/// All of them, each under the name that a breach is told by.
const RULES: [(&str, Rule); 13] = [
    ("no Retry-After on a success", any::no_retry_after_on_success),
    ("no null in JSON", any::no_null),
    ("client_info is unpadded base64url of uid and utid", any::client_info),
    ("no error in a success", any::no_error_in_success),
    ("an error says its code in plain characters", any::error_in_plain_characters),
    ("error_codes are integers", any::error_codes_are_integers),
    ("claims are JSON in a string", any::claims_are_json),
    ("tokens and refusals are kept by nobody", any::nobody_keeps_it),
    ("a token request is answered in JSON", token::json),
    ("token_type is one that clients know", token::token_type),
    ("lifetimes are whole seconds", token::lifetimes),
    ("refresh_in is within the lifetime", token::refresh_in),
    ("scope repeats what was asked", token::scope),
];

/// Every rule that an answer breaks, with what breaks it; empty for a sound one.
#[must_use]
pub fn broken(seen: &Seen<'_>) -> Vec<String> {
    let breach = |(name, rule): &(&str, Rule)| rule(seen).map(|what| format!("{name}: {what}"));
    RULES.iter().filter_map(breach).collect()
}
