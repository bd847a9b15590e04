"""A member of a Studio room that is not Studio: nostr-sdk for keys, signing, NIP-44 and the relay, Python for JSON.

usage: member.py join STATE RELAY INVITE
       member.py check STATE              what everybody published, checked against the wire's rules
       member.py publish STATE            a card, a comment on it, a card of an old client, a profile
       member.py status STATE CARD FROM TO
       member.py answer STATE QUESTION TEXT

Writes JSON lines: {"check":…,"ok":…,"detail":…} and {"published":…,"id":…}.
"""

import asyncio
import json
import random
import re
import sys
import time
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import wire
from nostr_sdk import (
    Client,
    Event,
    EventBuilder,
    Filter,
    Keys,
    Kind,
    Nip44Version,
    PublicKey,
    RelayUrl,
    ReqTarget,
    SecretKey,
    Tag,
    Timestamp,
    nip44_decrypt,
    nip44_encrypt,
)

OUTER = "https://4a4.ai/ns/v0"
INNER = "https://sonata.4a4.ai/ns/studio-v0"
TYPES = {
    30530: "Card", 30531: "Track", 30532: "DispatchIntent", 30533: "Comment", 30534: "Question",
    30535: "Answer", 30536: "Room",
}  # fmt: skip
SLUG = re.compile(r"[A-Za-z0-9-]+")
HEX = re.compile(r"[0-9a-f]{64}")
DAY = 86_400


def say(**fields):
    print(json.dumps(fields), flush=True)


def check(what, holds, detail=""):
    say(check=what, ok=bool(holds), detail=str(detail)[:300])


def utf16(text):
    return len(text.encode("utf-16-le")) // 2


def is_slug(value):
    return isinstance(value, str) and SLUG.fullmatch(value) is not None


def is_text(value, limit):
    return isinstance(value, str) and 1 <= utf16(value) <= limit


class Member:
    def __init__(self, path):
        self.path = path
        with open(path) as file:
            self.state = json.load(file)
        self.keys = Keys.parse(self.state["secret"])
        self.me = self.keys.public_key().to_hex()

    def save(self):
        with open(self.path, "w") as file:
            json.dump(self.state, file)

    async def connect(self):
        self.client = Client()
        await self.client.add_relay(RelayUrl.parse(self.state["relay"]))
        await self.client.connect(and_wait=timedelta(seconds=10))

    async def fetch(self, **condition):
        query = Filter.from_json(json.dumps(condition))
        found = await self.client.fetch_events(
            ReqTarget.auto([query]), timeout=timedelta(seconds=10)
        )
        return [json.loads(event.as_json()) for event in found]

    async def send(self, event):
        output = await self.client.send_event(event)
        check("the relay takes what we send", len(output.success) == 1, output)

    async def until(self, what, seconds, attempt):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if found := await attempt():
                return found
            await asyncio.sleep(0.1)
        check(what, False, "it did not come in time")
        sys.exit(1)

    async def declaration(self):
        _, key, slug = self.state["address"].split(":")
        found = await self.fetch(kinds=[30520], authors=[key], **{"#d": [slug]})
        found.sort(key=lambda event: (-event["created_at"], event["id"]))
        return found[0] if found else None

    async def admitted(self):
        """The declaration that names us, once it has come, and the key of its epoch."""

        async def named():
            event = await self.declaration()
            return event if event and ["p", self.me] in event["tags"] else None

        event = await self.until("we are admitted", 60, named)
        epoch = tag(event, "fa:epoch")

        async def granted():
            _, key, slug = self.state["address"].split(":")
            coordinate = f"{slug}:{epoch}:{self.me}"
            return await self.fetch(kinds=[30521], **{"#p": [self.me], "#d": [coordinate]})

        grants = await self.until("a grant comes", 60, granted)
        return event, grants[0]


def tag(event, name):
    return next((t[1] for t in event["tags"] if t[0] == name), None)


def tags(event, name):
    return [t[1] for t in event["tags"] if t[0] == name]


