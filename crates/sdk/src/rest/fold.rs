//! A text → how it differs from an earlier text, and back.
//!
//! The tokens of one target are the same but for some words: ids, names, times. So a text is written as the number of
//! letters that it has in common with an earlier text (the pattern), then a word of its own, and so on in turn:
//!
//! ```text
//! as in the pattern: length · kind and length of the word · the word, in its letters' own bits
//! ```
//!
//! A word ends where the pattern's word ends. Where a text takes another course than its pattern, it is written as it is
//! until the two meet again. A letter of base64url takes six bits, sixteen digits take seven bytes. A word that came before
//! in the text is written as its number, and so is one that is known: whoever unfolds the text has it already.

/// How many letters have to be alike for two texts to have met again.
const ALIKE: usize = 8;

/// How far ahead that is looked for.
const NEAR: usize = 512;

/// The fewest letters of a word that is worth knowing.
const WORTH_KNOWING: usize = 5;

/// The low bits of the byte in front of a word: its length; all of them set, and it is in the bytes behind.
const SHORT: u8 = 0x1f;

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// How a word is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// As it is; the pattern goes on at a place that is written behind it.
    Detour = 0,
    /// As it is.
    Plain = 1,
    /// Six bits a letter.
    Letters = 2,
    /// Sixteen digits to seven bytes, and as few bytes as it takes for fewer.
    Digits = 3,
    /// As a word that is known, or before it in this text.
    Again = 4,
}

/// Writes a text by a pattern, for one who knows these words.
pub(super) fn fold<'t>(text: &'t [u8], pattern: &[u8], known: &[&'t [u8]], out: &mut Vec<u8>) {
    let (mut at, mut by) = (0, 0);
    let mut words = known.to_vec();
    while at < text.len() {
        let (rest, like) = (from(text, at), from(pattern, by));
        let alike = rest.iter().zip(like).take_while(|(a, b)| a == b).count();
        number(alike, out);
        (at, by) = (at + alike, by + alike);
        let (rest, like) = (from(text, at), from(pattern, by));
        if rest.is_empty() {
            return;
        }
        let (word, gap) = (word_length(rest), word_length(like));
        if rest.get(word) == like.get(gap) {
            write_word(until(rest, word), &mut words, out);
            (at, by) = (at + word, by + gap);
        } else {
            let (length, meets) = detour(rest, like);
            head(Kind::Detour, length, out);
            out.extend_from_slice(until(rest, length));
            number(meets, out);
            (at, by) = (at + length, by + meets);
        }
    }
}

/// Reads a text that was written by this pattern, knowing these words.
pub(super) fn unfold(folded: &[u8], pattern: &[u8], known: &[&[u8]]) -> Option<Vec<u8>> {
    let mut text = Vec::with_capacity(pattern.len() + folded.len());
    let mut words = Vec::new();
    let (mut rest, mut by) = (folded, 0_usize);
    while !rest.is_empty() {
        let alike = read_number(&mut rest)?;
        text.extend_from_slice(pattern.get(by..)?.get(..alike)?);
        by += alike;
        let Some((first, behind)) = rest.split_first() else { break };
        rest = behind;
        let length = match first & SHORT {
            SHORT => read_number(&mut rest)?,
            short => usize::from(short),
        };
        let begin = text.len();
        match first >> 5 {
            0 => {
                text.extend_from_slice(take(&mut rest, length)?);
                by += read_number(&mut rest)?;
                continue;
            }
            1 => text.extend_from_slice(take(&mut rest, length)?),
            2 => read_letters(take(&mut rest, (length * 6).div_ceil(8))?, length, &mut text)?,
            3 => read_digits(take(&mut rest, digits_take(length))?, length, &mut text)?,
            4 => match (known.get(length), length.checked_sub(known.len())) {
                (Some(word), _) => text.extend_from_slice(word),
                (None, before) => {
                    let before: &std::ops::Range<usize> = words.get(before?)?;
                    text.extend_from_within(before.clone());
                }
            },
            _ => return None,
        }
        words.push(begin..text.len());
        by += word_length(pattern.get(by..)?);
    }
    Some(text)
}

/// The words of a text that are worth knowing. Shorter ones take no more room than their numbers.
pub(super) fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| !is_letter(*byte)).filter(|word| word.len() >= WORTH_KNOWING)
}

fn from(text: &[u8], at: usize) -> &[u8] {
    text.get(at..).unwrap_or_default()
}

fn until(text: &[u8], end: usize) -> &[u8] {
    text.get(..end).unwrap_or_default()
}

fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

fn word_length(text: &[u8]) -> usize {
    text.iter().take_while(|byte| is_letter(**byte)).count()
}

/// How far a text goes its own way, and where in the pattern it comes back: both at a border of words, and not
/// far from here, or never.
fn detour(text: &[u8], pattern: &[u8]) -> (usize, usize) {
    let borders = |text: &'_ [u8]| {
        let windows = text.windows(ALIKE).enumerate().take(NEAR);
        let border =
            windows.filter(|(_, ahead)| ahead.first().is_some_and(|byte| !is_letter(*byte)));
        border.map(|(at, ahead)| (at, <[u8; ALIKE]>::try_from(ahead).unwrap_or_default())).collect()
    };
    let (ways, there): (Vec<_>, Vec<_>) = (borders(text), borders(pattern));
    for (length, ahead) in ways.into_iter().filter(|(length, _)| *length > 0) {
        if let Some((meets, _)) = there.iter().find(|(_, there)| *there == ahead) {
            return (length, *meets);
        }
    }
    (text.len(), 0)
}

fn write_word<'t>(word: &'t [u8], words: &mut Vec<&'t [u8]>, out: &mut Vec<u8>) {
    let before = words.iter().position(|before| *before == word && word.len() > 2);
    words.push(word);
    if let Some(before) = before {
        return head(Kind::Again, before, out);
    }
    if word.iter().all(u8::is_ascii_digit) {
        head(Kind::Digits, word.len(), out);
        write_digits(word, out);
    } else if word.iter().all(|byte| is_letter(*byte)) {
        head(Kind::Letters, word.len(), out);
        write_letters(word, out);
    } else {
        head(Kind::Plain, word.len(), out);
        out.extend_from_slice(word);
    }
}

fn head(kind: Kind, length: usize, out: &mut Vec<u8>) {
    let kind = (kind as u8) << 5;
    match u8::try_from(length) {
        Ok(length) if length < SHORT => out.push(kind | length),
        _ => {
            out.push(kind | SHORT);
            number(length, out);
        }
    }
}

/// The place of a letter among the 64.
fn six_bits(letter: u8) -> u8 {
    match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'-' => 62,
        _ => 63,
    }
}

fn write_letters(word: &[u8], out: &mut Vec<u8>) {
    let (mut bits, mut held) = (0_u32, 0);
    for byte in word {
        bits = bits << 6 | u32::from(six_bits(*byte));
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push(low_byte(bits >> held));
        }
    }
    if held > 0 {
        out.push(low_byte(bits << (8 - held)));
    }
}

fn read_letters(written: &[u8], length: usize, text: &mut Vec<u8>) -> Option<()> {
    let (mut bits, mut held, mut rest) = (0_u32, 0, written.iter());
    for _ in 0..length {
        if held < 6 {
            bits = bits << 8 | u32::from(*rest.next()?);
            held += 8;
        }
        held -= 6;
        text.push(*LETTERS.get(usize::from(low_byte(bits >> held) & 0x3f))?);
    }
    Some(())
}

/// So many digits are a number of at most seven bytes.
const AT_ONCE: usize = 16;

/// How many bytes so many digits take.
fn digits_take(length: usize) -> usize {
    length / AT_ONCE * 7 + (length % AT_ONCE * 107).div_ceil(256)
}

fn write_digits(word: &[u8], out: &mut Vec<u8>) {
    for digits in word.chunks(AT_ONCE) {
        let number = digits.iter().fold(0_u64, |all, digit| all * 10 + u64::from(digit - b'0'));
        let bytes = number.to_le_bytes();
        out.extend_from_slice(until(&bytes, digits_take(digits.len())));
    }
}

fn read_digits(written: &[u8], length: usize, text: &mut Vec<u8>) -> Option<()> {
    let (mut rest, mut left) = (written, length);
    while left > 0 {
        let digits = left.min(AT_ONCE);
        let mut bytes = [0; 8];
        let part = take(&mut rest, digits_take(digits))?;
        bytes.get_mut(..part.len())?.copy_from_slice(part);
        let number = u64::from_le_bytes(bytes);
        text.extend_from_slice(format!("{number:0digits$}").as_bytes());
        left -= digits;
    }
    Some(())
}

/// Seven bits a byte, the lowest first; the highest bit says that there is more.
pub(crate) fn number(number: usize, out: &mut Vec<u8>) {
    let mut rest = number;
    while rest > 0x7f {
        out.push(low_byte(u32::try_from(rest & 0x7f).unwrap_or(0)) | 0x80);
        rest >>= 7;
    }
    out.push(low_byte(u32::try_from(rest).unwrap_or(0)));
}

