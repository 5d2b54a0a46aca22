"""The embedded platform: Discord v10 or Fluxer v1 over REST and gateway on one loopback port.

    async with Sandbox(port=0, host="127.0.0.1", platform="discord", clock=time.time) as sandbox:

What follows is of both unless it says otherwise; what is different on Fluxer is at the end.

Where a client goes
    sandbox.platform   "discord" or "fluxer"
    sandbox.api_base, sandbox.gateway_url, sandbox.token (any other: 401, close 4004)
    sandbox.base       the instance: on Fluxer GET base/.well-known/fluxer says where the rest is
    sandbox.application.privileged   names of granted privileged intents, {"members"} at first;
                                     asking for another closes with 4014

What happened
    sandbox.unknown    unknown routes, request fields and parameters met: tests assert == []
    sandbox.requests   (method, template, path) of each request
    sandbox.count("GET", "/guilds/{guild_id}/invites")
    sandbox.exchanges  list of callables(Exchange), called after each REST exchange
    sandbox.events     list of callables(Dispatch), called at each event sent to a session
    sandbox.sessions   gateway sessions now connected
    sandbox.limited    how many requests came too fast and were answered 429

Places (guild, channel, role, member, user and invite have .id or .code, .name, .mention)
    guild = sandbox.add_guild("Harbour", features=(), vanity=None, bot_permissions=LEAST)
    guild.owner, guild.me, guild.channels, guild.roles, guild.members (by user id), guild.vanity
    guild.channel("general"), guild.role("Helper")
    guild.add_channel(name, kind="text", parent=None)    kinds: text, voice, stage, forum,
                                     announcement, category, thread (with its parent)
    guild.delete_channel(channel)    its invites, messages and threads go with it
    guild.overwrite(channel, role_or_member, allow=0, deny=0)
    guild.add_role(name, permissions=0, position=1)    the bot's own role is at 10
    guild.grant(member, role)
    guild.add_member(name=None, roles=[], user=None, source=None, code=None, inviter=None,
                     joined_at=None)    was there before, for a day unless told: no event
    guild.populate(count, joined_at=None, every=1.0, source=None, code=None, inviter=None)
                                     as many, the first at joined_at, the others `every` seconds
                                     after each other (None: until a day ago); a code alone
                                     says the source and, if it is live, the inviter; counters stay
                                     as they are; joined_at in seconds, see sandbox.now()
    guild.change_role(role, permissions=…), guild.delete_role(role), guild.set_features(names)
    guild.ban(user), guild.rename(name), guild.pause_invites(paused=True), guild.set_vanity(code)
    guild.outage(), guild.recover(), guild.remove_bot(), guild.welcome_bot()
    guild.allow_command(name, role_or_member, allowed=True)   an administrator's override

Invites
    guild.invites                    dict of live invites: code -> invite (.uses, .expires_at, …)
    guild.create_invite(channel, by=member, max_age=0, max_uses=0, temporary=False, unique=True,
                        role_ids=())   by hand in the client: audit entry and INVITE_CREATE
    guild.add_invite(channel, by=member, uses=3, …)   was there before: no event
    guild.revoke_invite(code, by=member)    audit entry 42 and INVITE_DELETE

People (refusals raise Refused with .status, .code, .message)
    newcomer = await sandbox.join(code, name=None, user=None)      an invite or vanity code
    await sandbox.enter(guild, name=None, source="discovery")      discovery, oauth, hub,
                                     integration, lobby, manual, unknown: no counter sees it
    await sandbox.add_bot(guild, by=member, name=None)
    await sandbox.leave(member), .kick(member, by=…), .rejoin(user, code), .go_offline(member)
    await sandbox.accept_rules(member)      ends `pending` (guilds with membership screening)
    sandbox.stream(member, channel), sandbox.announce_twice(member)
    member.source, member.code, member.inviter_id     how they truly came (see also: The record)
    await sandbox.say(member, channel, "text", mentions=[…], reply_to=None)    -> message; also
                                     into channel = sandbox.dm(member); mentions come first
    await sandbox.post_by_webhook(channel, "text")    Fluxer: whose author has no account
    sandbox.dm(member)               the direct messages between somebody and the bot
    member.user.accepts_dms = True   False (Fluxer): who writes to them is refused

Messages (in channels of every kind but forum and category)
    sandbox.messages(channel)        oldest first; .id, .content, .embeds, .components, .author_id,
                                     .created_at, .edited_at, .edits (how often changed),
                                     .deleted, .pings (falsy when nobody was notified);
                                     each stays the same object as it is edited and deleted;
                                     .files (name -> bytes); on Fluxer .reply_to (id or None) and
                                     .reactions (emoji -> ids of those who reacted, in order)
    sandbox.delete_message(message, by=member)      by hand
    sandbox.nonce_life = 180.0       seconds in which a nonce that is enforced makes nothing new,
                                     in whatever channel; what was deleted is made anew
    Five requests in 5 s to each channel, method and route, as on the platform: see rate_limit.

Commands (only what a client would offer, else NotOffered; no answer in time: NoAnswer)
    reply = await sandbox.slash(member, channel, "invite create", max_age="7d", channel=other)
                                     options by their registered names; values are members,
                                     channels, roles or str, int, bool, float
    reply = await sandbox.context_menu(member, "How did they join?", target, channel)
    choices = await sandbox.autocomplete(member, channel, "invite show", "code", "ab", **others)
    reply = await sandbox.press(member, reply, "Revoke")           label or custom_id
    reply = await sandbox.select(member, reply, "placeholder or custom_id", values)
    reply = await sandbox.submit(member, modal, reason="…")        fields by custom_id or label
                                     (spaces as underscores)
    reply.content, .embeds, .components, .ephemeral, .text, .files (name -> bytes), .buttons,
    reply.pings (falsy when nobody was notified)
    reply.title, .custom_id, .fields  of a modal;  reply.latest  the message as it is now
    reply.followups                  further messages of the same interaction, as they are now
    await sandbox.edited(reply)      waits for the next edit of that message

The record (POST /guilds/{guild_id}/members-search: how each member came, as the platform tells)
    needs MANAGE_GUILD and "members" in sandbox.application.privileged, else 403
    holds who is a member now: who left is gone, who came back is there once, by the new join;
    somebody added by guild.add_member is of source "unknown" (0) unless one sets member.source
    sandbox.record_lag = 0.0         seconds until somebody who joined shows
    sandbox.index_delay = 0.0        seconds after the first ask in a guild that it answers 202;
                                     guild.indexed_at = None forgets that somebody asked
    sandbox.record_absent = False    True: 404, as for a route that the platform does not have
    sandbox.misrecord(member, source=…, code=None)   what it tells instead of the truth, of this
                                     membership; the inviter is that of the code, if it is live
    guild.integration_id             the "inviter" of those who came by source "integration"
    guild.lobby_application_id       the application of those who came by source "lobby"
    before, after                    page on in the order of `sort`, only one of them at a time;
                                     joins of one millisecond are in the order of user ids
    total_result_count               all that fit, whatever the page
    usernames                        match from the beginning, in upper or lower case, nicks too

Faults
    sandbox.fail("GET", "/guilds/*/invites", status=500, times=1, code=0, message="…",
                 body=None, content_type="application/json", delay=0.0, hang=False, drop=False,
                 retry_after=None)   `*` is any one part of the path; delay alone is a slow answer;
                                     aiohttp asks once more by itself after a drop: times=2;
                                     status=429 is a real 429; times=None lasts until cleared
    sandbox.clear_faults()
    sandbox.rate_limit(template, limit, per), sandbox.global_limit = 50
                                     at first 1000 a second and no global limit, but 5 in 5 s for
                                     "/channels/{channel_id}/messages" and ".../{message_id}"
    sandbox.drop_gateway(code=None); sandbox.replay = 10_000   events kept for a resume, also by
                                     sessions there are: 0 lets only those resume who missed none
    sandbox.refuse_resume(times=1), .request_reconnect()
    sandbox.lose_event(name, times=1), .duplicate_event(name, times=1)
    sandbox.delay_events(name, seconds)     0 ends it
    sandbox.shuffle_events(seconds, rng=None)       each event of a guild is held back by chance
                                     for up to so long, and overtakes others; 0 ends it
    sandbox.unreliable(lose=0.0, duplicate=0.0, rng=None)    chances for each event of a guild;
                                     rng is a random.Random (None: the same chance each time);
                                     GUILD_CREATE, GUILD_DELETE and interactions are spared
    sandbox.losses, sandbox.doubles  Counters by event name of what was lost and repeated
    sandbox.held                     events delayed or shuffled that are still on their way
    sandbox.refuse_creation()        the next create answers 204 without a body; on Fluxer 403,
                                     FEATURE_TEMPORARILY_DISABLED
    sandbox.counter_lag = 0.0        lists show a use only so many seconds after it happened
    sandbox.exhaustion_order = "delete first" | "join first"    (Discord)
    sandbox.answer_limit = 3.0, sandbox.token_life = 900.0, sandbox.patience = 10.0
    sandbox.invite_limit = 1000, sandbox.longest_invite = 604800
    sandbox.advance(seconds)         moves the platform's clock, sandbox.now() tells it

Gaps (people come and go as ever, with their true joined_at, and the bot is not told)
    no session                       before a client connects, or after it closed: nothing is kept
    sandbox.replay = 0               and .drop_gateway(): what comes until the client is back is
    sandbox.refuse_resume()          lost, and it starts anew; otherwise it is replayed
    guild.outage() … guild.recover() one guild is silent; REST still answers for it
    sandbox.lose_event(name, times), sandbox.unreliable(lose=1.0)    nothing else shows
    GET /guilds/{guild_id}/members   who is there now, by user id (limit 1 to 1000, after);
                                     needs "members" in sandbox.application.privileged, else 403

Fluxer (platform="fluxer"; elsewhere NotOffered)
    reply = await sandbox.command(member, channel, "!invite list")    says it and waits for the
                                     first that the bot says then, there or in their DM
    reply.private (in a DM), .ephemeral (the same here), .text, .embeds, .files, .content,
    reply.message, .latest; await sandbox.edited(reply)
    reply = await sandbox.tap(member, reply, "✅")    waits until the bot itself reacted so, reacts,
                                     and waits for the change of that message or a new one of the
                                     bot; who taps again takes their reaction back, as a click does
    await sandbox.react(member, message, "✅"), .unreact(member, message, "✅")
    slash, context_menu, autocomplete, press, select, submit    NotOffered
    Kinds of channel: text, voice, category. Sources of members: creator, invite, vanity, bot,
    manual (an administrator of the instance), discovery, unknown (the record has nothing).
    guild.system_channel = channel   those who join are announced there with a message of type 7
    guild.pause_invites()            accepting is refused; PATCH /guilds/{guild_id} does the same

    sandbox.counting = (0.0, 0.0)    seconds, least and most, from reading an invite's uses (when
                                     GUILD_MEMBER_ADD is out) until they are set to one more:
                                     who comes at once loses uses, and more get in than max_uses
    sandbox.random                   the random.Random that chooses them
    INVITE_DELETE comes only of revoking: used up, expired and lost with its channel is silent.
    await sandbox.go_offline(member) ends a temporary membership, as a leave, after so many seconds:
    sandbox.temporary_grace = 60.0
    The record answers `indexing: true` to the first ask in a guild and until sandbox.index_delay
                                     is over; record_absent = True: an empty list, always;
                                     joined_at in whole seconds; sources only to MANAGE_GUILD
    Rate limits are leaky buckets to each account, on the loop's clock: see fluxer/limits.py;
                                     sandbox.rate_limit(template, limit, per) sets another

    sandbox.own_key(member)          a person's own key, sent as it is in Authorization: it opens
                                     POST /invites/{code} and /packs…, which refuse a bot
    pack = sandbox.add_pack(member, "Knots", kind="emoji")    or "sticker"; .id, .invites
    group = sandbox.add_group_dm(member, others)    with the bot in it; .recipients, .invites
    sandbox.create_group_invite(group, by=member, max_age=0, max_uses=0)    INVITE_CREATE
    sandbox.keys, sandbox.packs      people's own keys (key -> user id), packs by id
"""

from bot.sandbox.errors import NoAnswer, NotOffered, Refused
from bot.sandbox.permissions import LEAST, Permission
from bot.sandbox.replies import Reply
from bot.sandbox.server import Sandbox

__all__ = ["LEAST", "NoAnswer", "NotOffered", "Permission", "Refused", "Reply", "Sandbox"]
