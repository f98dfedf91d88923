//! Nothing with a revoked ancestor is alive, and everything else is: random trees of sign-ins, exchanges
//! and refreshes, random ancestors revoked at random times. The oracle keeps each token's ancestors itself.

use crate::tokens::{ALICE, DIALECTS, SignIn, api, block_on};
use crate::world::{CALLBACK, NOON, World, application, audience, edge, permission, put, set};
use proptest::collection::vec;
use proptest::prelude::*;
use stead_core::commit::Change;
use stead_core::denied::Denied;
use stead_core::model::application::{Application, Kind};
use stead_core::model::consent::{Consent, Given};
use stead_core::model::managed::Managed;
use stead_core::model::permission::Edge;
use stead_core::model::revocation::{Ancestor, Revocation};
use stead_proto::error::Dialect;
use stead_proto::id::ConsentId;
use stead_proto::scope::OpenIdScope;
use stead_proto::secret::{Jwt, RefreshToken};
use stead_proto::time::Timestamp;
use stead_proto::token_response::TokenResponse;

const USERS: [&str; 2] = ["alice", "bob"];
const FRONT_ENDS: [&str; 2] = ["dashboard", "portal"];
const APIS: [&str; 3] = ["reports", "data", "ledger"];

#[derive(Debug, Clone)]
enum Op {
    SignIn { user: usize, front_end: usize },
    Exchange { of: usize, towards: usize, dialect: usize },
    Refresh { of: usize },
    Pass { millis: i64 },
    Revoke { of: usize, ancestor: usize },
}

/// What a token, or a refresh token, descends from.
#[derive(Debug, Clone)]
struct Descends {
    from: Vec<Ancestor>,
    signed_in: Timestamp,
    user: usize,
    depth: usize,
}

impl Descends {
    fn and(mut self, more: impl IntoIterator<Item = Ancestor>) -> Self {
        self.from.extend(more);
        self
    }

    /// The definition, naively: a fact about any ancestor. A user or a client lives on in what began later.
    fn is_dead(&self, facts: &[Revocation]) -> bool {
        facts.iter().any(|fact| {
            let comes_back = matches!(fact.about, Ancestor::User(_) | Ancestor::Client(_));
            self.from.contains(&fact.about) && (!comes_back || fact.at >= self.signed_in)
        })
    }
}

#[derive(Debug)]
struct Node {
    token: Jwt,
    held_by: &'static str,
    addressed_to: &'static str,
    descends: Descends,
    refresh: Option<(RefreshToken, Descends)>,
}

struct Tree {
    world: World,
    nodes: Vec<Node>,
    facts: Vec<Revocation>,
    sign_ins: usize,
}

fn consent_id(user: usize, client: &str, towards: &str) -> ConsentId {
    format!("{}-{client}-{towards}", USERS[user]).parse().unwrap()
}

fn consents() -> Vec<Change> {
    let front_ends = FRONT_ENDS.map(|front_end| (front_end, "reports"));
    let apis = APIS.iter().flat_map(|from| APIS.map(|to| (*from, to)));
    let pairs: Vec<_> = front_ends.into_iter().chain(apis).collect();
    let of_user = |user: usize| {
        pairs.iter().map(move |(client, towards)| Consent {
            id: consent_id(user, client, towards),
            client: client.parse().unwrap(),
            resource: audience(&format!("api://{towards}")),
            scopes: set("Use"),
            given: Given::ByUser(format!("id-of-{}", USERS[user]).parse().unwrap()),
            at: NOON,
            managed: Managed::Api,
        })
    };
    (0..USERS.len()).flat_map(of_user).map(Change::PutConsent).collect()
}

impl Tree {
    async fn new() -> Self {
        let world = World::new().await;
        let mut changes: Vec<Change> = Vec::new();
        for id in APIS {
            let to =
                |other: &&str| Edge { offline: true, ..edge(&format!("api://{other}"), "Use") };
            let mut app = api(id, "Use");
            app.may_act = APIS.iter().filter(|other| **other != id).map(to).collect();
            changes.push(put(app));
        }
        for id in FRONT_ENDS {
            changes.push(put(Application {
                redirect_uris: vec![CALLBACK.into()],
                permissions: vec![permission("api://reports", "Use")],
                ..application(id, Kind::Spa)
            }));
        }
        changes.extend(consents());
        world.write(changes).await;
        Self { world, nodes: Vec::new(), facts: Vec::new(), sign_ins: 0 }
    }

