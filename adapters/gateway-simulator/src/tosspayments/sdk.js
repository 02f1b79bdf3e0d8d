// Stands in for https://js.tosspayments.com/v2/standard: the same calls, the simulator's window.
(function () {
  var base = new URL(document.currentScript.src).origin;
  function go(path, fields) {
    var query = new URLSearchParams();
    Object.keys(fields).forEach(function (name) {
      if (fields[name] !== undefined && fields[name] !== null) query.set(name, fields[name]);
    });
    window.location.assign(base + path + "?" + query);
    return new Promise(function () {});
  }
  function TossPayments() {
    return {
      payment: function (of) {
        var customerKey = of && of.customerKey;
        return {
          requestPayment: function (request) {
            return go("/tosspayments/window", {
              method: request.method,
              amount: request.amount && request.amount.value,
              taxFreeAmount: request.taxFreeAmount,
              orderId: request.orderId,
              orderName: request.orderName,
              successUrl: request.successUrl,
              failUrl: request.failUrl,
              customerKey: customerKey,
            });
          },
          requestBillingAuth: function (request) {
            return go("/tosspayments/billing", {
              customerKey: customerKey,
              successUrl: request.successUrl,
              failUrl: request.failUrl,
            });
          },
        };
      },
    };
  }
  TossPayments.ANONYMOUS = "ANONYMOUS";
  window.TossPayments = TossPayments;
})();
