//! What a record says, as rows for a person: the same for `show`, `verify` and what follows a change.

use identity::Disclosure;
use ledger::codec::{Cbor, View};
use ledger::record::{
    CaseAct, CaseStatus, CertificateStatus, CorrectionCase, CorrectionEntry, Department, GivenGround, Grounds,
    IdentityAttestation, IdentityStatus, Item, ItemRef, NotarialCertificate, PersonKind,
};
use ledger::types::{Text, TimeMs};
use serde_json::{Value, json};

use super::{beijing, number};
use crate::app::App;
use crate::catalogue::Lang;
use crate::client::{Committed, Proven};

/// Rows of label and value.
pub(crate) struct Facts<'a> {
    app: &'a App,
    rows: Vec<Vec<String>>,
}

/// What else is proven beside a record, and what its disclosures say; every part may be missing.
#[derive(Default)]
pub(crate) struct Beside<'a> {
    /// The department's record.
    pub(crate) department: Option<&'a Department>,
    /// The item in the record's version.
    pub(crate) item: Option<&'a Item>,
    /// Grounds of the acts that the record names.
    pub(crate) grounds: &'a [Grounds],
    /// Texts of grounds, by their commitment.
    pub(crate) texts: &'a [Disclosure],
}

impl<'a> Facts<'a> {
    /// No row yet.
    pub(crate) fn new(app: &'a App) -> Self {
        Self { app, rows: Vec::new() }
    }

    /// Adds a row; `label` is a key of the catalogue.
    pub(crate) fn row(&mut self, label: &str, value: impl Into<String>) {
        self.rows.push(vec![format!("  {}", self.app.words.say(label)), value.into()]);
    }

    /// Adds a row for a time.
    pub(crate) fn time(&mut self, label: &str, time: TimeMs) {
        self.row(label, beijing::shown(time));
    }

    /// The rows in columns.
    pub(crate) fn text(&self) -> String {
        crate::output::table(&self.rows)
    }

    /// The rows of a notarial certificate as of a time.
    pub(crate) fn certificate(&mut self, record: &NotarialCertificate, at: TimeMs, beside: &Beside<'_>) {
        let status = certificate_status(record.status_at(at));
        let printed = beside.department.and_then(|office| number::on_paper(record, office));
        let plain = record.number.as_ref().map(|number| format!("{} / {}", number.year, number.serial));
        if let Some(number) = printed.or(plain) {
            self.row("label-number", number);
        }
        self.row("label-status", self.app.words.say(status));
        self.row("label-office", self.department(record.office.as_str(), beside.department));
        self.row("label-item", self.item(&record.item, beside.item));
        self.row("label-record", record.id.to_string());
        self.time("label-drafted", record.drafted_at);
        if let Some(time) = record.approved_at {
            self.row("label-date", beijing::date(time));
        }
        if let Some(time) = record.issued_at {
            self.time("label-issued", time);
        }
        self.row("label-subjects", record.subjects.len().to_string());
        for amendment in &record.amendments {
            self.row("label-amended", self.given(&amendment.reason, Some("amend"), beside));
        }
        if let Some(other) = &record.supersedes {
            self.row("label-supersedes", other.to_string());
        }
        if let Some(other) = &record.superseded_by {
            self.row("label-superseded-by", other.to_string());
        }
        if let Some(reason) = &record.ended {
            self.row("label-ended", self.given(reason, certificate_act(record.status), beside));
        }
    }

    /// The rows of an identity attestation as of a time.
    pub(crate) fn identity(&mut self, record: &IdentityAttestation, at: TimeMs, beside: &Beside<'_>) {
        let person = match record.person {
            PersonKind::Natural => "person-natural",
            PersonKind::Legal => "person-legal",
        };
        self.row("label-status", self.app.words.say(identity_status(record.status_at(at))));
        self.row("label-person", self.app.words.say(person));
        self.row("label-department", self.department(record.department.as_str(), beside.department));
        self.row("label-item", self.item(&record.item, beside.item));
        self.row("label-record", record.id.to_string());
        self.row("label-level", record.level.to_string());
        self.row("label-holder", record.holder.id().to_string());
        let codes = record.attributes.iter().map(|attribute| word(self.app, "attribute", attribute.code.as_str()));
        self.row("label-attributes", codes.collect::<Vec<_>>().join(&self.app.words.say("list-join")));
        self.time("label-registered", record.registered_at);
        self.time("label-valid-until", record.valid_until);
        if let Some(reason) = &record.changed {
            self.row("label-changed", self.given(reason, Some(identity_act(record.status)), beside));
        }
    }

