//! Attributes as they are typed at the counter: checked here, once, before anything is committed to.
//!
//! ```text
//! name = "王小明"
//! id-number = "440604199001010016"
//! birth-date = "1990-01-01"
//! ```
//!
//! No error shows a value, or a part of one.

use std::collections::BTreeMap;
use std::path::Path;

use identity::china::{CitizenId, CreditCode, Regions, Warning};
use identity::{AttributeSecret, commitment::canonical_text};
use jiff::civil::Date;
use ledger::limits::ATTRIBUTES_MAX;
use ledger::record::PersonKind;
use ledger::types::{Code, Text};
use rand_core::OsRng;
use toml::{Spanned, Value};
use zeroize::Zeroizing;

use crate::catalogue::Words;
use crate::error::CliError;
use crate::files;
use crate::reason::{line_of, why};

/// A few short lines.
const FILE_BYTES_MAX: u64 = 64 * 1024;

/// Number of a natural person's card 公民身份号码.
const ID_NUMBER: &str = "id-number";
/// Number of an organisation 统一社会信用代码.
const CREDIT_CODE: &str = "credit-code";
/// Date of birth.
const BIRTH_DATE: &str = "birth-date";

/// Name of a person or of an organisation.
const NAME: &str = "name";

/// Checked attributes, ascending by code, and what somebody should still look at.
#[derive(Debug)]
pub(super) struct Attributes {
    /// Each with a salt of its own.
    pub(super) secrets: Vec<AttributeSecret>,
    /// What looked odd, with its attribute.
    pub(super) warnings: Vec<(String, Odd)>,
}

/// What looks odd and may yet be right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Odd {
    /// A number that fits its check digit.
    Number(Warning),
    /// The attribute that tells persons of one name apart is not there.
    Missing,
    /// Nobody else has such a code: it may be mistyped.
    UnknownCode,
}

/// The codes of a person's attributes; the last one tells persons of one name apart.
const fn codes(person: PersonKind) -> &'static [&'static str] {
    match person {
        PersonKind::Natural => &[NAME, BIRTH_DATE, ID_NUMBER],
        PersonKind::Legal => &[NAME, CREDIT_CODE],
    }
}

/// A note about an attribute, by the name that it has for people.
pub(super) fn note(words: &Words, attribute: &str, odd: Odd, person: PersonKind) -> String {
    let name = words.find(&format!("attribute-{attribute}"), &[]);
    let known = codes(person).join(&words.say("list-join"));
    let attribute = name
        .map_or_else(|| attribute.to_owned(), |name| words.with("name-code", &[("name", &name), ("code", attribute)]));
    let reason = match odd {
        Odd::Number(Warning::UnknownRegion) => "warning-region",
        Odd::Number(Warning::OrganisationCode) => "warning-organisation-code",
        Odd::Missing => return words.with("attribute-missing", &[("attribute", &attribute)]),
        Odd::UnknownCode => return words.with("attribute-unknown", &[("attribute", &attribute), ("codes", &known)]),
    };
    words.with("attribute-odd", &[("attribute", &attribute), ("reason", &words.say(reason))])
}

/// Reads a file of attributes.
///
/// # Errors
/// It cannot be read; `Value` names the attribute that does not fit, never its value.
pub(super) fn read(path: &Path, person: PersonKind) -> Result<Attributes, CliError> {
    let text = Zeroizing::new(files::read_text(path, FILE_BYTES_MAX)?);
    parse(path, &text, person)
}

