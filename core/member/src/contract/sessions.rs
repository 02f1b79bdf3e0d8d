//! Sessions and their refresh tokens.

use std::time::Duration;

use jangbogo_kernel::contract::both;
use jangbogo_kernel::{IdGenerator, Store, StoreError, Timestamp};

use super::{side_by_side, stored_member};
use crate::{
    Member, MemberQueries, RefreshToken, Session, SessionRepository, TokenDigest, TokenState,
    Transaction,
};

/// An opened session is found by its token and by its id.
pub async fn an_opened_session_is_found(
    store: &dyn Store<dyn Transaction>,
    queries: &dyn MemberQueries,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let member = stored_member(store, ids, now).await?;
    let (session, token) = opened(store, ids, &member, now).await?;
    let read = queries.find_session(session.id).await?;
    assert_eq!(read.as_ref(), Some(&session), "the session is not found");
    let mut tx = store.begin().await?;
    let found = tx.sessions().find_token(token.digest).await?;
    assert_eq!(found, Some((token, session)), "the token is not found");
    let unknown = tx.sessions().find_token(digest(ids)).await?;
    assert_eq!(unknown, None, "an unknown token is found");
    drop(tx);
    let unknown = queries.find_session(ids.next()).await?;
    assert_eq!(unknown, None, "an unknown session is found");
    Ok(())
}

/// A rotation puts the new token in the place of the old one, which stays and can be recognised.
pub async fn a_rotated_token_has_one_successor(
    store: &dyn Store<dyn Transaction>,
    _queries: &dyn MemberQueries,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let member = stored_member(store, ids, now).await?;
    let (session, first) = opened(store, ids, &member, now).await?;
    let second = successor(&first, ids);
    assert!(rotated(store, &first, &second).await?, "not rotated");
    let mut tx = store.begin().await?;
    let old = tx.sessions().find_token(first.digest).await?;
    let new = tx.sessions().find_token(second.digest).await?;
    drop(tx);
    let stays = RefreshToken { state: TokenState::Rotated, ..first.clone() };
    assert_eq!(old, Some((stays, session.clone())), "the old token");
    assert_eq!(new, Some((second.clone(), session)), "the new token");
    let again = successor(&first, ids);
    assert!(!rotated(store, &first, &again).await?, "a token is rotated twice");
    let mut tx = store.begin().await?;
    let left = tx.sessions().find_token(again.digest).await?;
    assert_eq!(left, None, "a refused rotation left a token");
    drop(tx);
    let third = successor(&second, ids);
    assert!(
        rotated(store, &second, &third).await?,
        "the chain does not go on after a refused rotation"
    );
    Ok(())
}

/// Of many exchanges of one token at once exactly one succeeds.
pub async fn one_of_many_rotations_succeeds(
    store: &dyn Store<dyn Transaction>,
    _queries: &dyn MemberQueries,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let member = stored_member(store, ids, now).await?;
    let (_, token) = opened(store, ids, &member, now).await?;
    let successors: Vec<RefreshToken> = (0..8).map(|_| successor(&token, ids)).collect();
    let attempts = successors.iter().map(|new| rotated(store, &token, new));
    let mut succeeded = 0;
    for outcome in side_by_side(attempts.collect()).await {
        if outcome? {
            succeeded += 1;
        }
    }
    assert_eq!(succeeded, 1, "of eight rotations of one token");
    let mut tx = store.begin().await?;
    let mut kept = 0;
    for new in &successors {
        if tx.sessions().find_token(new.digest).await?.is_some() {
            kept += 1;
        }
    }
    assert_eq!(kept, 1, "successors of one token");
    Ok(())
}

