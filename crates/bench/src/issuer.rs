//! An issuer on loopback: its document, its keys, a token endpoint that always says yes, tokens by the dozen.

use crate::world::Person;
use anyhow::{Context, anyhow};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
    RsaPublicKeyComponents,
};
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use std::sync::Arc;
use stead::{Provider, Transport};
use stead_proto::digest::{base64url, from_base64url, sha256};
use stead_proto::form::Form;
use stead_proto::jwt::{Algorithm, JwkSet, SigningKey, Typ, Unverified};
use stead_proto::secret::Jwt;
use stead_server::moment::{Moments, SystemMoments};
use tokio::net::TcpListener;

/// To whom its tokens are addressed.
pub(crate) const AUDIENCE: &str = "api://reports-api";

/// To whom those are addressed that it answers with.
const TARGET: &str = "api://company-data";

/// An issuer, serving until the program ends.
#[derive(Debug)]
pub(crate) struct Issuer {
    name: String,
    key: SigningKey,
    /// What it answers with is signed by another key.
    acquired: Arc<SigningKey>,
    /// When its tokens were issued, in seconds since 1970.
    now: i64,
}

impl Issuer {
    /// Makes a key, and serves.
    pub(crate) async fn start(algorithm: Algorithm) -> anyhow::Result<Self> {
        let (key, _) = SigningKey::generate(algorithm).map_err(|error| anyhow!("{error}"))?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let origin = format!("http://{}", listener.local_addr()?);
        let name = format!("{origin}/bench/v2.0");
        let document = json!({
            "issuer": name, "jwks_uri": format!("{origin}/keys"),
            "token_endpoint": format!("{origin}/token"),
            "grant_types_supported": ["urn:ietf:params:oauth:grant-type:token-exchange"],
        });
        let keys: JwkSet = [key.public_jwk()].into_iter().collect();
        let (acquired, _) = SigningKey::generate(algorithm).map_err(|error| anyhow!("{error}"))?;
        let acquired = Arc::new(acquired);
        let signer = Arc::clone(&acquired);
        let token = move |asked: Bytes| {
            let answer = answered(&asked, &signer).map(Json);
            std::future::ready(answer.map_err(|_| StatusCode::BAD_REQUEST))
        };
        let always = |value: Value| move || std::future::ready(Json(value));
        let app = Router::new()
            .route("/bench/v2.0/.well-known/openid-configuration", get(always(document)))
            .route("/keys", get(always(serde_json::to_value(keys)?)))
            .route("/token", post(token));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Ok(Self { name, key, acquired, now: SystemMoments.moment().now.secs() })
    }

    /// What it is called: `iss` of its tokens.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// How a token begins that it answers with, and no other.
    pub(crate) fn acquired_begins(&self) -> anyhow::Result<String> {
        let token = self.acquired_for(Person(0))?;
        let (header, _) = token.split_once('.').context("a token without a dot")?;
        Ok(format!("{header}."))
    }

    /// How long a token is that it signs, and one that it answers with, in bytes.
    pub(crate) fn token_bytes(&self) -> anyhow::Result<(usize, usize)> {
        Ok((self.token(Person(0))?.expose().len(), self.acquired_for(Person(0))?.len()))
    }

    /// What it answers when somebody acts for a person.
    fn acquired_for(&self, person: Person) -> anyhow::Result<String> {
        exchanged(&self.token(person)?, &self.acquired)
    }

    /// The issuer as the SDK sees it.
    pub(crate) fn provider(&self) -> anyhow::Result<Provider> {
        let transport = Transport::builder().plain_http_on_loopback().build()?;
        Ok(Provider::builder(&self.name).transport(transport).build()?)
    }

