//! Sellers and buyers of the seed; nobody knows their passwords.

use jangbogo_sql::bulk::{Cell, Rows};

use super::dice::{OPENING_MS, id};
use super::products::SELLERS;
use super::{Scale, number, text};

pub(super) const SELLER: u8 = 2;
pub(super) const BUYER: u8 = 3;

/// All of them.
pub(super) fn rows(scale: &Scale) -> Vec<Rows> {
    let mut members = Rows::into(
        "member (id, email, nickname, password_hash, role, status, version, created_at)",
    );
    let everybody = [(SELLER, "seller", SELLERS), (BUYER, "buyer", scale.buyers())];
    for (kind, role, count) in everybody {
        for n in 0..count {
            let seed = scale.seed;
            members.push([
                Cell::Id(id(seed, kind, n)),
                text(format!("{role}{n}@seed-{seed}.jangbogo.example")),
                text(format!("{role}-{seed}-{n}")),
                text(scale.password_hash.clone()),
                text(role),
                text("active"),
                number(1),
                number(OPENING_MS * 1_000),
            ]);
        }
    }
    vec![members]
}