def verified(event):
    return Event.from_json(json.dumps(event)).verify()


# Joining


async def join(path, relay, invite):
    keys = Keys.generate()
    url = urlsplit(invite)
    check("the invite begins with s4a://invite/", invite.startswith("s4a://invite/"), invite)
    slug, epoch = url.path.strip("/").split("/")
    query = parse_qs(url.query)
    address, inviter = query["address"][0], query["inviter"][0]
    check("the invite names its audience", re.fullmatch(f"30520:[0-9a-f]{{64}}:{slug}", address))
    check("the invite names its inviter", HEX.fullmatch(inviter))
    check("the invite names its relay", query["relay"] == [relay], query["relay"])
    check("the invite's key is a bech32 string of 64 characters", len(query["k"][0]) == 64)
    invited = Keys(SecretKey.from_bytes(wire.bech32_decode(query["k"][0], "4ainv")))
    invitation = invited.public_key().to_hex()
    state = {"secret": keys.secret_key().to_hex(), "relay": relay, "address": address}
    with open(path, "w") as file:
        json.dump(state, file)
    member = Member(path)
    await member.connect()

    declared = await member.until("the declaration is on the relay", 30, member.declaration)
    check("the declaration is signed", verified(declared))
    pending = [entry.rsplit(":", 1) for entry in tags(declared, "fa:pending")]
    check("the declaration lists the invite", invitation in [key for key, _ in pending], pending)
    check(
        "the invite has not expired", all(int(expiry) > time.time() for _, expiry in pending), pending
    )

    content = {
        "@context": OUTER, "@type": "AudienceClaim", "audience": slug, "epoch": int(epoch),
        "claimPubkey": member.me, "profile": {"nickname": "Pía"},
    }  # fmt: skip
    claim = (
        EventBuilder(Kind(30522), json.dumps(content, ensure_ascii=False))
        .tags(
            [
                Tag.parse(t)
                for t in [
                    ["d", f"{slug}:{epoch}:{invitation}"], ["fa:context", OUTER],
                    ["alt", f"claim {slug}"], ["a", address], ["fa:epoch", epoch], ["p", inviter],
                    ["fa:claim-pubkey", member.me],
                ]  # fmt: skip
            ]
        )
        .finalize(invited)
    )
    await member.send(claim)
    say(published="claim", id=claim.id().to_hex(), pubkey=member.me)


# What Studio published


async def inspect(path):
    member = Member(path)
    await member.connect()
    declaration, grant = await member.admitted()
    _, audience_key, slug = member.state["address"].split(":")
    epoch = tag(declaration, "fa:epoch")
    check_declaration(declaration, audience_key, slug)
    check_grant(grant, member, audience_key, slug, epoch)
    secret = wire.nip44_open(
        bytes.fromhex(member.state["secret"]), grant["pubkey"], grant["content"]
    )
    check("the grant holds 32 bytes", len(secret) == 32)
    check(
        "the granted key is the declared one",
        wire.public_key(secret) == tag(declaration, "fa:epoch-pubkey"),
    )
    member.state["epoch"] = int(epoch)
    member.state["epoch_secret"] = secret.hex()
    member.state["roster"] = roster = tags(declaration, "p")
    member.save()

    wraps = await member.fetch(kinds=[1059], **{"#p": [member.me]})
    check("wraps have come", wraps)
    ephemeral = [wrap["pubkey"] for wrap in wraps]
    check("every wrap has a key of its own", len(set(ephemeral)) == len(wraps))
    check("no wrap is signed by a member", not set(ephemeral) & set(roster))
    for wrap in wraps:
        await open_wrap(member, wrap, roster)


