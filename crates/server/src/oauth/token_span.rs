//! What a collector is told of a request for a token: sorts and reasons, nobody's name, nothing that was sent.

use stead_core::error::TokenError;
use stead_core::token::Issued;
use stead_proto::error::Dialect;
use stead_proto::form::Form;
use stead_proto::grants::{Grant, dialect_of};
use stead_telemetry::{About, Span, SpanKind, Telemetry, Trace};

/// Begins with the request.
pub(crate) fn begin(telemetry: &Telemetry, trace: &Trace) -> Span {
    telemetry.span("stead.token", SpanKind::Server, trace)
}

/// Says what was asked, and how it ended.
pub(crate) fn tell(span: &mut Span, body: &[u8], answer: &Result<Issued, TokenError>) {
    span.tell(|about| {
        asked(about, body);
        ended(about, answer);
    });
}

fn asked(about: &mut About, body: &[u8]) {
    let Ok(form) = Form::parse(body) else { return };
    about.set("stead.dialect", name(dialect_of(&form)));
    if let Ok(grant) = Grant::from_form(&form) {
        about.set("stead.grant", grant.kind().as_str());
    }
}

fn ended(about: &mut About, answer: &Result<Issued, TokenError>) {
    match answer {
        Ok(issued) => {
            about.set("stead.outcome", "issued");
            about.set("stead.client_kind", issued.client_kind.as_str());
            about.set("stead.chain", i64::try_from(issued.actors).unwrap_or(i64::MAX));
        }
        Err(TokenError::Denied { denied, .. }) => {
            about.set("stead.outcome", "denied");
            about.set("stead.reason", denied.reason());
        }
        Err(TokenError::Failed(_)) => {
            about.set("stead.outcome", "failed");
            about.failed();
        }
    }
}

fn name(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Entra => "entra",
        Dialect::Rfc8693 => "rfc8693",
        Dialect::Rfc7523 => "rfc7523",
        Dialect::Plain => "plain",
    }
}