    fn node(&self, place: usize) -> Option<&Node> {
        place.checked_rem(self.nodes.len()).and_then(|place| self.nodes.get(place))
    }

    async fn step(&mut self, op: &Op) -> Result<(), TestCaseError> {
        match *op {
            Op::SignIn { user, front_end } => self.sign_in(user, front_end).await,
            Op::Exchange { of, towards, dialect } => {
                let Some(node) = self.node(of) else { return Ok(()) };
                let child = self.exchange(node, towards, DIALECTS[dialect]).await?;
                self.nodes.extend(child);
                Ok(())
            }
            Op::Refresh { of } => self.refresh(of).await,
            Op::Pass { millis } => {
                self.world.pass_millis(millis);
                Ok(())
            }
            Op::Revoke { of, ancestor } => {
                let Some(node) = self.node(of) else { return Ok(()) };
                let from = &node.descends.from;
                let about = from[ancestor % from.len()].clone();
                self.world.revoke(about.clone()).await;
                let why = String::new();
                self.facts.push(Revocation { about, at: self.world.now(), why });
                Ok(())
            }
        }
    }

    async fn sign_in(&mut self, user: usize, front_end: usize) -> Result<(), TestCaseError> {
        self.sign_ins += 1;
        let client = FRONT_ENDS[front_end];
        let (session, family) = (format!("s-{}", self.sign_ins), format!("f-{}", self.sign_ins));
        let sign_in = SignIn {
            client,
            user: USERS[user],
            session: &session,
            family: &family,
            scopes: "Use",
            openid: &[OpenIdScope::OfflineAccess],
            ..ALICE
        };
        let from = vec![
            Ancestor::User(format!("id-of-{}", USERS[user]).parse().unwrap()),
            Ancestor::Session(session.parse().unwrap()),
            Ancestor::Family(family.parse().unwrap()),
            Ancestor::Client(client.parse().unwrap()),
            Ancestor::Consent(consent_id(user, client, "reports")),
        ];
        let descends = Descends { from, signed_in: self.world.now(), user, depth: 0 };
        let code = self.world.code(&sign_in).await;
        let answer = self.world.redeem(client, &code).await;
        let issued = agree(&descends, &self.facts, answer)?;
        self.nodes.extend(issued.map(|answer| {
            let jti = self.world.claims(&answer.access_token).jti;
            Node {
                token: answer.access_token,
                held_by: client,
                addressed_to: "reports",
                refresh: answer.refresh_token.map(|token| (token, descends.clone())),
                descends: descends.and([Ancestor::Token(jti)]),
            }
        }));
        Ok(())
    }

    /// The API that a token is addressed to exchanges it.
    async fn exchange(
        &self,
        node: &Node,
        towards: usize,
        dialect: Dialect,
    ) -> Result<Option<Node>, TestCaseError> {
        let actor = node.addressed_to;
        let others: Vec<&'static str> = APIS.into_iter().filter(|other| *other != actor).collect();
        let towards = others[towards % others.len()];
        let target = format!("api://{towards}");
        let asked = (target.as_str(), "Use offline_access");
        let answer = self.world.exchange((actor, dialect), &node.token, asked).await;
        let parent = &node.descends;
        if parent.depth == 8 {
            prop_assert!(answer.is_err());
            return Ok(None);
        }
        let mut descends = parent.clone().and([
            Ancestor::Client(actor.parse().unwrap()),
            Ancestor::Consent(consent_id(parent.user, actor, towards)),
        ]);
        descends.depth += 1;
        let issued = agree(&descends, &self.facts, answer)?;
        Ok(issued.map(|answer| {
            let claims = self.world.claims(&answer.access_token);
            let family = claims.lineage.families.last().cloned().map(Ancestor::Family);
            let descends = descends.and(family);
            Node {
                token: answer.access_token,
                held_by: actor,
                addressed_to: towards,
                refresh: answer.refresh_token.map(|token| (token, descends.clone())),
                descends: descends.and([Ancestor::Token(claims.jti)]),
            }
        }))
    }

    async fn refresh(&mut self, of: usize) -> Result<(), TestCaseError> {
        let Some(node) = self.node(of) else { return Ok(()) };
        let Some((token, descends)) = node.refresh.clone() else { return Ok(()) };
        let (held_by, addressed_to) = (node.held_by, node.addressed_to);
        let answer = self.world.refresh(held_by, &token).await;
        let issued = agree(&descends, &self.facts, answer)?;
        let Some(answer) = issued else { return Ok(()) };
        let place = of % self.nodes.len();
        // The old one is spent now; using it again is a matter of another test.
        self.nodes[place].refresh = None;
        let jti = self.world.claims(&answer.access_token).jti;
        self.nodes.push(Node {
            token: answer.access_token,
            held_by,
            addressed_to,
            refresh: answer.refresh_token.map(|token| (token, descends.clone())),
            descends: descends.and([Ancestor::Token(jti)]),
        });
        Ok(())
    }

