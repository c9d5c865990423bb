"""What lies in the sample plant's stores, what is promised of it, and what is on its way."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from connectors.plant.sample_sites import NORTH, SOUTH
from connectors.plant.sample_time import Timeline
from domain.fact import Fact
from domain.facts import Inspection, Lot, LotStatus, Receipt, Reservation


def stock(north: Timeline, south: Timeline) -> tuple[Fact, ...]:
    """Lots with their inspections, reservations and receipts of both sites."""
    return (*_lots(north), *_inspections(), *_reservations(), *_receipts(north, south))


def _lot(
    site: str,
    item: str,
    lot: str,
    quantity: int,
    status: LotStatus = LotStatus.UNRESTRICTED,
    *,
    revision: str | None = None,
    expires_at: datetime | None = None,
    allowed_for: tuple[str, ...] = (),
) -> Lot:
    return Lot(
        site=site,
        item=item,
        lot=lot,
        quantity=Decimal(quantity),
        status=status,
        revision=revision,
        expires_at=expires_at,
        allowed_for=allowed_for,
    )


def _lots(north: Timeline) -> tuple[Lot, ...]:
    return (
        _lot(NORTH, "PUMP-100", "L-1001", 80),
        _lot(NORTH, "PUMP-100", "L-1002", 60),
        _lot(NORTH, "PUMP-150", "L-1501", 10),
        _lot(NORTH, "PUMP-150", "L-1502", 18, LotStatus.ON_HOLD),
        _lot(NORTH, "PUMP-160", "L-1601", 30),
        _lot(NORTH, "PUMP-250", "L-2501", 52),
        _lot(NORTH, "PUMP-250", "L-2502", 36),
        # Housings a shade too thick: one customer takes them.
        _lot(NORTH, "PUMP-400", "L-4001", 2, LotStatus.CONDITIONAL, revision="B", allowed_for=("C-MARINE",)),
        _lot(NORTH, "MOTOR-S", "L-6001", 180),
        _lot(NORTH, "MOTOR-L", "L-6101", 40),
        _lot(NORTH, "MOTOR-150", "L-6151", 12),
        _lot(NORTH, "HOUSING", "L-6201", 72),
        _lot(NORTH, "SHAFT", "L-6301", 320),
        _lot(NORTH, "CASTING", "L-7001", 60),
        _lot(NORTH, "WIRE", "L-7101", 700),
        _lot(NORTH, "BEARING", "L-7201", 700),
        _lot(NORTH, "SEAL", "L-7301", 600, expires_at=north.days(200)),
        _lot(NORTH, "SEAL", "L-7290", 80, LotStatus.REJECTED, expires_at=north.ago(21)),
        _lot(NORTH, "REPAIR-KIT", "L-7501", 12),
        _lot(NORTH, "REPAIR-KIT", "L-7502", 10, LotStatus.ON_HOLD),
        _lot(SOUTH, "REPAIR-KIT", "L-8501", 25),
        _lot(SOUTH, "PUMP-100", "L-8101", 40),
        _lot(SOUTH, "PUMP-250", "L-8201", 34),
        _lot(SOUTH, "FRAME", "L-8301", 5),
        _lot(SOUTH, "CONTROL", "L-8401", 8),
    )


def _inspections() -> tuple[Inspection, ...]:
    return tuple(
        Inspection(site=site, item=item, lot=lot, inspection=name, result=result, covered=Decimal(covered))
        for site, item, lot, name, result, covered in (
            (NORTH, "PUMP-100", "L-1001", "FINAL", "pass", 80),
            (NORTH, "PUMP-100", "L-1002", "FINAL", "pass", 60),
            (NORTH, "PUMP-150", "L-1501", "FINAL", "pass", 10),
            (NORTH, "PUMP-150", "L-1502", "FINAL", "pass", 18),
            (NORTH, "PUMP-150", "L-1502", "LEAK-TEST", "fail", 18),
            (NORTH, "PUMP-160", "L-1601", "FINAL", "pass", 30),
            (NORTH, "PUMP-250", "L-2501", "FINAL", "pass", 52),
            (NORTH, "PUMP-250", "L-2502", "FINAL", "pass", 36),
            (NORTH, "PUMP-400", "L-4001", "DIMENSIONS", "open", 0),
            (SOUTH, "PUMP-250", "L-8201", "INCOMING", "pass", 34),
        )
    )


def _reservations() -> tuple[Reservation, ...]:
    return tuple(
        Reservation(site=site, item=item, order=order, line=line, quantity=Decimal(quantity))
        for site, item, order, line, quantity in (
            (NORTH, "PUMP-100", "SO-1006", "10", 25),
            (NORTH, "PUMP-250", "SO-1003", "10", 30),
            (NORTH, "PUMP-150", "SO-1009", "10", 10),
            (SOUTH, "PUMP-250", "SO-5005", "10", 6),
        )
    )


def _receipts(north: Timeline, south: Timeline) -> tuple[Receipt, ...]:
    return tuple(
        Receipt(
            site=site,
            receipt=receipt,
            item=item,
            quantity=Decimal(quantity),
            expected_at=expected_at,
            confidence=confidence,
            supplier=supplier,
        )
        for site, receipt, item, quantity, expected_at, confidence, supplier in (
            (NORTH, "PO-7001", "CASTING", 84, north.days(9), "confirmed", "S-FOUNDRY"),
            (NORTH, "PO-7002", "BEARING", 400, north.days(4), "confirmed", "S-BEARING"),
            (NORTH, "PO-7003", "SEAL-HT", 24, north.days(7), "promised", "S-SEALS"),
            (NORTH, "PO-7004", "SEAL", 500, north.days(6), "confirmed", "S-SEALS"),
            (NORTH, "PO-7005", "SEAL-HT", 12, north.days(19), "confirmed", "S-SEALS"),
            (NORTH, "PO-7006", "REPAIR-KIT", 40, north.days(12), "promised", "S-SEALS"),
            (SOUTH, "PO-8001", "FRAME", 6, south.days(6), "confirmed", "S-STEEL"),
            (SOUTH, "PO-8002", "CONTROL", 5, south.days(8), "promised", "S-CONTROL"),
        )
    )
