//! Products by the million: slim rows with the distribution that long lists are measured at.

use jangbogo_catalog::{Attributes, Category, NewProduct, Price, Product, ProductChanges};
use jangbogo_kernel::{BasisPoints, Id, Money, Timestamp, Uuid};
use jangbogo_sql::bulk::{Cell, Rows};

use super::dice::{Dice, OPENING_MS, id};
use super::{Scale, number, text};
use crate::demo::MAKERS;

pub(super) const KIND: u8 = 1;

/// Sellers of the seed.
pub(super) const SELLERS: i64 = 500;
/// Each maker has another brand for so many products of the whole shop, and at most so many: about
/// two thousand products are of one brand.
const PER_BRAND: i64 = 100_000;
const BRANDS_MAX: i64 = 100;

const NAMES: [(&str, &str); 12] = [
    ("루테인", "Lutein"),
    ("오메가3", "Omega-3"),
    ("유산균", "Probiotics"),
    ("홍삼", "Red ginseng"),
    ("밀크씨슬", "Milk thistle"),
    ("콜라겐", "Collagen"),
    ("칼슘", "Calcium"),
    ("비타민C", "Vitamin C"),
    ("비타민D", "Vitamin D"),
    ("코엔자임Q10", "Coenzyme Q10"),
    ("마그네슘", "Magnesium"),
    ("프로폴리스", "Propolis"),
];

/// Product number `n`, with its sales and its stock.
pub(super) struct Seeded {
    pub(super) product: Product,
    pub(super) sales: i64,
    pub(super) stock: i64,
}

impl Seeded {
    pub(super) fn new(scale: &Scale, n: i64) -> anyhow::Result<Self> {
        let mut dice = Dice::new(scale.seed, KIND, n);
        let span = (scale.until.as_micros() / 1_000 - OPENING_MS).max(1);
        let at = Timestamp::from_micros((OPENING_MS + dice.below(span)) * 1_000);
        let price = price(&mut dice)?;
        let (name, name_en) = dice.pick(&NAMES, ("건강식품", "Health food"));
        let brands = (scale.products / PER_BRAND).clamp(1, BRANDS_MAX);
        let (maker, _) = dice.pick(&MAKERS, ("참들녘", ""));
        let maker = format!("{maker} {}", 1 + dice.below(brands));
        let mut categories = vec![dice.pick(&Category::ALL, Category::Etc)];
        // One category, sometimes two, rarely three: 1.25 on the average.
        let more = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 0, 0, 0, 0];
        for _ in 0..dice.pick(&more, 0) {
            let another = dice.pick(&Category::ALL, Category::Etc);
            if !categories.contains(&another) {
                categories.push(another);
            }
        }
        let given = ProductChanges {
            name: Some(format!("{name} {n}")),
            name_en: Some(name_en.to_owned()),
            maker: Some(maker),
            categories: Some(categories.iter().map(|c| c.slug().to_owned()).collect()),
            attributes: Some(Attributes::default()),
            original_price: Some(price.original().minor()),
            discount_bps: Some(price.discount().get()),
            ..ProductChanges::default()
        };
        let seller = Id::new(id(scale.seed, super::members::SELLER, dice.below(SELLERS)));
        let new = NewProduct::parse(given)?;
        let product = new.into_product(Id::new(product_id(scale, n)), seller, at);
        Ok(Self { product, sales: sales(&mut dice), stock: dice.below(1_000) })
    }
}

/// The id of product number `n`.
pub(super) fn product_id(scale: &Scale, n: i64) -> Uuid {
    id(scale.seed, KIND, n)
}

