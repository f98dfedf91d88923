//! Many users at many targets, all at once: nobody gets another's token (KG-09).

use crate::support::Stage;
use futures_util::future::join_all;

const ROUNDS: usize = 60;

#[tokio::test]
async fn kg_09_nobody_gets_anothers_token_however_many_ask_at_once() {
    let stage = Stage::new().await;
    let mut tokens = Vec::new();
    // Each sign-in has a token of its own: two users, with several tokens each.
    for user in ["alice", "mallory", "alice", "mallory"] {
        tokens.push((user, stage.token(user).await));
    }
    let rounds = (0..ROUNDS).flat_map(|round| tokens.iter().map(move |it| (it, round)));
    let asks =
        rounds.map(|((user, token), round)| ask(&stage, token, format!("/b/{user}/{round}")));
    // Every now and then the service takes no token, so that it is got anew.
    for _ in 0..5 {
        stage.upstream.next(401, &[]);
    }
    let statuses = join_all(asks).await;
    assert!(statuses.iter().filter(|status| **status == 200).count() > ROUNDS * 3, "{statuses:?}");
    for seen in stage.upstream.seen() {
        let user = seen.path.split('/').nth(2).unwrap();
        assert_eq!(seen.claims()["sub"], format!("user-{user}"));
    }
}

async fn ask(stage: &Stage, token: &str, path: String) -> u16 {
    stage.get(&path).bearer_auth(token).send().await.unwrap().status().as_u16()
}
