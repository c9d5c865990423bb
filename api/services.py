"""What the API is built on, put together where the program starts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from temporalio.client import Client

from api.rate_limit import Pace
from domain.attachment import AttachmentRules
from domain.catalog import PROCESSES
from domain.process import Process
from domain.signature import Signatures
from runtime.openid import OpenIdTokens
from runtime.openid_login import OpenIdLogin
from runtime.passwords import Passwords
from runtime.senders import Sender
from runtime.signatures import AnswerSignatures
from storage.accounts import Accounts
from storage.arrivals import Arrivals
from storage.asking_back import AskingBack
from storage.attachments import Attachments
from storage.bypasses import BypassReader
from storage.cases import Cases
from storage.chains import ChainReader
from storage.claims import Claims
from storage.comments import Comments
from storage.contacts import Contacts
from storage.database import Database
from storage.decisions import Decisions
from storage.delegations import Delegations
from storage.electronic_signatures import SignatureReader
from storage.followings import Followings
from storage.force import Force
from storage.groups import Groups, WordOfProvider
from storage.guessing import Guessing
from storage.identity import Identity
from storage.intake import Intake
from storage.parkings import Parkings
from storage.policies import Policies
from storage.proposals import Proposals
from storage.readiness import ReadinessReader
from storage.readiness_history import ReadinessHistory
from storage.reading_cases import CaseReader
from storage.reading_holds import HoldReader
from storage.reading_not_ready import NotReadyReader
from storage.reading_orders import OrderReader
from storage.reading_policies import PolicyReader
from storage.reading_questions import QuestionReader
from storage.reading_report import ReportReader
from storage.reading_standings import StandingReader
from storage.reading_waivers import WaiverReader
from storage.reauthentications import Reauthentications
from storage.scans import Scans
from storage.sessions import SessionLife, Sessions
from storage.shipment_holds import ShipmentHolds
from storage.snoozes import Snoozes
from storage.substitutions import Substitutions
from storage.tickets import Tickets
from storage.vehicles import Vehicles
from storage.waiver_signatures import WaiverSignatures
from storage.waivers import Waivers


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Services:
    """Everything a request may need. Only ``temporal`` may be out of reach while the API works."""

    database: Database
    temporal: Callable[[], Awaitable[Client]]
    """The client of the engine. Raises SystemUnavailable while it cannot be reached."""
    public_url: str
    """How people reach the API."""
    temporal_ui_url: str
    namespace: str = "default"
    """Of the engine, for links into its user interface."""
    further_hosts: tuple[str, ...] = ()
    """Names besides the public one under which other systems reach the API."""
    signatures: Signatures = field(default_factory=AnswerSignatures)
    """Signs answers that are to be sent as signals."""
    openid: OpenIdTokens | None = None
    """Proves who people are by the word of the plant's identity provider, if there is one."""
    openid_login: OpenIdLogin | None = None
    """Lets people log in there with a browser, if Lockstep is a client of it."""
    session_life: SessionLife = field(default_factory=SessionLife)
    word_of_provider: WordOfProvider = field(default_factory=WordOfProvider)
    passwords: Passwords = field(default_factory=Passwords)
    tokens_sign: bool = False
    """Whether a person's token is taken for proving anew who he is: in a development system alone."""
    senders: tuple[Sender, ...] = ()
    """Systems that sign their events instead of showing a key."""
    attachment_rules: AttachmentRules = field(default_factory=AttachmentRules)
    pace: Pace = field(default_factory=Pace)
    processes: Mapping[str, Process] = field(default_factory=lambda: PROCESSES)
    now: Callable[[], datetime] = _now

    @property
    def identity(self) -> Identity:
        """Knows callers by what they show."""
        return Identity(self.database)

    @property
    def groups(self) -> Groups:
        """Knows what groups of the identity provider mean."""
        return Groups(self.database)

    @property
    def accounts(self) -> Accounts:
        """Knows passwords by their hash."""
        return Accounts(self.database)

    @property
    def guessing(self) -> Guessing:
        """Counts wrong passwords."""
        return Guessing(self.database)

    @property
    def sessions(self) -> Sessions:
        """Knows in which browsers people have logged in."""
        return Sessions(self.database, self.session_life)

    @property
    def tickets(self) -> Tickets:
        """Gives out what may be shown once."""
        return Tickets(self.database)

    @property
    def intake(self) -> Intake:
        """Keeps events."""
        return Intake(self.database)

    @property
    def cases(self) -> Cases:
        """Opens cases, and tells running ones."""
        return Cases(self.database)

    @property
    def decisions(self) -> Decisions:
        """Takes answers."""
        return Decisions(self.database)

    @property
    def reauthentications(self) -> Reauthentications:
        """Lets people prove anew who they are, to sign."""
        return Reauthentications(self.database)

    @property
    def signature_reader(self) -> SignatureReader:
        """Looks at signatures."""
        return SignatureReader(self.database)

    @property
    def claims(self) -> Claims:
        """Knows who sees to which question."""
        return Claims(self.database)

    @property
    def asking_back(self) -> AskingBack:
        """Has something found out before a question is answered."""
        return AskingBack(self.database)

    @property
    def parkings(self) -> Parkings:
        """Knows what questions wait for."""
        return Parkings(self.database)

    @property
    def force(self) -> Force:
        """Moves cases by hand."""
        return Force(self.database)

    @property
    def snoozes(self) -> Snoozes:
        """Knows what people have put off for themselves."""
        return Snoozes(self.database)

    @property
    def comments(self) -> Comments:
        """Keeps what people write about cases."""
        return Comments(self.database)

    @property
    def attachments(self) -> Attachments:
        """Keeps documents and pictures of cases."""
        return Attachments(self.database)

    @property
    def followings(self) -> Followings:
        """Knows who follows what."""
        return Followings(self.database)

    @property
    def delegations(self) -> Delegations:
        """Knows who answers which question for whom."""
        return Delegations(self.database)

    @property
    def substitutions(self) -> Substitutions:
        """Knows who stands in for whom."""
        return Substitutions(self.database)

    @property
    def policies(self) -> Policies:
        """Knows who must agree to what."""
        return Policies(self.database)

    @property
    def proposals(self) -> Proposals:
        """Lets policies hold that two people stand up for."""
        return Proposals(self.database)

    @property
    def report_reader(self) -> ReportReader:
        """Writes daily reports."""
        return ReportReader(self.database)

    @property
    def policy_reader(self) -> PolicyReader:
        """Knows what was done about policies, and tried."""
        return PolicyReader(self.database)

    @property
    def contacts(self) -> Contacts:
        """Knows where people are told."""
        return Contacts(self.database)

    @property
    def waivers(self) -> Waivers:
        """Knows what may go on although it is not ready."""
        return Waivers(self.database)

    @property
    def waiver_reader(self) -> WaiverReader:
        """Looks at waivers."""
        return WaiverReader(self.database)

    @property
    def waiver_signatures(self) -> WaiverSignatures:
        """Has consents to waivers signed, and looks at the signatures."""
        return WaiverSignatures(self.database)

    @property
    def bypass_reader(self) -> BypassReader:
        """Counts what was changed past everybody."""
        return BypassReader(self.database)

    @property
    def shipment_holds(self) -> ShipmentHolds:
        """Stops shipments."""
        return ShipmentHolds(self.database)

    @property
    def scans(self) -> Scans:
        """Takes what is scanned at the dock."""
        return Scans(self.database)

    @property
    def vehicles(self) -> Vehicles:
        """Takes whether vehicles came."""
        return Vehicles(self.database)

    @property
    def arrivals(self) -> Arrivals:
        """Takes what became of shipments that have left."""
        return Arrivals(self.database)

    @property
    def case_reader(self) -> CaseReader:
        """Looks at cases."""
        return CaseReader(self.database)

    @property
    def chain_reader(self) -> ChainReader:
        """Looks at how cases caused one another."""
        return ChainReader(self.database)

    @property
    def question_reader(self) -> QuestionReader:
        """Looks at questions."""
        return QuestionReader(self.database)

    @property
    def order_reader(self) -> OrderReader:
        """Looks at order lines."""
        return OrderReader(self.database)

    @property
    def standing_reader(self) -> StandingReader:
        """Looks at jobs, lots and shipments."""
        return StandingReader(self.database)

    @property
    def hold_reader(self) -> HoldReader:
        """Lists what is on hold."""
        return HoldReader(self.database)

    @property
    def readiness_reader(self) -> ReadinessReader:
        """Judges what is ready."""
        return ReadinessReader(self.database)

    @property
    def not_ready_reader(self) -> NotReadyReader:
        """Lists what is not ready."""
        return NotReadyReader(self.database)

    @property
    def readiness_history(self) -> ReadinessHistory:
        """Knows what was ready when."""
        return ReadinessHistory(self.database)