def check_declaration(event, audience_key, slug):
    check("the declaration is signed", verified(event))
    check("the audience key signs the declaration", event["pubkey"] == audience_key)
    content = json.loads(event["content"])
    check("its d is the slug", tag(event, "d") == slug)
    check("its context is 4A's", tag(event, "fa:context") == OUTER)
    check("it has an alt", tag(event, "alt"))
    check("its epoch is a plain decimal", re.fullmatch("[1-9][0-9]*", tag(event, "fa:epoch")))
    check("its epoch key is 64 hex", HEX.fullmatch(tag(event, "fa:epoch-pubkey")))
    check("its members are 64 hex", all(HEX.fullmatch(p) for p in tags(event, "p")))
    check("its content is an Audience", content["@type"] == "Audience")
    check("its content has 4A's context", content["@context"] == OUTER)
    check("its content names the room", is_text(content["name"], 200))
    check("its content repeats the epoch", content["epoch"] == int(tag(event, "fa:epoch")))
    check("it has no blake3", tag(event, "blake3") is None)


def check_grant(event, member, audience_key, slug, epoch):
    check("the grant is signed", verified(event))
    check("the audience key grants", event["pubkey"] == audience_key)
    check("its d is slug:epoch:recipient", tag(event, "d") == f"{slug}:{epoch}:{member.me}")
    check("its a is the address", tag(event, "a") == member.state["address"])
    check("its epoch is that of its d", tag(event, "fa:epoch") == epoch)
    check("its context is 4A's", tag(event, "fa:context") == OUTER)
    check("it has an alt", tag(event, "alt"))
    check("it has one recipient", tags(event, "p") == [member.me])
    check("it has no blake3", tag(event, "blake3") is None)


async def open_wrap(member, wrap, roster):
    now = time.time()
    check("the wrap is signed", verified(wrap))
    check("the wrap has one p tag and no other", wrap["tags"] == [["p", member.me]], wrap["tags"])
    check("the wrap is of the last day", now - DAY - 600 <= wrap["created_at"] <= now)
    secret = member.keys.secret_key()
    seal = json.loads(nip44_decrypt(secret, PublicKey.parse(wrap["pubkey"]), wrap["content"]))
    check("the seal is of kind 13", seal["kind"] == 13)
    check("the seal has no tags", seal["tags"] == [])
    check("the seal is signed", verified(seal))
    check("the seal is of the last day", now - DAY - 600 <= seal["created_at"] <= now)
    check("the seal is a member's", seal["pubkey"] in roster)
    rumor = json.loads(nip44_decrypt(secret, PublicKey.parse(seal["pubkey"]), seal["content"]))
    fields = {"id", "pubkey", "created_at", "kind", "tags", "content", "sig"}
    check("the rumor is a whole event", set(rumor) == fields, sorted(rumor))
    check("the rumor is signed", verified(rumor))
    check("the rumor is its sealer's", rumor["pubkey"] == seal["pubkey"])
    check("the rumor's time is the real one", now - 900 <= rumor["created_at"] <= now + 30)
    if int(tag(rumor, "fa:epoch")) != member.state["epoch"]:
        return
    payload = check_rumor(member, rumor, roster)
    say(received=rumor["id"], kind=rumor["kind"], payload=payload, author=rumor["pubkey"])


def check_rumor(member, rumor, roster):
    kind = rumor["kind"]
    check("the rumor's kind is Studio's", kind in TYPES, kind)
    names = [t[0] for t in rumor["tags"]]
    standard = ["d", "a", "fa:context", "fa:epoch", "alt", "blake3"] + ["p"] * len(roster)
    check("its tags are in order", names[: len(standard)] == standard, names)
    extra = set(names[len(standard) :])
    check("other tags are those we know", extra <= {"e", "a", "fa:assignee", "t"}, extra)
    check("its p tags are the roster", tags(rumor, "p") == roster)
    check("its first a is the room", tag(rumor, "a") == member.state["address"])
    check("its context is 4A's", tag(rumor, "fa:context") == OUTER)
    content = rumor["content"]
    check("its blake3 is of the ciphertext", tag(rumor, "blake3") == wire.blake3_tag(content))
    epoch_secret = SecretKey.parse(member.state["epoch_secret"])
    text = nip44_decrypt(epoch_secret, PublicKey.parse(rumor["pubkey"]), content)
    check("its payload fits", len(text.encode()) <= 16_384, len(text))
    payload = json.loads(text)
    check("its payload has Studio's context", payload["@context"] == INNER)
    check("its payload's type is its kind's", payload["@type"] == TYPES[kind], payload["@type"])
    check("its payload names its author", payload["createdBy"] == rumor["pubkey"])
    for said in ("title", "body"):
        if len(payload.get(said, "")) > 3:
            check("its alt tells no text", payload[said] not in tag(rumor, "alt"))
    CHECKS[kind](payload, tag(rumor, "d"), rumor["pubkey"])
    return payload


