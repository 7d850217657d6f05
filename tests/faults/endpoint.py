"""The clients' endpoint for webhooks: it remembers every try, and does not take some of them at the first."""

from dataclasses import dataclass, field

from tests.e2e.receiver import Delivery
from tests.faults.evidence import Receipt


@dataclass
class Endpoint:
    """Deliveries whose id begins with 0 or 1, an eighth of them, are refused once."""

    receipts: list[Receipt] = field(default_factory=list)

    def status_for(self, delivery: Delivery) -> int:
        webhook_id = delivery.headers["webhook-id"]
        is_first = all(receipt.webhook_id != webhook_id for receipt in self.receipts)
        status = 503 if is_first and webhook_id[0] in "01" else 204
        self.receipts.append(Receipt(webhook_id, delivery.body.decode(), status))
        return status
