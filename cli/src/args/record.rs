//! `certificate`, `identity`, `correction`, `lookup`, `verify`, `inspect`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::shared::{Ended, Ground, Sign};

/// Notarial certificates.
#[derive(Debug, Subcommand)]
pub(crate) enum CertificateCommand {
    /// Drafts a certificate.
    Draft(Draft),
    /// Approves a draft, which gives it its number.
    Approve(Approve),
    /// Issues an approved certificate.
    Issue(Issue),
    /// Mends an issued certificate.
    Amend(RecordFile),
    /// Replaces an issued certificate.
    Supersede(Supersede),
    /// Declares an issued certificate void from the start.
    Annul(Ended),
    /// Gives up an approved certificate; its number stays used.
    Void(Ended),
    /// Shows a certificate.
    Show(Show),
    /// Lists the certificates of an office.
    List(List),
    /// Writes a bundle that verifies offline.
    Export(Export),
}

/// Drafts a certificate.
#[derive(Debug, Args)]
pub(crate) struct Draft {
    /// The application file; only a salted commitment to it goes to the ledger.
    #[arg(value_name = "FILE")]
    pub(crate) matter: PathBuf,
    /// Catalogue item.
    #[arg(long, value_name = "ITEM")]
    pub(crate) item: String,
    /// Identity attestations of those it is about.
    #[arg(long = "subject", value_name = "IDENTITY")]
    pub(crate) subjects: Vec<String>,
    /// Who signs.
    #[command(flatten)]
    pub(crate) sign: Sign,
}

/// Approves a draft.
#[derive(Debug, Args)]
pub(crate) struct Approve {
    /// The record.
    #[arg(value_name = "RECORD")]
    pub(crate) record: String,
    /// Year of the number; else that of today in Beijing.
    #[arg(long, value_name = "YEAR")]
    pub(crate) year: Option<u32>,
    /// The serial that the office expects; another one is refused.
    #[arg(long, value_name = "SERIAL")]
    pub(crate) serial: Option<u64>,
    /// Who signs.
    #[command(flatten)]
    pub(crate) sign: Sign,
}

/// Issues an approved certificate.
#[derive(Debug, Args)]
pub(crate) struct Issue {
    /// The record.
    #[arg(value_name = "RECORD")]
    pub(crate) record: String,
    /// The finished file.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Where to write the bundle; else beside the file.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Identity attestations of those it is about, as drafted; else those kept here since the draft.
    #[arg(long = "subject", value_name = "IDENTITY")]
    pub(crate) subjects: Vec<String>,
    /// Name the subjects' attestations in the bundle.
    #[arg(long)]
    pub(crate) with_subjects: bool,
    /// Who signs: the notary in charge, with the office's seal.
    #[command(flatten)]
    pub(crate) sign: Sign,
}

/// A record, a file and a ground.
#[derive(Debug, Args)]
pub(crate) struct RecordFile {
    /// The record.
    #[arg(value_name = "RECORD")]
    pub(crate) record: String,
    /// The paper that mends it.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Why.
    #[command(flatten)]
    pub(crate) ground: Ground,
    /// Who signs.
    #[command(flatten)]
    pub(crate) sign: Sign,
}

/// Replaces an issued certificate.
#[derive(Debug, Args)]
pub(crate) struct Supersede {
    /// The record that is replaced.
    #[arg(value_name = "RECORD")]
    pub(crate) record: String,
    /// The record that replaces it.
    #[arg(long, value_name = "RECORD")]
    pub(crate) by: String,
    /// Why.
    #[command(flatten)]
    pub(crate) ground: Ground,
    /// Who signs.
    #[command(flatten)]
    pub(crate) sign: Sign,
}

/// Shows a record.
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The record.
    #[arg(value_name = "RECORD")]
    pub(crate) record: String,
    /// As it was at this height.
    #[arg(long, value_name = "HEIGHT")]
    pub(crate) at: Option<u64>,
    /// Key that signs the request, for records that are not public.
    #[arg(id = "read_key", long = "key", value_name = "KEY")]
    pub(crate) key: Option<String>,
    /// How old the answer may be.
    #[command(flatten)]
    pub(crate) current: Current,
}

impl Show {
    /// Minutes within which the answer counts as current; `None` where the past is asked for.
    pub(crate) fn within(&self) -> Option<u32> {
        self.at.is_none().then_some(self.current.within)
    }
}

/// What counts as current.
#[derive(Debug, Args)]
pub(crate) struct Current {
    /// Minutes within which an answer counts as current.
    #[arg(id = "current_within", long = "current-within", default_value_t = 10, value_name = "MINUTES")]
    pub(crate) within: u32,
}

/// Lists the certificates of an office.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// The office; else that of the key, else the only one there is.
    #[arg(value_name = "OFFICE")]
    pub(crate) office: Option<String>,
    /// As it was at this height.
    #[arg(long, value_name = "HEIGHT")]
    pub(crate) at: Option<u64>,
    /// Key that signs the request: lists are for the consortium.
    #[arg(id = "read_key", long = "key", value_name = "KEY")]
    pub(crate) key: String,
}

