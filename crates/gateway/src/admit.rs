//! Request → route → caller → token: the same road in every mode.

use crate::config::{Exchange, Matching, OnChallenge, PathPattern, Require, Route};
use crate::errors::{Code, Fault};
use crate::plane::{ConfiguredProvider, Plane};
use crate::spans::{Acquiring, Wanted};
use http::uri::{Authority, Scheme};
use http::{HeaderMap, HeaderValue, Method, Uri};
use stead::client::{Acquired, Source};
use stead::verify::Needs;
use stead::{AccessToken, AcquireError, AcquireOptions, Caller, Jwt, Obo, Target, VerifyError};
use stead_telemetry::Trace;

/// What a request asks for: host, path in canonical form, and method. Routes are matched against it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'r> {
    pub(crate) authority: &'r Authority,
    pub(crate) path: &'r str,
    pub(crate) method: &'r Method,
}

/// A request that may go on.
#[derive(Debug)]
pub(crate) struct Admitted {
    /// Who calls, if anybody was asked.
    pub(crate) caller: Option<Caller>,
    token: Token,
}

/// With which token it goes on.
#[derive(Debug)]
enum Token {
    None,
    Callers,
    Handle(Jwt),
    Acquired(AccessToken),
}

impl Plane {
    /// The first route that is for it.
    pub(crate) fn route(&self, asked: Asked<'_>) -> Result<&Route, Fault> {
        let found = self.routes.iter().find(|route| route.matching.is_for(asked));
        found.ok_or_else(|| Code::NoRoute.into())
    }

    /// Lets a request go on, with the token that its route says.
    pub(crate) async fn admit(
        &self,
        route: &Route,
        asked: Asked<'_>,
        headers: &HeaderMap,
        trace: &Trace,
    ) -> Result<Admitted, Fault> {
        self.judge(route, asked, headers, trace).await.map_err(|fault| self.tells(route, fault))
    }

    /// Lets it go on once more, with another token than the one that the upstream refused; `None` if none can be had.
    pub(crate) async fn admit_again(
        &self,
        route: &Route,
        refused: &Admitted,
        trace: &Trace,
    ) -> Result<Option<Admitted>, Fault> {
        let (Exchange::For { provider, target }, Token::Acquired(token), Some(caller)) =
            (&route.exchange, &refused.token, &refused.caller)
        else {
            return Ok(None);
        };
        let asking = self.asking((provider, target), trace)?;
        let another = asking.instead_of(token, caller).await;
        let another = another.map_err(|fault| self.tells(route, fault))?;
        let admitted =
            |token| Admitted { caller: Some(caller.clone()), token: Token::Acquired(token) };
        Ok(another.map(admitted))
    }

    async fn judge(
        &self,
        route: &Route,
        asked: Asked<'_>,
        headers: &HeaderMap,
        trace: &Trace,
    ) -> Result<Admitted, Fault> {
        if route.exchange == Exchange::None && route.require.is_none() {
            return Ok(Admitted { caller: None, token: Token::None });
        }
        let caller = self.sender(asked, headers).await?;
        if let Some(require) = &route.require {
            let permitted = self.verifier.permit_needs(&caller, &require.needs());
            permitted.map_err(|error| self.refusal(error))?;
        }
        self.admit_known(route, caller, trace).await
    }

    /// Verifies the token of a request, and the proof of its key where it is bound to one (RFC 9449 §7). The proof has to be
    /// for the path in canonical form, under one of the configured origins. A request's own host only chooses between those.
    async fn sender(&self, asked: Asked<'_>, headers: &HeaderMap) -> Result<Caller, Fault> {
        let verified = if self.inbound.dpop.is_none() {
            self.verifier.verify_headers(headers).await
        } else {
            let uri = Uri::builder().scheme(Scheme::HTTPS).authority(asked.authority.clone());
            let uri = uri.path_and_query(asked.path).build().map_err(|_| Code::Ambiguous)?;
            self.verifier.verify_request(asked.method, &uri, headers).await
        };
        verified.map_err(|error| self.refusal(error))
    }

    /// Why somebody is not let in, in each scheme that is taken here.
    fn refusal(&self, error: VerifyError) -> Fault {
        let headers = self.verifier.refusal(&error);
        Fault { headers, ..error.into() }
    }

    /// The fault as a caller of this route is told it.
    pub(crate) fn tells(&self, route: &Route, fault: Fault) -> Fault {
        let fault = match fault.challenge() {
            Some(challenge) if self.inbound.dpop.is_some() => {
                self.refusal(VerifyError::StepUp(challenge.clone()))
            }
            _ => fault,
        };
        route.tells(fault)
    }

