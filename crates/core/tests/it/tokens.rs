//! What clients send to the token endpoint in these worlds, and what comes back.

use crate::world::{ORIGIN, World, application, audience, set};
use stead_core::error::TokenError;
use stead_core::model::application::{Application, Credential, Kind};
use stead_core::model::code::{Authorization, CodeGrant};
use stead_core::model::tenant::Named;
use stead_core::moment::Moment;
use stead_core::sts::Sts;
use stead_core::token::TokenRequest;
use stead_core::{commit::Change, denied::Denied, subject};
use stead_proto::acr::{Acr, Amr};
use stead_proto::authorize::CodeChallenge;
use stead_proto::claims::AccessTokenClaims;
use stead_proto::client_auth::write_basic;
use stead_proto::error::Dialect;
use stead_proto::form;
use stead_proto::grants::{JWT_BEARER, TOKEN_EXCHANGE};
use stead_proto::id::ClientId;
use stead_proto::jwt::Unverified;
use stead_proto::scope::{OpenIdScope, ScopeSet};
use stead_proto::secret::{AuthorizationCode, ClientSecret, CodeVerifier, Jwt, RefreshToken};
use stead_proto::time::{Seconds, Timestamp};
use stead_proto::token_response::TokenResponse;

/// The verifier of RFC 7636, appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// What the clients of these worlds prove themselves with.
pub(crate) fn secret_of(client: &str) -> ClientSecret {
    ClientSecret::new(format!("the secret of {client}"))
}

/// The `Authorization` header of a client.
pub(crate) fn basic_of(client: &str) -> String {
    write_basic(&client.parse().unwrap(), &secret_of(client))
}

/// An application that offers these scopes and can prove who it is.
pub(crate) fn api(id: &str, scopes: &str) -> Application {
    let sentence = |scope: &stead_proto::scope::Scope| (scope.clone(), format!("Use {scope}"));
    Application {
        audience: Some(audience(&format!("api://{id}"))),
        scopes: set(scopes).iter().map(sentence).collect(),
        credentials: vec![Credential::Secret { hash: secret_of(id).hash(), expires: None }],
        ..application(id, Kind::WebApi)
    }
}

/// Both ways to ask for a token on behalf of a user.
pub(crate) const DIALECTS: [Dialect; 2] = [Dialect::Entra, Dialect::Rfc8693];

/// The form of an exchange.
pub(crate) fn exchange_form(
    dialect: Dialect,
    token: &Jwt,
    (towards, scope): (&str, &str),
) -> Vec<(&'static str, String)> {
    let token = token.expose().to_owned();
    if dialect == Dialect::Rfc8693 {
        return vec![
            ("grant_type", TOKEN_EXCHANGE.into()),
            ("subject_token", token),
            ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token".into()),
            ("audience", towards.into()),
            ("scope", scope.into()),
        ];
    }
    let words: Vec<String> = scope
        .split_whitespace()
        .map(|word| match OpenIdScope::parse(word) {
            Some(_) => word.to_owned(),
            None => format!("{towards}/{word}"),
        })
        .collect();
    let names_it = words.iter().any(|word| word.contains('/'));
    let default = (!names_it).then(|| format!("{towards}/.default"));
    vec![
        ("grant_type", JWT_BEARER.into()),
        ("requested_token_use", "on_behalf_of".into()),
        ("assertion", token),
        ("scope", default.into_iter().chain(words).collect::<Vec<_>>().join(" ")),
    ]
}

/// A sign-in, as the authorization endpoint leaves it behind.
pub(crate) struct SignIn<'a> {
    pub(crate) client: &'a str,
    pub(crate) user: &'a str,
    pub(crate) session: &'a str,
    pub(crate) family: &'a str,
    pub(crate) resource: &'a str,
    pub(crate) scopes: &'a str,
    pub(crate) openid: &'a [OpenIdScope],
    pub(crate) lasts: Seconds,
}

/// Alice at the dashboard, for the reports API.
pub(crate) const ALICE: SignIn<'static> = SignIn {
    client: "dashboard",
    user: "alice",
    session: "s-1",
    family: "f-1",
    resource: "api://reports",
    scopes: "Reports.Read",
    openid: &[],
    lasts: Seconds(12 * 3600),
};

impl SignIn<'_> {
    pub(crate) fn authorization(&self, now: Timestamp) -> Authorization {
        Authorization {
            family: self.family.parse().unwrap(),
            client: self.client.parse().unwrap(),
            subject: format!("id-of-{}", self.user).parse().unwrap(),
            session: self.session.parse().unwrap(),
            session_expires: now + self.lasts,
            auth_time: now,
            acr: Acr::Password,
            amr: vec![Amr::Pwd],
            resource: Some(audience(self.resource)),
            scopes: set(self.scopes),
            openid: self.openid.iter().copied().collect(),
            asked: self.scopes.split_whitespace().map(str::to_owned).collect(),
            consents: vec![],
            may_act: None,
            since: now,
        }
    }
}

