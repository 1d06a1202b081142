//! Registration: the department attests, the holder gets what opens it.

use std::path::PathBuf;

use identity::Disclosure;
use ledger::action::Action;
use ledger::action::identity::Register;
use ledger::codec;
use ledger::crypto::{SecretKey, Suite};
use ledger::record::{AttributeCommitment, PersonKind, Purpose};
use ledger::state::StateKey;
use ledger::statement::{KeyUse, possession_bytes};
use ledger::types::{DepartmentId, RecordId};
use zeroize::Zeroizing;

use super::super::ask::{self, Sending};
use super::super::beijing;
use super::super::secrets::{SecretFile, Secrets};
use super::{Extra, attributes, done};
use crate::app::{App, Signer, random};
use crate::args::{IdentityRegister, Person};
use crate::client::Client;
use crate::error::CliError;
use crate::exit::Exit;
use crate::files::{self, Reserved};
use crate::keys::{KeyCard, KeyName, WORK_FACTOR};
use crate::reason::why;

/// Registers an attestation.
pub(super) fn register(app: &App, args: &IdentityRegister) -> Result<Exit, CliError> {
    let person = match args.person {
        Person::Natural => PersonKind::Natural,
        Person::Legal => PersonKind::Legal,
    };
    let read = attributes::read(&args.attributes, person)?;
    for (attribute, odd) in &read.warnings {
        app.out.note(&attributes::note(&app.words, attribute, *odd, person));
    }
    let client = Client::new(app)?;
    let item = ask::item(app, &client, &args.item)?.reference();
    let id = RecordId(random());
    let names = args.sign.names().chain(args.holder.as_deref());
    let mut signers = app.signers_before(names, usize::from(args.holder.is_none()))?;
    let holder = args.holder.as_ref().and_then(|_| signers.pop());
    let department = signers.first().map(|signer| signer.card.department.clone());
    let department = department.ok_or_else(|| CliError::fault("a statement needs a signer"))?;
    let reserved = args.out.as_ref().map(|path| files::reserve_private(path)).transpose()?;
    let (holder, made) = self::holder(app, holder, signers.len(), &department, &id)?;

    let message = possession_bytes(&client.trust().chain, &department, KeyUse::Holder(id), &holder.public().id());
    let attributes = read
        .secrets
        .iter()
        .map(|secret| AttributeCommitment { code: secret.code.clone(), commitment: secret.commitment() })
        .collect();
    let action = Action::RegisterIdentity(Register {
        identity: id,
        item,
        person,
        level: args.level,
        holder_suite: Suite::Ed25519Sha256,
        holder: holder.public(),
        possession: holder.sign(&message),
        attributes,
        valid_until: app.now().plus(beijing::days_ms(args.valid_days)),
    });
    let opened: Vec<Disclosure> = read.secrets.into_iter().map(Disclosure::Attribute).collect();
    let secrets = keep(app, reserved, &client, &id, &opened)?;
    // What opens the attributes is the holder's alone: the department's own store gets no copy.
    let (secrets, made) = (secrets.display().to_string(), made.map(|name| name.to_string()));
    let written: Vec<String> = std::iter::once(&secrets).chain(&made).cloned().collect();
    let sending = Sending { action, record: &id, secrets: &[], files: &written };
    let committed = ask::send(app, &client, sending, &args.sign, &signers)?;
    let mut extra = vec![Extra { name: "secrets", key: "extra-secrets", value: &secrets }];
    extra.extend(made.iter().map(|name| Extra { name: "holder_key", key: "extra-holder-key", value: name }));
    done(app, &client, "identity-registered", &id, &committed, &extra)
}

/// The holder's key: the one named, or a new one in the key ring, after `others` that sign.
fn holder(
    app: &App,
    named: Option<Signer>,
    others: usize,
    department: &DepartmentId,
    id: &RecordId,
) -> Result<(SecretKey, Option<KeyName>), CliError> {
    if let Some(Signer { card, key, .. }) = named {
        if card.purpose != Purpose::Holder {
            return Err(CliError::value("--holder", why("reason-holder-purpose")));
        }
        return Ok((key, None));
    }
    let name: KeyName = format!("{department}/holder-{}", &id.to_string()[..8]).parse()?;
    let key = SecretKey::from_seed(&Zeroizing::new(random::<32>()));
    let card = KeyCard {
        public: key.public(),
        purpose: Purpose::Holder,
        department: department.clone(),
        unit: None,
        officer: None,
        titles: Vec::new(),
    };
    app.home.ring().add(&name, &key, &card, &app.new_passphrase(others)?, WORK_FACTOR)?;
    Ok((key, Some(name)))
}

/// Writes what opens the attributes, before the statement leaves this computer.
fn keep(
    app: &App,
    reserved: Option<Reserved>,
    client: &Client,
    id: &RecordId,
    opened: &[Disclosure],
) -> Result<PathBuf, CliError> {
    let key = StateKey::identity(id);
    if let Some(reserved) = reserved {
        let mut file = SecretFile::new(client.trust().chain.clone(), key.path());
        file.openings = opened.iter().map(|one| one.to_bytes().into()).collect();
        let path = reserved.path().to_owned();
        reserved.fill(&codec::encode(&file))?;
        return Ok(path);
    }
    let secrets = Secrets::of(app);
    secrets.keep(&client.trust().chain, key.path(), id, opened)?;
    Ok(secrets.path(id))
}
