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