    /// What a token says that is the person's at the resource: the claims Stead writes.
    pub(crate) fn claims(&self, person: Person) -> anyhow::Result<Value> {
        let id = person.id();
        Ok(json!({
            "iss": self.name, "sub": id, "aud": AUDIENCE, "client_id": "dashboard",
            "azp": "dashboard", "azpacr": "1", "exp": self.now + 3600, "iat": self.now,
            "nbf": self.now, "jti": person.token(), "scope": "Reports.Read",
            "scp": "Reports.Read", "sid": person.session(), "acr": "urn:stead:acr:password",
            "amr": ["pwd"], "auth_time": self.now - 60, "oid": id,
            "tid": "6f1a3c52-58b3-4a0e-9c2e-1f4d2a7b9e10", "ver": "2.0", "idtyp": "user",
            "name": person.name(), "preferred_username": person.username()?,
            "lineage": {
                "auth": self.now * 1000, "since": self.now * 1000,
                "families": [person.family()], "clients": ["dashboard"],
            },
        }))
    }

    /// A token of the person's.
    pub(crate) fn token(&self, person: Person) -> anyhow::Result<Jwt> {
        let signed = self.key.sign(Typ::AccessToken, &self.claims(person)?);
        signed.map_err(|error| anyhow!("{error}"))
    }

    /// The public key as the library takes it, to check signatures and nothing else.
    pub(crate) fn raw_key(&self) -> anyhow::Result<ParsedPublicKey> {
        let jwk = serde_json::to_value(self.key.public_jwk())?;
        let number = |name: &str| {
            let written = jwk.get(name).and_then(Value::as_str).and_then(from_base64url);
            written.with_context(|| format!("the key has no {name}"))
        };
        let parsed = match self.key.alg() {
            Algorithm::Es256 => {
                let point = [vec![4], number("x")?, number("y")?].concat();
                ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
            }
            Algorithm::EdDsa => ParsedPublicKey::new(&ED25519, number("x")?),
            Algorithm::Rs256 | Algorithm::Ps256 => {
                let (n, e) = (number("n")?, number("e")?);
                let key = RsaPublicKeyComponents { n, e };
                return key
                    .to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
                    .ok()
                    .context("the public key cannot be read");
            }
        };
        parsed.ok().context("the public key cannot be read")
    }
}

/// What an exchange is answered.
fn answered(asked: &[u8], key: &SigningKey) -> anyhow::Result<Value> {
    let form = Form::parse(asked).map_err(|error| anyhow!("{error:?}"))?;
    let subject = form.one("subject_token").map_err(|error| anyhow!("{error:?}"))?;
    let token = exchanged(&Jwt::new(subject.context("no subject token")?), key)?;
    Ok(json!({ "access_token": token, "token_type": "Bearer", "expires_in": 3600 }))
}

/// A token as Stead gives it for another, to an application that acts for the user: of its own name, and with one more
/// behind it.
fn exchanged(subject: &Jwt, key: &SigningKey) -> anyhow::Result<String> {
    let subject_token = Unverified::parse(subject).map_err(|error| anyhow!("{error}"))?;
    let mut claims = subject_token.claims_for_display();
    let id = |what: &str| {
        let id = sha256(format!("{what} {}", subject.expose()).as_bytes());
        let bits = id.as_bytes().first_chunk::<16>().copied();
        base64url(&bits.unwrap_or_default())
    };
    let before = claims.get("jti").cloned();
    let changes = json!({
        "aud": TARGET, "client_id": "reports-api", "azp": "reports-api", "jti": id("token"),
        "scope": "Rows.Read", "scp": "Rows.Read", "act": { "sub": "reports-api" },
    });
    let mut lineage = claims.get("lineage").cloned().unwrap_or_default();
    if let Some(lineage) = lineage.as_object_mut() {
        lineage.insert("clients".to_owned(), json!(["dashboard", "reports-api"]));
        lineage.insert("tokens".to_owned(), json!([before]));
        lineage.insert("consents".to_owned(), json!([id("consent")]));
    }
    let claims_object = claims.as_object_mut().context("claims that are no object")?;
    claims_object.extend(changes.as_object().cloned().unwrap_or_default());
    claims_object.insert("lineage".to_owned(), lineage);
    let token = key.sign(Typ::AccessToken, &claims).map_err(|error| anyhow!("{error}"))?;
    Ok(token.expose().to_owned())
}
