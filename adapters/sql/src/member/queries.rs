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
        let mut on = self.read().await?;
        let found = members::find::<DB>(&mut on, id, "").await?;
        on.done();
        Ok(found)
    }

    async fn find_session(&self, id: SessionId) -> Result<Option<Session>, StoreError> {
        let mut on = self.read().await?;
        let found = sessions::find::<DB>(&mut on, id).await?;
        on.done();
        Ok(found)
    }

    async fn addresses(&self, member: MemberId) -> Result<Vec<Address>, StoreError> {
        let mut on = self.read().await?;
        let found = addresses::of_member::<DB>(&mut on, member).await?;
        on.done();
        Ok(found)
    }
}
