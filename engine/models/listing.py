"""Models as lists and questions show them: what there is, what it takes, whether it fits."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

from engine.errors import ModelError
from engine.job import Job
from engine.models.background import in_background
from engine.models.catalogue import BUNDLED, ModelChoice, ModelRole, is_hub_id, memory_needed
from engine.models.device import Device
from engine.models.download import missing_bytes
from engine.models.hub import HubModel, look_up
from engine.models.memory import USUAL_WIDTH, estimate, free_bytes, width_of
from engine.models.offers import allows_commercial_use, find_offer, model_offers
from engine.models.outside import batch_tokens
from engine.models.shelf import ModelShelf, Record, folder_size
from engine.models.stage import refuse_other_stage
from engine.types import Progress
from engine.types_models import ModelListing, ModelOffer, ModelPlace, ModelPlan

_SMALL_WIDTH = 512
_MANY = 200_000_000


def list_models(
    shelf: ModelShelf, in_use: dict[ModelRole, str], device: Device | None
) -> tuple[ModelListing, ...]:
    """The catalogue, then what else was downloaded or is in use; encoders first."""
    device = device.unquantised() if device is not None else None
    free = free_bytes(device) if device is not None else None
    rows = [_of_offer(offer, shelf, in_use, device, free) for offer in model_offers()]
    known = {(row.role, row.name) for row in rows}
    for record in shelf.records():
        if (record.role, record.name) not in known:
            known.add((record.role, record.name))
            rows.append(_of_record(record, shelf, in_use, device, free))
    for role, name in in_use.items():
        if (role, name) not in known:
            rows.append(_of_choice(ModelChoice(role, name, shelf), device, free))
    return tuple(sorted(rows, key=lambda row: row.role != "encoder"))


def plan_of(choice: ModelChoice, shelf: ModelShelf, device: Device, *, ask: bool) -> Job[ModelPlan]:
    """What getting and running a model would take. Asks the hub only with `ask`.

    Raises `ModelError` if there is no such model, or it may not be run.
    """
    progress = Progress("asking huggingface.co", 0, None, choice.name)
    try:
        folder = choice.folder()
    except ModelError:
        if not ask or not is_hub_id(choice.name):
            raise
    else:
        return _of_folder(choice, folder, device)
    offer = find_offer(choice.role, choice.name)
    revision = offer.revision if offer else ""
    found = yield from in_background(lambda _: look_up(choice.name, revision), lambda: progress)
    return _of_hub(found, choice.role, shelf, device)


def _of_hub(found: HubModel, role: ModelRole, shelf: ModelShelf, device: Device) -> ModelPlan:
    device = device.unquantised()
    offer = find_offer(role, found.name)
    parameters = found.parameters or (offer.parameters if offer else 0) or found.size // 2
    limit = offer.most_tokens if offer else 0
    tokens = batch_tokens(role, limit, device)
    licence = found.licence or (offer.licence if offer else "")
    return ModelPlan(
        name=found.name,
        role=role,
        revision=found.revision,
        licence=licence,
        commercial=allows_commercial_use(licence) and (offer is None or offer.commercial),
        parameters=parameters,
        size=found.size,
        missing=missing_bytes(found, shelf),
        disk=_free_disk(shelf.root),
        memory=estimate(parameters, width_of(dict(found.config)), tokens, device),
        free=free_bytes(device),
        device=device.name,
    )


def _of_folder(choice: ModelChoice, folder: Path, device: Device) -> ModelPlan:
    refuse_other_stage(choice.role, folder, choice.name)
    offer = find_offer(choice.role, choice.name)
    size = folder_size(folder)
    return ModelPlan(
        name=choice.name,
        role=choice.role,
        revision="",
        licence=offer.licence if offer else "",
        commercial=offer.commercial if offer else True,
        parameters=offer.parameters if offer else 0,
        size=size,
        missing=0,
        disk=_free_disk(folder),
        memory=memory_needed(folder, choice.role, device),
        free=free_bytes(device),
        device=device.name,
    )


def _of_offer(
    offer: ModelOffer,
    shelf: ModelShelf,
    in_use: dict[ModelRole, str],
    device: Device | None,
    free: int | None,
) -> ModelListing:
    role: ModelRole = "encoder" if offer.role == "encoder" else "cross-encoder"
    place, here, folder = _place(ModelChoice(role, offer.name, shelf), shelf)
    width = USUAL_WIDTH if offer.parameters > _MANY else _SMALL_WIDTH
    tokens = batch_tokens(role, offer.most_tokens, device)
    return ModelListing(
        name=offer.name,
        role=role,
        group=offer.group,
        place=place,
        in_use=in_use.get(role) == offer.name,
        purpose=offer.purpose,
        licence=offer.licence,
        commercial=offer.commercial,
        parameters=offer.parameters,
        dimension=offer.dimension,
        most_tokens=offer.most_tokens,
        size=offer.size,
        here=here,
        folder=folder,
        revision=offer.revision,
        removable=offer.name != BUNDLED and shelf.bytes_of(offer.name) > 0,
        memory=estimate(offer.parameters, width, tokens, device),
        free=free,
    )


def _of_record(
    record: Record,
    shelf: ModelShelf,
    in_use: dict[ModelRole, str],
    device: Device | None,
    free: int | None,
) -> ModelListing:
    role: ModelRole = "encoder" if record.role == "encoder" else "cross-encoder"
    place, here, folder = _place(ModelChoice(role, record.name, shelf), shelf)
    return ModelListing(
        name=record.name,
        role=role,
        group="own",
        place=place,
        in_use=in_use.get(role) == record.name,
        licence=record.licence,
        commercial=allows_commercial_use(record.licence),
        parameters=record.parameters,
        here=here,
        folder=folder,
        revision=record.revision,
        removable=True,
        memory=estimate(record.parameters, USUAL_WIDTH, batch_tokens(role, 0, device), device),
        free=free,
    )


def _of_choice(choice: ModelChoice, device: Device | None, free: int | None) -> ModelListing:
    try:
        folder = choice.folder()
        here = folder_size(folder)
        memory = memory_needed(folder, choice.role, device) if device else 0
        return ModelListing(
            choice.name,
            choice.role,
            "own",
            ModelPlace.HERE,
            in_use=True,
            here=here,
            folder=str(folder),
            memory=memory,
            free=free,
        )
    except ModelError as error:
        return ModelListing(
            choice.name, choice.role, "own", ModelPlace.ABSENT, in_use=True, purpose=str(error)
        )


def _place(choice: ModelChoice, shelf: ModelShelf) -> tuple[ModelPlace, int, str]:
    """How much of a model is here, how many bytes, and where."""
    with suppress(ModelError):
        folder = choice.folder()
        return ModelPlace.HERE, folder_size(folder), str(folder)
    here = shelf.bytes_of(choice.name)
    return (ModelPlace.PARTIAL if here else ModelPlace.ABSENT), here, ""


def _free_disk(folder: Path) -> int:
    there = next(path for path in (folder, *folder.parents) if path.exists())
    return shutil.disk_usage(there).free
