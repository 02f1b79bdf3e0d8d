//! Every code that a problem can carry, with its usual status and its titles.

use crate::context::Language;

/// What is known of a code.
#[derive(Debug)]
pub(crate) struct Entry {
    /// The code.
    pub(crate) code: &'static str,
    /// The usual status; an error's own kind goes before it.
    pub(crate) status: u16,
    english: &'static str,
    korean: &'static str,
}

impl Entry {
    /// The title in one language.
    pub(crate) const fn title(&self, language: Language) -> &'static str {
        match language {
            Language::English => self.english,
            Language::Korean => self.korean,
        }
    }
}

/// What is known of this code.
pub(crate) fn entry(code: &str) -> Option<&'static Entry> {
    CATALOGUE.iter().find(|entry| entry.code == code)
}

macro_rules! catalogue {
    ($($status:literal $code:literal $english:literal $korean:literal;)*) => {
        /// All codes, by status.
        pub(crate) const CATALOGUE: &[Entry] = &[$(Entry {
            code: $code,
            status: $status,
            english: $english,
            korean: $korean,
        }),*];
    };
}

catalogue! {
    400 "validation-failed" "A field is refused" "입력값이 올바르지 않습니다";
    400 "json-malformed" "The body is not JSON" "JSON 형식이 올바르지 않습니다";
    400 "cursor-invalid" "The cursor is of another list" "커서가 이 목록의 것이 아닙니다";
    400 "idempotency-key-missing" "Idempotency-Key is missing" "Idempotency-Key 헤더가 필요합니다";
    400 "idempotency-key-invalid" "Idempotency-Key is refused" "Idempotency-Key 헤더가 잘못되었습니다";
    400 "order-empty" "The order has no lines" "주문할 상품이 없습니다";
    400 "cron-invalid" "The schedule cannot be read" "스케줄 표현식이 잘못되었습니다";
    400 "cron-never" "The schedule never comes" "실행될 수 없는 스케줄입니다";
    400 "time-zone-unknown" "There is no such time zone" "시간대를 찾을 수 없습니다";
    400 "payment-proof-missing" "The proof of payment is missing" "결제 승인 정보가 없습니다";
    401 "authentication-required" "Log in first" "로그인이 필요합니다";
    401 "token-invalid" "The access token is not valid" "액세스 토큰이 유효하지 않습니다";
    401 "token-expired" "The access token has expired" "액세스 토큰이 만료되었습니다";
    401 "session-ended" "The session has ended" "세션이 종료되었습니다";
    401 "credentials-refused" "E-mail address or password is wrong" "이메일 또는 비밀번호가 올바르지 않습니다";
    401 "refresh-token-refused" "The refresh token is not valid" "리프레시 토큰이 유효하지 않습니다";
    403 "forbidden" "You may not do this" "권한이 없습니다";
    404 "not-found" "There is no such thing" "찾을 수 없습니다";
    404 "product-not-found" "There is no such product" "상품을 찾을 수 없습니다";
    404 "payment-not-found" "There is no such payment" "결제를 찾을 수 없습니다";
    404 "schedule-unknown" "There is no such schedule" "스케줄을 찾을 수 없습니다";
    404 "refund-not-found" "There is no such refund" "환불을 찾을 수 없습니다";
    405 "method-not-allowed" "This cannot be done here" "허용되지 않는 메서드입니다";
    409 "nickname-taken" "The nickname is taken" "이미 사용 중인 닉네임입니다";
    409 "phone-taken" "The telephone number is taken" "이미 사용 중인 전화번호입니다";
    409 "out-of-stock" "Not enough pieces are left" "재고가 부족합니다";
    409 "order-expired" "The order has expired" "주문의 결제 시간이 지났습니다";
    409 "order-not-cancellable" "The order cannot be cancelled any more" "취소할 수 없는 주문입니다";
    409 "order-not-payable" "The order cannot be paid" "결제할 수 없는 주문입니다";
    409 "order-not-refundable" "The order cannot be refunded" "환불할 수 없는 주문입니다";
    409 "subscription-not-changeable" "The subscription cannot be changed so" "변경할 수 없는 정기구독입니다";
    409 "cycle-not-skippable" "This cycle cannot be skipped" "건너뛸 수 없는 회차입니다";
    409 "payment-in-progress" "A payment is in progress" "결제가 진행 중입니다";
    409 "payment-not-under-review" "Nobody has to decide this payment" "판정할 결제가 아닙니다";
    409 "payment-over" "The payment is over" "이미 끝난 결제입니다";
    409 "payment-declined" "The payment was declined" "결제가 거절되었습니다";
    409 "refund-in-progress" "A refund is in progress" "환불이 진행 중입니다";
    413 "body-too-large" "The body is too large" "요청 본문이 너무 큽니다";
    415 "unsupported-media-type" "The body must be application/json" "본문은 application/json이어야 합니다";
    422 "address-book-full" "The address book is full" "배송지를 더 등록할 수 없습니다";
    422 "address-not-found" "There is no such address" "배송지를 찾을 수 없습니다";
    422 "amount-out-of-range" "The amount is out of range" "금액이 범위를 벗어났습니다";
    422 "cart-full" "The cart is full" "장바구니가 가득 찼습니다";
    422 "current-password-wrong" "The current password is wrong" "현재 비밀번호가 올바르지 않습니다";
    422 "idempotency-key-reused" "Idempotency-Key of another request" "다른 요청의 Idempotency-Key입니다";
    422 "period-out-of-range" "The period is too short or too long" "구독 주기가 범위를 벗어났습니다";
    422 "payment-provider-not-recurring" "Not for subscriptions" "정기결제가 안 되는 결제 수단입니다";
    422 "payment-amount-differs" "The payment is about another amount" "결제 금액과 다릅니다";
    422 "payment-movement-taken" "The movement is another payment's" "다른 결제의 거래입니다";
    422 "payment-provider-unknown" "There is no such payment provider" "지원하지 않는 결제 수단입니다";
    422 "refund-amount-refused" "This amount cannot be refunded" "환불할 수 없는 금액입니다";
    422 "refund-pieces-refused" "These pieces cannot be refunded" "환불할 수 없는 수량입니다";
    422 "stock-out-of-range" "The stock is out of range" "재고 수량이 범위를 벗어났습니다";
    429 "rate-limited" "Too many requests" "요청이 너무 많습니다";
    431 "head-too-large" "The request's head is too large" "요청 헤더가 너무 큽니다";
    500 "internal" "Something broke on our side" "서버에 문제가 생겼습니다";
    503 "unreachable" "Somebody else cannot be reached" "연결할 수 없습니다";
    503 "unavailable" "This cannot be done right now" "지금은 처리할 수 없습니다";
    503 "overloaded" "Too many requests are waiting" "요청이 몰려 처리할 수 없습니다";
    422 "payment-provider-refused" "The payment provider refused" "결제사가 요청을 거절했습니다";
    503 "payment-provider-unavailable" "The payment provider cannot be reached" "결제사에 연결할 수 없습니다";
    504 "timeout" "It took too long" "처리 시간이 초과되었습니다";
}
