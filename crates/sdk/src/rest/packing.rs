//! Whole tokens → bytes, and back.
//!
//! Header and claims of a JWT are base64url of JSON, the same for all users of a target but for a few words: they are
//! folded by an earlier token's. A signature stays as it is, without its base64url. What cannot be taken apart and put
//! together again to the last byte is kept as it came.
//!
//! Most of what is particular to a user stands in the subject token as well, and whoever asks for the acquired token shows
//! the subject token: those words need not be kept.

use super::fold::{fold, number, read_number, take, unfold, words};
use std::sync::{Arc, PoisonError, RwLock};
use stead_proto::digest::{from_base64url, push_base64url};
use stead_proto::secret::Zeroizing;

/// How many patterns there are at most.
const PATTERNS: usize = 16;

/// What no text of UTF-8 has: it stands between two.
const BORDER: u8 = 0xff;

/// Texts that were packed before, to fold others by.
#[derive(Debug, Default)]
pub(crate) struct Packing(RwLock<Vec<Arc<Zeroizing<Vec<u8>>>>>);

/// How many words are known at most.
const KNOWN: usize = 256;

/// What is known both when something is packed and when it is unpacked: the claims of the subject token, if it is a JWT.
#[derive(Debug)]
pub(crate) struct Known(Zeroizing<Vec<u8>>);

/// What is packed together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Packed<S> {
    /// A token.
    pub(crate) token: S,
    /// What comes with it.
    pub(crate) beside: [Option<S>; 2],
}

/// A token taken apart.
struct Apart {
    /// Header and claims, or all of it.
    text: Zeroizing<Vec<u8>>,
    signature: Option<Zeroizing<Vec<u8>>>,
}

impl Known {
    pub(crate) fn nothing() -> Self {
        Self(Zeroizing::new(Vec::new()))
    }

    pub(crate) fn of(token: &str) -> Self {
        let claims = token.split('.').nth(1).and_then(from_base64url);
        Self(Zeroizing::new(claims.unwrap_or_default()))
    }

    fn words(&self) -> Vec<&[u8]> {
        words(&self.0).take(KNOWN).collect()
    }
}

impl Packing {
    /// Packs, leaving out what is known.
    pub(crate) fn pack(&self, packed: &Packed<&str>, known: &Known) -> Zeroizing<Vec<u8>> {
        let Apart { mut text, signature } = Apart::of(packed.token);
        for beside in &packed.beside {
            text.push(BORDER);
            // An empty text is not no text.
            if let Some(beside) = beside {
                text.push(b'=');
                text.extend_from_slice(beside.as_bytes());
            }
        }
        let (pattern, folded) = self.fold(&text, &known.words());
        let signature = signature.as_ref().map_or(&[][..], |signature| signature.as_slice());
        let mut out = Zeroizing::new(Vec::with_capacity(folded.len() + signature.len() + 4));
        number(pattern, &mut out);
        number(signature.len(), &mut out);
        out.extend_from_slice(signature);
        out.extend_from_slice(&folded);
        out
    }

    /// Unpacks, given the same that was known when it was packed.
    pub(crate) fn unpack(&self, packed: &[u8], known: &Known) -> Option<Packed<Zeroizing<String>>> {
        let (mut rest, known) = (packed, known.words());
        let pattern = read_number(&mut rest)?;
        let length = read_number(&mut rest)?;
        let signature = take(&mut rest, length)?;
        let text = Zeroizing::new(match pattern.checked_sub(1) {
            None => unfold(rest, &[], &known)?,
            Some(number) => unfold(rest, &self.pattern(number)?, &known)?,
        });
        let mut parts = text.split(|byte| *byte == BORDER);
        let header = parts.next()?;
        let token = if signature.is_empty() {
            Zeroizing::new(String::from_utf8(header.to_vec()).ok()?)
        } else {
            together(header, parts.next()?, signature)
        };
        let mut beside = || {
            let written = parts.next()?.strip_prefix(b"=")?;
            Some(Zeroizing::new(String::from_utf8(written.to_vec()).ok()?))
        };
        Some(Packed { token, beside: [beside(), beside()] })
    }

    /// Folds a text by the pattern that makes it shortest. If none makes it short, the text becomes a pattern itself.
    /// Patterns are counted from one; zero stands for none, where no pattern helps or the text would not come back as it
    /// was.
    fn fold<'t>(&self, text: &'t [u8], known: &[&'t [u8]]) -> (usize, Zeroizing<Vec<u8>>) {
        let folded_by = |pattern: &[u8]| {
            let mut out = Zeroizing::new(Vec::with_capacity(text.len()));
            fold(text, pattern, known, &mut out);
            out
        };
        let patterns = self.0.read().unwrap_or_else(PoisonError::into_inner).clone();
        let all = patterns.iter().enumerate().map(|(at, by)| (at + 1, folded_by(by)));
        let best = all.min_by_key(|(_, folded)| folded.len());
        let comes_back = |(at, folded): &(usize, Zeroizing<Vec<u8>>)| {
            let pattern = patterns.get(at - 1);
            pattern.and_then(|by| unfold(folded, by, known)).is_some_and(|back| back == text)
        };
        match best.filter(comes_back) {
            Some(best) if best.1.len() * 3 < text.len() => best,
            best => match self.learn(text) {
                Some(number) => (number, folded_by(text)),
                None => best.unwrap_or_else(|| (0, folded_by(&[]))),
            },
        }
    }

    /// The number of a new pattern, if there may be one more.
    fn learn(&self, text: &[u8]) -> Option<usize> {
        let mut patterns = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if patterns.len() == PATTERNS {
            return None;
        }
        patterns.push(Arc::new(Zeroizing::new(text.to_vec())));
        Some(patterns.len())
    }

