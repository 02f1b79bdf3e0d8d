//! Writes the names, the description and the maker's statement of a drafted product.

use super::catalogue::{Draft, Offer};
use super::ingredients::Pack;
use super::words::{Form, MAKERS, NUTRIENTS};
use super::{DemoAttributes, SplitMix64};

/// 2010-01-01 and 2026-06-30 in days since 1970-01-01.
const REGISTERED_DAYS: (i64, i64) = (14_610, 20_634);

impl Draft {
    pub(super) fn name(&self) -> String {
        let words = self.pack.0.words();
        let supplement = self.supplement.map(|extra| format!("& {}", extra.name));
        let offer = match self.offer {
            Offer::Regular => "",
            Offer::Trial => "체험팩",
            Offer::Gift => "선물세트",
            Offer::Luxury => "천삼 명품세트",
        };
        let pack =
            format!("({}{} x {}{}", grouped(self.pack.1), words.unit, self.pieces(), words.counter);
        let outer = if self.boxes > 1 {
            format!(" x {}{})", self.boxes, words.outer)
        } else {
            ")".to_owned()
        };
        joined(&[
            MAKERS[self.maker].0,
            self.ingredient.name,
            self.strength.0,
            supplement.as_deref().unwrap_or_default(),
            self.series.0,
            words.label,
            offer,
            &format!("{pack}{outer}"),
        ])
    }

    pub(super) fn name_en(&self) -> String {
        let words = self.pack.0.words();
        let supplement = self.supplement.map(|extra| format!("& {}", extra.name_en));
        let offer = match self.offer {
            Offer::Regular => "",
            Offer::Trial => "Trial Pack",
            Offer::Gift => "Gift Set",
            Offer::Luxury => "Heaven-Grade Luxury Set",
        };
        let pack = format!(
            "({} {} x {} {}",
            grouped(self.pack.1),
            words.unit,
            self.pieces(),
            words.counter_en
        );
        let outer = if self.boxes > 1 {
            format!(" x {} {})", self.boxes, words.outer_en)
        } else {
            ")".to_owned()
        };
        joined(&[
            MAKERS[self.maker].1,
            self.ingredient.name_en,
            self.strength.1,
            supplement.as_deref().unwrap_or_default(),
            self.series.1,
            words.label_en,
            offer,
            &format!("{pack}{outer}"),
        ])
    }

    pub(super) fn description(&self, random: &mut SplitMix64) -> String {
        let words = self.pack.0.words();
        let (maker, maker_en) = MAKERS[self.maker];
        let (daily, days) = (self.pack.2, self.total_days());
        let second = match random.below(4) {
            0 => format!("하루 {daily}{} 간편하게 챙길 수 있으며 총 {days}일분입니다.", words.with),
            1 => format!("{maker}에서 원료 선별부터 포장까지 꼼꼼하게 관리했습니다."),
            2 => format!(
                "하루 {daily}{} 충분하고, {days}일 동안 꾸준히 섭취할 수 있는 구성입니다.",
                words.if_only
            ),
            _ => format!("{maker}의 엄격한 품질 검사를 통과한 제품만 출고합니다."),
        };
        let third = match self.offer {
            Offer::Trial => "처음 드시는 분이 부담 없이 만나 볼 수 있는 소포장입니다.",
            Offer::Gift => "품격 있는 상자와 쇼핑백을 함께 드려 명절이나 생신 선물로 좋습니다.",
            Offer::Luxury => {
                "수확량의 극히 일부인 천삼만 엄선하여 오동나무 함에 담은 한정 수량 명품입니다."
            }
            Offer::Regular if random.chance(65) => words.praise,
            Offer::Regular => "",
        };
        let purpose = purpose(self.ingredient.categories[0]);
        let name = self.ingredient.name_en;
        let amount = self.amount_en();
        let english = match random.below(3) {
            0 => format!("{name} from {maker_en} for {purpose}: {amount}, enough for {days} days."),
            1 => format!(
                "{maker_en} brings you {name} for {purpose}, with {amount} to last {days} days."
            ),
            _ => format!(
                "Look after your {purpose} with {maker_en} {name}: {amount} for {days} days."
            ),
        };
        joined(&[self.ingredient.blurb, &second, third, &english])
    }

    fn amount_en(&self) -> String {
        let words = self.pack.0.words();
        let pieces = self.pieces();
        if self.boxes > 1 {
            format!("{} {} of {pieces} {} each", self.boxes, words.outer_en, words.counter_en)
        } else {
            format!("{pieces} {}", words.counter_en)
        }
    }

    pub(super) fn attributes(&self, random: &mut SplitMix64, number: usize) -> DemoAttributes {
        let words = self.pack.0.words();
        let ingredient = &self.ingredient;
        let (first, last) = REGISTERED_DAYS;
        let appearance = format!(
            "고유의 향미가 있고 이미·이취가 없는 {}의 {}",
            ingredient.colour,
            shape(self.pack)
        );
        DemoAttributes {
            statement_number: statement_number(self.maker, number),
            registered_on: date(random.between(first, last)),
            shelf_life: format!("제조일로부터 {}개월", words.months),
            serving_use: serving_use(self.pack, words.taking),
            storage: self.storage(random).to_owned(),
            intake_caution: format!(
                "① {} ② 이상사례 발생 시 섭취를 중단하고 전문가와 상담할 것",
                ingredient.caution
            ),
            main_function: self.main_function(),
            base_standard: self.base_standard(&appearance),
            appearance,
        }
    }