/// The attributes of a text, which stands in this file.
fn parse(path: &Path, text: &str, person: PersonKind) -> Result<Attributes, CliError> {
    let table = lines(path, text, person)?;
    if table.is_empty() || table.len() > ATTRIBUTES_MAX {
        return Err(CliError::value("FILE", why("reason-attribute-count").with("max", ATTRIBUTES_MAX)));
    }
    let regions = Regions::bundled();
    let mut warnings = Vec::new();
    let mut values: BTreeMap<Code, Text> = BTreeMap::new();
    for (name, value) in &table {
        let code: Code = name.parse().map_err(|error| CliError::value("FILE", error))?;
        let (text, odd) = checked(name, value, person, &regions)?;
        warnings.extend(odd.into_iter().map(|warning| (name.clone(), Odd::Number(warning))));
        if !codes(person).contains(&name.as_str()) {
            warnings.push((name.clone(), Odd::UnknownCode));
        }
        values.insert(code, text);
    }
    let telling = codes(person).last().filter(|code| !table.contains_key(**code));
    warnings.extend(telling.map(|code| ((*code).to_owned(), Odd::Missing)));
    birth_fits(&table, &regions)?;
    let secrets = values.into_iter().map(|(code, value)| AttributeSecret::new(code, value, &mut OsRng)).collect();
    Ok(Attributes { secrets, warnings })
}

/// The lines of a file. TOML's own messages quote the line, which holds what is personal: only its number is said.
fn lines(path: &Path, text: &str, person: PersonKind) -> Result<BTreeMap<String, String>, CliError> {
    let all = codes(person).join(", ");
    let file: BTreeMap<String, Spanned<Value>> = toml::from_str(text).map_err(|error| {
        let line = line_of(text, error.span().map_or(0, |span| span.start));
        CliError::format(path, why("reason-attribute-lines").with("line", line).with("codes", &all))
    })?;
    let plain = |(code, value): (String, Spanned<Value>)| match value.get_ref() {
        Value::String(text) => Ok((code, text.clone())),
        _ => {
            let line = line_of(text, value.span().start);
            Err(CliError::format(path, why("reason-attribute-type").with("line", line).with("code", code)))
        }
    };
    file.into_iter().map(plain).collect()
}

/// One value in its canonical form.
fn checked(name: &str, value: &str, person: PersonKind, regions: &Regions) -> Result<(Text, Vec<Warning>), CliError> {
    let (form, warnings) = match (name, person) {
        (ID_NUMBER, PersonKind::Natural) => {
            let id = CitizenId::parse(value, regions).map_err(|error| CliError::value(name, error))?;
            (Zeroizing::new(id.value.expose().to_owned()), id.warnings)
        }
        (CREDIT_CODE, PersonKind::Legal) => {
            let code = CreditCode::parse(value, regions).map_err(|error| CliError::value(name, error))?;
            (Zeroizing::new(code.value.as_str().to_owned()), code.warnings)
        }
        (ID_NUMBER | BIRTH_DATE, PersonKind::Legal) => {
            return Err(CliError::value(name, why("reason-attribute-natural")));
        }
        (CREDIT_CODE, PersonKind::Natural) => return Err(CliError::value(name, why("reason-attribute-legal"))),
        (BIRTH_DATE, PersonKind::Natural) => {
            let date: Date = value.trim().parse().map_err(|_| CliError::value(name, why("reason-date")))?;
            (Zeroizing::new(date.to_string()), Vec::new())
        }
        _ => (Zeroizing::new(value.to_owned()), Vec::new()),
    };
    let text = canonical_text(&form).map_err(|error| CliError::value(name, error))?;
    if text.as_str().is_empty() {
        return Err(CliError::value(name, why("reason-empty")));
    }
    Ok((text, warnings))
}