/// Selling prices are uniform, 1,000 to 10,000,000 in steps of 100; every third has no discount.
fn price(dice: &mut Dice) -> anyhow::Result<Price> {
    let selling = 1_000 + 100 * dice.below(99_991);
    let bps = [0, 500, 1_000, 1_500, 2_000, 2_500, 3_000, 4_000, 5_000, 7_000, 0, 0, 0, 0, 0];
    let bps: u32 = dice.pick(&bps, 0);
    let left = i64::from(10_000 - bps);
    let original = (selling * 10_000 + left / 2) / left;
    Ok(Price::try_new(Money::won(original), BasisPoints::try_new(bps)?)?)
}

/// Few products sell a lot, most sell a little or nothing.
fn sales(dice: &mut Dice) -> i64 {
    let (a, b, c) = (dice.below(1_000), dice.below(1_000), dice.below(1_000));
    a * b * c / 10_000
}

/// The rows of the products `numbers`, in the order in which they refer to each other.
pub(super) fn rows(scale: &Scale, numbers: std::ops::Range<i64>) -> anyhow::Result<Vec<Rows>> {
    let mut products = Rows::into(
        "product (id, seller_id, name, name_en, maker, description, image_url, attributes, \
         search_text, currency, original_price, discount_bps, selling_price, status, sales, \
         version, created_at, updated_at)",
    );
    let mut categories = Rows::into(
        "product_category (category, product_id, position, status, updated_at, selling_price, \
         sales, discount_bps)",
    );
    let mut stock =
        Rows::into("stock (product_id, initial, adjusted, available, reserved, sold, sequence)");
    let mut ledger = Rows::into("stock_ledger (product_id, sequence, kind, pieces, at)");
    for n in numbers {
        let seeded = Seeded::new(scale, n)?;
        let (product, pieces) = (&seeded.product, seeded.stock);
        let (id, at) = (Cell::Id(product.id.uuid()), number(product.updated_at.as_micros()));
        let price = product.price;
        let discount = number(i64::from(price.discount().get()));
        products.push([
            id.clone(),
            Cell::Id(product.seller.uuid()),
            text(product.name.clone()),
            text(product.name_en.clone()),
            text(product.maker.clone()),
            text(""),
            text(""),
            text("{}"),
            text(product.search_text()),
            text(price.original().currency().code()),
            number(price.original().minor()),
            discount.clone(),
            number(price.selling().minor()),
            text(product.status.name()),
            number(seeded.sales),
            number(product.version),
            at.clone(),
            at.clone(),
        ]);
        for (category, position) in product.categories.iter().zip(1..) {
            categories.push([
                text(category.slug()),
                id.clone(),
                number(position),
                text(product.status.name()),
                at.clone(),
                number(price.selling().minor()),
                number(seeded.sales),
                discount.clone(),
            ]);
        }
        let (pieces, nothing, first) = (number(pieces), number(0), number(1));
        stock.push([
            id.clone(),
            pieces.clone(),
            nothing.clone(),
            pieces.clone(),
            nothing.clone(),
            nothing,
            first.clone(),
        ]);
        ledger.push([id, first, text("INIT"), pieces, at]);
    }
    Ok(vec![products, categories, stock, ledger])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_have_the_distribution_that_was_asked_for() {
        let scale = Scale { products: 10_000, ..Scale::default() };
        let (mut first, mut last, mut plain) = (i64::MAX, 0, 0);
        for n in 0..10_000 {
            let seeded = Seeded::new(&scale, n).unwrap();
            let selling = seeded.product.price.selling().minor();
            assert!((1_000..=10_000_000).contains(&selling) && selling % 100 == 0, "{selling}");
            let at = seeded.product.updated_at.as_micros();
            assert_eq!(at % 1_000, 0, "milliseconds");
            (first, last) = (first.min(at), last.max(at));
            plain += u32::from(seeded.product.price.discount().get() == 0);
        }
        let (opening, year) = (OPENING_MS * 1_000, 31_557_600_000_000);
        assert!(first >= opening && first < opening + year && last > opening + 15 * year);
        assert!((3_000..5_000).contains(&plain), "{plain} without a discount");
    }
}