    fn pattern(&self, number: usize) -> Option<Arc<Zeroizing<Vec<u8>>>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(number).cloned()
    }
}

impl Apart {
    fn of(token: &str) -> Self {
        Self::of_jwt(token).unwrap_or_else(|| Self {
            text: Zeroizing::new(token.as_bytes().to_vec()),
            signature: None,
        })
    }

    /// Of one that comes together again as it was.
    fn of_jwt(token: &str) -> Option<Self> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let [header, claims, signature] = [header, claims, signature].map(from_base64url);
        let (header, claims) = (Zeroizing::new(header?), Zeroizing::new(claims?));
        let signature = Zeroizing::new(signature.filter(|signature| !signature.is_empty())?);
        let is_text = |part: &[u8]| std::str::from_utf8(part).is_ok();
        let same = is_text(&header) && is_text(&claims);
        let same = same && *together(&header, &claims, &signature) == token;
        let text = Zeroizing::new([&header, &[BORDER][..], &claims].concat());
        same.then_some(Self { text, signature: Some(signature) })
    }
}

fn together(header: &[u8], claims: &[u8], signature: &[u8]) -> Zeroizing<String> {
    let bytes = header.len() + claims.len() + signature.len();
    let mut token = Zeroizing::new(String::with_capacity(bytes * 4 / 3 + 6));
    push_base64url(&mut token, header);
    token.push('.');
    push_base64url(&mut token, claims);
    token.push('.');
    push_base64url(&mut token, signature);
    token
}

#[cfg(test)]
mod tests {
    use super::*;
    use stead_proto::digest::base64url;

    fn jwt(user: &str, number: u64) -> String {
        let header = r#"{"alg":"ES256","kid":"a key","typ":"at+jwt"}"#;
        let claims = format!(
            r#"{{"iss":"https://id.example/acme/v2.0","aud":"api://company-data","sub":"{user}","exp":{number}}}"#
        );
        let signature = [7; 64];
        let parts = [header.as_bytes(), claims.as_bytes(), &signature].map(base64url);
        parts.join(".")
    }

    fn comes_back(packing: &Packing, token: &str, beside: [Option<&str>; 2]) -> usize {
        comes_back_to(&Known::nothing(), packing, token, beside)
    }

    fn comes_back_to(
        known: &Known,
        packing: &Packing,
        token: &str,
        beside: [Option<&str>; 2],
    ) -> usize {
        let packed = packing.pack(&Packed { token, beside }, known);
        let back = packing.unpack(&packed, known).unwrap();
        assert_eq!(back.token.as_str(), token);
        assert_eq!(
            back.beside.each_ref().map(|text| text.as_ref().map(|text| text.as_str())),
            beside
        );
        packed.len()
    }

    #[test]
    fn the_second_token_of_its_kind_is_little_more_than_its_signature() {
        let packing = Packing::default();
        let beside = [Some("Rows.Read"), None];
        comes_back(&packing, &jwt("alice", 1_790_000_300), beside);
        assert!(comes_back(&packing, &jwt("bob", 1_790_000_417), beside) < 64 + 16);
    }

    #[test]
    fn what_is_in_the_token_it_was_acquired_for_is_not_kept() {
        let packing = Packing::default();
        let [alice, bob] = ["Tm9ib2R5IGhhcyB0aGlz", "bmFtZSwgcHJvYmFibHku"];
        comes_back(&packing, &jwt(alice, 1_790_000_300), [None, None]);
        let known = Known::of(&jwt(bob, 1_790_000_000));
        let acquired = jwt(bob, 1_790_000_417);
        let with = comes_back_to(&known, &packing, &acquired, [None, None]);
        assert_eq!(with + 15, comes_back(&packing, &acquired, [None, None]));
    }

    #[test]
    fn of_a_token_that_is_no_jwt_nothing_is_known() {
        let packing = Packing::default();
        for subject in ["opaque", "", "..", "a.b.c", "a.é.c", "a.====.c"] {
            let known = Known::of(subject);
            comes_back_to(&known, &packing, &jwt("alice", 1), [Some(subject), None]);
        }
    }

    #[test]
    fn whatever_a_provider_calls_a_token_comes_back_as_it_was() {
        let packing = Packing::default();
        let padded = jwt("alice", 1).replace('.', "=.");
        for token in
            ["opaque", "", ".", "..", "a.b.c", "eyJ9.eyJ9.AAA", "é|ü 1", &padded, &jwt("a", 1)]
        {
            for beside in [[None, None], [Some(""), None], [Some("a b"), Some("id.to.ken")]] {
                comes_back(&packing, token, beside);
            }
        }
    }

    #[test]
    fn when_there_are_enough_patterns_the_rest_does_without() {
        let packing = Packing::default();
        let mut random = fastrand::Rng::with_seed(3);
        for _ in 0..PATTERNS * 3 {
            let token: String = (0..300).map(|_| random.alphanumeric()).collect();
            assert!(comes_back(&packing, &token, [None, None]) <= 310);
        }
        assert_eq!(packing.0.read().unwrap().len(), PATTERNS);
    }

    #[test]
    fn what_was_not_packed_here_is_nothing() {
        let packing = Packing::default();
        let packed = Packed { token: "alice's", beside: [None, None] };
        let packed = packing.pack(&packed, &Known::nothing());
        assert_eq!(Packing::default().unpack(&packed, &Known::nothing()), None);
        assert_eq!(packing.unpack(&[], &Known::nothing()), None);
        assert_eq!(packing.unpack(&[9, 9, 9], &Known::nothing()), None);
    }
}
