//! Which bundle beside a file is taken.

use super::*;

#[test]
fn the_newest_view_beside_a_file_counts() {
    let desk = Desk::new();
    let person = desk.person();
    let (id, old) = desk.issued("birth", &person);
    assert_eq!(desk.verify(&old.with_extension("pdf")), Exit::Done);
    desk.done(&format!("certificate annul {id} --reason wrong-fact --key notary/lin --with notary/zhao"), &[]);
    let export = |name: &str| desk.done(&format!("certificate export {id} --out {}", desk.path(name).display()), &[]);
    export("fresh.yinxin");
    // The older one has the file's name, and is written again last: neither makes it the newer view.
    std::fs::copy(&old, desk.path("copy.yinxin")).expect("copied");
    assert_eq!(desk.verify(&old.with_extension("pdf")), Exit::NotInForce);
    std::fs::remove_file(&old).expect("there");
    assert_eq!(desk.verify(&old.with_extension("pdf")), Exit::NotInForce);
    // A bundle of another record over the same file is another matter, and is not chosen by its height.
    let (_, other) = desk.issued("other", &person);
    std::fs::copy(old.with_extension("pdf"), desk.path("same.pdf")).expect("copied");
    assert_eq!(desk.verify(&other.with_extension("pdf")), Exit::Done);
    assert_eq!(desk.verify(&desk.path("same.pdf")), Exit::NotInForce);
}

/// What a bundle is about is its maker's word, outside every proof: no older view hides a newer one by it.
#[test]
fn what_an_older_view_says_it_is_about_hides_no_newer_one() {
    let desk = Desk::new();
    let person = desk.person();
    let (id, old) = desk.issued("birth", &person);
    desk.done(&format!("certificate annul {id} --reason wrong-fact --key notary/lin --with notary/zhao"), &[]);
    desk.done(&format!("certificate export {id} --out {}", desk.path("fresh.yinxin").display()), &[]);
    let bundle = Bundle::decode(&std::fs::read(&old).expect("there")).expect("a bundle");
    let paths = bundle.entries.iter().map(|one| one.path.clone()).filter(|path| path.starts_with("lookup/"));
    for about in paths.map(Some).chain([None]) {
        std::fs::write(&old, Bundle { about, ..bundle.clone() }.encode()).expect("written");
        assert_eq!(desk.verify(&old), Exit::Done, "alone it is a view from before the annulment");
        assert_eq!(desk.verify(&old.with_extension("pdf")), Exit::NotInForce);
    }
}

/// A forged bundle claims the greatest height, and is passed over.
#[test]
fn a_forged_bundle_beside_it_hides_no_genuine_one() {
    let desk = Desk::new();
    let person = desk.person();
    let (_, own) = desk.issued("birth", &person);
    let file = own.with_extension("pdf");
    let genuine = std::fs::read(&own).expect("there");
    let mut bundle = Bundle::decode(&genuine).expect("a bundle");
    bundle.head.header.height.0 += 1_000_000;
    std::fs::write(desk.path("zzz.yinxin"), bundle.encode()).expect("written");
    assert_eq!(desk.verify(&file), Exit::Done);
    // Nor does a forged one under the file's own name.
    std::fs::rename(&own, desk.path("other.yinxin")).expect("there");
    for forged in [bundle.encode(), b"no bundle at all".to_vec()] {
        std::fs::write(&own, forged).expect("written");
        assert_eq!(desk.verify(&file), Exit::Done);
    }
    // Where none verifies, the one with the file's own name is judged.
    std::fs::remove_file(desk.path("other.yinxin")).expect("there");
    std::fs::write(&own, bundle.encode()).expect("written");
    assert_eq!(desk.verify(&file), Exit::Forged);
}
