//! Comparing two sets of books, without a database.

use super::*;

fn attempt(name: u128, capture: bool, amount: i64, transaction: Option<&str>) -> OurAttempt {
    OurAttempt {
        id: Uuid::from_u128(name),
        intent: Some(Uuid::from_u128(1)),
        order: Uuid::from_u128(2),
        capture,
        provider: "kakaopay".to_owned(),
        merchant_ref: "ref".to_owned(),
        amount,
        sent: true,
        succeeded: transaction.is_some(),
        transaction: transaction.map(str::to_owned),
        cycle: None,
    }
}

fn movement(id: &str, capture: bool, amount: i64) -> ProviderMovement {
    ProviderMovement {
        provider: "kakaopay".to_owned(),
        id: id.to_owned(),
        merchant_ref: "ref".to_owned(),
        capture,
        amount,
        parent: (!capture).then(|| "C".to_owned()),
    }
}

#[test]
fn equal_books_have_no_breach() {
    let ours = [attempt(10, true, 500, Some("C")), attempt(11, false, 200, Some("R"))];
    let theirs = [movement("C", true, 500), movement("R", false, 200)];
    for find in [captured_twice, refunded_too_much, unmatched, unannounced] {
        assert_eq!(find(&ours, &theirs), Vec::<String>::new());
        assert_eq!(find(&[], &[]), Vec::<String>::new());
    }
}

#[test]
fn two_captures_of_one_attempt_or_of_two_are_found() {
    let theirs = [movement("C", true, 500), movement("D", true, 500)];
    assert_eq!(captured_twice(&[attempt(10, true, 500, Some("C"))], &theirs).len(), 1);

    // Each attempt has a name of its own at the provider.
    let (first, mut second) = (attempt(10, true, 500, Some("C")), attempt(11, true, 500, None));
    second.merchant_ref = "other".to_owned();
    let mut theirs = theirs;
    theirs[1].merchant_ref = "other".to_owned();
    let found = captured_twice(&[first, second], &theirs);
    assert_eq!(found, ["ord_00000000000000000000000000000002: captured 2 times"]);
}

#[test]
fn another_providers_capture_of_the_same_name_is_another_capture() {
    let mut theirs = [movement("C", true, 500), movement("C", true, 500)];
    theirs[1].provider = "tosspayments".to_owned();
    assert!(captured_twice(&[attempt(10, true, 500, Some("C"))], &theirs).is_empty());
}

#[test]
fn refunds_are_summed_by_capture() {
    let theirs = [movement("C", true, 500), movement("R", false, 300), movement("S", false, 200)];
    assert!(refunded_too_much(&[], &theirs).is_empty());
    let mut more = theirs.to_vec();
    more.push(movement("T", false, 1));
    assert_eq!(refunded_too_much(&[], &more), ["kakaopay C: 1 too much went back"]);
    let orphan = ProviderMovement { parent: None, ..movement("R", false, 5) };
    assert_eq!(refunded_too_much(&[], &[orphan]).len(), 1);
}

#[test]
fn a_difference_in_anything_is_a_mismatch() {
    let ours = [attempt(10, true, 500, Some("C"))];
    let good = movement("C", true, 500);
    for bad in [
        ProviderMovement { amount: 501, ..good.clone() },
        ProviderMovement { merchant_ref: "other".to_owned(), ..good.clone() },
        ProviderMovement { capture: false, ..good.clone() },
    ] {
        assert_eq!(unmatched(&ours, std::slice::from_ref(&bad)).len(), 1, "{bad:?}");
    }
    let renamed = ProviderMovement { id: "D".to_owned(), ..good.clone() };
    assert_eq!(unmatched(&ours, &[renamed]).len(), 2, "missing here and there");
    assert_eq!(unmatched(&ours, &[]).len(), 1);
    assert_eq!(unmatched(&[], &[good]).len(), 1);
}

#[test]
fn only_a_sent_attempt_of_the_same_kind_announces_a_movement() {
    let theirs = [movement("C", true, 500)];
    let sent = attempt(10, true, 500, None);
    assert!(unannounced(std::slice::from_ref(&sent), &theirs).is_empty());
    for other in [
        OurAttempt { sent: false, ..sent.clone() },
        OurAttempt { capture: false, ..sent.clone() },
        OurAttempt { merchant_ref: "other".to_owned(), ..sent.clone() },
        OurAttempt { provider: "tosspayments".to_owned(), ..sent },
    ] {
        assert_eq!(unannounced(&[other], &theirs), ["kakaopay C: \"ref\""]);
    }
}

#[test]
fn a_witnessed_charge_is_the_one_capture_under_our_name() {
    let ours = [attempt(10, true, 500, Some("witnessed:ref"))];
    assert_eq!(unmatched(&ours, &[movement("C", true, 500)]), Vec::<String>::new());
    assert_eq!(unmatched(&ours, &[movement("C", true, 501)]).len(), 1, "another amount");
    assert_eq!(unmatched(&ours, &[]).len(), 1, "nothing was charged");
}

#[test]
fn a_day_that_was_charged_twice_is_found() {
    let day = Some((Uuid::from_u128(7), 20_000));
    let one = OurAttempt { cycle: day, ..attempt(10, true, 500, Some("C")) };
    let books = [movement("C", true, 500)];
    assert_eq!(charged_twice(std::slice::from_ref(&one), &books), Vec::<String>::new());
    let other = OurAttempt {
        merchant_ref: "other".to_owned(),
        order: Uuid::from_u128(9),
        intent: Some(Uuid::from_u128(8)),
        ..one.clone()
    };
    let twice = ProviderMovement { merchant_ref: "other".to_owned(), ..movement("D", true, 500) };
    let books = [books[0].clone(), twice];
    assert_eq!(charged_twice(&[one, other], &books).len(), 1);
}