    fn main_function(&self) -> String {
        let own = format!("[{}] {}", self.ingredient.raw, self.ingredient.claim);
        self.supplement
            .map_or(own.clone(), |extra| format!("{own} [{}] {}", extra.name, extra.claim))
    }

    fn base_standard(&self, appearance: &str) -> String {
        let mut lines =
            vec![format!("성상 : {appearance}"), measured(self.ingredient.marker, self.strength.2)];
        lines.extend(self.supplement.map(|extra| measured(extra.name, extra.content)));
        lines.push("납(mg/kg) : 1.0 이하".to_owned());
        lines.push("카드뮴(mg/kg) : 0.5 이하".to_owned());
        if self.pack.0 == Form::Liquid {
            lines.push("세균수 : 1 mL당 100 이하".to_owned());
        }
        lines.push("대장균군 : 음성".to_owned());
        let numbered: Vec<String> =
            (1..).zip(lines).map(|(number, line)| format!("{number}) {line}")).collect();
        numbered.join(" ")
    }

    fn storage(&self, random: &mut SplitMix64) -> &'static str {
        if self.strength.2.ends_with("CFU") {
            return random.pick(&[
                "냉장(0~10℃) 보관하고 개봉 후에는 되도록 빨리 섭취하십시오.",
                "직사광선과 고온다습한 곳을 피해 서늘한 곳에 보관하고, 되도록 냉장 보관하십시오.",
            ]);
        }
        match self.pack.0 {
            Form::Liquid | Form::Jelly => random.pick(&[
                "직사광선을 피해 실온에 보관하고, 개봉 후에는 바로 섭취하십시오.",
                "고온다습한 곳을 피해 서늘한 곳에 보관하고 얼리지 마십시오.",
            ]),
            _ => random.pick(&[
                "직사광선과 고온다습한 곳을 피해 서늘하고 건조한 곳에 보관하십시오.",
                "뚜껑이나 포장을 잘 닫아 습기가 적은 실온에 보관하십시오.",
                "어린이의 손이 닿지 않는 건조하고 서늘한 곳에 보관하십시오.",
            ]),
        }
    }
}

/// A large stick holds a concentrate, a small one granules.
fn shape(Pack(form, size, _): Pack) -> &'static str {
    if form == Form::Stick && size >= 10 { "점성이 있는 액상" } else { form.words().shape }
}

fn serving_use(Pack(_, _, daily): Pack, taking: &str) -> String {
    match daily {
        1 => format!("1일 1회, 1회 1{taking}"),
        2 => format!("1일 2회, 1회 1{taking}"),
        3 => format!("1일 3회, 1회 1{taking}"),
        even if even % 2 == 0 => format!("1일 2회, 1회 {}{taking}", even / 2),
        odd => format!("1일 1회, 1회 {odd}{taking}"),
    }
}

/// One measured substance with its limits: living bacteria have a lower one only.
fn measured(marker: &str, content: &str) -> String {
    if content.ends_with("CFU") {
        return format!("{marker} : 표시량({content}) 이상");
    }
    let nutrient = NUTRIENTS.iter().any(|name| marker.starts_with(name));
    let upper = if nutrient { 150 } else { 120 };
    format!("{marker} : 표시량({content})의 80~{upper} %")
}

/// The maker's licence (year and office number) followed by the running number of the product.
fn statement_number(maker: usize, number: usize) -> String {
    let year = 2004 + maker % 6;
    let office = 101 + maker * 37 % 900;
    format!("제{year}{office:04}{number:05}호")
}

/// English for what a category is about.
fn purpose(category: &str) -> &'static str {
    match category {
        "eye" => "eye health",
        "bone" => "bone and joint health",
        "brain" => "memory and circulation",
        "intestine" => "gut health",
        "liver" => "liver health",
        "skin" => "skin health",
        "antioxidant" => "antioxidant defences",
        "fatigue" => "everyday energy",
        _ => "general well-being",
    }
}

/// Days since 1970-01-01 as `YYYY-MM-DD`, for days after it.
fn date(days: i64) -> String {
    let (mut year, mut left) = (1970, days);
    while left >= days_in_year(year) {
        left -= days_in_year(year);
        year += 1;
    }
    let february = days_in_year(year) - 337;
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30] {
        if left < length {
            break;
        }
        left -= length;
        month += 1;
    }
    format!("{year:04}-{month:02}-{:02}", left + 1)
}

fn days_in_year(year: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    365 + i64::from(leap)
}

/// With a comma before the last three digits.
fn grouped(size: u32) -> String {
    if size < 1_000 { size.to_string() } else { format!("{},{:03}", size / 1_000, size % 1_000) }
}

/// The words that are not empty, with spaces between.
fn joined(words: &[&str]) -> String {
    let words: Vec<&str> = words.iter().copied().filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_know_leap_years() {
        assert_eq!(date(REGISTERED_DAYS.0), "2010-01-01");
        assert_eq!(date(REGISTERED_DAYS.1), "2026-06-30");
        assert_eq!(date(16_859), "2016-02-28");
        assert_eq!(date(16_860), "2016-02-29");
        assert_eq!(date(16_861), "2016-03-01");
        assert_eq!(date(17_166), "2016-12-31");
    }
}
