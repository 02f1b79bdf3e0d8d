//! Counters that are written behind: sold pieces and visitors.

use jangbogo_kernel::{Id, IdGenerator, Store, StoreError, Timestamp};
use jangbogo_member::MemberId;
use jangbogo_member::contract::stored_member;

use super::{Members, added, new_product, sales};
use crate::{
    ChangedViews, CountedViews, Product, ProductQueries, SoldItem, StoredViews, Transaction,
    ViewDay, ViewQueries, ViewRepository, ViewsOf, Visitor, VisitorNames, VisitorSketch, Who,
};

/// Kept pieces are taken by the transaction that commits, each once; a dropped one takes nothing.
pub async fn kept_sales_are_taken_once(
    members: &Members,
    store: &dyn Store<dyn Transaction>,
    queries: &dyn ProductQueries,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let seller = stored_member(members, ids, now).await?.id;
    let (one, other) = (new_product(ids, seller, now)?, new_product(ids, seller, now)?);
    added(store, &[one.clone(), other.clone()]).await?;
    let day = ViewDay::of(now);
    let item = |product: &Product, pieces| SoldItem { product: product.id, pieces, day };
    for items in [vec![item(&one, 5), item(&other, 1)], vec![], vec![item(&one, -2)]] {
        let mut tx = store.begin().await?;
        tx.sales().keep(ids.next(), &items).await?;
        tx.commit().await?;
    }
    assert_eq!(sales(queries, &one).await?, 0, "kept pieces are not counted yet");
    let mut tx = store.begin().await?;
    tx.sales().keep(ids.next(), &[item(&one, 100)]).await?;
    drop(tx);
    let mut tx = store.begin().await?;
    let taken = tx.sales().take(u32::MAX).await?;
    assert!(taken.contains(&item(&one, 5)) && taken.contains(&item(&one, -2)), "{taken:?}");
    assert!(!taken.contains(&item(&one, 100)), "a dropped transaction keeps nothing");
    drop(tx);
    // One by one: the contracts share a database, and what is taken must be counted.
    loop {
        let mut tx = store.begin().await?;
        let taken = tx.sales().take(1).await?;
        assert!(taken.len() <= 1, "more than one was asked for");
        tx.sales().count(&taken).await?;
        tx.commit().await?;
        if taken.is_empty() {
            break;
        }
    }
    assert_eq!(sales(queries, &one).await?, 3, "5 less 2, whatever was dropped in between");
    assert_eq!(sales(queries, &other).await?, 1, "1");
    Ok(())
}

/// Visitors are saved on top of the version that was read; a product's views are the sum of its
/// days.
pub async fn visitors_are_saved_once_per_version(
    members: &Members,
    store: &dyn Store<dyn Transaction>,
    queries: &dyn ProductQueries,
    views: &dyn ViewQueries,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let seller = stored_member(members, ids, now).await?.id;
    let product = new_product(ids, seller, now)?;
    added(store, std::slice::from_ref(&product)).await?;
    let today = ViewDay::of(now);
    let of = |day| ViewsOf { product: product.id, day };
    let absent = ViewsOf { product: ids.next(), day: today };
    let nothing = StoredViews { views: of(today), visitors: 0, sketch: None, version: 0 };
    assert_eq!(views.stored(&[of(today), absent]).await?, [nothing], "nobody has been here");
    assert_eq!(views.stored(&[]).await?, [], "nothing is asked");

    let counted = |day, before, visitors, sketch: &[u8], version| CountedViews {
        views: of(day),
        before,
        visitors,
        sketch: sketch.to_vec(),
        version,
    };
    let yesterday = today.before();
    for (counted, saved, total) in [
        (counted(today, 0, 3, b"three", 1), true, 3),
        (counted(today, 0, 9, b"late", 1), false, 3),
        (counted(yesterday, 0, 4, b"four", 1), true, 7),
        (counted(today, 3, 5, b"\0five", 2), true, 9),
        (counted(today, 3, 8, b"late", 2), false, 9),
        (counted(today, 5, 5, b"five again", 3), true, 9),
    ] {
        let mut tx = store.begin().await?;
        assert_eq!(
            (tx.views() as &mut dyn ViewRepository).save(&counted).await?,
            saved,
            "{counted:?}"
        );
        tx.commit().await?;
        let shown = queries.find(product.id).await?.map(|detail| detail.card.views);
        assert_eq!(shown, Some(total), "after {counted:?}");
    }
    let mut tx = store.begin().await?;
    tx.views().forget_sketches(today).await?;
    tx.commit().await?;
    let mut stored = views.stored(&[of(today), of(yesterday)]).await?;
    stored.sort_by_key(|stored| stored.views);
    let kept = |day, visitors, sketch: Option<&[u8]>, version| StoredViews {
        views: of(day),
        visitors,
        sketch: sketch.map(<[u8]>::to_vec),
        version,
    };
    let expected = [kept(yesterday, 4, None, 1), kept(today, 5, Some(b"five again"), 3)];
    assert_eq!(stored, expected, "counts stay, and the sketch of a day that may grow");
    Ok(())
}

