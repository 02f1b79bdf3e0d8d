//! Puts words, ingredients and chance together into a catalogue.

use std::collections::HashSet;

use super::ingredients::{self, Ingredient, Pack, Strength};
use super::words::{Form, LUXURY_PRICES, MAKERS, SELLERS, SERIES, SUPPLEMENTS, Supplement};
use super::{DemoProduct, SplitMix64};

/// What kind of offer a product is; it rules the price and the pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Offer {
    Trial,
    Regular,
    Gift,
    Luxury,
}

/// Everything drawn about a product before a word of it is written.
pub(super) struct Draft {
    pub(super) offer: Offer,
    pub(super) maker: usize,
    pub(super) ingredient: Ingredient,
    pub(super) strength: Strength,
    pub(super) series: (&'static str, &'static str),
    pub(super) supplement: Option<Supplement>,
    pub(super) pack: Pack,
    /// Days one outer pack lasts.
    pub(super) days: i64,
    /// Outer packs.
    pub(super) boxes: i64,
}

/// A Korean name and the English one that belongs to it.
type Names = (String, String);

/// Names tried before a name is numbered instead.
const NAME_TRIES_MAX: usize = 32;

/// Makes `count` products; the same `count` and `seed` always give the same ones.
pub fn catalogue(count: usize, seed: u64) -> Vec<DemoProduct> {
    let ingredients = ingredients::all();
    let precious: Vec<Ingredient> =
        ingredients.iter().copied().filter(ingredients::is_precious).collect();
    let mut random = SplitMix64::new(seed);
    let mut taken = HashSet::with_capacity(count);
    let mut products = Vec::with_capacity(count);
    for number in 1..=count {
        let mut draft = Draft::draw(&mut random, &ingredients, &precious);
        for _ in 1..NAME_TRIES_MAX {
            if !taken.contains(&draft.name()) {
                break;
            }
            draft = Draft::draw(&mut random, &ingredients, &precious);
        }
        let names = claim((draft.name(), draft.name_en()), number, &mut taken);
        products.push(draft.product(&mut random, names, number));
    }
    products
}

impl Draft {
    fn draw(random: &mut SplitMix64, all: &[Ingredient], precious: &[Ingredient]) -> Self {
        let offer = match random.below(1_000) {
            0..30 => Offer::Trial,
            30..80 => Offer::Gift,
            80..98 => Offer::Luxury,
            _ => Offer::Regular,
        };
        let ingredient = random.pick(if offer == Offer::Luxury { precious } else { all });
        let pack = random.pick(ingredient.packs);
        let (days, boxes) = draw_amount(random, offer, pack);
        Self {
            offer,
            maker: random.index(MAKERS.len()),
            strength: random.pick(ingredient.strengths),
            series: random.pick(&SERIES),
            supplement: draw_supplement(random, &ingredient, pack.0),
            ingredient,
            pack,
            days,
            boxes,
        }
    }

    fn product(
        &self,
        random: &mut SplitMix64,
        (name, name_en): Names,
        number: usize,
    ) -> DemoProduct {
        let (maker, maker_en) = MAKERS[self.maker];
        DemoProduct {
            name,
            name_en,
            maker: maker.to_owned(),
            maker_en: maker_en.to_owned(),
            description: self.description(random),
            categories: self.categories(),
            attributes: self.attributes(random, number),
            original_price: self.price(random),
            discount_bps: draw_discount(random),
            stock: draw_stock(random),
            seller: random.index(SELLERS.len()),
            sales: draw_sales(random),
        }
    }

    /// Pieces in one outer pack.
    pub(super) fn pieces(&self) -> i64 {
        self.days * self.pack.2
    }

    pub(super) fn total_days(&self) -> i64 {
        self.days * self.boxes
    }

