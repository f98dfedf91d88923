//! A link as a picture for a phone's camera: one path of a drawing, for the page to hold.

use qrcode::{Color, EcLevel, QrCode};
use std::fmt::Write as _;

/// The white margin that readers need, in modules (ISO/IEC 18004 §5.3.8).
const MARGIN: usize = 4;

/// A square of modules, margin included, and the path that darkens some of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Qr {
    pub(crate) size: usize,
    pub(crate) path: String,
}

/// The picture; `None` of a text too long for one.
pub(crate) fn of(text: &str) -> Option<Qr> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let width = code.width();
    let mut path = String::new();
    for (place, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            let (x, y) = (place % width + MARGIN, place / width + MARGIN);
            // Writing to a `String` cannot fail.
            write!(path, "M{x} {y}h1v1h-1z").ok();
        }
    }
    Some(Qr { size: width + 2 * MARGIN, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_its_three_corners_and_its_margin() {
        let qr = of("otpauth://totp/a").unwrap();
        assert_eq!(qr.size, 25 + 2 * MARGIN);
        for corner in ["M4 4h1", "M28 4h1", "M4 28h1"] {
            assert!(qr.path.contains(corner), "{corner}");
        }
        assert!(!qr.path.contains("M3 "));
        assert_eq!(of(&"x".repeat(4000)), None);
    }
}