/// A token that comes back after its exchange ends the session, and no token of it stays active.
pub async fn a_reused_token_ends_its_session(
    store: &dyn Store<dyn Transaction>,
    queries: &dyn MemberQueries,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let member = stored_member(store, ids, now).await?;
    let (session, first) = opened(store, ids, &member, now).await?;
    let (other, untouched) = opened(store, ids, &member, now).await?;
    let second = successor(&first, ids);
    let third = successor(&second, ids);
    assert!(rotated(store, &first, &second).await?, "not rotated");
    assert!(rotated(store, &second, &third).await?, "not rotated");
    let later = now.plus(Duration::from_secs(1));
    for at in [later, later.plus(Duration::from_secs(1))] {
        let mut tx = store.begin().await?;
        tx.sessions().revoke_for_reuse(session.id, first.digest, at).await?;
        tx.commit().await?;
    }
    assert_eq!(state(store, &first).await?, Some(TokenState::Reused));
    assert_eq!(state(store, &second).await?, Some(TokenState::Rotated));
    assert_eq!(state(store, &third).await?, Some(TokenState::Revoked));
    let ended = queries.find_session(session.id).await?;
    let ended = ended.and_then(|session| session.revoked_at);
    assert_eq!(ended, Some(later), "the first end of the session counts");
    let fourth = successor(&third, ids);
    assert!(!rotated(store, &third, &fourth).await?, "an ended session goes on");
    let read = queries.find_session(other.id).await?;
    assert_eq!(read, Some(other), "another session of the member ended");
    assert_eq!(state(store, &untouched).await?, Some(TokenState::Active));
    Ok(())
}

/// Ending a session ends that one only, once.
pub async fn a_revoked_session_ends_alone(
    store: &dyn Store<dyn Transaction>,
    queries: &dyn MemberQueries,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let member = stored_member(store, ids, now).await?;
    let (session, token) = opened(store, ids, &member, now).await?;
    let (other, untouched) = opened(store, ids, &member, now).await?;
    let later = now.plus(Duration::from_secs(1));
    for at in [later, later.plus(Duration::from_secs(1))] {
        let mut tx = store.begin().await?;
        tx.sessions().revoke(session.id, at).await?;
        tx.commit().await?;
    }
    let ended = queries.find_session(session.id).await?;
    let ended = ended.and_then(|session| session.revoked_at);
    assert_eq!(ended, Some(later), "the first end of the session counts");
    assert_eq!(state(store, &token).await?, Some(TokenState::Revoked));
    let next = successor(&token, ids);
    assert!(!rotated(store, &token, &next).await?, "a revoked token is rotated");
    let read = queries.find_session(other.id).await?;
    assert_eq!(read, Some(other), "another session ended");
    assert_eq!(state(store, &untouched).await?, Some(TokenState::Active));
    Ok(())
}

/// A rotation and an end of the session at once leave no active token, whichever comes first.
pub async fn a_rotation_does_not_outlive_its_session(
    store: &dyn Store<dyn Transaction>,
    queries: &dyn MemberQueries,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let member = stored_member(store, ids, now).await?;
    for _ in 0..8 {
        let (session, token) = opened(store, ids, &member, now).await?;
        let next = successor(&token, ids);
        let steps = [true, false].map(|rotates| {
            let (session, token, next) = (&session, &token, &next);
            async move {
                if rotates {
                    return rotated(store, token, next).await;
                }
                let mut tx = store.begin().await?;
                tx.sessions().revoke(session.id, now).await?;
                tx.commit().await?;
                Ok(true)
            }
        });
        for outcome in side_by_side(steps.into()).await {
            outcome?;
        }
        let read = queries.find_session(session.id).await?;
        let ended = read.is_some_and(|session| session.revoked_at.is_some());
        assert!(ended, "the session did not end");
        for token in [&token, &next] {
            let state = state(store, token).await?;
            assert_ne!(state, Some(TokenState::Active), "a token outlives it");
        }
    }
    Ok(())
}

/// Ending all sessions of a member spares the one left out, and other members.
pub async fn all_sessions_of_a_member_end_but_one(
    store: &dyn Store<dyn Transaction>,
    queries: &dyn MemberQueries,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let member = stored_member(store, ids, now).await?;
    let stranger = stored_member(store, ids, now).await?;
    let (kept, kept_token) = opened(store, ids, &member, now).await?;
    let (ended, ended_token) = opened(store, ids, &member, now).await?;
    let (foreign, foreign_token) = opened(store, ids, &stranger, now).await?;
    let mut tx = store.begin().await?;
    tx.sessions().revoke_all(member.id, Some(kept.id), now).await?;
    tx.commit().await?;
    let revoked = Session { revoked_at: Some(now), ..ended };
    assert_eq!(queries.find_session(revoked.id).await?.as_ref(), Some(&revoked));
    assert_eq!(state(store, &ended_token).await?, Some(TokenState::Revoked));
    assert_eq!(queries.find_session(kept.id).await?.as_ref(), Some(&kept));
    assert_eq!(state(store, &kept_token).await?, Some(TokenState::Active));
    let later = now.plus(Duration::from_secs(1));
    let mut tx = store.begin().await?;
    tx.sessions().revoke_all(member.id, None, later).await?;
    tx.commit().await?;
    let read = queries.find_session(kept.id).await?;
    let at = read.and_then(|session| session.revoked_at);
    assert_eq!(at, Some(later), "nothing was left out, and a session lives");
    assert_eq!(state(store, &kept_token).await?, Some(TokenState::Revoked));
    let read = queries.find_session(revoked.id).await?;
    assert_eq!(read, Some(revoked), "a session ended twice");
    let read = queries.find_session(foreign.id).await?;
    assert_eq!(read, Some(foreign), "another member's session ended");
    assert_eq!(state(store, &foreign_token).await?, Some(TokenState::Active));
    Ok(())
}