    /// Asks all three who can be asked about every token there is.
    async fn ask_about_everything(&mut self) -> Result<(), TestCaseError> {
        for node in &self.nodes {
            let active = self.world.is_active(node.addressed_to, &node.token).await;
            prop_assert_eq!(active, !node.descends.is_dead(&self.facts), "introspection");
            self.exchange(node, 0, Dialect::Rfc8693).await?;
        }
        for place in 0..self.nodes.len() {
            self.refresh(place).await?;
        }
        Ok(())
    }
}

/// What is answered must be what the ancestors say.
fn agree(
    descends: &Descends,
    facts: &[Revocation],
    answer: Result<TokenResponse, Denied>,
) -> Result<Option<TokenResponse>, TestCaseError> {
    let dead = descends.is_dead(facts);
    prop_assert_eq!(answer.is_err(), dead, "{:?} of {:?}", answer.err(), descends);
    Ok(answer.ok())
}

async fn grow(ops: &[Op]) -> Result<(), TestCaseError> {
    let mut tree = Tree::new().await;
    for op in ops {
        tree.step(op).await?;
    }
    tree.ask_about_everything().await
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let any = 0usize..1000;
    let op = prop_oneof![
        3 => (0usize..2, 0usize..2).prop_map(|(user, front_end)| Op::SignIn { user, front_end }),
        5 => (any.clone(), 0usize..2, 0usize..2)
            .prop_map(|(of, towards, dialect)| Op::Exchange { of, towards, dialect }),
        2 => any.clone().prop_map(|of| Op::Refresh { of }),
        2 => (0i64..60_000).prop_map(|millis| Op::Pass { millis }),
        1 => (any.clone(), any).prop_map(|(of, ancestor)| Op::Revoke { of, ancestor }),
    ];
    vec(op, 4..24)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 80, ..ProptestConfig::default() })]

    #[test]
    fn nothing_with_a_revoked_ancestor_is_alive_and_everything_else_is(ops in ops()) {
        block_on(grow(&ops))?;
    }
}

/// Each kind of ancestor, so that none is left to chance; beside it a sign-in that has nothing to do with it.
#[tokio::test]
async fn each_kind_of_ancestor_ends_what_descends_from_it_and_nothing_else() {
    let sign_ins = [(0, 0), (1, 1)].map(|(user, front_end)| Op::SignIn { user, front_end });
    for ancestor in 0..6 {
        let mut tree = Tree::new().await;
        for op in &sign_ins {
            tree.step(op).await.unwrap();
        }
        tree.step(&Op::Exchange { of: 0, towards: 0, dialect: 0 }).await.unwrap();
        tree.step(&Op::Exchange { of: 1, towards: 0, dialect: 1 }).await.unwrap();
        tree.step(&Op::Pass { millis: 1 }).await.unwrap();
        tree.step(&Op::Revoke { of: 0, ancestor }).await.unwrap();
        let dead: Vec<bool> =
            tree.nodes.iter().map(|node| node.descends.is_dead(&tree.facts)).collect();
        assert_eq!(dead, [true, false, true, false], "{:?}", tree.facts);
        tree.ask_about_everything().await.unwrap();
    }
}

#[tokio::test]
async fn a_signing_key_that_leaked_ends_everything_it_signed() {
    let mut tree = Tree::new().await;
    tree.step(&Op::SignIn { user: 0, front_end: 0 }).await.unwrap();
    tree.step(&Op::Exchange { of: 0, towards: 0, dialect: 0 }).await.unwrap();
    let kid =
        tree.world.sts.ring().signer(stead_proto::jwt::Algorithm::Es256).unwrap().kid().clone();
    assert!(tree.world.is_active("data", &tree.nodes[1].token).await);
    tree.world.revoke(Ancestor::Key(kid.clone())).await;
    assert!(!tree.world.is_active("data", &tree.nodes[1].token).await);
    let who = ("reports", Dialect::Entra);
    let refused = tree.world.exchange(who, &tree.nodes[0].token, ("api://data", "Use")).await;
    assert_eq!(refused.unwrap_err(), Denied::SubjectTokenRevoked(Ancestor::Key(kid)));
}
