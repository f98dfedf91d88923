//! Which names are too alike to be two.

use stead_core::model::application::Application;
use stead_proto::id::Username;

/// What of a name distinguishes it: `API://a/` and `api://a` would be one to a reader, so they are one here.
pub(crate) fn canonical(name: &str) -> String {
    name.trim_end_matches('/').to_lowercase()
}

/// Every name by which a token can be addressed to an application, none of which another may have.
pub(crate) fn of_application(application: &Application) -> Vec<String> {
    let mut names = vec![canonical(application.id.as_str())];
    names.extend(application.audience.as_ref().map(|audience| canonical(audience.as_str())));
    names.dedup();
    names
}

/// A user name without its case.
pub(crate) fn of_user(name: &Username) -> String {
    name.as_str().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_a_slash_at_the_end_do_not_make_another_name() {
        assert_eq!(canonical("API://Ä/"), canonical("api://ä"));
        assert_ne!(canonical("api://a/b"), canonical("api://ab"));
    }
}
