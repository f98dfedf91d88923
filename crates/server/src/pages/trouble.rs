//! The page that says why not.

use super::page;
use crate::flow::FlowError;
use askama::Template;
use axum::response::{IntoResponse, Response};
use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode};
use stead_core::denied::Denied;
use stead_core::moment::Moment;
use stead_core::ports::StoreError;
use stead_proto::error::Trace;
use stead_proto::id::TraceId;

/// Why a page cannot be shown.
#[derive(Debug)]
pub(crate) struct Trouble {
    why: Why,
    trace_id: TraceId,
}

#[derive(Debug)]
enum Why {
    /// What the page before sent back is of no use.
    Flow(FlowError),
    /// We could not answer.
    Failed(StoreError),
}

impl Trouble {
    /// What the page before sent back is of no use.
    pub(crate) fn flow(error: FlowError, moment: &Moment) -> Self {
        Self { why: Why::Flow(error), trace_id: moment.trace_id() }
    }

    /// We could not answer.
    pub(crate) fn failed(error: StoreError, moment: &Moment) -> Self {
        Self { why: Why::Failed(error), trace_id: moment.trace_id() }
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    heading: &'a str,
    reason: &'a str,
    advice: &'a str,
    /// The paragraph about it, if there is one.
    about: Option<&'a str>,
    trace_id: &'a TraceId,
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        match &self.why {
            Why::Flow(error) => {
                let template = ErrorPage {
                    heading: "Please start again",
                    reason: &capital(&error.to_string()),
                    advice: "Go back to the application and sign in from there.",
                    about: None,
                    trace_id: &self.trace_id,
                };
                page(StatusCode::BAD_REQUEST, &template, None)
            }
            Why::Failed(error) => {
                tracing::error!(%error, "a page could not be shown");
                let template = ErrorPage {
                    heading: "Not possible right now",
                    reason: "Something is out of order here.",
                    advice: "It is not your fault. Try again in a moment.",
                    about: None,
                    trace_id: &self.trace_id,
                };
                let mut response = page(StatusCode::SERVICE_UNAVAILABLE, &template, None);
                response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("5"));
                response
            }
        }
    }
}

/// A request that leads nowhere: there is no address that an answer could safely go to, or nobody who may give it.
pub(crate) fn denied(denied: &Denied, trace: &Trace) -> Response {
    let (status, heading, advice) = match denied {
        Denied::AdministratorRequired => (
            StatusCode::FORBIDDEN,
            "An administrator has to agree",
            "Open this link again and sign in as an administrator, or send it to one. Nothing was agreed to.",
        ),
        Denied::AdministratorsUnset => (
            StatusCode::FORBIDDEN,
            "There is no administrator",
            "Whoever runs this server has not said who may agree for everybody. Nothing was agreed to.",
        ),
        _ => (
            StatusCode::BAD_REQUEST,
            "This request cannot be answered",
            "The application that sent you here made a mistake. Nothing was done in your name.",
        ),
    };
    let template = ErrorPage {
        heading,
        reason: &capital(&denied.to_string()),
        advice,
        about: Some(denied.told()),
        trace_id: &trace.trace_id,
    };
    page(status, &template, None)
}

/// A clause as a sentence.
pub(super) fn capital(clause: &str) -> String {
    let mut rest = clause.chars();
    let first = rest.next().map(char::to_uppercase).into_iter().flatten();
    first.chain(rest).chain(['.']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use stead_core::moment::Dice;
    use stead_proto::time::Timestamp;

    #[test]
    fn a_clause_becomes_a_sentence() {
        assert_eq!(capital("the code is unknown"), "The code is unknown.");
    }

    #[test]
    fn our_own_failure_is_a_503_that_says_nothing_of_us() {
        let moment = Moment::new(Timestamp::from_secs(0), Dice::default());
        let error = StoreError::Broken("/var/lib/stead.db".into());
        let response = Trouble::failed(error, &moment).into_response();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()[RETRY_AFTER], "5");
    }
}
