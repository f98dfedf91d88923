//! The SDK alone at an identity provider that is not ours: found by its issuer, exchanged at, verified, refused by.

use crate::peer::Peer;
use serde_json::json;
use stead::{
    AcquireError, Caller, Credential, Jwt, Obo, Provider, Transport, Verifier, VerifyError,
};

/// What an application knows: an issuer, its own name there and a secret.
struct Application {
    peer: Peer,
    provider: Provider,
    obo: Obo,
}

impl Application {
    fn new(secret: Option<&str>) -> Self {
        let peer = Peer::start();
        let plain = Transport::builder().plain_http_on_loopback().build().unwrap();
        let provider = Provider::builder(peer.says("issuer")).transport(plain).build().unwrap();
        let secret = secret.map_or_else(|| peer.read("secret_file"), str::to_owned);
        let obo = Obo::builder()
            .provider(provider.clone())
            .client_id(peer.says("client"))
            .credential(Credential::secret(secret))
            .build()
            .unwrap();
        Self { peer, provider, obo }
    }

    async fn verify(&self, audience: &str, token: &str) -> Result<Caller, VerifyError> {
        let verifier = Verifier::builder().provider(self.provider.clone()).audience(audience);
        verifier.build().unwrap().verify(&Jwt::new(token)).await
    }

    async fn caller(&self) -> Caller {
        let [token] = self.peer.tokens();
        self.verify("api://reports-api", &token).await.unwrap()
    }
}

#[tokio::test]
async fn a_token_of_another_provider_is_exchanged_and_the_next_service_knows_who_acts_for_whom() {
    let application = Application::new(None);
    let caller = application.caller().await;
    let given = application.obo.token(&caller, "api://company-data/Rows.Read").await.unwrap();
    let there = application.verify("api://company-data", given.expose()).await.unwrap();
    assert_eq!(
        (there.subject(), there.issuer(), there.scopes().to_string().as_str()),
        (caller.subject(), caller.issuer(), "Rows.Read"),
    );
    assert_eq!(json!(there.actor()), json!("reports-api"));
    // What it gave is kept.
    let again = application.obo.token(&caller, "api://company-data/Rows.Read").await.unwrap();
    assert_eq!(again.expose(), given.expose());
}

#[tokio::test]
async fn a_token_of_another_provider_is_good_for_its_own_audience_and_as_it_was_signed() {
    let application = Application::new(None);
    let [token] = application.peer.tokens();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let turned: String = signature.chars().rev().collect();
    for (audience, token) in
        [("api://company-data", token.clone()), ("api://reports-api", format!("{signed}.{turned}"))]
    {
        assert!(application.verify(audience, &token).await.is_err(), "{audience}");
    }
    assert!(application.verify("api://reports-api", &token).await.is_ok());
}

#[tokio::test]
async fn what_another_provider_refuses_is_an_error_of_its_own_kind() {
    let application = Application::new(None);
    let caller = application.caller().await;
    match application.obo.token(&caller, "api://company-data/Rows.Write").await {
        Err(AcquireError::Denied(denied)) => assert_eq!(denied.code, "invalid_scope"),
        other => panic!("{other:?}"),
    }
    let guessing = Application::new(Some("a guess"));
    let caller = guessing.caller().await;
    let refused = guessing.obo.token(&caller, "api://company-data/Rows.Read").await;
    assert!(matches!(refused, Err(AcquireError::Config(_))), "{refused:?}");
}