/// A member who logs in at the moment of leaving has no session afterwards: who is found is not
/// changed by anybody else before the transaction has ended.
pub async fn who_leaves_has_no_session_left(
    store: &dyn Store<dyn Transaction>,
    queries: &dyn MemberQueries,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    for _ in 0..10 {
        let member = stored_member(store, ids, now).await?;
        let (session, token) = new_session(ids, &member, now);
        let logs_in = async {
            let mut tx = store.begin().await?;
            let found = tx.members().find(member.id).await?;
            if found.is_some_and(|member| member.is_active()) {
                tx.sessions().open(&session, &token).await?;
            }
            tx.commit().await
        };
        let leaves = async {
            let mut tx = store.begin().await?;
            if let Some(mut member) = tx.members().find(member.id).await? {
                member.withdraw();
                tx.members().save(&member).await?;
                tx.sessions().revoke_all(member.id, None, now).await?;
            }
            tx.commit().await
        };
        let (one, other) = both(logs_in, leaves).await;
        one?;
        other?;
        let left = queries.find_session(session.id).await?;
        assert!(left.is_none_or(|session| !session.is_live(now)), "a session was left behind");
    }
    Ok(())
}

async fn opened(
    store: &dyn Store<dyn Transaction>,
    ids: &dyn IdGenerator,
    member: &Member,
    now: Timestamp,
) -> Result<(Session, RefreshToken), StoreError> {
    let (session, token) = new_session(ids, member, now);
    let mut tx = store.begin().await?;
    let sessions: &mut dyn SessionRepository = tx.sessions();
    sessions.open(&session, &token).await?;
    tx.commit().await?;
    Ok((session, token))
}

fn new_session(ids: &dyn IdGenerator, member: &Member, now: Timestamp) -> (Session, RefreshToken) {
    let session = Session {
        id: ids.next(),
        member: member.id,
        created_at: now,
        expires_at: now.plus(Duration::from_hours(90 * 24)),
        revoked_at: None,
    };
    let token = RefreshToken {
        digest: digest(ids),
        session: session.id,
        generation: 1,
        parent: None,
        state: TokenState::Active,
        expires_at: now.plus(Duration::from_hours(24)),
    };
    (session, token)
}

async fn rotated(
    store: &dyn Store<dyn Transaction>,
    old: &RefreshToken,
    new: &RefreshToken,
) -> Result<bool, StoreError> {
    let mut tx = store.begin().await?;
    let rotated = tx.sessions().rotate(old.digest, new).await?;
    tx.commit().await?;
    Ok(rotated)
}

async fn state(
    store: &dyn Store<dyn Transaction>,
    token: &RefreshToken,
) -> Result<Option<TokenState>, StoreError> {
    let mut tx = store.begin().await?;
    let found = tx.sessions().find_token(token.digest).await?;
    Ok(found.map(|(token, _)| token.state))
}

fn successor(token: &RefreshToken, ids: &dyn IdGenerator) -> RefreshToken {
    RefreshToken {
        digest: digest(ids),
        generation: token.generation + 1,
        parent: Some(token.digest),
        ..token.clone()
    }
}

fn digest(ids: &dyn IdGenerator) -> TokenDigest {
    let mut bytes = [0; 32];
    let (first, second) = bytes.split_at_mut(16);
    first.copy_from_slice(ids.next_uuid().as_bytes());
    second.copy_from_slice(ids.next_uuid().as_bytes());
    TokenDigest(bytes)
}
