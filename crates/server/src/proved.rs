//! What was proved of subject tokens, all tenants' together: so many bytes of tokens, and then those go
//! that were not asked for again.

use quick_cache::Weighter;
use quick_cache::sync::Cache;
use std::sync::Arc;
use stead_core::proved::{Proved, ProvedTokens};
use stead_proto::digest::{Sha256, sha256};
use stead_proto::id::{Issuer, TenantId};

/// How many bytes of tokens are remembered. What is kept of a token takes about as much as the token.
const BYTES: u64 = 8 << 20;

/// A token of ours has a good thousand bytes.
const TOKEN: u64 = 1 << 10;

/// All tenants' memory. Clones are the same.
#[derive(Debug, Clone)]
pub(crate) struct AllProved(Arc<Cache<Name, Kept, BySize>>);

/// A token: whose, by id and issuer, and its hash.
type Name = (Sha256, Sha256);

#[derive(Debug, Clone)]
struct Kept {
    size: u64,
    proved: Arc<Proved>,
}

#[derive(Debug, Clone, Copy)]
struct BySize;

impl Weighter<Name, Kept> for BySize {
    fn weight(&self, _: &Name, kept: &Kept) -> u64 {
        kept.size
    }
}

impl Default for AllProved {
    fn default() -> Self {
        let expected = usize::try_from(BYTES / TOKEN).unwrap_or_default();
        Self(Arc::new(Cache::with_weighter(expected, BYTES, BySize)))
    }
}

impl AllProved {
    /// One tenant's part of it under this issuer: no other sees what is kept there, nor does the same tenant
    /// once it is another issuer, to whom those tokens are a stranger's.
    pub(crate) fn of(&self, tenant: &TenantId, issuer: &Issuer) -> Arc<dyn ProvedTokens> {
        let whose = sha256(format!("{tenant} {issuer}").as_bytes());
        Arc::new(OfTenant { all: self.clone(), whose })
    }
}

#[derive(Debug)]
struct OfTenant {
    all: AllProved,
    whose: Sha256,
}

impl ProvedTokens for OfTenant {
    fn recall(&self, token: &Sha256) -> Option<Arc<Proved>> {
        self.all.0.get(&(self.whose, *token)).map(|kept| kept.proved)
    }

    fn keep(&self, token: Sha256, size: usize, proved: Arc<Proved>) {
        let size = u64::try_from(size).unwrap_or(u64::MAX);
        self.all.0.insert((self.whose, token), Kept { size, proved });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use stead_core::moment::{Dice, Moment};
    use stead_core::sts::Sts;
    use stead_core::subject;
    use stead_proto::secret::Jwt;
    use stead_proto::token_type::TokenType;
    use testkit::World;

    /// What a tenant proves of a token of Alice's, in a memory of its own.
    async fn proved() -> (Jwt, Arc<Proved>, World) {
        let world = World::new().await;
        let token = Jwt::new(world.t1().token_for_a("alice").await);
        let memory = AllProved::default().of(&world.sts("t1").tenant.id, &world.sts("t1").issuer);
        let sts = Sts { proved: Arc::clone(&memory), ..world.sts("t1") };
        let moment = Moment::new(world.clock().now(), Dice::default());
        subject::validate(&sts, &token, TokenType::AccessToken, &moment).unwrap();
        let proved = memory.recall(&sha256(token.expose().as_bytes())).unwrap();
        (token, proved, world)
    }

    /// What a tenant remembers as that issuer.
    fn memory(all: &AllProved, tenant: &str, issuer: &str) -> Arc<dyn ProvedTokens> {
        all.of(&TenantId::parse(tenant).unwrap(), &Issuer::parse(issuer).unwrap())
    }

    #[tokio::test]
    async fn what_one_tenant_proved_no_other_recalls_nor_itself_as_another_issuer() {
        let (_, proved, _world) = proved().await;
        let all = AllProved::default();
        let of = |tenant, issuer| memory(&all, tenant, issuer);
        let token = sha256(b"token");
        of("t1", "https://id.example/one").keep(token, 1000, proved);
        assert!(of("t1", "https://id.example/one").recall(&token).is_some());
        assert!(of("t2", "https://id.example/one").recall(&token).is_none());
        assert!(of("t1", "https://id.example/renamed").recall(&token).is_none());
    }

    #[tokio::test]
    async fn however_many_tokens_come_no_more_bytes_are_kept_than_there_is_room_for() {
        let (_, proved, _world) = proved().await;
        let all = AllProved::default();
        let here = memory(&all, "t1", "https://id.example/one");
        let names: Vec<Sha256> = (0..40_000_u32).map(|n| sha256(&n.to_be_bytes())).collect();
        for name in &names {
            here.keep(*name, 1000, Arc::clone(&proved));
        }
        let kept = names.iter().filter(|name| here.recall(name).is_some()).count();
        assert!((1000..=BYTES / 1000).contains(&u64::try_from(kept).unwrap()), "{kept}");
        here.keep(sha256(b"endless"), usize::MAX, proved);
        assert!(here.recall(&sha256(b"endless")).is_none());
    }
}