/// Whether a request to the token endpoint works; owns what it needs, so that it can be one of many at once.
pub(crate) async fn works(
    sts: Sts,
    (authorization, body): (Option<String>, String),
    moment: Moment,
) -> bool {
    let authorization = authorization.as_deref();
    let request =
        TokenRequest { authorization, tenant: Named::Itself, origin: None, body: body.as_bytes() };
    sts.token(request, &moment).await.is_ok()
}

impl World {
    /// Puts a code on file, as if the user had just signed in and agreed.
    pub(crate) async fn code(&self, sign_in: &SignIn<'_>) -> AuthorizationCode {
        let now = self.now();
        let code = AuthorizationCode::new(format!("code of {}", sign_in.family));
        let grant = CodeGrant {
            authorization: sign_in.authorization(now),
            redirect_uri: None,
            challenge: CodeChallenge::of(&CodeVerifier::new(VERIFIER)),
            nonce: None,
            expires: now + self.sts.settings.code,
        };
        self.write(vec![Change::PutCode(code.hash(), Box::new(grant))]).await;
        code
    }

    /// Signs in and redeems the code.
    pub(crate) async fn sign_in(&self, sign_in: &SignIn<'_>) -> TokenResponse {
        let code = self.code(sign_in).await;
        self.redeem(sign_in.client, &code).await.unwrap()
    }

    pub(crate) async fn redeem(
        &self,
        client: &str,
        code: &AuthorizationCode,
    ) -> Result<TokenResponse, Denied> {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code.expose()),
            ("code_verifier", VERIFIER),
        ];
        self.ask(client, &form).await
    }

    pub(crate) async fn refresh(
        &self,
        client: &str,
        token: &RefreshToken,
    ) -> Result<TokenResponse, Denied> {
        let form = [("grant_type", "refresh_token"), ("refresh_token", token.expose())];
        self.ask(client, &form).await
    }

    pub(crate) async fn exchange(
        &self,
        (client, dialect): (&str, Dialect),
        token: &Jwt,
        target: (&str, &str),
    ) -> Result<TokenResponse, Denied> {
        let form = exchange_form(dialect, token, target);
        let form: Vec<(&str, &str)> =
            form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.ask(client, &form).await
    }

    /// Asks the token endpoint, with the client's secret if it can keep one.
    pub(crate) async fn ask(
        &self,
        client: &str,
        form: &[(&str, &str)],
    ) -> Result<TokenResponse, Denied> {
        let id = ClientId::parse(client).unwrap();
        let on_file = self.sts.store.application(&id).await.unwrap().unwrap();
        let basic = on_file.is_confidential().then(|| basic_of(client));
        let mut form = form.to_vec();
        if basic.is_none() {
            form.push(("client_id", client));
        }
        self.send(basic.as_deref(), &form::write(&form)).await
    }

    /// Sends a body to the token endpoint; what proves nothing comes from a page.
    pub(crate) async fn send(
        &self,
        authorization: Option<&str>,
        body: &str,
    ) -> Result<TokenResponse, Denied> {
        let origin = authorization.is_none().then_some(ORIGIN);
        let request =
            TokenRequest { authorization, tenant: Named::Itself, origin, body: body.as_bytes() };
        match self.sts.token(request, &self.moment()).await {
            Ok(issued) => Ok(issued.response),
            Err(TokenError::Denied { denied, .. }) => Err(*denied),
            Err(TokenError::Failed(error)) => panic!("{error}"),
        }
    }

    /// Whether a token is alive, as this client hears it.
    pub(crate) async fn is_active(&self, client: &str, token: &Jwt) -> bool {
        let basic = basic_of(client);
        let body = form::write(&[("token", token.expose())]);
        let answer = self.sts.introspect(Some(&basic), body.as_bytes(), &self.moment()).await;
        serde_json::to_value(answer.unwrap()).unwrap()["active"] == true
    }

    /// What a token says, once its signature and times are checked.
    pub(crate) fn claims(&self, token: &Jwt) -> AccessTokenClaims {
        let unverified = Unverified::parse(token).unwrap();
        subject::access_token(&unverified, &self.sts.ring(), &self.moment()).unwrap().into_claims()
    }
}

/// The scopes of a token.
pub(crate) fn scopes_of(claims: &AccessTokenClaims) -> ScopeSet {
    assert_eq!(claims.scope, claims.scp, "two spellings of one thing");
    set(claims.scope.as_deref().unwrap())
}

/// Runs a test's future to its end, for tests that make many.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}
