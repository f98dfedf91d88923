//! Proofs at several processes that serve one API, and share what they have seen.

use crate::dpop::{Holder, app, ask, is_refused, plain, request};
use crate::stub::World;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use stead::Seconds;
use stead::verify::{Dpop, Noting, SharedProofs, SharedProofsTrouble};

/// A place of somebody's, as they see it.
#[derive(Debug, Default, Clone)]
struct Board {
    noted: Arc<Mutex<BTreeMap<String, Seconds>>>,
    broken: bool,
}

impl SharedProofs for Board {
    fn first<'s>(&'s self, name: &'s str, keep: Seconds) -> Noting<'s> {
        Box::pin(async move {
            if self.broken {
                return Err(SharedProofsTrouble("it is broken".to_owned()));
            }
            Ok(self.noted.lock().unwrap().insert(name.to_owned(), keep).is_none())
        })
    }
}

fn sharing(board: &Board) -> Dpop {
    plain().shared_proofs(board.clone(), Duration::from_mins(1))
}

#[tokio::test]
async fn a_proof_that_one_process_has_seen_another_does_not_take() {
    let (world, alice, board) = (World::new().await, Holder::new(), Board::default());
    let (one, other) = (app(&world, sharing(&board)), app(&world, sharing(&board)));
    let token = alice.token(&world);
    let [first, second] = [(); 2].map(|()| alice.proof_with(&token, &json!({})));
    assert_eq!(ask(&one, request(&token, &[&first])).await.status(), 200);
    assert!(is_refused(&other, request(&token, &[&first])).await);
    assert_eq!(ask(&other, request(&token, &[&second])).await.status(), 200);
    assert!(is_refused(&one, request(&token, &[&second])).await);
    // As long as it could be shown by anybody's clock; of whoever proves nothing, nothing is noted.
    let stranger = Holder::new().proof_with(&token, &json!({}));
    assert!(is_refused(&one, request(&token, &[&stranger])).await);
    let noted = board.noted.lock().unwrap().clone();
    assert!(noted.len() == 2 && noted.values().all(|keep| *keep == Seconds(120)), "{noted:?}");
    assert!(noted.keys().all(|name| name.len() == 43), "{noted:?}");
}

#[tokio::test]
async fn while_the_shared_place_is_in_trouble_each_goes_by_what_it_has_seen_itself() {
    let (world, alice) = (World::new().await, Holder::new());
    let board = Board { broken: true, ..Board::default() };
    let (one, other) = (app(&world, sharing(&board)), app(&world, sharing(&board)));
    let token = alice.token(&world);
    let proof = alice.proof_with(&token, &json!({}));
    for app in [&one, &other] {
        assert_eq!(ask(app, request(&token, &[&proof])).await.status(), 200);
        assert!(is_refused(app, request(&token, &[&proof])).await);
    }
}
