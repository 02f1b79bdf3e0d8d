//! Accounts.

use async_trait::async_trait;
use jangbogo_kernel::StoreError;
use jangbogo_member::{
    EmailAddress, Member, MemberId, MemberRepository, MemberStatus, Nickname, PasswordHash, Phone,
    Role,
};

use crate::backend::Backend;
use crate::statement::{Insert, Record, assembled, sql};
use crate::store::SqlTransaction;

#[async_trait]
impl<DB: Backend> MemberRepository for SqlTransaction<DB> {
    async fn find(&mut self, id: MemberId) -> Result<Option<Member>, StoreError> {
        find::<DB>(self.on(), id, DB::FOR_UPDATE).await
    }

    async fn find_by_email(&mut self, email: &EmailAddress) -> Result<Option<Member>, StoreError> {
        let row = sql::<DB>(
            "SELECT id, email, nickname, phone, password_hash, role, status, version, created_at \
             FROM member WHERE email = $1",
        )
        .bind(email.as_str().to_owned())
        .row(self.on(), "find a member by e-mail address")
        .await?;
        row.as_ref().map(member).transpose()
    }

    async fn nickname_taken(
        &mut self,
        nickname: &Nickname,
        except: Option<MemberId>,
    ) -> Result<bool, StoreError> {
        let owner = sql::<DB>("SELECT id FROM member WHERE nickname = $1")
            .bind(nickname.as_str().to_owned())
            .row(self.on(), "look for a nickname")
            .await?;
        let owner = owner.map(|row| row.id("id")).transpose()?;
        Ok(owner.is_some() && owner != except)
    }

    async fn phone_taken(&mut self, phone: &Phone, except: MemberId) -> Result<bool, StoreError> {
        let owner = sql::<DB>("SELECT id FROM member WHERE phone = $1")
            .bind(phone.as_str().to_owned())
            .row(self.on(), "look for a telephone number")
            .await?;
        let owner = owner.map(|row| row.id("id")).transpose()?;
        Ok(owner.is_some_and(|owner: MemberId| owner != except))
    }

    async fn add(&mut self, member: &Member) -> Result<(), StoreError> {
        let columns = Columns::of(member);
        let mut insert = Insert::<DB>::into(
            "member (id, email, nickname, phone, password_hash, role, status, version, created_at)",
        );
        insert.row(|row| {
            row.bind(member.id.uuid())
                .bind(columns.email)
                .bind(columns.nickname)
                .bind(columns.phone)
                .bind(columns.password_hash)
                .bind(member.role.name().to_owned())
                .bind(member.status.name().to_owned())
                .bind(member.version)
                .bind(member.created_at.as_micros())
        });
        insert.execute(self.on(), "add a member").await
    }

    async fn save(&mut self, member: &Member) -> Result<(), StoreError> {
        let columns = Columns::of(member);
        sql::<DB>(
            "UPDATE member SET email = $1, nickname = $2, phone = $3, password_hash = $4, \
                 role = $5, status = $6, version = $7 \
             WHERE id = $8 AND version = $9",
        )
        .bind(columns.email)
        .bind(columns.nickname)
        .bind(columns.phone)
        .bind(columns.password_hash)
        .bind(member.role.name().to_owned())
        .bind(member.status.name().to_owned())
        .bind(member.version)
        .bind(member.id.uuid())
        .bind(member.version - 1)
        .change_one(self.on(), "save a member")
        .await
    }
}

/// The member, inside or outside a transaction; `lock` ends the statement.
pub(super) async fn find<DB: Backend>(
    on: &mut DB::Connection,
    id: MemberId,
    lock: &'static str,
) -> Result<Option<Member>, StoreError> {
    let text = format!(
        "SELECT id, email, nickname, phone, password_hash, role, status, version, created_at \
         FROM member WHERE id = $1{lock}"
    );
    let row = assembled::<DB>(text).bind(id.uuid()).row(on, "find a member").await?;
    row.as_ref().map(member).transpose()
}

/// What is erased when a member leaves.
struct Columns {
    email: Option<String>,
    nickname: Option<String>,
    phone: Option<String>,
    password_hash: Option<String>,
}

impl Columns {
    fn of(member: &Member) -> Self {
        let email = member.email.as_ref().map(|email| email.as_str().to_owned());
        let nickname = member.nickname.as_ref();
        let phone = member.phone.as_ref().map(|phone| phone.as_str().to_owned());
        let password = member.password.as_ref();
        Self {
            email,
            nickname: nickname.map(|nickname| nickname.as_str().to_owned()),
            phone,
            password_hash: password.map(|password| password.as_str().to_owned()),
        }
    }
}

fn member<DB: Backend>(row: &Record<DB>) -> Result<Member, StoreError> {
    let text = |column| row.get::<Option<String>>(column);
    let email = text("email")?.map(|text| EmailAddress::parse(&text));
    let nickname = text("nickname")?.map(|text| Nickname::parse(&text));
    let phone = text("phone")?.map(|text| Phone::parse(&text));
    Ok(Member {
        id: row.id("id")?,
        email: email.transpose().map_err(|e| row.impossible(e))?,
        nickname: nickname.transpose().map_err(|e| row.impossible(e))?,
        phone: phone.transpose().map_err(|e| row.impossible(e))?,
        password: text("password_hash")?.map(PasswordHash::new),
        role: row.named("role", Role::from_name)?,
        status: row.named("status", status)?,
        version: row.get("version")?,
        created_at: row.time("created_at")?,
    })
}

fn status(name: &str) -> Option<MemberStatus> {
    [MemberStatus::Active, MemberStatus::Withdrawn].into_iter().find(|status| status.name() == name)
}
