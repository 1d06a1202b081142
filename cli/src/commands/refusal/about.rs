//! The values of one statement that a refusal is about.

use ledger::access::{ReadClass, class_of};
use ledger::action::Action;
use ledger::action::notarial::beijing_year;
use ledger::codec::{Cbor, View};
use ledger::record::{
    CaseAct, CorrectionCase, Department, IdentityAttestation, Item, ItemKind, ItemRef, KeyRecord, NotarialCertificate,
    NumberCounter, Purpose,
};
use ledger::rejection::Rejection;
use ledger::state::StateKey;
use ledger::types::{DepartmentId, OfficerId, RecordId, Role, TimeMs};

use super::super::key::register_command;
use super::super::network::layout::Layout;
use super::super::network::plan::Plan;
use super::super::{ask, beijing, facts};
use super::lists::{grounds, named, variants};
use crate::app::{App, Signer};
use crate::client::Client;
use crate::error::CliError;
use crate::given::Next;
use crate::keys::KeyCard;

/// A statement that was refused.
pub(super) struct About<'a> {
    pub(super) app: &'a App,
    pub(super) client: &'a Client,
    pub(super) action: &'a Action,
    pub(super) signers: &'a [Signer],
}

/// The record that an action is about.
enum Record {
    Certificate(Box<NotarialCertificate>),
    Identity(Box<IdentityAttestation>),
    Case(Box<CorrectionCase>),
    Key(Box<KeyRecord>),
}

