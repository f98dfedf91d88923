//! The road of a token request: parse, authenticate, decide, mint, record, respond.

use crate::client_auth::{self, AuthenticatedClient};
use crate::commit::{Change, Commit, CommitError, Conflict, Expected};
use crate::denied::{Denied, Unproven};
use crate::error::{Stop, TokenError};
use crate::faults::{About, Strike};
use crate::grants::{
    Issue, Refused, authorization_code, client_credentials, device_code, end_family, jwt_bearer,
    on_behalf_of, refresh_token,
};
use crate::mint;
use crate::model::application::Kind;
use crate::model::refresh::RefreshGrant;
use crate::model::tenant::Named;
use crate::moment::Moment;
use crate::origin;
use crate::policy::{Permit, PermitFor};
use crate::ports::StoreError;
use crate::record::{Event, Outcome, Record, TokenEvent};
use crate::sts::Sts;
use std::fmt;
use stead_proto::capability::Capability;
use stead_proto::delegation::Actor;
use stead_proto::error::Dialect;
use stead_proto::form::Form;
use stead_proto::grants::{Grant, GrantKind, ParseError, dialect_of};
use stead_proto::jwt::{Algorithm, Typ};
use stead_proto::scope::OpenIdScope;
use stead_proto::token_response::{ClientInfo, PresentedAs, TokenResponse};

/// A token request as it came: all that the decisions see of it.
#[derive(Clone, Copy)]
pub struct TokenRequest<'a> {
    /// The `Authorization` header.
    pub authorization: Option<&'a str>,
    /// How the URL names the tenant.
    pub tenant: Named,
    /// The `Origin` header: the page that asks, if a page does.
    pub origin: Option<&'a str>,
    /// The body.
    pub body: &'a [u8],
}

impl fmt::Debug for TokenRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (tenant, origin) = (&self.tenant, &self.origin);
        let mut shown = f.debug_struct("TokenRequest");
        shown.field("tenant", tenant).field("origin", origin).finish_non_exhaustive()
    }
}

/// A token that was issued, and what sort of issue it was: for whoever counts.
#[derive(Debug)]
pub struct Issued {
    /// What the client gets.
    pub response: TokenResponse,
    /// By which grant.
    pub grant: GrantKind,
    /// What sort of program asked.
    pub client_kind: Kind,
    /// How many actors stand between the user and the resource; 0 unless on behalf of somebody.
    pub actors: usize,
}

impl Sts {
    /// Answers a token request (RFC 6749 §3.2). Whatever was decided is durably on record before this
    /// returns, answer or refusal.
    pub async fn token(
        &self,
        request: TokenRequest<'_>,
        moment: &Moment,
    ) -> Result<Issued, TokenError> {
        let form = match Form::parse(request.body) {
            Ok(form) => form,
            Err(error) => {
                let denied = Denied::RequestMalformed(ParseError::Form(error));
                let event = TokenEvent { dialect: Some(Dialect::Plain), ..TokenEvent::default() };
                return Err(self.refuse(denied.into(), event, None, moment).await);
            }
        };
        let dialect = dialect_of(&form);
        let mut event = TokenEvent { dialect: Some(dialect), ..TokenEvent::default() };
        let sent = (request.authorization, &form);
        let client =
            match client_auth::authenticate_form(self, sent, &mut event.client, moment).await {
                Ok(client) => client,
                Err(stop) => return Err(self.refuse(stop.into(), event, None, moment).await),
            };
        let decided = self.decide(&client, (&form, &request), (&mut event, moment)).await;
        let decided = match decided {
            Ok(issue) => self.spared(issue, &mut event).await,
            refused => refused,
        };
        match decided {
            Ok(issue) => self.issue(&client, (issue, capabilities(&form)), event, moment).await,
            Err(refused) => Err(self.refuse(refused, event, Some(&client), moment).await),
        }
    }

