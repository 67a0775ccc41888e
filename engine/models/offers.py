"""The catalogue: models that are offered, as `resources/model_catalogue.json` describes them."""

from __future__ import annotations

import json
from functools import cache

from engine.paths import RESOURCES
from engine.types_models import ModelOffer

CATALOGUE = RESOURCES / "model_catalogue.json"


@cache
def model_offers() -> tuple[ModelOffer, ...]:
    """Every model of the catalogue, the bundled ones first."""
    entries = json.loads(CATALOGUE.read_text(encoding="utf-8"))["models"]
    return tuple(ModelOffer(**entry) for entry in entries)


def find_offer(role: str, name: str) -> ModelOffer | None:
    """The catalogue's entry of a model for one role."""
    found = (offer for offer in model_offers() if (offer.role, offer.name) == (role, name))
    return next(found, None)


def allows_commercial_use(licence: str) -> bool:
    """False where the licence's name says non-commercial, as in `cc-by-nc-4.0`."""
    parts = licence.casefold().replace("_", "-").split("-")
    return not ({"nc", "noncommercial", "research"} & set(parts) or "non-commercial" in licence)
