//! How proposals are said to stand.

use super::*;
use crate::catalogue::Lang;
use crate::commands::tests::Desk;

const TAX: &str = "[put-department]\nid = \"tax\"\nname = { zh = \"税务局\", en = \"tax\" }\nroles = [\"tax\"]\n";

#[test]
fn what_something_else_was_decided_over_is_called_stale_and_not_open() {
    let desk = Desk::new();
    let change = desk.write("tax.toml", TAX);
    let renamed = desk.write("renamed.toml", &TAX.replace("en = \"tax\"", "en = \"revenue\""));
    let (first, _) = desk.proposed(&change);
    let (second, read) = desk.proposed(&renamed);
    let app = desk.app(Lang::En);
    let client = Client::new(&app).expect("a client");
    let reader = ask::reader(&app, Some("police/admin-1")).expect("a key");
    let standing = |id: &RecordId| super::read(&app, &client, id, reader.as_ref()).expect("proven").2;
    assert_eq!([standing(&first), standing(&second)], [Standing::Open; 2]);
    desk.passed(&second, &read);
    assert_eq!([standing(&first), standing(&second)], [Standing::Stale, Standing::Passed]);
    assert_eq!(standing(&first).word(), "stale");
}

#[test]
fn an_open_proposal_expires_and_an_ended_one_stays_what_it_is() {
    let desk = Desk::new();
    let (id, _) = desk.proposed(&desk.write("tax.toml", TAX));
    let app = desk.app(Lang::En);
    let client = Client::new(&app).expect("a client");
    let reader = ask::reader(&app, Some("police/admin-1")).expect("a key");
    let (_, record, _) = super::read(&app, &client, &id, reader.as_ref()).expect("proven");
    let at = |status, time| Standing::of(&Proposal { status, ..record.clone() }, record.base, time);
    let (end, other) = (record.expires_at, Some(Hash([7; 32])));
    assert_eq!(at(ProposalStatus::Open, TimeMs(end.0 - 1)), Standing::Open);
    assert_eq!(at(ProposalStatus::Open, end), Standing::Expired);
    assert_eq!(Standing::of(&record, other, TimeMs(end.0 - 1)), Standing::Stale);
    assert_eq!(at(ProposalStatus::Rejected, end), Standing::Rejected);
    assert_eq!(at(ProposalStatus::Passed, end), Standing::Passed);
}