    /// The rows of a corrections case.
    pub(crate) fn case(&mut self, record: &CorrectionCase, beside: &Beside<'_>) {
        self.row("label-status", self.app.words.say(case_status(record.status)));
        self.row("label-department", self.department(record.department.as_str(), beside.department));
        self.row("label-item", self.item(&record.item, beside.item));
        self.row("label-variant", word(self.app, "variant", record.variant.as_str()));
        self.row("label-minor", self.app.words.say(if record.minor { "word-yes" } else { "word-no" }));
        self.row("label-record", record.id.to_string());
        self.time("label-opened", record.opened_at);
        self.row("label-entries", record.entries.length.to_string());
        if let Some(reason) = &record.closed {
            // What ends a case is a power of its item.
            let power = beside.item.and_then(|item| item.power(&CaseAct::Close.of_kind(&reason.code)));
            let name = power.map(|power| named(self.app, &power.name_zh, &power.name_en));
            self.row("label-closed", self.timed(reason, name, beside));
        }
    }

    /// One row for each entry of a case, after their headings; kinds by the item's words where it is known.
    pub(crate) fn entries(&mut self, entries: &[(u64, CorrectionEntry)], item: Option<&Item>) -> String {
        let kind = |entry: &CorrectionEntry| {
            let power = item.and_then(|item| item.power(&CaseAct::Entry.of_kind(&entry.kind)));
            power.map_or_else(
                || entry.kind.to_string(),
                |power| format!("{} ({})", named(self.app, &power.name_zh, &power.name_en), entry.kind),
            )
        };
        let say = |key: &str| self.app.words.say(key);
        let head = vec![
            say("column-place"),
            say("column-kind"),
            say("column-department"),
            say("column-occurred"),
            say("column-anchored"),
        ];
        let mut rows = vec![head];
        for (index, entry) in entries {
            rows.push(vec![
                (index + 1).to_string(),
                kind(entry),
                entry.department.to_string(),
                beijing::shown(entry.occurred_at),
                beijing::shown(entry.anchored_at),
            ]);
        }
        crate::output::table(&rows)
    }

    fn department(&self, id: &str, record: Option<&Department>) -> String {
        record.map_or_else(|| id.to_owned(), |found| department(self.app, found))
    }

    fn item(&self, reference: &ItemRef, record: Option<&Item>) -> String {
        let plain = format!("{} v{}", reference.code, reference.version);
        record.map_or_else(
            || plain.clone(),
            |item| format!("{} ({plain})", named(self.app, &item.name_zh, &item.name_en)),
        )
    }

    /// A ground of an act, by its name where the act's grounds are proven.
    fn given(&self, given: &GivenGround, act: Option<&str>, beside: &Beside<'_>) -> String {
        let listed = beside.grounds.iter().find(|listed| act == Some(listed.act.as_str()));
        let ground = listed.and_then(|listed| listed.grounds.iter().find(|ground| ground.code == given.code));
        let name = ground.map(|ground| named(self.app, &ground.name_zh, &ground.name_en));
        self.timed(given, name, beside)
    }

    /// Time and ground, the department where it is another one than the record's, and the text where a disclosure
    /// opens it.
    fn timed(&self, given: &GivenGround, name: Option<&str>, beside: &Beside<'_>) -> String {
        let code = name.map_or_else(|| given.code.to_string(), |name| format!("{name} ({})", given.code));
        let code = match &given.by {
            // Its successor, whose own record is not beside this one.
            Some(by) => self.app.say("ground-by", &[("ground", &code), ("department", by.as_str())]),
            None => code,
        };
        let base = format!("{}  {code}", beijing::shown(given.at));
        let text = beside.texts.iter().find_map(|disclosure| match disclosure {
            Disclosure::Text(secret) if Some(secret.commitment()) == given.text => Some(secret.text.as_str()),
            _ => None,
        });
        text.map_or(base.clone(), |text| format!("{base}: {text}"))
    }
}

/// A name in the language of the reader.
pub(crate) fn named<'n>(app: &App, zh: &'n Text, en: &'n Text) -> &'n str {
    match app.words.lang() {
        Lang::ZhCn => zh.as_str(),
        Lang::En => en.as_str(),
    }
}

/// A department by its name and its short name.
pub(crate) fn department(app: &App, record: &Department) -> String {
    with_code(app, named(app, &record.name_zh, &record.name_en), record.id.as_str())
}

/// A code with the catalogue's word for it, `kind-code`; alone where there is none: most codes are data.
pub(crate) fn word(app: &App, kind: &str, code: &str) -> String {
    match app.words.find(&format!("{kind}-{code}"), &[]) {
        Some(word) if word != code => with_code(app, &word, code),
        _ => code.to_owned(),
    }
}

/// A name with its code behind it.
fn with_code(app: &App, name: &str, code: &str) -> String {
    app.say("name-code", &[("name", name), ("code", code)])
}

/// What an action does, in words; its code where the catalogue has none.
pub(crate) fn act(app: &App, code: &str) -> String {
    app.words.find(&format!("act-{code}"), &[]).unwrap_or_else(|| code.to_owned())
}

/// `As of 2026-… (Beijing), height 12.`
pub(crate) fn as_of(app: &App, proven: &Proven) -> String {
    let header = proven.verified.header();
    app.say("as-of", &[("time", &beijing::shown(header.time)), ("height", &header.height.to_string())])
}

