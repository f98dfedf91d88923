//! What must hold for the two requests that anybody may send: to the token endpoint and to authorize.

use stead_proto::authorize::{AuthorizeRequest, MAX_ECHO, ReturnAddress};
use stead_proto::error::Dialect;
use stead_proto::form::{self, Form, FormError};
use stead_proto::grants::{Grant, OnBehalfOf, ParseError, dialect_of};
use stead_proto::scope::{MAX_SCOPE_PARAMETER, Scope};

/// A form is read as one grant of its own dialect or refused; an exchange that is read is written and
/// read alike.
///
/// # Panics
/// When it is not.
pub fn token_request(data: &[u8]) {
    let Ok(form) = Form::parse(data) else { return };
    round_trip(&form);
    let dialect = dialect_of(&form);
    match Grant::from_form(&form) {
        Ok(Grant::OnBehalfOf(read)) => {
            assert_eq!(read.dialect, dialect, "read in other words than it is refused in");
            written_and_read(&read);
        }
        Ok(Grant::JwtBearer(_)) => assert_eq!(dialect, Dialect::Rfc7523),
        Ok(_) => assert_eq!(dialect, Dialect::Plain),
        Err(error) => said_cleanly(&error),
    }
}

/// A form that was read is written and read alike.
fn round_trip(form: &Form) {
    let pairs: Vec<(&str, &str)> = form.iter().collect();
    match Form::parse(form::write(&pairs).as_bytes()) {
        Ok(again) => assert_eq!(again.iter().collect::<Vec<_>>(), pairs),
        // Writing may escape what came without: three bytes for one.
        Err(error) => assert_eq!(error, FormError::TooLarge),
    }
}

fn written_and_read(read: &OnBehalfOf) {
    let written = read.to_form();
    let pairs: Vec<(&str, &str)> =
        written.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let Ok(form) = Form::parse(form::write(&pairs).as_bytes()) else { return };
    match Grant::from_form(&form) {
        Ok(Grant::OnBehalfOf(again)) => same(read, &again),
        Ok(other) => assert_eq!(other.kind().as_str(), "on_behalf_of", "written as another grant"),
        Err(error) => assert!(cannot_be_entras(read), "written, and refused: {error}"),
    }
}

/// Entra puts the resource before each scope: one with characters no scope has cannot be said there.
fn cannot_be_entras(read: &OnBehalfOf) -> bool {
    let name = read.target.resource.as_ref().map_or("", |resource| resource.as_str());
    let long = name.len() * (read.target.scope.words.len() + 1);
    let scope_like = name.split('/').all(|part| part.is_empty() || Scope::parse(part).is_ok());
    read.dialect == Dialect::Entra && (!scope_like || long > MAX_SCOPE_PARAMETER / 2)
}

fn same(read: &OnBehalfOf, again: &OnBehalfOf) {
    let core = |one: &OnBehalfOf| {
        (
            (one.dialect, one.subject_token.hash(), one.subject_token_type, one.requested),
            one.actor_token.as_ref().map(|actor| (actor.token.hash(), actor.token_type)),
            (one.target.resource.clone(), one.target.scope.wanted.clone()),
            (one.target.scope.openid.clone(), one.claims.clone()),
        )
    };
    assert_eq!(core(read), core(again), "written, and read otherwise");
}

/// An error from outside is told in the characters RFC 6749 §5.2 allows, without what was sent.
fn said_cleanly(error: &ParseError) {
    let said = error.to_string();
    assert_eq!(stead_proto::error::printable(&said), said, "not to be put into a body");
}

/// Where the answer goes is what was sent, and a request that is read asks only what may be asked.
///
/// # Panics
/// When it is not.
pub fn authorize_query(data: &[u8]) {
    let Ok(form) = Form::parse(data) else { return };
    let back = match ReturnAddress::read(&form) {
        Ok(back) => back,
        Err(error) => return said_cleanly(&error),
    };
    let sent = |name: &str| form.many(name).next();
    assert_eq!(sent("client_id"), Some(back.client_id.as_str()));
    assert_eq!(sent("redirect_uri"), back.redirect_uri.as_deref());
    if let Some(state) = &back.state {
        assert!(state.len() <= MAX_ECHO && sent("state") == Some(state), "sent back untouched");
    }
    match AuthorizeRequest::read(&form, back) {
        Ok(request) => {
            assert_eq!(sent("response_type"), Some("code"));
            assert_eq!(sent("code_challenge_method"), Some("S256"));
            assert_eq!(sent("code_challenge"), Some(request.challenge.as_str()));
            assert_eq!(request.challenge.as_str().len(), 43, "RFC 7636 §4.2");
            assert!(!form.was_sent("request") && !form.was_sent("request_uri"));
        }
        Err(error) => {
            let said = error.to_string();
            assert_eq!(stead_proto::error::printable(&said), said, "not to be put into a redirect");
        }
    }
}
