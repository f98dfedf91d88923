//! One exchange: the question, a second try if the first did not get through, and a look at the answer before it is
//! believed.

use super::answer::{self, NoToken};
use super::credential::Asking;
use super::dialect;
use super::question::Question;
use super::target::{NamedBy, Target};
use super::token::{EndsWith, Origin, Received};
use super::whose::{self, Subjects, User};
use super::{AccessToken, AcquireError, Credential};
use crate::issuer::{Outcome, Provider};
use crate::transport::{Answer, Lost, TRACEPARENT};
use aws_lc_rs::rand;
use std::time::Duration;
use stead_proto::error::Dialect;
use stead_proto::form;
use stead_proto::id::ClientId;
use stead_proto::metadata::ProviderMetadata;
use stead_proto::scope::Scope;
use stead_proto::secret::{Jwt, RefreshToken};
use stead_proto::time::{Seconds, Timestamp};
use stead_proto::token_response::ReceivedToken;

/// The lifetime of a token whose lifetime nobody says.
const UNTOLD_LIFETIME: Seconds = Seconds(60);

/// The longest pause before the second try, in milliseconds; the shortest is a quarter of it.
const PAUSE: u64 = 80;

/// What is asked of the token endpoint.
pub(super) struct Ask<'a> {
    pub(super) by: By<'a>,
    pub(super) target: &'a Target,
    /// Nobody, where the application asks for itself.
    pub(super) user: Option<User<'a>>,
    /// The end of the token that it came from: none of what comes of it is relied on for longer.
    pub(super) limit: Option<Timestamp>,
}

/// What speaks for the user, if there is one.
pub(super) enum By<'a> {
    /// By the token that they sent.
    SubjectToken(&'a Question),
    /// By a refresh token that an exchange has given.
    RefreshToken(&'a RefreshToken),
    /// By nothing: the application asks for itself (RFC 6749 §4.4).
    Nobody,
}

/// What came of it.
pub(super) struct Fresh {
    pub(super) token: AccessToken,
    pub(super) refresh_token: Option<RefreshToken>,
}

impl<'a> From<&'a Question> for Ask<'a> {
    fn from(question: &'a Question) -> Self {
        let Question { caller, target, .. } = question;
        let (user, limit) = (Some(User::of(caller)), Some(caller.expires()));
        Self { by: By::SubjectToken(question), target, user, limit }
    }
}

/// How often a question is sent that could not connect, or was answered with a 5xx.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Tries {
    One,
    #[default]
    Two,
}

/// Asks for tokens in the name of one application.
#[derive(Debug)]
pub(super) struct Exchange {
    pub(super) client_id: ClientId,
    pub(super) credential: Credential,
    pub(super) dialect: Option<Dialect>,
    /// How long all of it may take, both tries together.
    pub(super) budget: Duration,
    pub(super) tries: Tries,
    pub(super) subjects: Subjects,
}

impl Exchange {
    /// Asks, within the time there is.
    pub(super) async fn run(
        &self,
        provider: &Provider,
        question: &Question,
    ) -> Result<AccessToken, AcquireError> {
        let (trace, ask) = (question.options.traceparent, question.into());
        let asking = TRACEPARENT.scope(trace, self.fresh(provider, &ask));
        asking.await.map(|fresh| fresh.token)
    }

    /// The same, with the refresh token if there is one.
    pub(super) async fn fresh(
        &self,
        provider: &Provider,
        ask: &Ask<'_>,
    ) -> Result<Fresh, AcquireError> {
        let leave = provider
            .leave()
            .map_err(|wait| AcquireError::Unavailable { retry_after: Some(wait) })?;
        let asking = self.ask(provider, ask);
        let Ok(asked) = tokio::time::timeout(self.budget, asking).await else {
            tracing::warn!(issuer = %provider.issuer(), "a provider does not answer in time");
            return Err(AcquireError::Unavailable { retry_after: None });
        };
        leave.end(outcome(&asked));
        asked.map_err(|no_token| match no_token {
            NoToken::Refused(error) | NoToken::Later(error) => error,
            NoToken::Nonsense(problem) => {
                tracing::error!(issuer = %provider.issuer(), problem, "a provider cannot be understood");
                AcquireError::Unavailable { retry_after: None }
            }
        })
    }

