//! Reads outside transactions.

use async_trait::async_trait;
use jangbogo_kernel::StoreError;
use jangbogo_member::{Address, Member, MemberId, MemberQueries, Session, SessionId};

use super::{addresses, members, sessions};
use crate::backend::Backend;
use crate::store::SqlStore;

#[async_trait]
impl<DB: Backend> MemberQueries for SqlStore<DB> {
    async fn find(&self, id: MemberId) -> Result<Option<Member>, StoreError> {
        members::find::<DB>(&mut *self.read().await?, id, "").await
    }

    async fn find_session(&self, id: SessionId) -> Result<Option<Session>, StoreError> {
        sessions::find::<DB>(&mut *self.read().await?, id).await
    }

    async fn addresses(&self, member: MemberId) -> Result<Vec<Address>, StoreError> {
        addresses::of_member::<DB>(&mut *self.read().await?, member).await
    }
}
