//! Sessions and their chains of refresh tokens.
//!
//! Whoever rotates a token or ends a session first takes the session's row: were a rotation and a
//! log-out to run side by side, the log-out would not see the rotation's new token.

use async_trait::async_trait;
use jangbogo_kernel::{StoreError, Timestamp};
use jangbogo_member::{
    MemberId, RefreshToken, Session, SessionId, SessionRepository, TokenDigest, TokenState,
};

use crate::backend::Backend;
use crate::statement::{Insert, Record, assembled, sql};
use crate::store::SqlTransaction;

#[async_trait]
impl<DB: Backend> SessionRepository for SqlTransaction<DB> {
    async fn open(&mut self, session: &Session, token: &RefreshToken) -> Result<(), StoreError> {
        sql::<DB>(
            "INSERT INTO session (id, member_id, created_at, expires_at, revoked_at) \
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(session.id.uuid())
        .bind(session.member.uuid())
        .bind(session.created_at.as_micros())
        .bind(session.expires_at.as_micros())
        .bind(session.revoked_at.map(Timestamp::as_micros))
        .execute(self.on(), "open a session")
        .await?;
        add_token(self, token).await
    }

    async fn find_token(
        &mut self,
        digest: TokenDigest,
    ) -> Result<Option<(RefreshToken, Session)>, StoreError> {
        let row = sql::<DB>(
            "SELECT t.token_hash, t.session_id, t.generation, t.parent_hash, t.state, \
                 t.expires_at AS token_expires_at, \
                 s.id, s.member_id, s.created_at, s.expires_at, s.revoked_at \
             FROM refresh_token t JOIN session s ON s.id = t.session_id \
             WHERE t.token_hash = $1",
        )
        .bind(digest.0.to_vec())
        .row(self.on(), "find a refresh token")
        .await?;
        row.map(|row| Ok((token(&row)?, session(&row)?))).transpose()
    }

    async fn rotate(&mut self, old: TokenDigest, new: &RefreshToken) -> Result<bool, StoreError> {
        let text = format!("SELECT id FROM session WHERE id = $1{}", DB::FOR_UPDATE);
        assembled::<DB>(text).bind(new.session.uuid()).rows(self.on(), "lock a session").await?;
        let rotated = sql::<DB>(
            "UPDATE refresh_token SET state = 'rotated' \
             WHERE token_hash = $1 AND session_id = $2 AND state = 'active'",
        )
        .bind(old.0.to_vec())
        .bind(new.session.uuid())
        .execute(self.on(), "rotate a refresh token")
        .await?;
        if rotated == 0 {
            return Ok(false);
        }
        add_token(self, new).await?;
        Ok(true)
    }

    async fn revoke_for_reuse(
        &mut self,
        session: SessionId,
        reused: TokenDigest,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.revoke(session, now).await?;
        sql::<DB>(
            "UPDATE refresh_token SET state = 'reused' \
             WHERE token_hash = $1 AND session_id = $2 AND state = 'rotated'",
        )
        .bind(reused.0.to_vec())
        .bind(session.uuid())
        .execute(self.on(), "mark a reused refresh token")
        .await?;
        Ok(())
    }

    async fn revoke(&mut self, session: SessionId, now: Timestamp) -> Result<(), StoreError> {
        sql::<DB>("UPDATE session SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL")
            .bind(now.as_micros())
            .bind(session.uuid())
            .execute(self.on(), "end a session")
            .await?;
        sql::<DB>(
            "UPDATE refresh_token SET state = 'revoked' \
             WHERE session_id = $1 AND state = 'active'",
        )
        .bind(session.uuid())
        .execute(self.on(), "revoke a session's refresh token")
        .await?;
        Ok(())
    }

    async fn revoke_all(
        &mut self,
        member: MemberId,
        except: Option<SessionId>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let except = except.map(SessionId::uuid);
        sql::<DB>(
            "UPDATE session SET revoked_at = $1 \
             WHERE member_id = $2 AND ($3 IS NULL OR id <> $3) AND revoked_at IS NULL",
        )
        .bind(now.as_micros())
        .bind(member.uuid())
        .bind(except)
        .execute(self.on(), "end a member's sessions")
        .await?;
        sql::<DB>(
            "UPDATE refresh_token SET state = 'revoked' \
             WHERE state = 'active' AND session_id IN ( \
                 SELECT id FROM session WHERE member_id = $1 AND ($2 IS NULL OR id <> $2))",
        )
        .bind(member.uuid())
        .bind(except)
        .execute(self.on(), "revoke a member's refresh tokens")
        .await?;
        Ok(())
    }
}

/// The session, outside a transaction.
pub(super) async fn find<DB: Backend>(
    on: &mut DB::Connection,
    id: SessionId,
) -> Result<Option<Session>, StoreError> {
    let row = sql::<DB>(
        "SELECT id, member_id, created_at, expires_at, revoked_at FROM session WHERE id = $1",
    )
    .bind(id.uuid())
    .row(on, "find a session")
    .await?;
    row.as_ref().map(session).transpose()
}

async fn add_token<DB: Backend>(
    tx: &mut SqlTransaction<DB>,
    token: &RefreshToken,
) -> Result<(), StoreError> {
    let mut insert = Insert::<DB>::into(
        "refresh_token (token_hash, session_id, generation, parent_hash, state, expires_at)",
    );
    insert.row(|row| {
        row.bind(token.digest.0.to_vec())
            .bind(token.session.uuid())
            .bind(token.generation)
            .bind(token.parent.map(|parent| parent.0.to_vec()))
            .bind(token.state.name().to_owned())
            .bind(token.expires_at.as_micros())
    });
    insert.execute(tx.on(), "add a refresh token").await
}

fn session<DB: Backend>(row: &Record<DB>) -> Result<Session, StoreError> {
    Ok(Session {
        id: row.id("id")?,
        member: row.id("member_id")?,
        created_at: row.time("created_at")?,
        expires_at: row.time("expires_at")?,
        revoked_at: row.maybe_time("revoked_at")?,
    })
}

fn token<DB: Backend>(row: &Record<DB>) -> Result<RefreshToken, StoreError> {
    let digest = |bytes: Vec<u8>| {
        let bytes = <[u8; 32]>::try_from(bytes);
        let bytes = bytes.map_err(|_| row.impossible("a digest is 32 bytes"))?;
        Ok::<_, StoreError>(TokenDigest(bytes))
    };
    let parent = row.get::<Option<Vec<u8>>>("parent_hash")?;
    Ok(RefreshToken {
        digest: digest(row.get("token_hash")?)?,
        session: row.id("session_id")?,
        generation: row.get("generation")?,
        parent: parent.map(digest).transpose()?,
        state: row.named("state", TokenState::from_name)?,
        expires_at: row.time("token_expires_at")?,
    })
}