/// Writes a bundle.
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The record.
    #[arg(value_name = "RECORD")]
    pub(crate) record: String,
    /// Where to write it.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Only record, proof, header and commit certificate, small enough for a QR code.
    #[arg(long, conflicts_with_all = ["from", "with_subjects"])]
    pub(crate) status: bool,
    /// An older bundle whose opened commitments are taken over, where the secrets are not kept here.
    #[arg(long, value_name = "FILE")]
    pub(crate) from: Option<PathBuf>,
    /// Name the subjects' attestations in the bundle.
    #[arg(long)]
    pub(crate) with_subjects: bool,
    /// How old the bundle's head may be.
    #[command(flatten)]
    pub(crate) current: Current,
}

/// Identity attestations.
#[derive(Debug, Subcommand)]
pub(crate) enum IdentityCommand {
    /// Registers an attestation.
    Register(IdentityRegister),
    /// Holds an attestation up.
    Suspend(Ended),
    /// Lets a suspended attestation count again.
    Resume(Ended),
    /// Ends an attestation for good.
    Revoke(Ended),
    /// Shows an attestation.
    Show(Show),
}

/// Natural or legal person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Person {
    /// A natural person.
    Natural,
    /// A legal person.
    Legal,
}

/// Registers an attestation.
#[derive(Debug, Args)]
pub(crate) struct IdentityRegister {
    /// TOML file of attributes, one `code = "value"` a line; only salted commitments go to the ledger.
    #[arg(value_name = "FILE")]
    pub(crate) attributes: PathBuf,
    /// Catalogue item.
    #[arg(long, value_name = "ITEM")]
    pub(crate) item: String,
    /// Whom it is about.
    #[arg(long, value_enum, default_value_t = Person::Natural)]
    pub(crate) person: Person,
    /// The holder's key in the key ring, which signs to show that it is the holder's; else a new one is made.
    #[arg(long, value_name = "KEY")]
    pub(crate) holder: Option<String>,
    /// Assurance level.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=3), value_name = "1-3")]
    pub(crate) level: u8,
    /// Days from now on for which it holds.
    #[arg(long, default_value_t = 3_650, value_parser = clap::value_parser!(u32).range(1..=36_600), value_name = "DAYS")]
    pub(crate) valid_days: u32,
    /// Where to write the opened attributes, for the holder; else into the home directory.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Who signs.
    #[command(flatten)]
    pub(crate) sign: Sign,
}

/// Community corrections.
#[derive(Debug, Subcommand)]
pub(crate) enum CorrectionCommand {
    /// Opens a case.
    Open(OpenCase),
    /// Adds an entry.
    Record(RecordCase),
    /// Closes a case.
    Close(Ended),
    /// Shows a case and its entries.
    Show(Show),
}

/// Opens a case.
#[derive(Debug, Args)]
pub(crate) struct OpenCase {
    /// The deciding document.
    #[arg(value_name = "FILE")]
    pub(crate) decision: PathBuf,
    /// Catalogue item.
    #[arg(long, value_name = "ITEM")]
    pub(crate) item: String,
    /// Kind of correction; the kinds that the item knows are listed if none is named.
    #[arg(long, value_name = "CODE")]
    pub(crate) variant: Option<String>,
    /// Identity attestation of the person.
    #[arg(long, value_name = "IDENTITY")]
    pub(crate) subject: String,
    /// The person is a minor.
    #[arg(long)]
    pub(crate) minor: bool,
    /// Who signs.
    #[command(flatten)]
    pub(crate) sign: Sign,
}

/// Adds an entry.
#[derive(Debug, Args)]
pub(crate) struct RecordCase {
    /// The case.
    #[arg(value_name = "RECORD")]
    pub(crate) record: String,
    /// Kind of entry.
    #[arg(value_name = "KIND")]
    pub(crate) kind: String,
    /// Its content; only a salted commitment goes to the ledger.
    #[arg(value_name = "FILE")]
    pub(crate) content: PathBuf,
    /// When it happened; else now.
    #[arg(long, value_name = "TIME")]
    pub(crate) occurred_at: Option<String>,
    /// Who signs.
    #[command(flatten)]
    pub(crate) sign: Sign,
}

/// Finds a certificate by number and code.
#[derive(Debug, Args)]
pub(crate) struct Lookup {
    /// The number as printed.
    #[arg(value_name = "NUMBER")]
    pub(crate) number: String,
    /// The code printed beside it; asked for when left out.
    #[arg(value_name = "LOOKUP-CODE")]
    pub(crate) code: Option<String>,
    /// Where to write the proof of the answer.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// How old the answer may be.
    #[command(flatten)]
    pub(crate) current: Current,
}

/// Checks a file offline.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// The file.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Its bundle; else the file of the same name that ends in `.yinxin`.
    #[arg(long, value_name = "FILE")]
    pub(crate) bundle: Option<PathBuf>,
    /// Days after which the view is too old to speak of the present.
    #[arg(long, default_value_t = 30, value_name = "DAYS")]
    pub(crate) max_age: u32,
}

/// Shows what a file of ours holds.
#[derive(Debug, Args)]
pub(crate) struct Inspect {
    /// The file: bundle, trust file, genesis, statement, disclosure.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Show salts, codes and values that are masked otherwise.
    #[arg(long)]
    pub(crate) reveal: bool,
}