    async fn decide(
        &self,
        client: &AuthenticatedClient,
        (form, request): (&Form, &TokenRequest<'_>),
        (event, moment): (&mut TokenEvent, &Moment),
    ) -> Result<(GrantKind, Issue), Refused> {
        event.client = Some(client.id().clone());
        let grant = Grant::from_form(form).map_err(Denied::RequestMalformed)?;
        event.grant = Some(grant.kind());
        event.asked = asked(&grant);
        if request.tenant == Named::Common && !grant.kind().brings_user() {
            return Err(Denied::TenantNotNamed.into());
        }
        // On behalf of users this is the first of the rules, which says more.
        if !matches!(grant, Grant::OnBehalfOf(_)) && !client.application().may_use(grant.kind()) {
            return Err(Denied::GrantNotAllowed.into());
        }
        if matches!(grant, Grant::AuthorizationCode(_) | Grant::RefreshToken(_)) {
            origin::check(client.application(), request.origin)?;
        }
        let issue = match &grant {
            Grant::AuthorizationCode(grant) => {
                authorization_code::redeem(self, client, grant, (event, moment)).await?
            }
            Grant::DeviceCode(grant) => {
                device_code::poll(self, client, grant, (event, moment)).await?
            }
            Grant::RefreshToken(grant) => {
                refresh_token::refresh(self, client, grant, (event, moment)).await?
            }
            Grant::ClientCredentials(grant) => {
                client_credentials::as_itself(self, client, grant, (event, moment)).await?
            }
            Grant::OnBehalfOf(grant) => {
                on_behalf_of::exchange(self, client, grant, (event, moment)).await?
            }
            Grant::JwtBearer(grant) => return Err(jwt_bearer::refuse(grant).into()),
        };
        Ok((grant.kind(), issue))
    }

    /// The same, if nothing goes wrong with it on purpose.
    async fn spared(
        &self,
        (grant, issue): (GrantKind, Issue),
        event: &mut TokenEvent,
    ) -> Result<(GrantKind, Issue), Refused> {
        let Some(faults) = &self.faults else { return Ok((grant, issue)) };
        let strike = faults.strike(&about(grant, &issue.permit)).await;
        event.on_purpose = strike != Strike::Spared;
        match strike {
            Strike::Spared | Strike::Slowed => Ok((grant, issue)),
            Strike::Refused(denied) => Err(denied.into()),
        }
    }

    /// Mints and signs, records, responds. If the record conflicts with what happened meanwhile, nothing leaves.
    async fn issue(
        &self,
        client: &AuthenticatedClient,
        ((grant, mut issue), capabilities): ((GrantKind, Issue), Vec<Capability>),
        mut event: TokenEvent,
        moment: &Moment,
    ) -> Result<Issued, TokenError> {
        let response = self.respond(client, (&mut issue, capabilities), &mut event, moment).await?;
        let (client_kind, actors) = (client.application().kind, actors(&issue.permit));
        let issued = Issued { response, grant, client_kind, actors };
        let alive = Expected::Alive(issue.permit.descent());
        let mut changes = issue.changes;
        changes.push(Change::Expect(Box::new(alive)));
        changes.extend(client.once().cloned().map(Change::SpendOnce));
        // What was used twice is of the youngest family.
        let family = issue.permit.lineage().families.last().cloned();
        let record = Record::new(Event::Token(Box::new(event.clone())), Outcome::Done, moment);
        let conflict = match self.store.commit(Commit { changes, record }).await {
            Ok(_) => return Ok(issued),
            Err(CommitError::Failed(error)) => return Err(error.into()),
            Err(CommitError::Conflict(conflict)) => conflict,
        };
        let refused = Refused::from(of_conflict(&conflict));
        let refused = match (family, &conflict) {
            (
                Some(family),
                Conflict::CodeSpent | Conflict::DeviceSettled | Conflict::RefreshSpent,
            ) => refused.and(end_family(&family, moment.now, "it was used twice at once")),
            _ => refused,
        };
        (event.token, event.expires) = (None, None);
        (event.granted, event.preauthorized) = (String::new(), String::new());
        Err(self.refuse(refused, event, None, moment).await)
    }

    async fn respond(
        &self,
        client: &AuthenticatedClient,
        (issue, capabilities): (&mut Issue, Vec<Capability>),
        event: &mut TokenEvent,
        moment: &Moment,
    ) -> Result<TokenResponse, StoreError> {
        let permit = &issue.permit;
        let mut claims = mint::access_token(self, permit, client.proof(), moment);
        claims.xms_cc = capabilities;
        event.resource = Some(claims.aud.clone());
        event.edge = permit.edge().map(str::to_owned);
        event.granted = permit.scopes().to_string();
        event.preauthorized = permit.preauthorized().to_string();
        event.token = Some(claims.jti.clone());
        event.expires = Some(claims.expires());
        let client_info = match permit.speaks_of() {
            PermitFor::User(of_user) if issue.client_info => {
                Some(ClientInfo { uid: of_user.user.id.clone(), utid: self.tenant.id.clone() })
            }
            _ => None,
        };
        let response = TokenResponse {
            access_token: self.sign(permit.tokens().algorithm, Typ::AccessToken, &claims).await?,
            presented_as: PresentedAs::Bearer,
            expires_in: permit.lifetime().0,
            scope: scope_answer(issue, event.dialect),
            issued_token_type: issue.issued,
            refresh_token: issue.refresh.as_ref().map(|_| moment.refresh_token()),
            refresh_token_expires_in: match (client.application().kind, &issue.refresh) {
                (Kind::Spa, Some(new)) => Some(new.expires.left_at(moment.now).0),
                _ => None,
            },
            id_token: match &issue.id_token {
                Some(claims) => Some(self.sign(Algorithm::Rs256, Typ::IdToken, claims).await?),
                None => None,
            },
            client_info,
        };
        if let Some(new) = issue.refresh.take() {
            let held = RefreshGrant {
                family: new.family,
                client: client.id().clone(),
                continues: new.continues,
                issued: moment.now,
                expires: new.expires,
            };
            let hash = moment.refresh_token().hash();
            issue.changes.push(Change::PutRefresh(hash, Box::new(held)));
        }
        Ok(response)
    }

    async fn sign<C: serde::Serialize>(
        &self,
        algorithm: Algorithm,
        typ: Typ,
        claims: &C,
    ) -> Result<stead_proto::secret::Jwt, StoreError> {
        let ring = self.ring_for(algorithm).await;
        let key = ring.signer(algorithm).ok_or_else(|| {
            StoreError::Broken(format!("there is no signing key for {}", algorithm.as_str()))
        })?;
        key.sign(typ, claims).map_err(|error| StoreError::Broken(error.to_string()))
    }

    /// Records a refusal and puts it into the client's dialect. A refusal that cannot be recorded is a failure.
    async fn refuse(
        &self,
        refused: Refused,
        event: TokenEvent,
        client: Option<&AuthenticatedClient>,
        moment: &Moment,
    ) -> TokenError {
        let mut denied = match refused.stop {
            Stop::Denied(denied) => denied,
            Stop::Failed(error) => return error.into(),
        };
        let dialect = event.dialect.unwrap_or(Dialect::Plain);
        let once = client.and_then(AuthenticatedClient::once).cloned().map(Change::SpendOnce);
        let mut changes = refused.changes;
        let with_once: Vec<Change> = changes.iter().cloned().chain(once).collect();
        let on_purpose = event.on_purpose;
        let outcome = Outcome::of_token(&denied, on_purpose);
        let record = Record::new(Event::Token(Box::new(event.clone())), outcome, moment);
        match self.store.commit(Commit { changes: with_once, record }).await {
            Ok(_) => {}
            Err(CommitError::Failed(error)) => return error.into(),
            Err(CommitError::Conflict(conflict)) => {
                // Something was used a second time at this very moment: what was refused stays refused.
                if conflict == Conflict::OnceSpent {
                    denied = of_conflict(&conflict);
                }
                changes.retain(|change| matches!(change, Change::Revoke(_)));
                let outcome = Outcome::of_token(&denied, on_purpose);
                let record = Record::new(Event::Token(Box::new(event)), outcome, moment);
                if let Err(CommitError::Failed(error)) =
                    self.store.commit(Commit { changes, record }).await
                {
                    return error.into();
                }
            }
        }
        TokenError::Denied { denied: Box::new(denied), dialect, trace: self.trace(moment) }
    }
}

/// A token that is about to be issued.
fn about(grant: GrantKind, permit: &Permit) -> About<'_> {
    let (user, acr) = match permit.speaks_of() {
        PermitFor::User(of_user) => (Some(&of_user.user.id), of_user.acr),
        PermitFor::Application => (None, None),
    };
    let (client, resource) = (permit.client(), permit.towards());
    About { grant, user, client, resource, scopes: permit.scopes(), acr }
}

