//! `DPoP` proofs (RFC 9449 §4.2): the one kind of JWT that brings its own key, and proves nothing but that
//! its sender has it.

use super::{Algorithm, Jwk, JwtError, RsaDefault, Typ};
use crate::digest::{Sha256, from_base64url};
use crate::json;
use crate::secret::Jwt;
use serde::Deserialize;
use serde_json::Value;

/// Longest proof read, in bytes: enough for an RSA key of 4096 bits and its signature.
pub const MAX_PROOF: usize = 8 * 1024;

/// A proof whose signature is by the key it brings. Whether it is for this request and this token is still to
/// be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DpopProof {
    /// RFC 7638 thumbprint of the key: what a bound token says in `cnf.jkt`.
    pub key: Sha256,
    /// What it says.
    pub claims: DpopClaims,
}

/// What a proof says (RFC 9449 §4.2). Other claims are not read.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct DpopClaims {
    /// Its own name.
    pub jti: String,
    /// The method of the request.
    pub htm: String,
    /// The URL of the request, without query and fragment.
    pub htu: String,
    /// When it was made, in seconds since 1970.
    pub iat: i64,
    /// SHA-256 of the access token it goes with.
    #[serde(default)]
    pub ath: Option<Sha256>,
    /// What the server gave it to say.
    #[serde(default)]
    pub nonce: Option<String>,
    /// Until when it is valid, in seconds since 1970.
    #[serde(default)]
    pub exp: Option<i64>,
    /// From when, in seconds since 1970.
    #[serde(default)]
    pub nbf: Option<i64>,
}

#[derive(Deserialize)]
struct Header {
    typ: String,
    alg: String,
    jwk: Value,
    #[serde(default)]
    crit: Option<Value>,
    #[serde(default)]
    b64: Option<Value>,
}

impl DpopProof {
    /// Reads a proof and checks its signature. Refused is a key with its private half, one that does not fit
    /// `alg`, and every algorithm but these.
    pub fn read(proof: &Jwt, algorithms: &[Algorithm]) -> Result<Self, JwtError> {
        let proof = proof.expose();
        if proof.len() > MAX_PROOF {
            return Err(JwtError::TooLong);
        }
        let (signed, signature) = proof.rsplit_once('.').ok_or(JwtError::NotCompact)?;
        let (header, claims) = signed.split_once('.').ok_or(JwtError::NotCompact)?;
        if claims.contains('.') {
            return Err(JwtError::NotCompact);
        }
        let header: Header = json::from_slice(&decode(header)?).map_err(JwtError::in_header)?;
        let key = header.key(algorithms)?;
        key.verifying_key().verify(signed.as_bytes(), &decode(signature)?)?;
        let claims = json::from_slice(&decode(claims)?).map_err(JwtError::in_claims)?;
        Ok(Self { key: key.thumbprint(), claims })
    }
}

impl Header {
    fn key(&self, algorithms: &[Algorithm]) -> Result<Jwk, JwtError> {
        if self.crit.is_some() {
            return Err(JwtError::Critical);
        }
        if self.b64.is_some() {
            return Err(JwtError::BadHeader);
        }
        if Typ::parse(&self.typ) != Some(Typ::DpopProof) {
            return Err(JwtError::UnexpectedTyp);
        }
        let accepted = Algorithm::parse(&self.alg).filter(|alg| algorithms.contains(alg));
        let alg = accepted.ok_or(JwtError::AlgorithmRefused)?;
        let rsa = if alg == Algorithm::Ps256 { RsaDefault::Ps256 } else { RsaDefault::Rs256 };
        let key = Jwk::read(&self.jwk, rsa).map_err(|_| JwtError::BadHeader)?;
        if key.alg() == alg { Ok(key) } else { Err(JwtError::WrongKeyAlgorithm) }
    }
}

fn decode(part: &str) -> Result<Vec<u8>, JwtError> {
    from_base64url(part).ok_or(JwtError::BadEncoding)
}

#[cfg(test)]
mod tests {
    use super::super::SigningKey;
    use super::*;
    use crate::digest::base64url;
    use serde_json::json;

    fn good() -> Value {
        json!({ "jti": "p-1", "htm": "GET", "htu": "https://data.example/rows", "iat": 1 })
    }

    fn sign(key: &SigningKey, header: &Value, claims: &Value) -> Jwt {
        let part = |value: &Value| base64url(value.to_string().as_bytes());
        let signed = format!("{}.{}", part(header), part(claims));
        let signature = key.sign_bytes(signed.as_bytes()).unwrap();
        Jwt::new(format!("{signed}.{}", base64url(&signature)))
    }

    fn header(key: &SigningKey) -> Value {
        json!({ "typ": "dpop+jwt", "alg": key.alg(), "jwk": key.public_jwk() })
    }

    /// RFC 9449 §4.1, figure 2.
    const OF_THE_RFC: &str = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0Vj\
        NoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5\
        VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TV\
        CIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8\
        lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg";