/// A visitor counts once, days and products are apart, and the estimate is close.
pub async fn a_visitor_counts_once(
    sketch: &dyn VisitorSketch,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let today = ViewDay::of(now);
    let views = ViewsOf { product: ids.next(), day: today };
    let yesterday = ViewsOf { day: today.before(), ..views };
    for _ in 0..3 {
        sketch.record(views, visitor(1)).await?;
        sketch.record(views, visitor(2)).await?;
        sketch.record(yesterday, visitor(1)).await?;
    }
    assert_eq!(sketch.united(&unstored(views)).await?.visitors, 2, "two came three times");
    assert_eq!(sketch.united(&unstored(yesterday)).await?.visitors, 1, "the day before is apart");
    let nobody = ViewsOf { product: ids.next(), day: today };
    assert_eq!(sketch.united(&unstored(nobody)).await?.visitors, 0, "nobody came");
    for number in 1..=2_000 {
        sketch.record(views, visitor(number)).await?;
    }
    let told = sketch.united(&unstored(views)).await?.visitors;
    // Three times the standard error of 0.81 %.
    assert!((1_951..=2_049).contains(&told), "{told} told for 2000");
    Ok(())
}

/// Whoever comes after a look stays unsettled; what is settled is not shown again.
pub async fn a_settled_sketch_is_shown_when_somebody_new_comes(
    sketch: &dyn VisitorSketch,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let views = ViewsOf { product: ids.next(), day: ViewDay::of(now) };
    let shown = async || -> Result<Option<ChangedViews>, StoreError> {
        let changed = sketch.changed(10_000).await?;
        Ok(changed.into_iter().find(|changed| changed.views == views))
    };
    assert_eq!(shown().await?, None, "nobody came");
    sketch.record(views, visitor(1)).await?;
    let first = shown().await?;
    assert!(first.is_some(), "somebody came");
    sketch.record(views, visitor(2)).await?;
    sketch.settled(first.as_slice()).await?;
    let second = shown().await?;
    assert!(second.is_some(), "the second came after the look");
    assert_eq!(sketch.united(&unstored(views)).await?.visitors, 2, "nobody is forgotten");
    sketch.settled(second.as_slice()).await?;
    assert_eq!(shown().await?, None, "all are settled");
    sketch.record(views, visitor(3)).await?;
    assert!(shown().await?.is_some(), "the third came");
    Ok(())
}

/// A sketch that is gone (`fresh` never knew anybody) goes on from what is stored.
pub async fn a_lost_sketch_goes_on_from_what_is_stored(
    sketch: &dyn VisitorSketch,
    fresh: &dyn VisitorSketch,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let views = ViewsOf { product: ids.next(), day: ViewDay::of(now) };
    for number in 1..=40 {
        sketch.record(views, visitor(number)).await?;
    }
    let kept = sketch.united(&unstored(views)).await?;
    assert!((39..=41).contains(&kept.visitors), "{} told for 40", kept.visitors);
    let (visitors, sketch) = (kept.visitors, Some(kept.bytes));
    let stored = StoredViews { views, visitors, sketch, version: 1 };
    fresh.record(views, visitor(7)).await?;
    let again = fresh.united(&stored).await?;
    assert_eq!(again.visitors, kept.visitors, "the seventh was here before");
    fresh.record(views, visitor(41)).await?;
    let more = fresh.united(&stored).await?.visitors;
    assert!((40..=42).contains(&more), "{more} told for 41");
    let foreign = StoredViews { sketch: Some(b"of another kind".to_vec()), ..unstored(views) };
    assert!(fresh.united(&foreign).await?.visitors >= 2, "what cannot be read unites with nothing");
    Ok(())
}

/// Somebody is one visitor on one day, whichever process names them, and nobody else.
pub fn somebody_is_one_visitor_a_day(
    names: &dyn VisitorNames,
    same_key: &dyn VisitorNames,
    other_key: &dyn VisitorNames,
    ids: &dyn IdGenerator,
    now: Timestamp,
) {
    let today = ViewDay::of(now);
    let member: MemberId = Id::new(ids.next_uuid());
    let stranger =
        |address: [u8; 4], user_agent| Who::Stranger { address: address.into(), user_agent };
    let people = [
        Who::Member(member),
        Who::Member(Id::new(ids.next_uuid())),
        stranger([192, 0, 2, 1], b"browser"),
        stranger([192, 0, 2, 11], b"browser"),
        stranger([192, 0, 2, 1], b"1browser"),
        stranger([192, 0, 2, 1], b""),
    ];
    let named: Vec<Visitor> = people.iter().map(|who| names.name(today, who)).collect();
    for (position, who) in people.iter().enumerate() {
        let name = names.name(today, who);
        let alike = named.iter().filter(|other| **other == name).count();
        assert_eq!(alike, 1, "{who:?} is like somebody else");
        assert!(same_key.name(today, who) == named[position], "{who:?} is another elsewhere");
        assert!(other_key.name(today, who) != name, "{who:?} can be named without the key");
        assert!(names.name(today.before(), who) != name, "{who:?} can be followed over days");
    }
    let mapped = Who::Stranger {
        address: std::net::Ipv4Addr::new(192, 0, 2, 1).to_ipv6_mapped().into(),
        user_agent: b"browser",
    };
    assert!(names.name(today, &mapped) == named[2], "one address, however it is written");
}

/// Somebody, by number; the bits are spread as those of a hash are.
fn visitor(number: u64) -> Visitor {
    let mut hash = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    hash ^= hash >> 31;
    let mut bytes = [0; 32];
    for part in bytes.chunks_exact_mut(8) {
        part.copy_from_slice(&hash.to_le_bytes());
    }
    Visitor::new(bytes)
}

fn unstored(views: ViewsOf) -> StoredViews {
    StoredViews { views, visitors: 0, sketch: None, version: 0 }
}