def check_card(card, d, author):
    if card["kind"].startswith("_"):
        check("a profile's d is its author's", d == f"profile:{author}", d)
        check("a profile lies on inbox", card["track"] == "inbox")
    else:
        check("a card's d is a slug and 8 hex", re.fullmatch(r"[a-z0-9-]{1,56}-[0-9a-f]{8}", d), d)
    check("a card has a kind", is_text(card["kind"], 200))
    check("a card's track is a slug", is_slug(card["track"]))
    check("a card's title fits", is_text(card["title"], 200))
    check("a card's body fits", is_text(card["body"], 10_000))
    check("a card writes no summary", "summary" not in card)
    check("a card has blocks", all(is_text(b["type"], 200) for b in card["blocks"]))
    check("a card's assignees are 64 hex", all(HEX.fullmatch(a) for a in card["assignees"]))
    states = ("open", "in_progress", "done", "archived", "deleted")
    check("a card's status is known", card["status"] in states, card["status"])
    for name in ("tags", "relatedTo"):
        if name in card:
            check("a list that is written has entries", card[name] and all(card[name]), card[name])


def check_comment(comment, d, _):
    target = comment["target"]["@id"]
    whole = r"[0-9a-f]{64}|nostr:.+|[0-9]+:[0-9a-f]{64}:[A-Za-z0-9-]+"
    check("a comment has a target", re.fullmatch(whole, target), target)
    check("a comment's body fits", is_text(comment["body"], 4000))
    if "intent" in comment:
        check("an intent is not empty", is_text(comment["intent"], 200))
    if "to_status" in comment:
        grammar = f"status: {comment['from_status']} → {comment['to_status']}"
        check("a status change says so", comment["body"] == grammar, comment["body"])
        check("a status change has its intent", comment["intent"] == "status_change")
        check("its d is a change's", re.fullmatch(f"status-change:{target}:[0-9a-f]{{8}}", d), d)
    else:
        check("a comment's d is its target and 8 hex", re.fullmatch(f"{target}:[0-9a-f]{{8}}", d), d)


def check_track(track, d, _):
    check("a track's d is its name", d == track["name"] and is_slug(d))
    check("a track's title fits", is_text(track["title"], 200))
    check("a track's layout is known", track["layout"] in ("column", "timeline", "grouped"))
    closed = track["closedAt"]
    check("a track says whether it is closed", closed is None or closed >= 0)


def check_room(room, d, _):
    check("a room's d is its slug", d == room["slug"] and is_slug(d))
    check("a room's title fits", is_text(room["title"], 200))
    check("a room's project is a slug", is_slug(room["project"]))
    check("a room's tracks are slugs", all(is_slug(name) for name in room["defaultTracks"]))


def check_question(question, d, _):
    check("a question's d is a slug and 8 hex", re.fullmatch(r"[a-z0-9-]{1,56}-[0-9a-f]{8}", d), d)
    check("a question's body fits", is_text(question["body"], 4000))
    check("a question's track is left out or a slug", is_slug(question.get("track", "x")))


def check_answer(answer, d, _):
    target = answer["target"]["@id"]
    check("an answer's target is an event", HEX.fullmatch(target), target)
    check("an answer's d is its question and 8 hex", re.fullmatch(f"{target}:[0-9a-f]{{8}}", d), d)
    check("an answer's body fits", is_text(answer["body"], 4000))


