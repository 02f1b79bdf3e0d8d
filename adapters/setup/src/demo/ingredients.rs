//! What the demo products are made of, by the category they belong to first.

mod bone_and_skin;
mod eye_and_brain;
mod intestine_and_liver;
mod other;
mod vitality;

use super::words::Form;

/// A functional ingredient and everything a product made of it says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ingredient {
    /// What it is called in a product name.
    pub(super) name: &'static str,
    pub(super) name_en: &'static str,
    /// The raw material as the register names it.
    pub(super) raw: &'static str,
    /// The function the register recognises.
    pub(super) claim: &'static str,
    /// The categories its raw material and claim belong to, at most three.
    pub(super) categories: &'static [&'static str],
    /// The substance that is measured.
    pub(super) marker: &'static str,
    pub(super) strengths: &'static [Strength],
    pub(super) packs: &'static [Pack],
    pub(super) colour: &'static str,
    /// What to mind, beyond what every product says.
    pub(super) caution: &'static str,
    /// The sentence that recommends it.
    pub(super) blurb: &'static str,
    /// An ordinary price of 30 days, in won.
    pub(super) monthly: i64,
}

/// Korean label, English label (both for the name, may be empty) and the content of a day's intake.
#[derive(Debug, Clone, Copy)]
pub(super) struct Strength(
    pub(super) &'static str,
    pub(super) &'static str,
    pub(super) &'static str,
);

/// Form, size of one piece in the form's unit, and pieces a day.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pack(pub(super) Form, pub(super) u32, pub(super) i64);

/// Every ingredient, grouped by first category.
pub(super) fn all() -> Vec<Ingredient> {
    [
        eye_and_brain::INGREDIENTS,
        bone_and_skin::INGREDIENTS,
        intestine_and_liver::INGREDIENTS,
        vitality::INGREDIENTS,
        other::INGREDIENTS,
    ]
    .concat()
}

/// True where the ingredient is also sold in precious sets.
pub(super) fn is_precious(ingredient: &Ingredient) -> bool {
    ingredient.name.contains("홍삼정")
}
