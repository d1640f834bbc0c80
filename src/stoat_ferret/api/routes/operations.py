"""Keys, webhooks and the audit log."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query, Request, Response

from stoat_ferret.api import routing, shapes
from stoat_ferret.api.deps import By, Limit, Offset, OrjsonResponse, StudioOf, answered
from stoat_ferret.api.describe import told
from stoat_ferret.api.guards import identity_of
from stoat_ferret.storage.change import Change
from stoat_ferret.storage.idempotency import Answer

router = routing.router(tag="operations")

KeyId = Annotated[str, Path(max_length=200, description="The key's id, not the key.")]
HookId = Annotated[str, Path(max_length=200, description="The webhook's id.")]


@router.get("/audit", **told(shapes.AuditList, "Read the audit log."))
async def list_audit(
    studio: StudioOf,
    actor: Annotated[str | None, Query(max_length=200, description="Who did it.")] = None,
    resource_id: Annotated[str | None, Query(max_length=200, description="To what it was done.")] = None,
    event_type: Annotated[
        str | None, Query(max_length=200, description="What was done, `project.edit`.")
    ] = None,
    correlation_id: Annotated[
        str | None, Query(max_length=200, description="Because of which request.")
    ] = None,
    limit: Limit = 50,
    offset: Offset = 0,
) -> Response:
    """Who did what, newest first; every entry names the hash of the one before it."""
    wanted = {
        "actor": actor,
        "resource_id": resource_id,
        "event_type": event_type,
        "correlation_id": correlation_id,
    }
    return OrjsonResponse(await studio.audit.list(wanted, limit=limit, offset=offset))


@router.get("/webhooks", **told(shapes.WebhookList, "List the webhooks."))
async def list_webhooks(studio: StudioOf, limit: Limit = 50, offset: Offset = 0) -> Response:
    """Without their secrets."""
    found = await studio.webhooks.find(limit=limit, offset=offset)
    items = [hook.to_json() for hook in found.items]
    return OrjsonResponse({"items": items, "total": found.total, "limit": limit, "offset": offset})


@router.post(
    "/webhooks",
    **told(
        shapes.WebhookAnswer, "Add a webhook.", 409, status=201, changes=True,
        links={"remove_webhook": {"webhook_id": "$response.body#/id"}},
        example={"url": "https://example.com/hook", "events": ["JOB_COMPLETED"]},
    ),
)  # fmt: skip
async def add_webhook(body: shapes.CreateWebhook, by: By, studio: StudioOf) -> Response:
    """Signed as Standard Webhooks says; the secret is shown this once."""

    def work(change: Change) -> Answer:
        made = studio.webhooks.create(change, url=body.url, events=body.events, project_id=body.project_id)
        return Answer(status=201, body=made.to_json(), kept=made.repeated())

    return answered(await studio.database.once(work, by=by))


@router.delete("/webhooks/{webhook_id}", **told(None, "Remove a webhook.", 404, status=204, changes=True))
async def remove_webhook(webhook_id: HookId, by: By, studio: StudioOf) -> Response:
    """What was not delivered yet is dropped."""

    def work(change: Change) -> Answer:
        studio.webhooks.delete(change, webhook_id)
        return Answer(status=204, body=None)

    return answered(await studio.database.once(work, by=by))


@router.get("/keys", **told(shapes.KeyList, "List the API keys."))
async def list_keys(studio: StudioOf, limit: Limit = 50, offset: Offset = 0) -> Response:
    """Without the keys themselves, which are not kept."""
    return OrjsonResponse(await studio.keys.list(limit=limit, offset=offset))


@router.post(
    "/keys",
    **told(
        shapes.KeyAnswer, "Make an API key.", 409, status=201, changes=True,
        links={"revoke_key": {"key_id": "$response.body#/id"}},
        example={"name": "agent:editor", "scopes": ["read", "edit"]},
    ),
)  # fmt: skip
async def make_key(body: shapes.CreateKey, request: Request, by: By, studio: StudioOf) -> Response:
    """The key is shown this once; it cannot do more than the one that makes it."""
    maker = identity_of(request.scope)
    return answered(
        await studio.keys.create(
            by, maker, name=body.name, scopes=body.scopes, expires_in_days=body.expires_in_days
        )
    )


@router.delete("/keys/{key_id}", **told(None, "Revoke an API key.", 404, status=204, changes=True))
async def revoke_key(key_id: KeyId, by: By, studio: StudioOf) -> Response:
    """At once, everywhere."""
    return answered(await studio.keys.revoke(by, key_id))
