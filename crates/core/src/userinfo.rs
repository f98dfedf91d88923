//! Userinfo (OpenID Connect Core §5.3): what the signed-in user allowed the client to see of them.

use crate::denied::Denied;
use crate::error::{Stop, TokenError};
use crate::mint;
use crate::moment::Moment;
use crate::sts::Sts;
use crate::token_use::TokenUse;
use serde::Serialize;
use std::collections::BTreeSet;
use stead_proto::claims::Profile;
use stead_proto::id::Subject;
use stead_proto::jwt::JwtError;
use stead_proto::scope::OpenIdScope;
use stead_proto::secret::Jwt;

/// What userinfo answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UserInfo {
    /// The user, as in the ID token.
    pub sub: Subject,
    /// What the scopes show.
    #[serde(flatten)]
    pub profile: Profile,
}

impl Sts {
    /// Answers with the profile of the token's user. The token must be addressed to this issuer: a token
    /// for an API opens nothing here.
    pub async fn userinfo(&self, bearer: &Jwt, moment: &Moment) -> Result<UserInfo, TokenError> {
        let what = TokenUse { endpoint: "userinfo", ..TokenUse::default() };
        match self.profile_of(bearer, moment).await {
            Ok(info) => Ok(info),
            Err(stop) => Err(what.refuse(self, stop, moment).await),
        }
    }

    /// Records a refusal that was clear before there was a token to look at.
    pub async fn refuse_userinfo(&self, denied: Denied, moment: &Moment) -> TokenError {
        let what = TokenUse { endpoint: "userinfo", ..TokenUse::default() };
        what.refuse(self, denied.into(), moment).await
    }

    async fn profile_of(&self, bearer: &Jwt, moment: &Moment) -> Result<UserInfo, Stop> {
        let refused = Denied::AccessTokenInvalid(JwtError::BadClaims);
        let claims = self.living(bearer, moment).await?.ok_or(refused.clone())?;
        if claims.aud.as_str() != self.issuer.as_str() || claims.is_app_only() {
            return Err(refused.into());
        }
        let words = claims.scope.as_deref().unwrap_or_default();
        let scopes: BTreeSet<OpenIdScope> =
            words.split(' ').filter_map(OpenIdScope::parse).collect();
        if !scopes.contains(&OpenIdScope::Openid) {
            return Err(Denied::AccessTokenScope.into());
        }
        let user = self.store.user(&claims.oid).await?.ok_or(Denied::UserUnknown)?;
        Ok(UserInfo { sub: claims.sub, profile: mint::profile(&user, &scopes) })
    }
}
