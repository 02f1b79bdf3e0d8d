//! Change nickname and telephone number.

use std::sync::Arc;

use jangbogo_kernel::{Clock, Event, IdGenerator, Store, StoreError, fault, retried};

use crate::{AccessError, Caller, FieldError, Member, MemberChanged, Nickname, Phone, Transaction};

/// Changes the caller's own profile.
pub struct EditProfile {
    store: Arc<dyn Store<dyn Transaction>>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdGenerator>,
}

/// What is to change; `None` leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct EditProfileCommand {
    /// A new nickname.
    pub nickname: Option<Nickname>,
    /// A new number, or none any more.
    pub phone: Option<Option<Phone>>,
}

/// The profile was not changed.
#[derive(Debug, thiserror::Error)]
pub enum EditProfileError {
    /// Another member has this nickname.
    #[error("this nickname is taken")]
    NicknameTaken,
    /// Another member has this number.
    #[error("this telephone number is taken")]
    PhoneTaken,
    /// The account is gone.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// Storage failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl EditProfileCommand {
    /// Checked changes; an empty phone removes the number.
    pub fn parse(nickname: Option<&str>, phone: Option<&str>) -> Result<Self, FieldError> {
        let nickname = nickname.map(Nickname::parse).transpose()?;
        let phone = match phone {
            None => None,
            Some("") => Some(None),
            Some(text) => Some(Some(Phone::parse(text)?)),
        };
        Ok(Self { nickname, phone })
    }
}

impl EditProfile {
    /// Assembles the use case.
    pub fn new(
        store: Arc<dyn Store<dyn Transaction>>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdGenerator>,
    ) -> Self {
        Self { store, clock, ids }
    }

    /// Changes the profile and returns it.
    pub async fn run(
        &self,
        caller: &Caller,
        command: EditProfileCommand,
    ) -> Result<Member, EditProfileError> {
        retried(|| self.once(caller, command.clone())).await
    }

    async fn once(
        &self,
        caller: &Caller,
        command: EditProfileCommand,
    ) -> Result<Member, EditProfileError> {
        let mut tx = self.store.begin().await?;
        let found = tx.members().find(caller.member).await?;
        let mut member = found.filter(Member::is_active).ok_or(AccessError::Hidden)?;
        if let Some(nickname) = command.nickname {
            if tx.members().nickname_taken(&nickname, Some(member.id)).await? {
                return Err(EditProfileError::NicknameTaken);
            }
            member.nickname = Some(nickname);
        }
        if let Some(phone) = command.phone {
            if let Some(phone) = &phone
                && tx.members().phone_taken(phone, member.id).await?
            {
                return Err(EditProfileError::PhoneTaken);
            }
            member.phone = phone;
        }
        member.version += 1;
        tx.members().save(&member).await?;
        let fact = MemberChanged { member: member.id, version: member.version };
        tx.outbox().append(vec![Event::of(&fact, &*self.ids, self.clock.now())?]).await?;
        tx.commit().await?;
        Ok(member)
    }
}

fault!(EditProfileError {
    NicknameTaken: Conflict = "nickname-taken",
    PhoneTaken: Conflict = "phone-taken",
} passes on { Access, Store });