pub(crate) fn read_number(rest: &mut &[u8]) -> Option<usize> {
    let mut number = 0_usize;
    for place in 0..5 {
        let (first, behind) = rest.split_first()?;
        *rest = behind;
        number |= usize::from(first & 0x7f) << (7 * place);
        if first & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

pub(super) fn take<'r>(rest: &mut &'r [u8], length: usize) -> Option<&'r [u8]> {
    let (taken, behind) = rest.split_at_checked(length)?;
    *rest = behind;
    Some(taken)
}

fn low_byte(bits: u32) -> u8 {
    let [lowest, ..] = bits.to_le_bytes();
    lowest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str, pattern: &str) -> usize {
        folded_knowing("", text, pattern)
    }

    fn folded_knowing(known: &str, text: &str, pattern: &str) -> usize {
        let (known, mut out) = (words(known.as_bytes()).collect::<Vec<_>>(), Vec::new());
        fold(text.as_bytes(), pattern.as_bytes(), &known, &mut out);
        let back = unfold(&out, pattern.as_bytes(), &known).unwrap();
        assert_eq!(String::from_utf8(back).unwrap(), text, "by {pattern}");
        out.len()
    }

    #[test]
    fn what_two_texts_have_in_common_is_not_written_again() {
        let alice = r#"{"sub":"alice","exp":1790000300,"jti":"Jx0q9-_AbCdEfGhIjKlMnQ"}"#;
        let bob = r#"{"sub":"bob","exp":1790000417,"jti":"Zy1r8-aBcDeFgHiJkLmNoP"}"#;
        assert_eq!(folded(alice, alice), 1);
        // Three words of 3, 3 and 22 letters with two bytes in front of each, and the end.
        assert_eq!(folded(bob, alice), (2 + 3) + (2 + 2) + (2 + 17) + 1);
    }

    #[test]
    fn a_word_that_came_before_is_written_once() {
        let twice = |id: &str| format!(r#"{{"sub":"{id}","oid":"{id}"}}"#);
        let (alice, bob) = (twice("AAAAAAAAAAAAAAAA"), twice("BBBBBBBBBBBBBBBB"));
        assert_eq!(folded(&bob, &alice), (2 + 12) + 2 + 1);
    }

    #[test]
    fn a_word_that_is_known_is_not_written() {
        let text = |id: &str| format!(r#"{{"sub":"{id}","oid":"{id}"}}"#);
        let (alice, bob) = (text("AAAAAAAAAAAAAAAA"), text("BBBBBBBBBBBBBBBB"));
        let known = r#"{"sid":"CCCCCCCCCCCCCCCC","sub":"BBBBBBBBBBBBBBBB"}"#;
        assert_eq!(folded_knowing(known, &bob, &alice), 2 + 2 + 1);
        assert_eq!(folded_knowing("BBBB", &bob, &alice), folded(&bob, &alice));
    }

    #[test]
    fn a_text_that_goes_another_way_comes_back() {
        let alice = r#"{"name":"Alice","groups":[],"scope":"Rows.Read"}"#;
        let bob = r#"{"name":"Bob van Dyke","groups":["staff","à la carte"],"scope":"Rows.Read"}"#;
        assert!(folded(bob, alice) < bob.len());
        assert!(folded(alice, bob) < alice.len());
        for text in ["", "a", "ÿ\u{7f}", "0012", "123456789012345678901234567890"] {
            for pattern in ["", "a", alice, "0"] {
                folded(text, pattern);
            }
        }
    }

    #[test]
    fn whatever_is_folded_comes_back_and_nothing_else_is_ever_out_of_bounds() {
        let mut random = fastrand::Rng::with_seed(7);
        let mut text = || -> Vec<u8> {
            let alphabet = b"aaB09-_.\"{}:, \xc3";
            (0..random.usize(..200)).map(|_| *random.choice(alphabet).unwrap()).collect()
        };
        for _ in 0..5_000 {
            let (text, pattern, known) = (text(), text(), text());
            let known: Vec<_> = words(&known).collect();
            let mut out = Vec::new();
            fold(&text, &pattern, &known, &mut out);
            assert_eq!(unfold(&out, &pattern, &known), Some(text.clone()));
            // Not what was folded, and read all the same: anything but a panic.
            unfold(&text, &pattern, &known);
            unfold(&out, &text, &[]);
        }
    }
}
