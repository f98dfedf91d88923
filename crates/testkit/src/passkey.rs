//! A passkey provider in software: makes passkeys and answers for them as a browser would, or lies.
#![expect(clippy::indexing_slicing, reason = "a test that cannot set up should stop")]

use aws_lc_rs::rand::{self, SystemRandom};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};
use std::fmt;
use stead_proto::digest::{base64url, from_base64url, sha256};

const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;
const BACKED_UP: u8 = 0x08 | 0x10;
const NEW_CREDENTIAL: u8 = 0x40;

/// What a browser and its authenticator say of themselves.
#[derive(Debug, Clone)]
pub struct Manners {
    /// The origin of the page that asks.
    pub origin: String,
    /// The host the passkeys are for, if it is another than asked.
    pub host: Option<String>,
    /// Whether the page is in a frame of another origin.
    pub framed: bool,
    /// Whether the user was verified.
    pub verified: bool,
    /// Whether passkeys are synchronised to other devices.
    pub synced: bool,
    /// By how much the counter goes up with every use.
    pub step: i64,
}

/// A passkey provider.
#[derive(Debug)]
pub struct PasskeyDevice {
    /// What it says of itself.
    pub manners: Manners,
    /// The passkeys it keeps, oldest first.
    pub keys: Vec<SoftKey>,
}

/// A passkey with its private key.
pub struct SoftKey {
    /// Its credential id.
    pub id: Vec<u8>,
    /// Whose it is, as it was told.
    pub user: Vec<u8>,
    counter: u32,
    pair: EcdsaKeyPair,
}

impl fmt::Debug for SoftKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SoftKey({})", base64url(&self.id))
    }
}

impl PasskeyDevice {
    /// A well-mannered one, in a browser at a page of this origin.
    pub fn at(origin: &str) -> Self {
        let manners = Manners {
            origin: origin.to_owned(),
            host: None,
            framed: false,
            verified: true,
            synced: false,
            step: 1,
        };
        Self { manners, keys: Vec::new() }
    }

    /// Makes a passkey, as `navigator.credentials.create` does; the answer in JSON.
    pub fn create(&mut self, options: &str) -> String {
        let options: Value = serde_json::from_str(options).unwrap();
        let mut id = vec![0; 32];
        rand::fill(&mut id).unwrap();
        let key = SoftKey {
            id,
            user: bytes(&options["user"]["id"]),
            counter: 0,
            pair: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap(),
        };
        let host = options["rp"]["id"].as_str().unwrap();
        let mut data = self.data(host, NEW_CREDENTIAL, key.counter);
        data.extend([0; 16]);
        data.extend(u16::try_from(key.id.len()).unwrap().to_be_bytes());
        data.extend(&key.id);
        data.extend(key.cose());
        let answer = json!({
            "id": base64url(&key.id),
            "rawId": base64url(&key.id),
            "type": "public-key",
            "clientExtensionResults": { "credProps": { "rk": true } },
            "response": {
                "clientDataJSON": base64url(&self.client_data("webauthn.create", &options)),
                "attestationObject": base64url(&without_attestation(&data)),
                "transports": ["internal"],
            },
        });
        self.keys.push(key);
        answer.to_string()
    }

    /// Proves with its newest passkey that is allowed, as `navigator.credentials.get` does; the answer in JSON.
    pub fn get(&mut self, options: &str) -> String {
        let read: Value = serde_json::from_str(options).unwrap();
        let allowed: Vec<Vec<u8>> = read["allowCredentials"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| bytes(&it["id"]))
            .collect();
        let fits = |key: &SoftKey| allowed.is_empty() || allowed.contains(&key.id);
        let place = self.keys.iter().rposition(fits).expect("a passkey that is allowed");
        self.get_with(place, options)
    }

    /// Proves with the passkey at this place, whatever is allowed.
    pub fn get_with(&mut self, place: usize, options: &str) -> String {
        let options: Value = serde_json::from_str(options).unwrap();
        let counter = i64::from(self.keys[place].counter) + self.manners.step;
        self.keys[place].counter = u32::try_from(counter).unwrap();
        let key = &self.keys[place];
        let client_data = self.client_data("webauthn.get", &options);
        let data = self.data(options["rpId"].as_str().unwrap(), 0, key.counter);
        let signed = [data.as_slice(), sha256(&client_data).as_bytes()].concat();
        let signature = key.pair.sign(&SystemRandom::new(), &signed).unwrap();
        let answer = json!({
            "id": base64url(&key.id),
            "rawId": base64url(&key.id),
            "type": "public-key",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": base64url(&client_data),
                "authenticatorData": base64url(&data),
                "signature": base64url(signature.as_ref()),
                "userHandle": base64url(&key.user),
            },
        });
        answer.to_string()
    }

    /// Authenticator data (WebAuthn §6.1), without what follows the counter.
    fn data(&self, host: &str, flags: u8, counter: u32) -> Vec<u8> {
        let host = self.manners.host.as_deref().unwrap_or(host);
        let verified = if self.manners.verified { USER_VERIFIED } else { 0 };
        let backed_up = if self.manners.synced { BACKED_UP } else { 0 };
        let mut data = sha256(host.as_bytes()).as_bytes().to_vec();
        data.push(flags | USER_PRESENT | verified | backed_up);
        data.extend(counter.to_be_bytes());
        data
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let data = json!({
            "type": kind,
            "challenge": options["challenge"],
            "origin": self.manners.origin,
            "crossOrigin": self.manners.framed,
        });
        data.to_string().into_bytes()
    }
}

impl SoftKey {
    /// Its public half as COSE has it (RFC 9053 §7.1): key type EC2, algorithm ES256, curve P-256, x, y.
    fn cose(&self) -> Vec<u8> {
        let point = self.pair.public_key().as_ref();
        let mut cose = vec![0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01];
        cose.extend([0x21, 0x58, 0x20]);
        cose.extend(&point[1..33]);
        cose.extend([0x22, 0x58, 0x20]);
        cose.extend(&point[33..65]);
        cose
    }
}

/// An attestation object in CBOR that attests nothing: `{fmt: "none", attStmt: {}, authData: …}`.
fn without_attestation(data: &[u8]) -> Vec<u8> {
    let mut object = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".to_vec();
    object.push(u8::try_from(data.len()).unwrap());
    object.extend(data);
    object
}

fn bytes(value: &Value) -> Vec<u8> {
    from_base64url(value.as_str().unwrap()).unwrap()
}
