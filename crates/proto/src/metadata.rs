//! The discovery document (RFC 8414 §2, OpenID Connect Discovery §3): what we write, what a client reads.

use crate::acr::Acr;
use crate::client_auth::AuthMethod;
use crate::grants::{DEVICE_CODE, JWT_BEARER, TOKEN_EXCHANGE};
use crate::id::Issuer;
use crate::jwt::Algorithm;
use crate::scope::OpenIdScope;
use serde::{Deserialize, Serialize};

/// Where a tenant's endpoints are. All of it comes from one configured base URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    base: String,
    tenant: String,
}

impl Endpoints {
    /// The endpoints of a tenant under a public base URL (`https://id.example`, without a final `/`).
    #[must_use]
    pub fn new(base: &str, tenant: &str) -> Self {
        Self { base: base.trim_end_matches('/').to_owned(), tenant: tenant.to_owned() }
    }

    /// The issuer: `{base}/{tenant}/v2.0`.
    #[must_use]
    pub fn issuer(&self) -> String {
        format!("{}/{}/v2.0", self.base, self.tenant)
    }

    /// One of `authorize`, `token`, `devicecode`, `userinfo`, `introspect`, `revoke`, `revocations`, `logout`.
    #[must_use]
    pub fn oauth(&self, name: &str) -> String {
        format!("{}/{}/oauth2/v2.0/{name}", self.base, self.tenant)
    }

    /// What a URL of one of these endpoints calls the tenant, which may have more names than one; `None` if
    /// it is no such URL here.
    #[must_use]
    pub fn tenant_in<'u>(&self, name: &str, url: &'u str) -> Option<&'u str> {
        let path = url.strip_prefix(&self.base)?.strip_prefix('/')?;
        let (tenant, endpoint) = path.split_once('/')?;
        (endpoint.strip_prefix("oauth2/v2.0/")? == name).then_some(tenant)
    }

    /// The key set.
    #[must_use]
    pub fn keys(&self) -> String {
        format!("{}/{}/discovery/v2.0/keys", self.base, self.tenant)
    }

    /// Where the user of a device types the code that it shows.
    #[must_use]
    pub fn device_page(&self) -> String {
        format!("{}/{}/device", self.base, self.tenant)
    }

    /// The paragraph on a denial reason.
    #[must_use]
    pub fn error_page(&self, reason: &str) -> String {
        format!("{}/errors#{reason}", self.base)
    }

    /// The same where MSAL reads it: Entra's number, if there is one, is what stands behind `code=`, to the
    /// end. It leads people on to the paragraph.
    #[must_use]
    pub fn numbered_error_page(&self, reason: &str, number: Option<u32>) -> String {
        match number {
            Some(number) => format!("{}/errors?reason={reason}&code={number}", self.base),
            None => self.error_page(reason),
        }
    }
}

/// The document we publish: exactly what works, nothing else.
#[expect(clippy::struct_excessive_bools, reason = "the registered members are booleans")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Metadata {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    device_authorization_endpoint: String,
    jwks_uri: String,
    userinfo_endpoint: String,
    introspection_endpoint: String,
    revocation_endpoint: String,
    revocation_feed_endpoint: String,
    end_session_endpoint: String,
    response_types_supported: Vec<&'static str>,
    response_modes_supported: Vec<&'static str>,
    grant_types_supported: Vec<&'static str>,
    subject_types_supported: Vec<&'static str>,
    id_token_signing_alg_values_supported: Vec<Algorithm>,
    token_endpoint_auth_methods_supported: Vec<AuthMethod>,
    token_endpoint_auth_signing_alg_values_supported: Vec<Algorithm>,
    introspection_endpoint_auth_methods_supported: Vec<AuthMethod>,
    introspection_endpoint_auth_signing_alg_values_supported: Vec<Algorithm>,
    revocation_endpoint_auth_methods_supported: Vec<AuthMethod>,
    revocation_endpoint_auth_signing_alg_values_supported: Vec<Algorithm>,
    code_challenge_methods_supported: Vec<&'static str>,
    scopes_supported: Vec<OpenIdScope>,
    claims_supported: Vec<&'static str>,
    claims_parameter_supported: bool,
    request_parameter_supported: bool,
    request_uri_parameter_supported: bool,
    prompt_values_supported: Vec<&'static str>,
    acr_values_supported: Vec<Acr>,
    authorization_response_iss_parameter_supported: bool,
}