impl About<'_> {
    /// One sentence a value, in the reader's language.
    pub(super) fn lines(&self, rejection: Rejection) -> Vec<String> {
        use Rejection as R;
        let one = |line: Option<String>| line.into_iter().collect();
        match rejection {
            R::TitleMissing => self.titles(),
            R::KeyUnknown | R::KeyOfOtherDepartment | R::KeySuspended | R::KeyRevoked | R::KeyFrozen => self.keys(),
            R::KeyNotYetValid | R::KeyExpired | R::BadSignature => self.keys(),
            R::SamePerson | R::DepartmentInactive => self.keys(),
            R::WrongPurpose | R::EndorsementUnexpected => self.purposes(),
            R::SecondSignerMissing => self.second(),
            R::SealMissing => self.misplaced().into_iter().chain(self.seal()).collect(),
            R::ThresholdMissing => self.administrations(),
            R::NotInCharge => one(self.in_charge()),
            R::PowerMissing => self.power(),
            R::OtherDepartment => match self.misplaced() {
                lines if lines.is_empty() => one(self.owner()),
                lines => lines,
            },
            R::RecordUnknown | R::AlreadyExists => vec![self.subject()],
            R::WrongStatus | R::IssueTooLate | R::ProposalClosed => one(self.status()),
            R::ItemUnknown | R::ItemOfOtherKind | R::ItemVersionOld | R::ItemWithdrawn => one(self.item_named()),
            R::WrongYear => one(self.year()),
            R::NumberTaken | R::NumberGap => one(self.serial()),
            R::SubjectNotInForce => self.subjects(),
            R::SubjectsTooFew => one(self.subjects_min()),
            R::WrongReplacement => one(self.replacement()),
            R::GroundUnknown => self.grounds(),
            R::VariantUnknown => self.variants(),
            R::ActUnknown => self.kinds(),
            R::ClaimedTimeAhead => one(self.time("occurred_at", "here-claimed")),
            R::ValidityOutOfRange => {
                one(self.time("valid_until", "here-valid").or_else(|| self.time("not_after", "here-valid")))
            }
            _ => Vec::new(),
        }
    }

    /// The command that helps, where one does.
    pub(super) fn follow(&self, rejection: Rejection) -> Option<Next> {
        let (given, subject) = (&self.app.given, self.action.subject());
        let (kind, id) = subject.path().split_once('/')?;
        match (rejection, kind) {
            (Rejection::KeyUnknown, _) => {
                let absent =
                    |signer: &&Signer| matches!(self.look::<KeyRecord>(&StateKey::key(&signer.card.id())), Ok(None));
                let name = &self.signers.iter().find(absent)?.name;
                let department: Option<Department> = self.read(&StateKey::department(&name.department));
                Some(register_command(self.app, name, department.as_ref()))
            }
            (Rejection::WrongStatus, "certificate" | "identity") => {
                Some(Next::Whole(given.command(&[kind, "show", id])))
            }
            (Rejection::WrongStatus | Rejection::ActUnknown, "correction") => {
                Some(Next::Whole(given.signed(&["correction", "show", id])))
            }
            _ => None,
        }
    }

    fn say(&self, key: &str, values: &[(&str, &str)]) -> String {
        self.app.say(key, values)
    }

    /// A field of the action, by the name that the format gives it.
    fn field(&self, name: &str) -> Option<View> {
        self.action.view().get("body").and_then(|body| body.get(name)).cloned()
    }

    fn text(&self, name: &str) -> Option<String> {
        match self.field(name)? {
            View::Text(text) => Some(text),
            View::Integer(number) => Some(number.to_string()),
            _ => None,
        }
    }

    fn time(&self, name: &str, key: &str) -> Option<String> {
        let View::Time(time) = self.field(name)? else { return None };
        let now = beijing::shown(self.app.now());
        Some(self.say(key, &[("time", &beijing::shown(TimeMs(time))), ("now", &now)]))
    }

    /// A record, where one is there and could be read.
    pub(super) fn read<T: Cbor>(&self, key: &StateKey) -> Option<T> {
        self.look(key).ok().flatten()
    }

    /// A record, or its proven absence; what could not be read is an error and never an absence.
    ///
    /// A signer may be refused as a reader for the very reason that is to be named: what is public is read without one,
    /// the rest with the first that is let.
    pub(super) fn look<T: Cbor>(&self, key: &StateKey) -> Result<Option<T>, CliError> {
        let ask = |signer| ask::read(self.app, self.client, std::slice::from_ref(key), None, signer);
        let proven = match class_of(key.path()) {
            ReadClass::Public => ask(None)?,
            ReadClass::Consortium | ReadClass::Parties => {
                let mut found = ask(self.signers.first());
                for signer in self.signers.iter().skip(1) {
                    if !matches!(found, Err(CliError::Refused { .. })) {
                        break;
                    }
                    found = ask(Some(signer));
                }
                found?
            }
        };
        match ask::record(&proven, key) {
            Ok(record) => Ok(Some(record)),
            Err(CliError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn record(&self) -> Option<Record> {
        let key = self.action.subject();
        match key.path().split('/').next()? {
            "certificate" => self.read(&key).map(|record| Record::Certificate(Box::new(record))),
            "identity" => self.read(&key).map(|record| Record::Identity(Box::new(record))),
            "correction" => self.read(&key).map(|record| Record::Case(Box::new(record))),
            "key" => self.read(&key).map(|record| Record::Key(Box::new(record))),
            _ => None,
        }
    }

    /// The item that the action names, or the one that its record was opened under.
    fn item(&self) -> Option<Item> {
        let reference = match (self.action, self.record()) {
            (Action::Draft(draft), _) => draft.item.clone(),
            (Action::RegisterIdentity(register), _) => register.item.clone(),
            (Action::OpenCase(open), _) => open.item.clone(),
            (_, Some(Record::Certificate(record))) => record.item,
            (_, Some(Record::Identity(record))) => record.item,
            (_, Some(Record::Case(record))) => record.item,
            _ => return None,
        };
        self.read(&StateKey::item_version(&reference.code, reference.version))
    }

    /// The act of the item that the action exercises.
    fn act(&self) -> String {
        match self.action {
            Action::OpenCase(_) => "open".to_owned(),
            Action::EnterCase(enter) => CaseAct::Entry.of_kind(&enter.kind),
            Action::CloseCase(close) => CaseAct::Close.of_kind(&close.ground),
            other => other.word().trim_end_matches("-identity").to_owned(),
        }
    }

    fn title(&self, title: &str) -> String {
        facts::word(self.app, "title", title)
    }

    fn titles(&self) -> Vec<String> {
        let join = self.app.words.say("list-join");
        let needed = self.action.titles(self.item().as_ref());
        let needed: Vec<String> = needed.iter().map(|title| self.title(title.word())).collect();
        let act = facts::act(self.app, self.action.word());
        let mut lines = vec![
            self.say("here-title-needed", &[("act", &act), ("titles", &needed.join(&self.app.words.say("list-or")))]),
        ];
        for signer in self.signers {
            let own: Vec<String> = signer.card.titles.iter().map(|title| self.title(title.as_str())).collect();
            let key = signer.name.to_string();
            lines.push(match own.is_empty() {
                true => self.say("here-title-none", &[("key", &key)]),
                false => self.say("here-title-own", &[("key", &key), ("titles", &own.join(&join))]),
            });
        }
        lines
    }

    pub(super) fn own(&self) -> Option<&DepartmentId> {
        self.signers.first().map(|signer| &signer.card.department)
    }

    /// The name in this ring of a department's key of some kind.
    fn ring(&self, department: &DepartmentId, fits: impl Fn(&KeyCard) -> bool) -> Option<String> {
        let keys = self.app.home.ring().list(Some(department)).ok()?;
        keys.into_iter().find(|(_, card)| fits(card)).map(|(name, _)| name.to_string())
    }

    fn seal(&self) -> Option<String> {
        let department = self.own()?;
        let key = self.ring(department, |card| card.purpose == Purpose::Seal);
        Some(self.say("here-seal", &[("key", &key.unwrap_or_else(|| self.app.words.say("value-KEY")))]))
    }

    /// Who signs along is missing, or too many do.
    fn second(&self) -> Vec<String> {
        match (self.action, self.signers) {
            (Action::FreezeKey(_), _) => self.administrations(),
            (_, [_]) => vec![self.app.words.say("here-second")],
            _ => self.misplaced(),
        }
    }

    fn in_charge(&self) -> Option<String> {
        let Record::Certificate(record) = self.record()? else { return None };
        Some(self.say("here-in-charge", &[("key", &self.officer(&record.office, record.notary))]))
    }

    /// An officer by the name of a key in this ring, else by the pseudonym.
    fn officer(&self, department: &DepartmentId, officer: OfficerId) -> String {
        self.ring(department, |card| card.officer == Some(officer)).unwrap_or_else(|| officer.to_string())
    }

    /// Who has the power, as far as the signer may see the record, and what the signer's department is.
    fn power(&self) -> Vec<String> {
        let Some(own) = self.own() else { return Vec::new() };
        let join = self.app.words.say("list-join");
        let roles = |roles: &[Role]| {
            roles.iter().map(|role| facts::word(self.app, "role", role.as_str())).collect::<Vec<_>>().join(&join)
        };
        let mut lines = Vec::new();
        let act = self.act();
        let items = match self.item() {
            Some(item) => vec![item],
            None => self.items_of_cases(&act),
        };
        if items.is_empty() {
            lines.push(self.say("here-power-hidden", &[("department", &self.department(own))]));
        }
        for item in &items {
            let title = facts::named(self.app, &item.name_zh, &item.name_en);
            lines.push(match item.power(&act) {
                Some(power) => {
                    let name = facts::named(self.app, &power.name_zh, &power.name_en);
                    self.say("here-power", &[("item", title), ("act", name), ("roles", &roles(&power.roles))])
                }
                None => self.say("here-power-none", &[("item", title), ("act", &act)]),
            });
            if !item.exercising.contains(own) {
                let all: Vec<&str> = item.exercising.iter().map(DepartmentId::as_str).collect();
                lines.push(self.say("here-exercising", &[("departments", &all.join(&join))]));
            }
        }
        let department: Option<Department> = self.read(&StateKey::department(own));
        lines.extend(department.map(|found| {
            let name = facts::department(self.app, &found);
            self.say("here-roles", &[("department", &name), ("roles", &roles(&found.roles))])
        }));
        lines
    }

    /// The items of cases that know an act, as far as the city's plan in the home directory names them. A case is shown to
    /// its parties alone, so to somebody else its own item is not known; the catalogue is public.
    fn items_of_cases(&self, act: &str) -> Vec<Item> {
        let (Action::EnterCase(_) | Action::CloseCase(_)) = self.action else { return Vec::new() };
        let plan = Plan::read(&Layout::at(self.app.home.root().to_owned()).network());
        let codes = plan.map(|(plan, _)| plan.items).unwrap_or_default();
        let items = codes.iter().filter(|item| item.kind == ItemKind::Correction.word());
        let found = items.filter_map(|item| self.read::<Item>(&StateKey::item(&item.code.parse().ok()?)));
        found.filter(|item| item.power(act).is_some()).collect()
    }

    fn owner(&self) -> Option<String> {
        let owner = match self.record()? {
            Record::Certificate(record) => record.office,
            Record::Identity(record) => record.department,
            Record::Case(record) => record.department,
            Record::Key(record) => record.department,
        };
        let values = [("owner", &*self.department(&owner)), ("department", &self.department(self.own()?))];
        Some(self.say("here-owner", &values))
    }

    /// A department by its name, where that can be read.
    pub(super) fn department(&self, id: &DepartmentId) -> String {
        let found: Option<Department> = self.read(&StateKey::department(id));
        found.map_or_else(|| id.to_string(), |found| facts::department(self.app, &found))
    }

    fn subject(&self) -> String {
        let key = self.action.subject();
        let subject = crate::error::place(key.path(), &self.app.words);
        match self.action {
            Action::Supersede(supersede) => {
                let by = StateKey::certificate(&supersede.replacement);
                let other = crate::error::place(by.path(), &self.app.words);
                self.say("here-subjects", &[("subject", &subject), ("other", &other)])
            }
            _ => self.say("here-subject", &[("subject", &subject)]),
        }
    }

    fn status(&self) -> Option<String> {
        let now = self.app.now();
        let word = match self.record()? {
            Record::Certificate(record) => self.app.words.say(facts::certificate_status(record.status_at(now))),
            Record::Identity(record) => self.app.words.say(facts::identity_status(record.status_at(now))),
            Record::Case(record) => self.app.words.say(facts::case_status(record.status)),
            Record::Key(record) => self.standing(&record),
        };
        Some(self.say("here-status", &[("status", &word)]))
    }

    fn item_named(&self) -> Option<String> {
        let reference: ItemRef = match self.action {
            Action::Draft(draft) => draft.item.clone(),
            Action::RegisterIdentity(register) => register.item.clone(),
            Action::OpenCase(open) => open.item.clone(),
            _ => return None,
        };
        let version = reference.version.to_string();
        Some(self.say("here-item", &[("code", reference.code.as_str()), ("version", &version)]))
    }

    fn year(&self) -> Option<String> {
        let today = beijing_year(self.app.now()).to_string();
        Some(self.say("here-year", &[("year", &self.text("year")?), ("today", &today)]))
    }

    fn serial(&self) -> Option<String> {
        let Record::Certificate(record) = self.record()? else { return None };
        let year: u32 = self.text("year")?.parse().ok()?;
        let counter: Option<NumberCounter> = self.look(&StateKey::number(&record.office, &record.class, year)).ok()?;
        let next = counter.map_or(1, |counter| counter.next).to_string();
        Some(self.say("here-serial", &[("serial", &self.text("serial")?), ("next", &next)]))
    }

    fn subjects(&self) -> Vec<String> {
        let subjects: &[RecordId] = match self.action {
            Action::Draft(draft) => &draft.subjects,
            Action::Approve(approve) => approve.subjects.as_deref().unwrap_or_default(),
            Action::Issue(issue) => issue.subjects.as_deref().unwrap_or_default(),
            _ => &[],
        };
        let line = |id: &RecordId| {
            let found: Result<Option<IdentityAttestation>, _> = self.look(&StateKey::identity(id));
            let status = match found {
                Ok(Some(record)) => facts::identity_status(record.status_at(self.app.now())),
                Ok(None) => "status-absent",
                Err(_) => "key-standing-unread",
            };
            self.say("here-person", &[("id", &id.to_string()), ("status", &self.app.words.say(status))])
        };
        subjects.iter().map(line).collect()
    }

    fn subjects_min(&self) -> Option<String> {
        let needed = self.item()?.subjects_min.unwrap_or(1).to_string();
        Some(self.say("here-subjects-min", &[("count", &needed)]))
    }

    fn replacement(&self) -> Option<String> {
        let Action::Supersede(supersede) = self.action else { return None };
        let record: NotarialCertificate = self.read(&StateKey::certificate(&supersede.replacement))?;
        let status = self.app.words.say(facts::certificate_status(record.status_at(self.app.now())));
        let values = [("id", &*record.id.to_string()), ("item", record.item.code.as_str()), ("status", &status)];
        Some(self.say("here-replacement", &values))
    }

    fn grounds(&self) -> Vec<String> {
        let given = self.text("reason").unwrap_or_default();
        let mut lines = vec![self.say("here-given", &[("value", &given)])];
        lines.extend(grounds(self.app, self.client, self.action.word()));
        lines
    }

    fn variants(&self) -> Vec<String> {
        let given = self.text("variant").or_else(|| self.text("person")).unwrap_or_default();
        let mut lines = vec![self.say("here-given", &[("value", &given)])];
        lines.extend(self.item().map(|item| variants(self.app, &item)).unwrap_or_default());
        lines
    }

    fn kinds(&self) -> Vec<String> {
        let (act, given) = match self.action {
            Action::EnterCase(enter) => (CaseAct::Entry, enter.kind.to_string()),
            Action::CloseCase(close) => (CaseAct::Close, close.ground.to_string()),
            _ => return Vec::new(),
        };
        let mut lines = vec![self.say("here-given", &[("value", &given)])];
        lines.extend(self.item().map(|item| named(self.app, &item, act)).unwrap_or_default());
        lines
    }
}
