//! Numbers out of many, and as people read them.

use std::time::Duration;

/// The middle one; of an even number, between the two in the middle. Nothing has the middle 0.
#[must_use]
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let half = sorted.len() / 2;
    let upper = sorted.get(half).copied().unwrap_or_default();
    match sorted.len() % 2 {
        0 => sorted.get(half.wrapping_sub(1)).map_or(upper, |lower| f64::midpoint(*lower, upper)),
        _ => upper,
    }
}

/// How flat a cost is while something grows: the dearest over the cheapest. 1 is flat; nothing is flat.
#[must_use]
pub fn flatness(costs: &[f64]) -> f64 {
    let dearest = costs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let cheapest = costs.iter().copied().fold(f64::INFINITY, f64::min);
    if costs.is_empty() || cheapest <= 0.0 { 1.0 } else { dearest / cheapest }
}

/// Microseconds.
#[must_use]
pub fn us(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}

/// Milliseconds.
#[must_use]
pub fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// MiB, of bytes.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "no memory is so large")]
pub fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

/// With as many digits as say something: `12345`, `123`, `12.3`, `1.23`, `0.123`.
#[must_use]
pub fn rounded(value: f64) -> String {
    match value.abs() {
        100.0.. => format!("{value:.0}"),
        10.0.. => format!("{value:.1}"),
        1.0.. => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

/// The same, or a dash where it is not known.
#[must_use]
pub fn known(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), rounded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_is_the_middle_in_any_order() {
        assert!((median(&[3.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
        assert!((median(&[4.0, 1.0, 2.0, 3.0]) - 2.5).abs() < f64::EPSILON);
        assert!((median(&[7.0]) - 7.0).abs() < f64::EPSILON);
        assert!(median(&[]).abs() < f64::EPSILON);
    }

    #[test]
    fn a_cost_that_does_not_change_is_flat() {
        assert!((flatness(&[50.0, 50.0]) - 1.0).abs() < f64::EPSILON);
        assert!((flatness(&[50.0, 40.0, 60.0]) - 1.5).abs() < f64::EPSILON);
        assert!((flatness(&[]) - 1.0).abs() < f64::EPSILON);
    }

    #[test]
    fn a_number_has_three_digits_at_least() {
        let told = [12_345.6, 123.4, 12.34, 1.234, 0.1234, 0.0].map(rounded);
        assert_eq!(told, ["12346", "123", "12.3", "1.23", "0.123", "0.000"]);
    }
}