/// How a client may prove who it is at the endpoints that ask for it.
const CONFIDENTIAL: [AuthMethod; 3] =
    [AuthMethod::ClientSecretBasic, AuthMethod::ClientSecretPost, AuthMethod::PrivateKeyJwt];
const ASSERTION_ALGORITHMS: [Algorithm; 4] =
    [Algorithm::Es256, Algorithm::EdDsa, Algorithm::Ps256, Algorithm::Rs256];
const CLAIMS: [&str; 22] = [
    "sub",
    "iss",
    "aud",
    "exp",
    "iat",
    "nbf",
    "jti",
    "nonce",
    "auth_time",
    "acr",
    "amr",
    "sid",
    "oid",
    "tid",
    "ver",
    "name",
    "preferred_username",
    "email",
    "email_verified",
    "address",
    "phone_number",
    "act",
];

impl Metadata {
    /// The document of a tenant whose tokens are signed with these algorithms, reaching these strengths.
    #[must_use]
    pub fn new(endpoints: &Endpoints, signing: &[Algorithm], acr: &[Acr]) -> Self {
        let with_public: Vec<_> = CONFIDENTIAL.into_iter().chain([AuthMethod::None]).collect();
        Self {
            issuer: endpoints.issuer(),
            authorization_endpoint: endpoints.oauth("authorize"),
            token_endpoint: endpoints.oauth("token"),
            device_authorization_endpoint: endpoints.oauth("devicecode"),
            jwks_uri: endpoints.keys(),
            userinfo_endpoint: endpoints.oauth("userinfo"),
            introspection_endpoint: endpoints.oauth("introspect"),
            revocation_endpoint: endpoints.oauth("revoke"),
            revocation_feed_endpoint: endpoints.oauth("revocations"),
            end_session_endpoint: endpoints.oauth("logout"),
            response_types_supported: vec!["code"],
            response_modes_supported: vec!["query", "fragment", "form_post"],
            grant_types_supported: vec![
                "authorization_code",
                "refresh_token",
                "client_credentials",
                DEVICE_CODE,
                JWT_BEARER,
                TOKEN_EXCHANGE,
            ],
            subject_types_supported: vec!["public"],
            id_token_signing_alg_values_supported: signing.to_vec(),
            token_endpoint_auth_methods_supported: with_public.clone(),
            token_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGORITHMS.to_vec(),
            introspection_endpoint_auth_methods_supported: CONFIDENTIAL.to_vec(),
            introspection_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGORITHMS.to_vec(),
            revocation_endpoint_auth_methods_supported: with_public,
            revocation_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGORITHMS.to_vec(),
            code_challenge_methods_supported: vec!["S256"],
            scopes_supported: OpenIdScope::ALL.to_vec(),
            claims_supported: CLAIMS.to_vec(),
            claims_parameter_supported: true,
            request_parameter_supported: false,
            request_uri_parameter_supported: false,
            prompt_values_supported: vec!["none", "login", "consent", "select_account"],
            acr_values_supported: acr.to_vec(),
            authorization_response_iss_parameter_supported: true,
        }
    }
}

/// What a client reads of somebody's discovery document.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ProviderMetadata {
    /// Must equal the issuer that was asked for (RFC 8414 §3.3).
    pub issuer: Issuer,
    /// Where users are sent.
    #[serde(default)]
    pub authorization_endpoint: Option<String>,
    /// Where tokens are asked for.
    #[serde(default)]
    pub token_endpoint: Option<String>,
    /// Where the keys are.
    #[serde(default)]
    pub jwks_uri: Option<String>,
    /// What it offers; RFC 8414 §2 gives the default.
    #[serde(default)]
    pub grant_types_supported: Option<Vec<String>>,
    /// Where verifiers follow what is revoked: Stead's own.
    #[serde(default)]
    pub revocation_feed_endpoint: Option<String>,
    /// Where users sign out.
    #[serde(default)]
    pub end_session_endpoint: Option<String>,
    /// Where those ask who show a certificate (RFC 8705 §5).
    #[serde(default)]
    pub mtls_endpoint_aliases: Option<MtlsAliases>,
}

/// Endpoints for connections with a client certificate (RFC 8705 §5).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct MtlsAliases {
    /// Where tokens are asked for.
    #[serde(default)]
    pub token_endpoint: Option<String>,
}
