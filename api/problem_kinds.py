"""Every kind of problem the API tells of, and what its caller can do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus


@dataclass(frozen=True)
class Sort:
    """What all problems of a kind share."""

    name: str
    """Ends the ``type`` of the problem, and is where its help is found."""
    status: HTTPStatus
    title: str
    help: str
    """What the caller can do about it."""

    @property
    def type(self) -> str:
        """The URI that names the kind, and where it is explained."""
        return f"/problems/{self.name}"


class Kind(Enum):
    """Every kind of problem there is."""

    MALFORMED = Sort(
        "malformed",
        HTTPStatus.BAD_REQUEST,
        "The request cannot be read",
        "The body is not one unambiguous JSON value in UTF-8: it may repeat a name, hold a number that would "
        "not survive, or be nested too deeply. Each entry of errors points at the place.",
    )
    INVALID_EVENT = Sort(
        "invalid-event",
        HTTPStatus.BAD_REQUEST,
        "This is not a CloudEvent",
        "Events are CloudEvents 1.0 over HTTP: structured, binary or as a batch. Names of attributes have "
        "only lower-case letters and digits; id, source, type and specversion are required. A time needs "
        "its offset.",
    )
    UNTRUSTED_ADDRESS = Sort(
        "untrusted-address",
        HTTPStatus.BAD_REQUEST,
        "The request came by an address that is not ours",
        "The Host of the request, or the Origin its browser named, is not where this installation is "
        "reached. Use its public address; whoever runs it sets that in LOCKSTEP_PUBLIC_URL.",
    )
    UNAUTHENTICATED = Sort(
        "unauthenticated",
        HTTPStatus.UNAUTHORIZED,
        "It is not known who asks",
        "Send Authorization: Bearer with a token that is in force. Whoever runs Lockstep here issues them, or the "
        "plant's identity provider does.",
    )
    SIGNATURE_NEEDED = Sort(
        "signature-needed",
        HTTPStatus.UNAUTHORIZED,
        "This answer must be signed",
        "Nothing was changed. Prove anew who you are with POST /v1/questions/{question_id}/reauthentications, by your "
        "password or a token of a login within the last five minutes, and send what it returns with the answer as "
        "reauthentication. It signs this answer only, once, within five minutes. A waiver is agreed to likewise, with "
        "reauthentications and signatures of its own.",
    )
    NOT_ALLOWED = Sort(
        "not-allowed",
        HTTPStatus.FORBIDDEN,
        "This is for somebody else to do",
        "Your roles at the site, or the scopes of your key, do not cover it. The detail says whose it is.",
    )
    NOT_FOUND = Sort(
        "not-found",
        HTTPStatus.NOT_FOUND,
        "There is nothing here",
        "It does not exist, or it belongs to a site you have no part in: the two look the same on purpose.",
    )
    METHOD = Sort(
        "method-not-allowed",
        HTTPStatus.METHOD_NOT_ALLOWED,
        "This cannot be done here",
        "The address exists and takes other methods; the Allow header lists them.",
    )
    EVENT_CONFLICT = Sort(
        "event-conflict",
        HTTPStatus.CONFLICT,
        "Another event came with this id before",
        "source and id name one event for ever. This one was not kept: send it again with an id of its own.",
    )
    COMMAND_NOT_ALLOWED = Sort(
        "command-not-allowed",
        HTTPStatus.CONFLICT,
        "The case does not take this command now",
        "A case takes a command only in some states. state is where it is; allowed_commands are what it takes there.",
    )
    QUESTION_CLOSED = Sort(
        "question-closed",
        HTTPStatus.CONFLICT,
        "The question is no longer open",
        "Somebody answered first, or the case went on without it. Nothing was changed. The case tells how.",
    )
    SEEN_MISSING = Sort(
        "seen-missing",
        HTTPStatus.PRECONDITION_REQUIRED,
        "Nothing says what the answer was given on",
        "Nothing was decided: an answer counts only for the evidence that whoever gives it looked at. Read the "
        "question, question says where, and send its evidence_digest as seen.",
    )
    STALE_EVIDENCE = Sort(
        "stale-evidence",
        HTTPStatus.CONFLICT,
        "The evidence changed since it was looked at",
        "Nothing was decided. changed says, check by check, what was found before and what is now; it is null if "
        "what was seen never was evidence of the case. Read the question again, and answer with its "
        "evidence_digest if the answer still holds.",
    )
    DECISION_REFUSED = Sort(
        "decision-refused",
        HTTPStatus.CONFLICT,
        "The rules do not take this",
        "Nothing was changed. The detail says what stands against it.",
    )
    POLICY_LAPSED = Sort(
        "policy-lapsed",
        HTTPStatus.CONFLICT,
        "Nobody confirmed the policy in time",
        "It was to hold from a time that is over, and nothing is decided anew. Propose it again, for a later day.",
    )
    REQUEST_IN_FLIGHT = Sort(
        "request-in-flight",
        HTTPStatus.CONFLICT,
        "Another request does the same at this moment",
        "Repeat it after the seconds in Retry-After, with the same Idempotency-Key, to learn the outcome.",
    )
    TOO_LARGE = Sort(
        "too-large",
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "The body is too large",
        "A body may have 256 kB; send fewer events in one batch. What an attachment may have, the detail says.",
    )
    MEDIA_TYPE = Sort(
        "media-type",
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        "The body has the wrong type",
        "Bodies are application/json in UTF-8; events may also be application/cloudevents+json, a batch "
        "of it, or binary. What an attachment is, its content says, and the detail what may be attached.",
    )
    VALIDATION = Sort(
        "validation",
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "Some fields are not right",
        "Each entry of errors has a JSON pointer (RFC 6901) to a field and says what is expected of it.",
    )
    KEY_REUSED = Sort(
        "key-reused",
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "The Idempotency-Key came with another request before",
        "A key names one request. Repeat that request unchanged to get its answer again, or use a new key.",
    )
    RATE_LIMIT = Sort(
        "rate-limit",
        HTTPStatus.TOO_MANY_REQUESTS,
        "Too many requests",
        "Wait for the seconds in Retry-After. Events can be sent many at a time, as a batch.",
    )
    INTERNAL = Sort(
        "internal",
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "Something is wrong on our side",
        "Nothing was half done. Tell whoever runs this installation the X-Request-Id of the answer: the log "
        "has the cause under it.",
    )
    UNAVAILABLE = Sort(
        "unavailable",
        HTTPStatus.SERVICE_UNAVAILABLE,
        "Something this needs is out of reach",
        "Repeat it after the seconds in Retry-After, with the same Idempotency-Key where there is one.",
    )


OF_CALLERS = (Kind.UNAUTHENTICATED, Kind.RATE_LIMIT, Kind.UNAVAILABLE)
"""What any request may end in that needs a token."""

OF_WRITERS = (
    *OF_CALLERS,
    Kind.MALFORMED,
    Kind.NOT_ALLOWED,
    Kind.NOT_FOUND,
    Kind.REQUEST_IN_FLIGHT,
    Kind.TOO_LARGE,
    Kind.MEDIA_TYPE,
    Kind.VALIDATION,
    Kind.KEY_REUSED,
)
"""What any request may end in that changes something."""
