//! Real nodes on loopback: they decide and prove, and end in order.

use ledger::record::{CertificateStatus, NotarialCertificate};
use ledger::rejection::Rejection;
use ledger::state::StateKey;
use yinxin_tests::cluster::{Cluster, Outcome};
use yinxin_tests::sample::{approve, draft, id, issue_about, register_identity};

/// A person, and a certificate about them up to its issue, through this node.
fn certify(cluster: &Cluster, node: usize, person: &str, name: &str) -> anyhow::Result<u64> {
    let context = cluster.genesis().context();
    let person_statement = cluster.statement("police", &["police-officer"], register_identity(&context, person));
    cluster.submit(node, &person_statement)?.height()?;
    let steps: [(&[&str], _); 3] = [
        (&["notary-zhang"], draft(name, &[person])),
        (&["notary-head"], approve_now(name)),
        (&["notary-zhang", "notary-seal"], issue_about(name, &[person])),
    ];
    let mut height = 0;
    for (keys, action) in steps {
        height = cluster.submit(node, &cluster.statement("notary", keys, action))?.height()?;
    }
    Ok(height)
}

/// Approval in the year that the nodes' clocks are in.
fn approve_now(name: &str) -> ledger::action::Action {
    let ledger::action::Action::Approve(mut body) = approve(name) else { unreachable!("approve makes an approval") };
    body.year = ledger::action::notarial::beijing_year(yinxin_tests::cluster::now());
    ledger::action::Action::Approve(body)
}

#[test]
fn four_departments_certify_and_every_node_proves_it() -> anyhow::Result<()> {
    let mut cluster = Cluster::four()?;
    cluster.start_all()?.wait_until(1)?;
    let height = certify(&cluster, 0, "wang", "first")?;
    cluster.wait_until(height)?;
    let key = StateKey::certificate(&id("first"));
    for node in 0..cluster.len() {
        let verified = cluster.bundle(node, &[key.clone(), StateKey::certificate(&id("never"))])?;
        let record: NotarialCertificate = verified.record(&key)?.expect("present");
        assert_eq!(record.status, CertificateStatus::Issued);
        assert!(verified.signers() >= 3);
        assert!(verified.record::<NotarialCertificate>(&StateKey::certificate(&id("never")))?.is_none());
    }
    let again =
        cluster.statement("police", &["police-officer"], register_identity(&cluster.genesis().context(), "wang"));
    assert_eq!(cluster.submit(1, &again)?, Outcome::Rejected(u64::from(Rejection::AlreadyExists.code())));
    for node in 0..cluster.len() {
        assert_eq!(cluster.stop(node)?, Some(0), "a node that is asked to end exits with 0:\n{}", cluster.log(node));
    }
    Ok(())
}

#[test]
fn seven_departments_go_on_without_two() -> anyhow::Result<()> {
    let mut cluster = Cluster::seven()?;
    cluster.start_all()?.wait_until(1)?;
    let height = certify(&cluster, 0, "a", "a")?;
    cluster.node(1).wait_until(height)?.crash()?;
    cluster.node(4).wait_until(height)?.crash()?;
    let height = certify(&cluster, 6, "b", "b")?;
    cluster.start_all()?.wait_until(height)?;
    Ok(())
}