    async fn ask(&self, provider: &Provider, ask: &Ask<'_>) -> Result<Fresh, NoToken> {
        let metadata = provider.metadata_whoever_waits().await.map_err(AcquireError::from)?;
        let dialect = dialect::spoken(self.dialect, &metadata).map_err(NoToken::Refused)?;
        let params = parameters(ask, dialect).map_err(NoToken::Refused)?;
        let answer = self.as_often_as_it_may(provider, &metadata, &params).await?;
        let received = answer::read(&answer).map_err(|no_token| placed(no_token, &metadata))?;
        self.believed(received, ask, dialect, provider.clock().now())
    }

    /// Tries once more, after a random pause, if the first question could not connect or was answered with a 5xx. Not
    /// if the provider said when to come back.
    async fn as_often_as_it_may(
        &self,
        provider: &Provider,
        metadata: &ProviderMetadata,
        params: &[(&'static str, String)],
    ) -> Result<Answer, NoToken> {
        let first = self.once(provider, metadata, params).await?;
        let again = match &first {
            Ok(answer) => answer.status.is_server_error() && answer.retry_after.is_none(),
            Err(lost) => matches!(lost, Lost::NeverHeard),
        };
        let last = if again && self.tries == Tries::Two {
            tokio::time::sleep(pause()).await;
            self.once(provider, metadata, params).await?
        } else {
            first
        };
        last.map_err(|lost| AcquireError::from(lost.into_error()).into())
    }

    /// One try. Each signs a new client assertion: a provider takes none twice.
    async fn once(
        &self,
        provider: &Provider,
        metadata: &ProviderMetadata,
        params: &[(&'static str, String)],
    ) -> Result<Result<Answer, Lost>, NoToken> {
        let url = self.credential.endpoint(metadata);
        let url = provider.endpoint("token_endpoint", url).map_err(AcquireError::from)?;
        let asking = Asking {
            client_id: &self.client_id,
            issuer: provider.issuer(),
            token_endpoint: metadata.token_endpoint.as_deref().unwrap_or_default(),
            now: provider.clock().now(),
        };
        let proof = self.credential.prove(&asking).await.map_err(NoToken::Refused)?;
        let all = params.iter().chain(&proof.params);
        let pairs: Vec<_> = all.map(|(name, value)| (*name, value.as_str())).collect();
        let body = form::write(&pairs);
        Ok(provider.transport().post_form(&url, body, proof.header.as_ref()).await)
    }

    /// A token that names its user and resource has to name those that were asked for.
    fn believed(
        &self,
        received: ReceivedToken,
        ask: &Ask<'_>,
        dialect: Dialect,
        now: Timestamp,
    ) -> Result<Fresh, NoToken> {
        let Ask { target, user, limit, .. } = ask;
        let user = user.as_ref();
        let asked = whose::Asked { target, user, dialect, subjects: self.subjects };
        let says = whose::check(&received.access_token, &asked)
            .map_err(|mismatch| NoToken::Nonsense(mismatch.to_string()))?;
        let told = received.expires_in.map(|secs| Seconds(u32::try_from(secs).unwrap_or(u32::MAX)));
        let ends = match (told, says) {
            (Some(told), Some(says)) => says.min(now + told),
            (Some(told), None) => now + told,
            (None, Some(says)) => says,
            (None, None) => now + UNTOLD_LIFETIME,
        };
        let limit = limit.filter(|limit| *limit <= ends);
        let token = AccessToken::new(Received {
            token: Jwt::new(received.access_token),
            id_token: received.id_token.map(Jwt::new),
            scope: received.scope,
            acquired: now,
            expires: limit.unwrap_or(ends),
            ends_with: limit.map_or(EndsWith::ItsLife, |_| EndsWith::TheSubjectToken),
            origin: Origin::Provider,
        });
        Ok(Fresh { token, refresh_token: received.refresh_token.map(RefreshToken::new) })
    }
}

fn parameters(
    ask: &Ask<'_>,
    dialect: Dialect,
) -> Result<Vec<(&'static str, String)>, AcquireError> {
    let question = match &ask.by {
        By::SubjectToken(question) => question,
        By::RefreshToken(token) => return Ok(refresh_parameters(token, ask.target, dialect)),
        By::Nobody => return Ok(own_parameters(ask.target, dialect)),
    };
    if dialect == Dialect::Entra && question.options.actor_token.is_some() {
        return Err(AcquireError::Config("Entra's dialect has no actor token".to_owned()));
    }
    let mut params = question.to_request(dialect).to_form();
    if ask.target.parameter() == NamedBy::Resource {
        for (name, _) in &mut params {
            *name = if *name == "audience" { "resource" } else { *name };
        }
    }
    let url = ask.target.url().filter(|_| dialect == Dialect::Rfc8693);
    params.extend(url.map(|url| ("resource", url.to_string())));
    Ok(params)
}

/// RFC 6749 §6: without a scope all that was granted is meant. Entra grants refresh tokens for every resource,
/// and has to be told which.
fn refresh_parameters(
    token: &RefreshToken,
    target: &Target,
    dialect: Dialect,
) -> Vec<(&'static str, String)> {
    let grant = ("grant_type", "refresh_token".to_owned());
    let token = ("refresh_token", token.expose().to_owned());
    let scope = (dialect == Dialect::Entra).then(|| ("scope", target.entra_scope()));
    [grant, token].into_iter().chain(scope).collect()
}

/// RFC 6749 §4.4.2. The standard has no word for the resource there; both that are in use are understood by those
/// who need one.
fn own_parameters(target: &Target, dialect: Dialect) -> Vec<(&'static str, String)> {
    let grant = ("grant_type", "client_credentials".to_owned());
    if dialect == Dialect::Entra {
        return vec![grant, ("scope", target.entra_scope())];
    }
    let name = match target.parameter() {
        NamedBy::Audience => "audience",
        NamedBy::Resource => "resource",
    };
    let words: Vec<&str> = target.scopes().map(Scope::as_str).collect();
    let scope = (!words.is_empty()).then(|| ("scope", words.join(" ")));
    [grant, (name, target.resource().to_string())].into_iter().chain(scope).collect()
}

fn placed(no_token: NoToken, metadata: &ProviderMetadata) -> NoToken {
    match no_token {
        NoToken::Refused(AcquireError::Challenge(challenge)) => {
            let at = challenge.at(metadata.authorization_endpoint.clone());
            NoToken::Refused(AcquireError::Challenge(at))
        }
        other => other,
    }
}

fn outcome(asked: &Result<Fresh, NoToken>) -> Outcome {
    match asked {
        Ok(_) | Err(NoToken::Refused(_)) => Outcome::Answered,
        Err(NoToken::Later(AcquireError::Unavailable { retry_after: Some(wait) })) => {
            Outcome::Later(*wait)
        }
        Err(NoToken::Later(_) | NoToken::Nonsense(_)) => Outcome::Failed,
    }
}

fn pause() -> Duration {
    let mut drawn = [0; 1];
    // Without randomness, the longest pause.
    let _ = rand::fill(&mut drawn);
    let [drawn] = drawn;
    Duration::from_millis(PAUSE - PAUSE * 3 * u64::from(drawn) / (4 * 255))
}

/// What goes wrong before there is an answer.
impl From<AcquireError> for NoToken {
    fn from(error: AcquireError) -> Self {
        match error {
            AcquireError::Unavailable { .. } => Self::Later(error),
            error => Self::Refused(error),
        }
    }
}
