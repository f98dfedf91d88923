//! Step 2: who asks. A client's proof becomes an [`AuthenticatedClient`], which only this file makes.

mod assertion;
mod federated;

use crate::commit::Once;
use crate::denied::{Denied, Unproven};
use crate::error::Stop;
use crate::model::application::{Application, Credential};
use crate::moment::Moment;
use crate::sts::Sts;
use std::sync::Arc;
use stead_proto::claims::Azpacr;
use stead_proto::client_auth::{ClientAuth, ClientAuthError};
use stead_proto::form::Form;
use stead_proto::grants::ParseError;
use stead_proto::id::ClientId;
use stead_proto::jwt::Unverified;
use stead_proto::secret::{ClientSecret, SecretHash};
use stead_proto::time::Timestamp;

/// A client that has proved who it is, or a public one that only can say it.
///
/// Nobody outside this file can make one, or put another application into it:
/// ```compile_fail,E0616
/// use stead_core::client_auth::AuthenticatedClient;
/// fn swap(mine: &mut AuthenticatedClient, other: AuthenticatedClient) {
///     mine.application = other.application;
/// }
/// ```
#[derive(Debug)]
pub struct AuthenticatedClient {
    application: Arc<Application>,
    proof: Azpacr,
    once: Option<Once>,
}

impl AuthenticatedClient {
    /// The application behind it.
    #[must_use]
    pub fn application(&self) -> &Application {
        &self.application
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &ClientId {
        &self.application.id
    }

    /// How it proved who it is.
    #[must_use]
    pub fn proof(&self) -> Azpacr {
        self.proof
    }

    /// The assertion's name, to be spent in the same commit as whatever comes of this request.
    #[must_use]
    pub fn once(&self) -> Option<&Once> {
        self.once.as_ref()
    }

    /// Whether it really proved something: a public client did not.
    #[must_use]
    pub fn is_proven(&self) -> bool {
        self.proof != Azpacr::Public
    }
}

/// Authenticates whoever sent this form. `claimed` hears the name before it is proved, so that a refusal is
/// on somebody's record.
pub async fn authenticate_form(
    sts: &Sts,
    (authorization, form): (Option<&str>, &Form),
    claimed: &mut Option<ClientId>,
    moment: &Moment,
) -> Result<AuthenticatedClient, Stop> {
    form.check_repeats(&["resource", "audience"])
        .map_err(|error| Denied::RequestMalformed(ParseError::Form(error)))?;
    let sent = ClientAuth::read(authorization, form).map_err(Denied::ClientAuthMalformed)?;
    *claimed = sent.claimed().cloned();
    if let ClientAuth::Assertion { client_id, assertion } = &sent {
        *claimed = Some(assertion::claimed_client(client_id.as_ref(), assertion)?);
    }
    let named = claimed.as_ref().ok_or(Denied::ClientAuthMalformed(ClientAuthError::Nobody))?;
    authenticate(sts, (named, &sent), moment).await
}

/// Authenticates a client (RFC 6749 §2.3, RFC 7523 §3). Unknown clients and wrong proofs look alike from outside.
async fn authenticate(
    sts: &Sts,
    (named, sent): (&ClientId, &ClientAuth),
    moment: &Moment,
) -> Result<AuthenticatedClient, Stop> {
    let Some(application) = sts.store.application(named).await? else {
        burn(sent);
        return Err(Denied::ClientUnproven(Unproven::Unknown).into());
    };
    let proved = prove(sts, &application, sent, moment).await;
    let (proof, once) = proved.map_err(Denied::ClientUnproven)?;
    if !application.enabled {
        return Err(Denied::ClientDisabled.into());
    }
    Ok(AuthenticatedClient { application, proof, once })
}

async fn prove(
    sts: &Sts,
    application: &Application,
    sent: &ClientAuth,
    moment: &Moment,
) -> Result<(Azpacr, Option<Once>), Unproven> {
    match sent {
        ClientAuth::None { .. } if application.is_confidential() => Err(Unproven::NoProof),
        ClientAuth::None { .. } => Ok((Azpacr::Public, None)),
        ClientAuth::Secret { secret, .. } => {
            secret_fits(application, secret, moment.now)?;
            Ok((Azpacr::Secret, None))
        }
        ClientAuth::Assertion { assertion, .. } => {
            let token = Unverified::parse(assertion).map_err(Unproven::AssertionInvalid)?;
            if token.issuer() != Some(application.id.as_str()) {
                federated::verify(sts, application, &token, moment).await?;
                return Ok((Azpacr::Key, None));
            }
            let once = assertion::verify(sts, application, &token, moment)?;
            Ok((Azpacr::Key, Some(once)))
        }
    }
}

fn secret_fits(
    application: &Application,
    secret: &ClientSecret,
    now: Timestamp,
) -> Result<(), Unproven> {
    let offered = secret.hash();
    let mut answer = Err(Unproven::NoCredential);
    for credential in &application.credentials {
        let Credential::Secret { hash, expires } = credential else { continue };
        let fits = *hash == offered;
        match (fits, expires.is_some_and(|end| end <= now), &answer) {
            (true, false, _) => answer = Ok(()),
            (true, true, Err(_)) => answer = Err(Unproven::SecretExpired),
            (false, _, Err(Unproven::NoCredential)) => answer = Err(Unproven::SecretWrong),
            _ => {}
        }
    }
    answer
}

/// Spends the time a known client's secret takes, so that the clock does not tell who is known.
fn burn(sent: &ClientAuth) {
    if let ClientAuth::Secret { secret, .. } = sent {
        let nobodys: SecretHash = ClientSecret::new("").hash();
        std::hint::black_box(secret.hash() == nobodys);
    }
}