    /// Lets a request of somebody who is known go on.
    pub(crate) async fn admit_known(
        &self,
        route: &Route,
        caller: Caller,
        trace: &Trace,
    ) -> Result<Admitted, Fault> {
        let token = match &route.exchange {
            Exchange::None => Token::None,
            // It is no bearer token, and the proof that came with it was for us.
            Exchange::Forward if caller.claims().cnf.is_some() => return Err(Code::Bound.into()),
            Exchange::Forward => Token::Callers,
            Exchange::Handle => Token::Handle(self.handles.give(&caller)),
            Exchange::For { provider, target } => {
                Token::Acquired(self.asking((provider, target), trace)?.acquire(&caller).await?)
            }
        };
        Ok(Admitted { caller: Some(caller), token })
    }

    /// Begins to ask for a token.
    fn asking<'a>(
        &'a self,
        (provider, target): (&'a str, &'a Target),
        trace: &Trace,
    ) -> Result<Asking<'a>, Fault> {
        let obo = self.provider(provider).and_then(ConfiguredProvider::obo).ok_or(Code::Setup)?;
        let acquiring = Acquiring::begin(&self.telemetry, trace);
        Ok(Asking { obo, provider, target, acquiring })
    }
}

/// Asks a provider, or what is kept of it, for a token at a target.
struct Asking<'a> {
    obo: &'a Obo,
    provider: &'a str,
    target: &'a Target,
    acquiring: Acquiring,
}

impl Asking<'_> {
    /// A token for the caller's user.
    async fn acquire(self, caller: &Caller) -> Result<AccessToken, Fault> {
        let acquired = self.obo.acquire(caller, self.target, self.options()).await;
        self.ended(caller, acquired)
    }

    /// Another than the one that was refused, if there is one to be had.
    async fn instead_of(
        self,
        refused: &AccessToken,
        caller: &Caller,
    ) -> Result<Option<AccessToken>, Fault> {
        let asked = self.obo.token_instead_of(refused, caller, self.target, self.options()).await;
        let Some(another) = asked.transpose() else {
            self.acquiring.forget();
            return Ok(None);
        };
        let acquired = another.map(|token| Acquired { token, source: Source::Exchange });
        self.ended(caller, acquired).map(Some)
    }

    fn options(&self) -> AcquireOptions {
        let traceparent = Some(self.acquiring.traceparent());
        AcquireOptions { traceparent, ..AcquireOptions::default() }
    }

    fn ended(
        self,
        caller: &Caller,
        acquired: Result<Acquired, AcquireError>,
    ) -> Result<AccessToken, Fault> {
        let Self { provider, target, acquiring, .. } = self;
        let label = target.resource().as_str();
        acquiring.end(&acquired, Wanted { caller: Some(caller), provider, target, label });
        Ok(acquired?.token)
    }
}

impl Admitted {
    /// `Authorization` as the upstream gets it; none where it gets no token.
    pub(crate) fn authorization(&self) -> Option<HeaderValue> {
        let token = match (&self.token, &self.caller) {
            (Token::Acquired(token), _) => token.expose(),
            (Token::Handle(handle), _) => handle.expose(),
            (Token::Callers, Some(caller)) => caller.token().expose(),
            (Token::None | Token::Callers, _) => return None,
        };
        let mut value = HeaderValue::try_from(["Bearer ", token].concat()).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

impl Exchange {
    /// Whether requests go on with a token that we acquire, so that another can be acquired in its place.
    pub(crate) fn acquires(&self) -> bool {
        matches!(self, Self::For { .. })
    }
}

impl Route {
    /// The fault as a caller is told it: without the challenge, if the route hides that.
    fn tells(&self, fault: Fault) -> Fault {
        match self.on_challenge {
            OnChallenge::Pass => fault,
            OnChallenge::Hide => fault.hidden(),
        }
    }
}

impl Require {
    fn needs(&self) -> Needs<'_, String> {
        Needs {
            scopes: &self.scopes,
            actors: self.actors.as_deref(),
            max_depth: self.max_chain,
            acr: self.acr.as_deref(),
            max_age: self.max_age,
        }
    }
}

impl Matching {
    fn is_for(&self, asked: Asked<'_>) -> bool {
        let named = |host: &str| host.eq_ignore_ascii_case(asked.authority.host());
        let host = self.host.as_deref().is_none_or(named);
        let method = self.methods.is_empty() || self.methods.contains(asked.method);
        host && method && self.path.fits(asked.path)
    }
}

impl PathPattern {
    fn fits(&self, path: &str) -> bool {
        match self {
            Self::Exactly(only) => only == path,
            Self::Under(start) => path.starts_with(start),
        }
    }
}