    fn categories(&self) -> Vec<&'static str> {
        let extra = self.supplement.and_then(|supplement| supplement.category);
        let own = self.ingredient.categories;
        own.iter().copied().chain(extra.filter(|category| !own.contains(category))).collect()
    }

    /// The price before discount, always a multiple of 100 won.
    fn price(&self, random: &mut SplitMix64) -> i64 {
        let monthly = self.ingredient.monthly;
        // The usual price of the whole offer, the spread around it in per cent, and the limits.
        let (usual, spread, limits) = match self.offer {
            Offer::Luxury => {
                return random.pick(match self.total_days() {
                    ..=180 => &LUXURY_PRICES[..4],
                    181..=300 => &LUXURY_PRICES[3..8],
                    _ => &LUXURY_PRICES[5..],
                });
            }
            Offer::Trial if random.chance(50) => return 1_000,
            Offer::Trial => (monthly, (15, 30), (1_000, 9_900)),
            Offer::Gift => (monthly, (350, 800), (49_900, 480_000)),
            Offer::Regular => {
                // Larger packs cost less a day.
                let bulk = match self.total_days() {
                    ..=30 => 100,
                    31..=60 => 88,
                    61..=120 => 78,
                    _ => 66,
                };
                (monthly * self.total_days() / 30 * bulk / 100, (75, 145), (4_900, 390_000))
            }
        };
        let price = usual * random.between(spread.0, spread.1) / 100;
        ending(random, price).clamp(limits.0, limits.1)
    }
}

/// Claims a pair of names, numbered should the Korean one be taken.
fn claim(names: Names, number: usize, taken: &mut HashSet<String>) -> Names {
    if taken.insert(names.0.clone()) {
        return names;
    }
    let numbered = (format!("{} {number}호", names.0), format!("{} No. {number}", names.1));
    taken.insert(numbered.0.clone());
    numbered
}

/// Outer packs and the days one of them lasts.
fn draw_amount(random: &mut SplitMix64, offer: Offer, Pack(form, _, daily): Pack) -> (i64, i64) {
    let bottled = matches!(form, Form::Capsule | Form::Tablet);
    match offer {
        Offer::Trial => (random.pick(&[5, 7, 10]), 1),
        Offer::Gift if bottled => (random.pick(&[30, 60]), random.pick(&[2, 3, 4])),
        Offer::Gift => (random.pick(&[30, 60]), random.pick(&[1, 2, 3])),
        Offer::Luxury => (random.pick(&[60, 100]), random.pick(&[2, 3, 5])),
        Offer::Regular => {
            let days = match (bottled, daily) {
                (true, 1) => random.pick(&[30, 60, 60, 90, 120]),
                (true, 2..=3) => random.pick(&[30, 30, 60]),
                (true, _) => random.pick(&[30, 50]),
                (false, _) => random.pick(&[14, 30, 30, 60]),
            };
            (days, random.pick(&[1, 1, 1, 1, 1, 1, 1, 2, 2, 3]))
        }
    }
}

/// A second ingredient for about a third of the capsules, tablets and powders, where it neither
/// repeats the first one nor leads to a fourth category.
fn draw_supplement(
    random: &mut SplitMix64,
    ingredient: &Ingredient,
    form: Form,
) -> Option<Supplement> {
    let mixable = matches!(form, Form::Capsule | Form::Tablet | Form::Powder);
    if !random.chance(35) || !mixable {
        return None;
    }
    let extra = random.pick(&SUPPLEMENTS);
    let repeats = [ingredient.name, ingredient.raw].iter().any(|text| {
        text.contains(extra.name) || (text.contains("비타민B") && extra.name.contains("비타민B"))
    });
    let fits = extra.category.is_none_or(|category| {
        let own = ingredient.categories;
        own.contains(&category) || (own != ["etc"] && own.len() < 3)
    });
    (fits && !repeats).then_some(extra)
}

/// Half of the products carry a discount; small ones are the commoner.
fn draw_discount(random: &mut SplitMix64) -> u32 {
    if random.chance(50) {
        return 0;
    }
    let steps = random.between(1, 14).min(random.between(1, 14));
    u32::try_from(steps * 500).unwrap_or(0)
}