/// What the client says it understands; its resource reads it in the token.
fn capabilities(form: &Form) -> Vec<Capability> {
    Capability::of_claims(form.one("claims").ok().flatten().unwrap_or_default())
}

fn of_conflict(conflict: &Conflict) -> Denied {
    match conflict {
        Conflict::CodeSpent => Denied::CodeSpent,
        Conflict::DeviceSettled => Denied::DeviceCodeSpent,
        Conflict::Ended(ancestor) => Denied::SubjectTokenRevoked(ancestor.clone()),
        Conflict::OnceSpent => Denied::ClientUnproven(Unproven::AssertionReplayed),
        _ => Denied::RefreshReused,
    }
}

fn actors(permit: &Permit) -> usize {
    match permit.speaks_of() {
        PermitFor::User(of_user) => of_user.act.as_ref().map_or(0, Actor::depth),
        PermitFor::Application => 0,
    }
}

fn asked(grant: &Grant) -> String {
    let words = match grant {
        Grant::AuthorizationCode(grant) => &grant.target.scope.words,
        Grant::DeviceCode(grant) => &grant.target.scope.words,
        Grant::RefreshToken(grant) => &grant.target.scope.words,
        Grant::ClientCredentials(grant) => &grant.target.scope.words,
        Grant::OnBehalfOf(grant) => &grant.target.scope.words,
        Grant::JwtBearer(grant) => &grant.target.scope.words,
    };
    words.join(" ")
}

/// RFC 8693 hears what was granted. The others also hear their own words again, as MSAL needs
/// (`…/.default` too), without `offline_access`.
fn scope_answer(issue: &Issue, dialect: Option<Dialect>) -> String {
    let granted = issue.permit.scopes();
    if dialect == Some(Dialect::Rfc8693) {
        return granted.to_string();
    }
    let offline = OpenIdScope::OfflineAccess.as_str();
    let mut words: Vec<&str> =
        issue.words.iter().map(String::as_str).filter(|word| *word != offline).collect();
    for scope in granted.iter() {
        if !words.iter().any(|word| word.rsplit('/').next() == Some(scope.as_str())) {
            words.push(scope.as_str());
        }
    }
    words.join(" ")
}
