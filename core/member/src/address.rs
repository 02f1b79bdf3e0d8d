//! An entry of a member's address book.

use jangbogo_kernel::{Kind, Timestamp};

use crate::{AddressId, FieldError, MemberId, Phone};

/// Where and to whom parcels go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Identity.
    pub id: AddressId,
    /// Whose book it is in.
    pub member: MemberId,
    /// The address itself; orders take a copy of it.
    pub details: AddressDetails,
    /// Whether it is offered first; at most one of a member is.
    pub is_default: bool,
    /// When it was written down.
    pub created_at: Timestamp,
}

impl Kind for Address {
    const PREFIX: &'static str = "adr";
}

/// A receiver and a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressDetails {
    /// The receiver's name.
    pub name: String,
    /// The receiver's telephone number.
    pub phone: Phone,
    /// Five digits (Korea Post).
    pub postcode: String,
    /// Road address.
    pub address1: String,
    /// Building, floor, room; may be empty.
    pub address2: String,
}

impl AddressDetails {
    /// A checked receiver and place.
    pub fn parse(
        name: &str,
        phone: &str,
        postcode: &str,
        address1: &str,
        address2: &str,
    ) -> Result<Self, FieldError> {
        let postcode = postcode.trim();
        if postcode.len() != 5 || !postcode.bytes().all(|b| b.is_ascii_digit()) {
            return Err(FieldError { field: "postcode", rule: "five digits" });
        }
        Ok(Self {
            name: line("name", name, 1, 50, "1 to 50 characters on one line")?,
            phone: Phone::parse(phone)?,
            postcode: postcode.to_owned(),
            address1: line("address1", address1, 1, 200, "1 to 200 characters on one line")?,
            address2: line("address2", address2, 0, 200, "at most 200 characters on one line")?,
        })
    }
}

fn line(
    field: &'static str,
    text: &str,
    min: usize,
    max: usize,
    rule: &'static str,
) -> Result<String, FieldError> {
    let text = text.trim();
    if (min..=max).contains(&text.chars().count()) && !text.chars().any(char::is_control) {
        Ok(text.to_owned())
    } else {
        Err(FieldError { field, rule })
    }
}
