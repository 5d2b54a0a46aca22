"""Answers to interactions: callbacks, and their tokens used as webhooks."""

from typing import Any

from bot.sandbox import interactions, messages
from bot.sandbox.calls import NOTHING, Answer, Call, Table
from bot.sandbox.errors import Refused, bad_form
from bot.sandbox.interactions import Interaction

JSON = dict[str, Any]
table = Table()

BODY = "content tts embeds components attachments allowed_mentions flags poll"
HOOK = "/webhooks/{webhook_id}/{webhook_token}"
SUITABLE = {
    interactions.COMMAND: {4, 5, 9},
    interactions.COMPONENT: {4, 5, 6, 7, 9},
    interactions.AUTOCOMPLETE: {8},
    interactions.MODAL_SUBMIT: {4, 5, 6, 7},
}


@table.route(
    "POST",
    "/interactions/{interaction_id}/{interaction_token}/callback",
    fields="type data",
    query="with_response",
    authorised=False,
)
def callback(call: Call) -> Answer:
    found = call.interactions.waiting(call.id("interaction_id"), call.params["interaction_token"])
    kind = call.body["type"]
    if kind not in SUITABLE[found.type]:
        raise bad_form("type", "INTERACTION_INVALID_RESPONSE_TYPE", "Invalid response type.")
    call.interactions.answer(found, kind, call.body.get("data") or {}, call.files)
    if call.query.get("with_response") not in ("1", "true", "True"):
        return NOTHING
    return Answer(200, interactions.callback_answer(found, call.world))


def _answered(call: Call) -> Interaction:
    if call.id("webhook_id") != call.world.application.id:
        raise Refused(404, 10015)
    return call.interactions.answered(call.params["webhook_token"])


@table.route("POST", HOOK, fields=BODY, query="wait thread_id with_components", authorised=False)
def follow_up(call: Call) -> Answer:
    message = call.interactions.follow_up(_answered(call), call.body, call.files)
    if call.query.get("wait") not in ("1", "true", "True"):
        return NOTHING
    return Answer(200, messages.shown(call.world, message))


@table.route("GET", HOOK + "/messages/{message}", query="thread_id", authorised=False)
def get_answer(call: Call) -> Answer:
    message = call.interactions.find(_answered(call), call.params["message"])
    return Answer(200, messages.shown(call.world, message))


@table.route(
    "PATCH",
    HOOK + "/messages/{message}",
    fields=BODY,
    query="thread_id with_components wait",
    authorised=False,
)
def edit_answer(call: Call) -> Answer:
    found = _answered(call)
    message = call.interactions.find(found, call.params["message"])
    call.interactions.edit(found, message, call.body, call.files)
    return Answer(200, messages.shown(call.world, message))


@table.route("DELETE", HOOK + "/messages/{message}", query="thread_id", authorised=False)
def delete_answer(call: Call) -> Answer:
    found = _answered(call)
    call.interactions.delete(found, call.interactions.find(found, call.params["message"]))
    return NOTHING