/// The date of birth must be that of the number: one of them is mistyped otherwise.
fn birth_fits(table: &BTreeMap<String, String>, regions: &Regions) -> Result<(), CliError> {
    let (Some(number), Some(date)) = (table.get(ID_NUMBER), table.get(BIRTH_DATE)) else { return Ok(()) };
    let (Ok(id), Ok(date)) = (CitizenId::parse(number, regions), date.trim().parse::<Date>()) else { return Ok(()) };
    let (year, month, day) = id.value.birth();
    let same = (i32::from(date.year()), i32::from(date.month()), i32::from(date.day()))
        == (i32::from(year), i32::from(month), i32::from(day));
    if same { Ok(()) } else { Err(CliError::value(BIRTH_DATE, why("reason-birth-date"))) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Lang;

    /// A number of nobody: region 440604, sequence 001.
    const NUMBER: &str = "44060419900101001";

    fn number() -> String {
        let regions = Regions::bundled();
        let fits = |check: &char| CitizenId::parse(&format!("{NUMBER}{check}"), &regions).is_ok();
        let check = "0123456789X".chars().find(fits).expect("one check character fits");
        format!("{NUMBER}{check}")
    }

    #[test]
    fn values_are_checked_and_put_in_their_one_form() {
        let text =
            format!("name = \" 王小明 \"\nid-number = \"{}\"\nbirth-date = \"1990-01-01\"\n", number().to_lowercase());
        let attributes = parse(Path::new("person.toml"), &text, PersonKind::Natural).expect("fits");
        let values: Vec<(&str, &str)> =
            attributes.secrets.iter().map(|one| (one.code.as_str(), one.value.as_str())).collect();
        assert_eq!(values, [("birth-date", "1990-01-01"), ("id-number", number().as_str()), ("name", "王小明")]);
        assert_ne!(attributes.secrets[0].salt, attributes.secrets[1].salt);
    }

    #[test]
    fn a_line_that_does_not_fit_is_named_with_the_codes_that_do() {
        let told = |text: &str| parse(Path::new("person.toml"), text, PersonKind::Natural).expect_err(text);
        for lang in [Lang::En, Lang::ZhCn] {
            let words = Words::new(lang);
            let chinese = told("name = \"a\"\n姓名 = \"王小明\"\n").sentence(&words);
            assert!(chinese.contains('2') && chinese.contains("id-number"), "{chinese}");
            assert!(!chinese.contains("王小明"), "{chinese}");
            let typed = told("name = \"a\"\n\nid-number = 4406\n").sentence(&words);
            assert!(typed.contains('3') && typed.contains("id-number") && !typed.contains("4406"), "{typed}");
        }
    }

    #[test]
    fn what_is_missing_or_unknown_is_said_and_taken() {
        let odd = |text: &str, person| parse(Path::new("person.toml"), text, person).expect("fits").warnings;
        let own = |code: &str, odd| (code.to_owned(), odd);
        let whole = format!("name = \"a\"\nid-number = \"{}\"", number());
        assert_eq!(odd(&whole, PersonKind::Natural), []);
        assert_eq!(odd("name = \"a\"", PersonKind::Natural), [own("id-number", Odd::Missing)]);
        assert_eq!(odd("name = \"a\"", PersonKind::Legal), [own("credit-code", Odd::Missing)]);
        let mistyped = odd(&format!("{whole}\nbirthdate = \"1990-01-01\""), PersonKind::Natural);
        assert_eq!(mistyped, [own("birthdate", Odd::UnknownCode)]);
        for lang in [Lang::En, Lang::ZhCn] {
            let said = note(&Words::new(lang), "birthdate", Odd::UnknownCode, PersonKind::Natural);
            assert!(said.contains("birthdate") && said.contains("birth-date"), "{said}");
        }
    }

    #[test]
    fn what_is_wrong_is_refused_without_being_shown() {
        let wrong = format!("{NUMBER}{}", if number().ends_with('1') { '2' } else { '1' });
        for (text, person) in [
            (format!("id-number = \"{wrong}\""), PersonKind::Natural),
            (format!("id-number = \"{}\"\nbirth-date = \"1991-01-01\"", number()), PersonKind::Natural),
            (format!("id-number = \"{}\"", number()), PersonKind::Legal),
            ("credit-code = \"91440300708461136X\"".to_owned(), PersonKind::Natural),
            ("credit-code = \"9144030070846113\"".to_owned(), PersonKind::Legal),
            ("birth-date = \"1990-02-30\"".to_owned(), PersonKind::Natural),
            ("name = \"\"".to_owned(), PersonKind::Natural),
            ("Name = \"x\"".to_owned(), PersonKind::Natural),
            ("name = 7".to_owned(), PersonKind::Natural),
            (String::new(), PersonKind::Natural),
        ] {
            let error = parse(Path::new("person.toml"), &text, person).expect_err(&text);
            assert!(!error.to_string().contains(NUMBER), "{error}");
        }
    }
}
