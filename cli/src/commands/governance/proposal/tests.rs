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

#[test]
fn only_what_can_be_voted_on_is_called_open_and_what_was_decided_over_stays_stale() {
    let desk = Desk::new();
    let parameters = |pace: u64| {
        format!(
            "[set-parameters]\npace_ms = {pace}\nblock_weight_max = 3000\nblock_bytes_max = 4194304\n\
             issue_within_ms = 3600000\npropose_timeout_ms = 500\nvote_timeout_ms = 300\nvalidator_delay_ms = 600000\n"
        )
    };
    // A, then B is open over A, then C and A again are decided: B's base stands again, and nobody can vote on B.
    for (name, pace) in [("a", 210), ("b", 220), ("c", 230), ("again", 210)] {
        desk.write(name, &parameters(pace));
    }
    let file = |name: &str| desk.path(name).display().to_string();
    let pass = |name: &str| {
        let (id, read) = desk.proposed(&file(name));
        desk.passed(&id, &read);
        id
    };
    pass("a");
    let (late, _) = desk.proposed(&file("b"));
    let (app, chinese) = (desk.app(Lang::En), desk.app(Lang::ZhCn));
    let client = Client::new(&app).expect("a client");
    let reader = ask::reader(&app, Some("police/admin-1")).expect("a key");
    let said = |id: &RecordId| {
        let (_, record, standing) = super::read(&app, &client, id, reader.as_ref()).expect("proven");
        let lines = |app| [opened(app, &record, standing), standing.words(app, &record)].join("\n");
        (standing, lines(&app).contains("open"), lines(&chinese).contains("表决截至"))
    };
    assert_eq!(said(&late), (Standing::Open, true, true));
    pass("c");
    let last = pass("again");
    assert_eq!(said(&late), (Standing::Stale, false, false));
    assert_eq!(said(&last), (Standing::Passed, false, false));
}
