//! What a record says, as rows for a person: the same for `show`, `verify` and what follows a change.

use identity::Disclosure;
use ledger::codec::Cbor;
use ledger::record::{
    CaseStatus, CertificateStatus, CorrectionCase, CorrectionEntry, Department, IdentityAttestation, IdentityStatus,
    Item, ItemRef, NotarialCertificate, PersonKind, Reason,
};
use ledger::types::TimeMs;
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
            self.row("label-amended", self.reason(&amendment.reason, beside.texts));
        }
        if let Some(other) = &record.supersedes {
            self.row("label-supersedes", other.to_string());
        }
        if let Some(other) = &record.superseded_by {
            self.row("label-superseded-by", other.to_string());
        }
        if let Some(reason) = &record.ended {
            self.row("label-ended", self.reason(reason, beside.texts));
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
        let codes: Vec<&str> = record.attributes.iter().map(|attribute| attribute.code.as_str()).collect();
        self.row("label-attributes", codes.join(", "));
        self.time("label-registered", record.registered_at);
        self.time("label-valid-until", record.valid_until);
        if let Some(reason) = &record.changed {
            self.row("label-changed", self.reason(reason, beside.texts));
        }
    }

    /// The rows of a corrections case.
    pub(crate) fn case(&mut self, record: &CorrectionCase, beside: &Beside<'_>) {
        self.row("label-status", self.app.words.say(case_status(record.status)));
        self.row("label-department", self.department(record.department.as_str(), beside.department));
        self.row("label-item", self.item(&record.item, beside.item));
        self.row("label-variant", record.variant.as_str());
        self.row("label-minor", self.app.words.say(if record.minor { "word-yes" } else { "word-no" }));
        self.row("label-record", record.id.to_string());
        self.time("label-opened", record.opened_at);
        self.row("label-entries", record.entries.length.to_string());
        if let Some(reason) = &record.closed {
            self.row("label-closed", self.reason(reason, beside.texts));
        }
    }

    /// One row for each entry of a case, after their headings.
    pub(crate) fn entries(&mut self, entries: &[(u64, CorrectionEntry)]) -> String {
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
                entry.kind.to_string(),
                entry.department.to_string(),
                beijing::shown(entry.occurred_at),
                beijing::shown(entry.anchored_at),
            ]);
        }
        crate::output::table(&rows)
    }

    fn department(&self, id: &str, record: Option<&Department>) -> String {
        record.map_or_else(
            || id.to_owned(),
            |department| {
                let name = self.named(department.name_zh.as_str(), department.name_en.as_str());
                format!("{name} ({id})")
            },
        )
    }

    fn item(&self, reference: &ItemRef, record: Option<&Item>) -> String {
        let plain = format!("{} v{}", reference.code, reference.version);
        record.map_or_else(
            || plain.clone(),
            |item| format!("{} ({plain})", self.named(item.name_zh.as_str(), item.name_en.as_str())),
        )
    }

    fn named<'n>(&self, zh: &'n str, en: &'n str) -> &'n str {
        match self.app.words.lang() {
            Lang::ZhCn => zh,
            Lang::En => en,
        }
    }

    /// Ground and time, with its text where a disclosure opens it.
    fn reason(&self, reason: &Reason, texts: &[Disclosure]) -> String {
        let base = format!("{}  {}", beijing::shown(reason.at), reason.code);
        let text = texts.iter().find_map(|disclosure| match disclosure {
            Disclosure::Text(secret) if Some(secret.commitment()) == reason.text => Some(secret.text.as_str()),
            _ => None,
        });
        text.map_or(base.clone(), |text| format!("{base}: {text}"))
    }
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

/// A record as JSON, by the names of its format.
pub(crate) fn json(record: &impl Cbor) -> Value {
    serde_json::to_value(record.view()).expect("a view has text keys and finite numbers")
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
