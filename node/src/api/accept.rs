//! What a client accepts: lists with weights (RFC 9110 section 12.4.2).

use axum::http::{HeaderMap, HeaderName};

/// Entries of one field that are read; an honest one has fewer.
const ENTRIES_MAX: usize = 32;

/// The weight, in thousandths, of the entry that `fits`: the largest if there are several, 0 for none and for `q=0`,
/// which says that the client does not take it.
pub(super) fn weight(headers: &HeaderMap, name: HeaderName, fits: impl Fn(&str) -> bool) -> u16 {
    let fields = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    let entries = fields.flat_map(|field| field.split(',')).take(ENTRIES_MAX);
    let weights = entries.filter_map(|entry| {
        let mut parts = entry.split(';').map(str::trim);
        parts.next().filter(|value| fits(value))?;
        let quality = parts.find_map(|part| {
            let (name, value) = part.split_once('=')?;
            name.trim().eq_ignore_ascii_case("q").then(|| permille(value.trim()))
        });
        Some(quality.unwrap_or(1000))
    });
    weights.max().unwrap_or(0)
}

/// A weight in thousandths; 0 for what is none.
fn permille(quality: &str) -> u16 {
    let (whole, part) = quality.split_once('.').unwrap_or((quality, ""));
    let digits: String = part.chars().chain("000".chars()).take(3).collect();
    let value = whole.parse::<u16>().ok().zip(digits.parse::<u16>().ok());
    value.map_or(0, |(whole, part)| whole.min(1) * 1000 + part).min(1000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderValue, header};

    #[test]
    fn weights_are_read_wherever_they_stand_and_zero_refuses() {
        let cases = [
            ("a/b", 1000),
            ("x/y, A/B", 1000),
            ("a/b;q=0", 0),
            ("a/b; q=0.000", 0),
            ("a/b;v=1; Q=0.25", 250),
            ("a/b;q=0.5, a/b;q=0.75", 750),
            ("a/b;q=high", 0),
            ("a/b;q=7", 1000),
            ("a/bc", 0),
            ("", 0),
        ];
        for (field, expected) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, HeaderValue::from_str(field).expect("ASCII"));
            let found = weight(&headers, header::ACCEPT, |kind| kind.eq_ignore_ascii_case("a/b"));
            assert_eq!(found, expected, "{field}");
        }
    }
}