    fn read(proof: &Jwt) -> Result<DpopProof, JwtError> {
        DpopProof::read(proof, &Algorithm::ALL)
    }

    #[test]
    fn a_proof_by_the_key_it_brings_says_which_key_that_is() {
        for alg in Algorithm::ALL {
            let (key, _) = SigningKey::generate(alg).unwrap();
            let proof = read(&sign(&key, &header(&key), &good())).unwrap();
            assert_eq!(proof.key, key.public_jwk().thumbprint(), "{alg}");
            assert_eq!(proof.claims.htu, "https://data.example/rows");
            let only_other = |other: &Algorithm| *other != alg;
            let others: Vec<_> = Algorithm::ALL.into_iter().filter(only_other).collect();
            let refused = DpopProof::read(&sign(&key, &header(&key), &good()), &others);
            assert_eq!(refused, Err(JwtError::AlgorithmRefused));
        }
    }

    #[test]
    fn the_proof_of_the_rfc_is_one_by_the_key_of_the_rfc() {
        let proof = read(&Jwt::new(OF_THE_RFC)).unwrap();
        assert_eq!(proof.key.to_string(), "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
        let says = DpopClaims {
            jti: "-BwC3ESc6acc2lTc".to_owned(),
            htm: "POST".to_owned(),
            htu: "https://server.example.com/token".to_owned(),
            iat: 1_562_262_616,
            ath: None,
            nonce: None,
            exp: None,
            nbf: None,
        };
        assert_eq!(proof.claims, says);
    }

    #[test]
    fn a_header_that_is_not_that_of_a_proof_is_refused() {
        let (key, _) = SigningKey::generate(Algorithm::Es256).unwrap();
        let (other, _) = SigningKey::generate(Algorithm::EdDsa).unwrap();
        let mut private = serde_json::to_value(key.public_jwk()).unwrap();
        private["d"] = json!("AAAA");
        let changes = [
            (json!({ "typ": "JWT" }), JwtError::UnexpectedTyp),
            (json!({ "typ": "at+jwt" }), JwtError::UnexpectedTyp),
            (json!({ "alg": "none" }), JwtError::AlgorithmRefused),
            (json!({ "alg": "HS256" }), JwtError::AlgorithmRefused),
            (json!({ "jwk": { "kty": "oct", "k": "AAAA" } }), JwtError::BadHeader),
            (json!({ "jwk": private }), JwtError::BadHeader),
            (json!({ "jwk": other.public_jwk() }), JwtError::WrongKeyAlgorithm),
            (json!({ "crit": ["exp"] }), JwtError::Critical),
            (json!({ "b64": false }), JwtError::BadHeader),
            (json!({ "typ": null }), JwtError::BadHeader),
            (json!({ "jwk": null }), JwtError::BadHeader),
        ];
        for (change, problem) in changes {
            let mut header = header(&key);
            header.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            assert_eq!(read(&sign(&key, &header, &good())), Err(problem), "{change}");
        }
    }

    #[test]
    fn claims_that_are_missing_or_of_another_kind_are_refused() {
        let (key, _) = SigningKey::generate(Algorithm::Es256).unwrap();
        for name in ["jti", "htm", "htu", "iat"] {
            for value in [Value::Null, json!([]), json!({})] {
                let mut claims = good();
                claims[name] = value;
                let read = read(&sign(&key, &header(&key), &claims));
                assert_eq!(read, Err(JwtError::BadClaims), "{claims}");
            }
        }
    }

    #[test]
    fn another_key_or_an_edited_claim_is_a_bad_signature() {
        let (key, _) = SigningKey::generate(Algorithm::Es256).unwrap();
        let (stranger, _) = SigningKey::generate(Algorithm::Es256).unwrap();
        let forged = sign(&stranger, &header(&key), &good());
        assert_eq!(read(&forged), Err(JwtError::BadSignature));
        let proof = sign(&key, &header(&key), &good());
        let (front, signature) = proof.expose().rsplit_once('.').unwrap();
        let (head, _) = front.split_once('.').unwrap();
        let edited = base64url(good().to_string().replace("p-1", "p-2").as_bytes());
        assert_eq!(
            read(&Jwt::new(format!("{head}.{edited}.{signature}"))),
            Err(JwtError::BadSignature)
        );
    }

    #[test]
    fn what_is_no_compact_jws_or_too_long_is_refused() {
        let long = "a".repeat(MAX_PROOF + 1);
        for (text, problem) in [
            ("", JwtError::NotCompact),
            ("a.b", JwtError::NotCompact),
            ("a.b.c.d", JwtError::NotCompact),
            ("=.b.c", JwtError::BadEncoding),
            (&long, JwtError::TooLong),
        ] {
            assert_eq!(read(&Jwt::new(text)), Err(problem));
        }
    }
}
