//! `stead token inspect` without a server.

use crate::stead::Folder;

/// `{"alg":"ES256","typ":"at+jwt"}`, claims of an exchanged token, and sixty-four bytes of no signature.
const EXCHANGED: &str = concat!(
    "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.",
    "eyJpc3MiOiJodHRwczovL2xvY2FsaG9zdC9hY21lL3YyLjAiLCJzdWIiOiI3IiwiYXVkIjoiYXBpOi8vY29tcGFueS1kYXRhIiwi",
    "Y2xpZW50X2lkIjoicmVwb3J0cy1hcGkiLCJwcmVmZXJyZWRfdXNlcm5hbWUiOiJhbGljZSIsImV4cCI6MTcwMDAwMDAwMCwiYWN0",
    "Ijp7InN1YiI6InJlcG9ydHMtYXBpIn0sImxpbmVhZ2UiOnsiY2xpZW50cyI6WyJkYXNoYm9hcmQiLCJyZXBvcnRzLWFwaSJdfX0.",
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
);

#[test]
fn a_token_is_decoded_and_its_chain_drawn_and_its_signature_never_shown() {
    let said = Folder::empty().run_with(&["token", "inspect", "--offline"], EXCHANGED);
    assert!(said.ok, "{said:?}");
    assert!(said.out.contains("  company-data ← reports-api ← dashboard for alice\n"), "{said:?}");
    assert!(said.out.contains("  exp        2023-11-14T22:13:20Z  "), "{said:?}");
    assert!(said.out.contains("not verified"), "{said:?}");
    assert!(!said.out.contains("AAAAAAAAAA"), "{said:?}");
}

#[test]
fn what_is_no_token_is_refused_with_the_reason() {
    let folder = Folder::empty();
    for (input, why) in
        [("", "there is no token"), ("a.b", "not a token"), ("e30.e30.", "not a token")]
    {
        let said = folder.run_with(&["token", "inspect", "--offline"], input);
        assert!(!said.ok && said.err.contains(why), "{said:?}");
    }
}

#[test]
fn a_token_of_another_issuer_than_expected_is_not_genuine() {
    let args = ["token", "inspect", "--issuer", "https://id.example.com/acme/v2.0"];
    let said = Folder::empty().run_with(&args, EXCHANGED);
    assert!(
        !said.ok && said.out.contains("✗ its issuer is https://localhost/acme/v2.0"),
        "{said:?}"
    );
}