/// The head of a proof as JSON.
pub(crate) fn as_of_json(proven: &Proven) -> Value {
    let header = proven.verified.header();
    json!({"height": header.height.0, "time": beijing::stamp(header.time), "header": header.hash().to_string()})
}

/// Where a statement stands on the ledger.
pub(crate) fn committed(app: &App, committed: &Committed) -> String {
    let (height, transaction) = (committed.height().to_string(), committed.id.to_string());
    app.say("committed", &[("height", &height), ("transaction", &transaction)])
}

/// A view as JSON: times as text, in the one form that all results have; what is absent is left out.
pub(crate) fn plain(view: &View) -> Value {
    match view {
        View::Null => Value::Null,
        View::Bool(value) => json!(value),
        View::Integer(value) => json!(value),
        View::Time(value) => json!(beijing::stamp(TimeMs(*value))),
        View::Seconds(value) => json!(beijing::stamp(TimeMs(value.saturating_mul(1000)))),
        View::Text(text) => json!(text),
        View::List(items) => items.iter().map(plain).collect(),
        View::Record(fields) => {
            let fields = fields.iter().filter(|(_, value)| *value != View::Null);
            Value::Object(fields.map(|(name, value)| ((*name).to_owned(), plain(value))).collect())
        }
    }
}

/// A record as JSON, by the names of its format.
pub(crate) fn json(record: &impl Cbor) -> Value {
    plain(&record.view())
}

/// The act that brought a certificate to its end, whose grounds apply.
pub(crate) const fn certificate_act(status: CertificateStatus) -> Option<&'static str> {
    match status {
        CertificateStatus::Void => Some("void"),
        CertificateStatus::Superseded => Some("supersede"),
        CertificateStatus::Annulled => Some("annul"),
        CertificateStatus::Draft | CertificateStatus::Approved | CertificateStatus::Issued => None,
    }
}

/// The act that last changed an attestation.
pub(crate) const fn identity_act(status: IdentityStatus) -> &'static str {
    match status {
        IdentityStatus::Suspended => "suspend-identity",
        IdentityStatus::Revoked => "revoke-identity",
        IdentityStatus::Active | IdentityStatus::Expired => "resume-identity",
    }
}

/// Key of the status' word in the catalogue.
pub(crate) const fn certificate_status(status: CertificateStatus) -> &'static str {
    match status {
        CertificateStatus::Draft => "status-draft",
        CertificateStatus::Approved => "status-approved",
        CertificateStatus::Issued => "status-issued",
        CertificateStatus::Void => "status-void",
        CertificateStatus::Superseded => "status-superseded",
        CertificateStatus::Annulled => "status-annulled",
    }
}

/// Key of the status' word in the catalogue.
pub(crate) const fn identity_status(status: IdentityStatus) -> &'static str {
    match status {
        IdentityStatus::Active => "status-active",
        IdentityStatus::Suspended => "status-suspended",
        IdentityStatus::Revoked => "status-revoked",
        IdentityStatus::Expired => "status-expired",
    }
}

/// Key of the status' word in the catalogue.
pub(crate) const fn case_status(status: CaseStatus) -> &'static str {
    match status {
        CaseStatus::Open => "status-open",
        CaseStatus::Closed => "status-closed",
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::args::Cli;
    use crate::catalogue::Words;

    #[test]
    fn a_ground_names_the_department_that_gave_it_where_it_is_not_the_records_own() {
        let ground = |by: Option<&str>| GivenGround {
            code: "wrong-fact".parse().expect("a code"),
            text: None,
            at: TimeMs(1_767_574_800_000),
            by: by.map(|by| by.parse().expect("a department")),
        };
        for (lang, said) in [(Lang::En, "wrong-fact, given by city-notary"), (Lang::ZhCn, "由 city-notary 给出")] {
            let app = App::new(Cli::parse_from(["yinxin", "validators"]).global, Words::new(lang));
            let facts = Facts::new(&app);
            let row = |by| facts.given(&ground(by), Some("annul"), &Beside::default());
            assert!(row(Some("city-notary")).contains(said), "{}", row(Some("city-notary")));
            assert!(row(None).ends_with("wrong-fact"), "{}", row(None));
        }
    }

    #[test]
    fn times_of_json_are_text_of_one_form_and_everything_else_stays() {
        let (time, seconds) = (View::Time(1_767_574_800_000), View::Seconds(1_767_574_800));
        let claims = View::Record(vec![("exp", seconds), ("cti", View::Text("00".to_owned()))]);
        let all =
            View::Record(vec![("at", time), ("height", View::Integer(7)), ("gone", View::Null), ("claims", claims)]);
        let stamp = "2026-01-05T01:00:00.000Z";
        let claims = json!({"exp": stamp, "cti": "00"});
        assert_eq!(plain(&all), json!({"at": stamp, "height": 7, "claims": claims}));
    }
}