/// A few sold out, about eight in a hundred scarce, the rest plenty.
fn draw_stock(random: &mut SplitMix64) -> i64 {
    match random.below(1_000) {
        0..20 => 0,
        20..35 => 1,
        35..50 => 10,
        50..100 => random.between(1, 50),
        _ => random.between(51, 5_000),
    }
}

/// Few sell very well, many sell little: each doubling is as likely as the next.
fn draw_sales(random: &mut SplitMix64) -> i64 {
    let doublings = random.between(0, 15);
    random.between(0, 2 << doublings)
}

/// Rounds a price the way shops write prices.
fn ending(random: &mut SplitMix64, price: i64) -> i64 {
    let thousands = price / 1_000 * 1_000;
    match random.below(10) {
        0..5 => thousands + 900,
        5..7 => thousands,
        7..9 => thousands + 500,
        _ => price / 100 * 100,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashSet};

    use super::*;

    /// How a plain classifier recognises a category in the text of the main function.
    const KEYWORDS: [(&str, &[&str]); 8] = [
        ("eye", &["눈", "시력", "루테인"]),
        ("bone", &["뼈", "관절", "칼슘", "비타민D"]),
        ("brain", &["기억력", "두뇌", "혈행", "오메가"]),
        ("intestine", &["장", "유산균", "배변"]),
        ("liver", &["간", "밀크씨슬"]),
        ("skin", &["피부", "콜라겐", "보습"]),
        ("antioxidant", &["항산화", "비타민C", "코엔자임"]),
        ("fatigue", &["피로", "홍삼", "에너지", "비타민B"]),
    ];
    const SEEDS: [u64; 4] = [0, 1, 42, 20_261_120];

    fn share(products: &[DemoProduct], matches: impl Fn(&DemoProduct) -> bool) -> usize {
        products.iter().filter(|product| matches(product)).count()
    }

    #[test]
    fn the_seed_decides() {
        assert_eq!(catalogue(300, 7), catalogue(300, 7));
        assert_ne!(catalogue(300, 7), catalogue(300, 8));
        assert_eq!(catalogue(300, 7)[..100], catalogue(100, 7)[..]);
        assert!(catalogue(0, 7).is_empty());
    }

    #[test]
    fn names_and_statements_are_unique() {
        for seed in SEEDS {
            let products = catalogue(1_000, seed);
            let names: HashSet<_> = products.iter().map(|product| &product.name).collect();
            let english: HashSet<_> = products.iter().map(|product| &product.name_en).collect();
            let statements: HashSet<_> =
                products.iter().map(|product| &product.attributes.statement_number).collect();
            assert_eq!((names.len(), english.len(), statements.len()), (1_000, 1_000, 1_000));
            assert_eq!(share(&products, |product| product.name.ends_with('호')), 0);
        }
    }

    #[test]
    fn a_taken_name_is_numbered() {
        let mut taken = HashSet::new();
        let names = || ("참들녘 아연".to_owned(), "Chamdeulnyeok Zinc".to_owned());
        assert_eq!(claim(names(), 1, &mut taken), names());
        let numbered = claim(names(), 2, &mut taken);
        assert_eq!(numbered, ("참들녘 아연 2호".to_owned(), "Chamdeulnyeok Zinc No. 2".to_owned()));
        assert_eq!(taken.len(), 2);
    }

    #[test]
    fn prices_look_like_a_shop() {
        for seed in SEEDS {
            let products = catalogue(1_000, seed);
            for product in &products {
                let price = product.original_price;
                assert!((1_000..=10_000_000).contains(&price), "{} {price}", product.name);
                assert_eq!(price % 100, 0, "{}", product.name);
            }
            let ordinary =
                share(&products, |product| (8_000..=80_000).contains(&product.original_price));
            assert!((750..=950).contains(&ordinary), "{ordinary}");
            let precious = share(&products, |product| product.original_price >= 490_000);
            assert!((5..=40).contains(&precious), "{precious}");
            assert!(share(&products, |product| product.original_price == 1_000) >= 3);
            assert!(share(&products, |product| product.original_price >= 4_800_000) >= 1);
        }
    }

    #[test]
    fn discounts_stock_and_sales_are_believable() {
        for seed in SEEDS {
            let products = catalogue(1_000, seed);
            for product in &products {
                assert!(product.discount_bps <= 7_000 && product.discount_bps % 500 == 0);
                assert!((0..=5_000).contains(&product.stock));
                assert!(product.sales >= 0 && product.seller < SELLERS.len());
            }
            let full_price = share(&products, |product| product.discount_bps == 0);
            assert!((430..=570).contains(&full_price), "{full_price}");
            let scarce = share(&products, |product| (1..=50).contains(&product.stock));
            assert!((50..=115).contains(&scarce), "{scarce}");
            let sold_out = share(&products, |product| product.stock == 0);
            assert!((5..=40).contains(&sold_out), "{sold_out}");
            assert!(share(&products, |product| product.stock == 1) >= 3);
            assert!(share(&products, |product| product.stock == 10) >= 3);
            let sellers: HashSet<_> = products.iter().map(|product| product.seller).collect();
            assert_eq!(sellers.len(), SELLERS.len());
        }
    }

    #[test]
    fn the_main_function_says_every_category_and_no_other() {
        let mut seen = BTreeSet::new();
        for product in SEEDS.iter().flat_map(|&seed| catalogue(1_000, seed)) {
            let text = &product.attributes.main_function;
            let found: BTreeSet<&str> = KEYWORDS
                .iter()
                .filter(|(_, keywords)| keywords.iter().any(|keyword| text.contains(keyword)))
                .map(|(category, _)| *category)
                .collect();
            let found = if found.is_empty() { BTreeSet::from(["etc"]) } else { found };
            let stated: BTreeSet<&str> = product.categories.iter().copied().collect();
            assert_eq!(stated, found, "{}: {text}", product.name);
            assert!((1..=3).contains(&product.categories.len()), "{}", product.name);
            assert_eq!(stated.len(), product.categories.len(), "{}", product.name);
            seen.extend(product.categories.first().copied());
        }
        assert_eq!(seen.len(), 9, "{seen:?}");
    }

    #[test]
    fn the_tables_are_wide_and_unambiguous() {
        let ingredients = ingredients::all();
        assert!(ingredients.len() >= 45 && MAKERS.len() >= 40);
        let names: HashSet<_> = ingredients.iter().map(|ingredient| ingredient.name).collect();
        let english: HashSet<_> = ingredients.iter().map(|ingredient| ingredient.name_en).collect();
        assert_eq!((names.len(), english.len()), (ingredients.len(), ingredients.len()));
        let makers: HashSet<_> = MAKERS.iter().map(|maker| maker.0).collect();
        let romanised: HashSet<_> = MAKERS.iter().map(|maker| maker.1).collect();
        assert_eq!((makers.len(), romanised.len()), (MAKERS.len(), MAKERS.len()));
    }

    #[test]
    fn texts_are_complete() {
        for product in catalogue(1_000, 3) {
            let attributes = &product.attributes;
            assert!(product.name.starts_with(&product.maker) && product.name.ends_with(')'));
            assert!(product.name_en.starts_with(&product.maker_en) && product.name_en.is_ascii());
            assert!(product.name.chars().count() <= 80, "{}", product.name);
            let english = product.description.rsplit("니다. ").next().unwrap();
            let english = english.rsplit("세요. ").next().unwrap();
            assert!(english.is_ascii() && english.ends_with("days."), "{}", product.description);
            let day = attributes.registered_on.as_str();
            assert!(("2010-01-01"..="2026-06-30").contains(&day), "{day}");
            for text in [
                &attributes.shelf_life,
                &attributes.appearance,
                &attributes.serving_use,
                &attributes.storage,
                &attributes.intake_caution,
                &attributes.base_standard,
                &product.description,
            ] {
                assert!(!text.is_empty() && !text.contains("  "), "{}: {text}", product.name);
            }
        }
    }
}
