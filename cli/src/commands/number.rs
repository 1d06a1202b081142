//! Certificate numbers as they stand on paper.

use identity::LookupCode;
use identity::china::{CertificateNumber as Printed, CertificateYear};
use ledger::crypto::Hash;
use ledger::record::{Department, FullNumber, NotarialCertificate, lookup_commitment, lookup_key};

use crate::error::CliError;
use crate::reason::why;

/// Digits that the serial is filled up to, as offices print it.
const SERIAL_DIGITS: usize = 6;

/// The number as it stands on paper, once there is one and the office's words are known.
pub(crate) fn on_paper(record: &NotarialCertificate, office: &Department) -> Option<String> {
    office.number_word(&record.class)?;
    record.full_number().map(|full| words(&full, Some(office)))
}

/// A number in full as it stands on paper, else by its parts where the office's words are not known.
pub(crate) fn words(full: &FullNumber, office: Option<&Department>) -> String {
    match office.and_then(|office| office.number_word(&full.class)) {
        Some(word) => format!("({}){word}第{:0width$}号", full.year, full.serial, width = SERIAL_DIGITS),
        None => format!("{}/{}/{}/{}", full.office, full.class, full.year, full.serial),
    }
}

/// What an office states of a number and the code printed beside it.
pub(crate) fn commitment(number: &FullNumber, code: &LookupCode) -> Hash {
    lookup_commitment(number, &code.bytes())
}

/// Where the ledger keeps the look-up of a number and a code.
pub(crate) fn lookup(number: &FullNumber, code: &LookupCode) -> Hash {
    lookup_key(number, &commitment(number, code))
}

/// Reads a number as printed or typed.
///
/// # Errors
/// `Value`: it is no certificate number, or its year has two digits and so is older than any ledger.
pub(crate) fn parse(text: &str) -> Result<(Printed, u32), CliError> {
    let printed = Printed::parse(text).map_err(|error| CliError::value("NUMBER", error))?;
    match printed.year() {
        CertificateYear::Full(year) => Ok((printed, u32::from(year))),
        CertificateYear::Short(_) => Err(CliError::value("NUMBER", why("reason-number-old"))),
    }
}

/// The full numbers that printed words may stand for, by the offices' own registers; more than one only if two offices
/// were given the same words.
pub(crate) fn candidates(printed: &Printed, year: u32, departments: &[Department]) -> Vec<FullNumber> {
    let mut found = Vec::new();
    for department in departments {
        for entry in department.numbering.iter().filter(|entry| entry.word.as_str() == printed.words()) {
            let (office, class) = (department.id.clone(), entry.class.clone());
            found.push(FullNumber { office, class, year, serial: u64::from(printed.serial()) });
        }
    }
    found
}

/// A file name for a bundle: number or id with nothing in it that a file system minds.
pub(crate) fn file_name(number: &str) -> String {
    let plain: String = number.chars().map(|c| if c.is_control() || c == '/' { '_' } else { c }).collect();
    format!("{plain}.yinxin")
}
