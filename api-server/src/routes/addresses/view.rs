//! An entry of the address book, in and out.

use jangbogo_member::{Address, AddressDetails, FieldError};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where and to whom parcels go.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AddressRequest {
    /// The receiver's name.
    name: String,
    /// The receiver's telephone number.
    #[schema(examples("010-1234-5678"))]
    phone: String,
    /// Five digits.
    #[schema(examples("59134"))]
    postcode: String,
    /// Road address.
    #[schema(examples("전라남도 완도군 완도읍 청해진남로 51"))]
    address1: String,
    /// Building, floor, room.
    #[serde(default)]
    address2: String,
    /// Whether it is to be offered first.
    #[serde(default)]
    pub(super) is_default: bool,
}

/// An entry of the address book.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AddressView {
    /// Identity.
    #[schema(examples("adr_0199f2a77c5e7d2c9d3f1d6a4c2b8e10"))]
    id: String,
    /// The receiver's name.
    name: String,
    /// The receiver's telephone number.
    phone: String,
    /// Five digits.
    postcode: String,
    /// Road address.
    address1: String,
    /// Building, floor, room; may be empty.
    address2: String,
    /// Whether it is offered first.
    is_default: bool,
    /// When it was written down.
    created_at: String,
}

impl AddressRequest {
    /// The checked address.
    pub(super) fn details(&self) -> Result<AddressDetails, FieldError> {
        AddressDetails::parse(
            &self.name,
            &self.phone,
            &self.postcode,
            &self.address1,
            &self.address2,
        )
    }
}

impl From<Address> for AddressView {
    fn from(address: Address) -> Self {
        let details = address.details;
        Self {
            id: address.id.to_string(),
            name: details.name,
            phone: details.phone.as_str().to_owned(),
            postcode: details.postcode,
            address1: details.address1,
            address2: details.address2,
            is_default: address.is_default,
            created_at: address.created_at.to_string(),
        }
    }
}
