//! What a file and each disclosure stand for in the record, in every place.

use ledger::crypto::Hash;
use serde_json::{Value, json};

use super::super::judge::Finding;
use super::super::openings::{Opening, Place, commitment};
use super::super::subject::Subject;
use super::Report;

impl Report<'_> {
    /// What the file is, a sentence for each place.
    pub(super) fn file_places(&self, finding: &Finding) -> Vec<String> {
        let said = finding.file_is.iter().map(|place| self.of_place(place_key(place), finding, place));
        let also = |sentence: String| self.app.say("report-also", &[("said", &sentence)]);
        said.enumerate().map(|(at, sentence)| if at == 0 { sentence } else { also(sentence) }).collect()
    }

    /// For each commitment that stands in several places: who copied it need never have had what it opens to.
    pub(super) fn copied(&self, finding: &Finding) -> Vec<String> {
        let mut groups: Vec<(Hash, Vec<&Opening>)> = Vec::new();
        for one in &finding.openings.opened {
            let Some(hash) = commitment(&one.disclosure) else { continue };
            match groups.iter_mut().find(|(known, _)| *known == hash) {
                Some((_, places)) if places.iter().all(|other| other.place != one.place) => places.push(one),
                Some(_) => {}
                None => groups.push((hash, vec![one])),
            }
        }
        let several = groups.into_iter().map(|(_, places)| places).filter(|places| places.len() > 1);
        several.map(|places| self.app.say("report-copied", &[("places", &self.names(finding, &places))])).collect()
    }

    fn names(&self, finding: &Finding, openings: &[&Opening]) -> String {
        let names = openings.iter().map(|one| self.of_place(name_key(&one.place), finding, &one.place));
        names.collect::<Vec<_>>().join(&self.app.words.say("list-join"))
    }

    /// Words about a place, which name its number in a list and who made the entry.
    fn of_place(&self, key: &str, finding: &Finding, place: &Place) -> String {
        let index = place_index(place).map_or_else(String::new, |index| index.to_string());
        let department = department(finding, place).unwrap_or_default();
        self.app.say(key, &[("index", &index), ("department", department)])
    }
}

/// A place for a program: its code, its place in a list counted from 1, and who made the entry.
pub(super) fn place_json(finding: &Finding, place: &Place) -> Value {
    json!({"place": code(place), "index": place_index(place), "department": department(finding, place)})
}

/// Every opened commitment, place by place.
pub(super) fn opened_json(finding: &Finding) -> Vec<Value> {
    let opened = finding.openings.opened.iter().map(|one| {
        let mut value = place_json(finding, &one.place);
        value["commitment"] = json!(commitment(&one.disclosure).map(|hash| hash.to_string()));
        value
    });
    opened.collect()
}

/// The department that made the entry of a place.
fn department<'f>(finding: &'f Finding, place: &Place) -> Option<&'f str> {
    let (Place::Entry(index), Some(Subject::Case { entries, .. })) = (place, &finding.subject) else { return None };
    entries.iter().find(|(at, _)| at == index).map(|(_, entry)| entry.department.as_str())
}

/// The stable code of a place.
pub(super) fn code(place: &Place) -> &'static str {
    name_key(place).trim_start_matches("placed-")
}

/// Key of the sentence that says what a file is.
const fn place_key(place: &Place) -> &'static str {
    match place {
        Place::Document => "place-document",
        Place::Amendment(_) => "place-amendment",
        Place::Matter => "place-matter",
        Place::Decision => "place-decision",
        Place::Entry(_) => "place-entry",
        Place::Closing => "place-closing",
        Place::AmendmentGround(_) | Place::Ground | Place::Attribute(_) | Place::Person => "place-reason",
    }
}

/// Key of the name of a place.
const fn name_key(place: &Place) -> &'static str {
    match place {
        Place::Document => "placed-document",
        Place::Amendment(_) => "placed-amendment",
        Place::Matter => "placed-matter",
        Place::Decision => "placed-decision",
        Place::Entry(_) => "placed-entry",
        Place::Closing => "placed-closing",
        Place::AmendmentGround(_) | Place::Ground => "placed-reason",
        Place::Attribute(_) => "placed-attribute",
        Place::Person => "placed-person",
    }
}

/// Its place in a list, counted from 1.
fn place_index(place: &Place) -> Option<u64> {
    match place {
        Place::Amendment(index) | Place::AmendmentGround(index) => Some(*index as u64 + 1),
        Place::Entry(index) => Some(index + 1),
        _ => None,
    }
}