CHECKS = {
    30530: check_card, 30531: check_track, 30533: check_comment, 30534: check_question,
    30535: check_answer, 30536: check_room, 30532: lambda *_: None,
}  # fmt: skip


# What a member publishes, in the reference's shape


async def post(member, kind, d, payload):
    """Signs a payload as a rumor and sends it to every member, ourselves included; returns its id."""
    payload = {"@context": INNER, "@type": TYPES[kind], "createdBy": member.me} | payload
    declared = PublicKey.parse(wire.public_key(bytes.fromhex(member.state["epoch_secret"])))
    secret = member.keys.secret_key()
    content = nip44_encrypt(
        secret, declared, json.dumps(payload, ensure_ascii=False), Nip44Version.V2
    )
    # The alt goes into the id as it is: a slash, a quote and what is not ASCII.
    lines = [
        ["d", d], ["a", member.state["address"]], ["fa:context", OUTER],
        ["fa:epoch", str(member.state["epoch"])], ["alt", 'Pía/"ärger" 🐘'],
        ["blake3", wire.blake3_tag(content)],
    ] + [["p", key] for key in member.state["roster"]]  # fmt: skip
    rumor = build(kind, content, lines, int(time.time()), member.keys)
    for recipient in member.state["roster"]:
        peer = PublicKey.parse(recipient)
        sealed = nip44_encrypt(secret, peer, rumor.as_json(), Nip44Version.V2)
        seal = build(13, sealed, [], past(), member.keys)
        once = Keys.generate()
        wrapped = nip44_encrypt(once.secret_key(), peer, seal.as_json(), Nip44Version.V2)
        await member.send(build(1059, wrapped, [["p", recipient]], past(), once))
    say(published=TYPES[kind], id=rumor.id().to_hex(), d=d)
    return rumor.id().to_hex()


def build(kind, content, lines, created_at, keys):
    return (
        EventBuilder(Kind(kind), content)
        .tags([Tag.parse(line) for line in lines])
        .custom_created_at(Timestamp.from_secs(created_at))
        .finalize(keys)
    )


def past():
    return int(time.time()) - random.randrange(DAY)


def hex8():
    return f"{random.getrandbits(32):08x}"


async def publish(path):
    member = Member(path)
    await member.connect()
    card = await post(
        member, 30530, f"grüße-{hex8()}",
        {
            "kind": "note", "track": "todo", "title": "Grüße 🐘 / \"quoted\" \\ back",
            "body": "Zeile eins\nZeile zwei\t\u2028 ende", "assignees": [], "status": "open",
            "blocks": [{"type": "link", "href": "https://example.org/a/b"}, {"type": "later", "x": 1}],
        },
    )  # fmt: skip
    await post(
        member, 30533, f"{card}:{hex8()}",
        {"target": {"@id": card}, "body": "ein Kommentar, ohne intent"},
    )  # fmt: skip
    await post(
        member, 30530, f"old-{hex8()}",
        {
            "kind": "note", "track": "todo", "title": "Of an old client", "blocks": [],
            "summary": "its text was called summary", "status": "active", "assignees": [],
        },
    )  # fmt: skip
    await post(
        member, 30530, f"profile:{member.me}",
        {
            "kind": "_profile", "track": "inbox", "title": "Pía", "body": "profile", "blocks": [],
            "assignees": [], "status": "open",
        },
    )  # fmt: skip


async def status(path, card, before, after):
    member = Member(path)
    await member.connect()
    await post(
        member, 30533, f"status-change:{card}:{hex8()}",
        {
            "target": {"@id": card}, "body": f"status: {before} → {after}",
            "intent": "status_change", "from_status": before, "to_status": after,
        },
    )  # fmt: skip


async def answer(path, question, text):
    member = Member(path)
    await member.connect()
    await post(
        member, 30535, f"{question}:{hex8()}", {"target": {"@id": question}, "body": text}
    )


COMMANDS = {
    "join": join, "check": inspect, "publish": publish, "status": status, "answer": answer,
}  # fmt: skip
asyncio.run(COMMANDS[sys.argv[1]](*sys.argv[2:]))
