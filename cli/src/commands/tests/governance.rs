//! Changes by vote, as those who propose and vote type them.

use ledger::crypto::Hash;
use ledger::types::RecordId;

use super::*;

impl Desk {
    /// The court proposes what stands in a file. Gives the proposal's id and the hash of what it says.
    pub(in crate::commands) fn proposed(&self, change: &str) -> (RecordId, Hash) {
        self.done("propose --key court/admin-1 --with court/admin-2", &[change]);
        self.chain.lock().expect("fine").proposal()
    }

    /// Other departments vote for what they have read, until it has passed.
    pub(in crate::commands) fn passed(&self, proposal: &RecordId, read: &Hash) {
        for department in ["police", "notary", "justice", "procuratorate"] {
            let keys = format!("--key {department}/admin-1 --with {department}/admin-2");
            let vote = format!("vote {proposal} yes --proposed {read} {keys}");
            if self.run(&vote, &[]).is_err() {
                assert_eq!(self.refused(&vote, &[]), "proposal-closed", "{department}");
            }
            assert!(self.chain.lock().expect("fine").vote_names_what_was_read());
        }
    }
}

#[test]
fn a_change_is_proposed_and_voted_on() {
    let desk = Desk::new();
    let change = desk.write(
        "change.toml",
        "[put-department]\nid = \"tax\"\nname = { zh = \"税务局\", en = \"tax\" }\nroles = [\"tax\"]\n",
    );
    assert_eq!(desk.refused("propose --key court/admin-1", &[&change]), "threshold-missing");
    let (id, read) = desk.proposed(&change);
    let unknown = "00112233445566778899aabbccddeeff";
    let vote = format!("vote {unknown} yes --key police/admin-1 --with police/admin-2");
    assert_eq!(desk.refused(&vote, &[]), "not-found", "who votes reads the proven proposal first");
    assert_eq!(desk.run(&vote, &[]).expect_err("absent").exit(), Exit::NotFound, "as of any record that is not there");
    assert_eq!(desk.refused(&format!("proposal show {unknown} --key police/admin-1"), &[]), "not-found");
    desk.done(&format!("proposal show {id} --key police/admin-1"), &[]);
    let blind = format!("vote {id} yes --key police/admin-1 --with police/admin-2");
    assert_eq!(desk.refused(&blind, &[]), "choose", "nobody signs what they have not read");
    let other = format!("{blind} --proposed {}", "00".repeat(32));
    assert_eq!(desk.refused(&other, &[]), "proposal-other");
    desk.passed(&id, &read);
    assert_eq!(desk.refused("proposal show x --key police/admin-1", &[]), "value");
}

/// What a department prints and proposes unedited, and what it says of a node that no proposal adds.
#[test]
fn a_change_that_changes_nothing_opens_no_vote_and_a_node_that_joins_nothing_is_not_reported() {
    let desk = Desk::new();
    for command in ["validators", "parameters"] {
        desk.done(command, &[]);
    }
    let plan = std::fs::read_to_string(desk.path("home/network.toml")).expect("the plan");
    let number = |name: &str| -> u64 {
        let line = plan.lines().find(|line| line.starts_with(&format!("{name} ="))).expect(name);
        let digits = line.split('=').nth(1).and_then(|rest| rest.split('#').next()).expect(name);
        digits.trim().replace('_', "").parse().expect(name)
    };
    let parameters = |pace: u64| {
        format!(
            "[set-parameters]\npace_ms = {pace}\nblock_weight_max = {}\nblock_bytes_max = {}\nissue_within_ms = {}\n\
             propose_timeout_ms = {}\nvote_timeout_ms = {}\nvalidator_delay_ms = {}\nabsences_max = 8\n",
            number("block_weight_max"),
            number("block_bytes_max"),
            number("issue_within_hours") * 3_600_000,
            number("propose_timeout_ms"),
            number("vote_timeout_ms"),
            number("validator_delay_s") * 1000,
        )
    };
    let mut validators = String::new();
    let homes: Vec<_> = std::fs::read_dir(desk.path("home/nodes")).expect("nodes").flatten().collect();
    for home in &homes {
        let seed = std::fs::read_to_string(home.path().join("consensus.key")).expect("a key");
        let mut bytes = [0; 32];
        hex::decode_to_slice(seed.trim(), &mut bytes).expect("hex");
        let key = hex::encode(ledger::crypto::SecretKey::from_seed(&bytes).public().to_bytes());
        let department = home.file_name().into_string().expect("UTF-8");
        validators += &format!("[[set-validators]]\ndepartment = \"{department}\"\nkey = \"{key}\"\n");
    }
    let propose = "propose --key court/admin-1 --with court/admin-2";
    let before = desk.chain.lock().expect("fine").height();
    let present = parameters(number("pace_ms"));
    for text in [&present, &present.replace("absences_max = 8\n", ""), &validators] {
        let change = desk.write("same.toml", text);
        let error = desk.run(propose, &[&change]).expect_err("nothing changes");
        assert_eq!((error.slug(), error.exit()), ("changes-nothing", Exit::Conflict));
    }
    assert_eq!(desk.chain.lock().expect("fine").height(), before, "nothing was sent");

    let change = desk.write("change.toml", &parameters(number("pace_ms") + 50));
    desk.done(propose, &[&change]);
    let (id, read) = desk.chain.lock().expect("fine").proposal();
    let home = homes[0].path().display().to_string();
    let ready = format!("ready {id} --proposed {read} --key court/admin-1 --with court/admin-2 --node-home {home}");
    let error = desk.run(&ready, &[]).expect_err("no validator is added");
    for (lang, part) in [(Lang::En, "adds no validator"), (Lang::ZhCn, "并不增加验证节点")] {
        let said = error.sentence(&Words::new(lang));
        assert!(error.slug() == "value" && said.contains(part), "{said}");
    }
}

/// A change of the office's English name, by somebody who leaves the numbering out of the file.
#[test]
fn a_paper_from_before_a_change_of_its_office_is_found() {
    let desk = Desk::new();
    let person = desk.person();
    let (_, bundle) = desk.issued("birth", &person);
    let number = format!("({})粤佛禅城证字第000001号", ledger::action::notarial::beijing_year(crate::app::now()));
    let code = code(&bundle);
    desk.done("lookup", &[&number, &code]);
    let office = "[put-department]\nid = \"notary\"\nname = { zh = \"禅城公证处\", en = \"Chancheng notary public\" }\n\
        roles = [\"notary-office\"]\n";
    let change = desk.write("change.toml", office);
    let (id, read) = desk.proposed(&change);
    desk.passed(&id, &read);
    desk.done("lookup", &[&number, &code]);
    let named = format!("{office}numbering = [{{ class = \"general\", word = \"粤佛新证字\" }}]\n");
    let change = desk.write("changed.toml", &named);
    let refused = desk.refused("propose --key court/admin-1 --with court/admin-2", &[&change]);
    assert_eq!(refused, "number-word-fixed");
    let added = desk.write("added.toml", &named.replace("general", "general-2"));
    desk.proposed(&added);
}
