"""The pages in a real browser: on a desk and on a phone, by mouse and by keyboard, and whoever reads them aloud."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, ViewportSize

from domain.decision import Channel
from domain.evidence import Reason, Verdict
from domain.facts import OrderLine
from domain.option import Delivery, Disturbed, Option
from domain.readiness.waiver import WaiverDraft
from domain.roles import Role
from runtime.passwords import hashed
from storage.accounts import Account, Accounts
from storage.database import Database
from storage.record import CaseRecord
from storage.tables.questions import AnswerRow
from storage.tables.readiness import WaiverRow
from storage.waivers import Waivers
from tests.console.running_api import RunningApi, running_api
from tests.storage.plant import (
    answer,
    ask,
    evidence,
    more_valves,
    move,
    person,
    proposal,
    question_of,
    rows,
    sign_waivers,
    tell,
    with_a_picture,
)
from tests.support.browser import browser as a_browser
from tests.support.documents import JPEG
from tests.support.small_plant import SITE, small_plant

PASSWORD = "seven valves by friday"  # noqa: S105 - of nobody
MEANING = "I agree to this change"
PICTURE = Path(__file__).parents[2] / "docs" / "pictures" / "question.png"
DESK: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
LIGHT: tuple[Literal["light", "dark"], ...] = ("light", "dark")
ELSEWHERE = '<form action="%s/logout" method="post"><button>Win</button></form>'
HOSTILE = "</textarea><script>document.title='hacked'</script><img src=x onerror=\"document.title='hacked'\"> \u202eabc"


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    """Chromium."""
    async with a_browser() as started:
        yield started


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApi]:
    """The pages behind a port. Boris, who plans, has an account."""
    with running_api(tmp_path_factory.mktemp("pages")) as running:
        account = Account(person("boris"), hashed(PASSWORD, "boris"))
        running.with_record(lambda database: Accounts(database).add(account, datetime.now(UTC)))
        yield running


@pytest.fixture
async def record(api: RunningApi) -> AsyncIterator[Database]:
    """What is behind the pages."""
    database = Database(api.database_url)
    yield database
    await database.close()


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    """A window in which nobody is in. Whatever the browser complains about ends the test."""
    context = await browser.new_context(viewport=DESK)
    opened, said = await context.new_page(), list[str]()
    opened.on("console", lambda message: said.append(message.text))
    opened.on("pageerror", lambda error: said.append(str(error)))
    yield opened
    await context.close()
    # That an answer was refused is told in the window and, by every browser, on its console.
    assert [text for text in said if "Failed to load resource" not in text] == []


async def asked(database: Database, order: str, signed: str | None = None) -> str:
    """A question that waits for a planner now, with three ways, and evidence that is not all good."""
    now = datetime.now(UTC)
    case = (await ask(database, more_valves(70, order), at=now)).case_id
    kept, asked_for = CaseRecord(database), proposal((Role.PLANNER,), now, signed=signed)
    short = Reason(code="SHORT", thing="VALVE", owner=Role.BUYER, text="20 pieces are missing until Friday.")
    await move(database, case, 1, "assessing", at=now, assessment=1)
    await kept.keep_evidence(case, 1, evidence(now - timedelta(minutes=10)))
    silent = short.model_copy(update={"code": "SILENT", "text": "The assembly did not answer.", "owner": None})
    for check, verdict, reason in (("supply", Verdict.WARN, short), ("capacity", Verdict.UNKNOWN, silent)):
        found = evidence(now).model_copy(update={"check": check, "verdict": verdict, "reasons": (reason,)})
        await kept.keep_evidence(case, 1, found)
    ways = tuple(
        ruled.model_copy(update={"option": way})
        for ruled, way in zip((*asked_for.options, asked_for.options[0]), _ways(now), strict=True)
    )
    await kept.keep_proposal(case, 1, asked_for.model_copy(update={"options": ways}))
    await move(database, case, 2, "awaiting_decision", at=now, assessment=1)
    return question_of(case)


def _ways(now: datetime) -> tuple[Option, ...]:
    def valves(days: int, number: int) -> Delivery:
        return Delivery(at=now + timedelta(days=days), quantity=Decimal(number), item="VALVE", site="north")

    other = Disturbed(
        order="SO-7", line="20", customer="BOLT", promised_at=now + timedelta(days=3), new_at=now + timedelta(days=6)
    )
    until = now + timedelta(minutes=15)
    return (
        Option(
            name="accept_as_asked", title="Deliver all of it as asked", deliveries=(valves(5, 70),),
            cost=Decimal(1250), disturbed=(other,), expires_at=until,
        ),
        Option(
            name="accept_later", title="Deliver it later", deliveries=(valves(5, 50), valves(9, 20)), expires_at=until,
            offer=True,
        ),
        Option(
            name="overtime", title="Work overtime", feasible=False, expires_at=until,
            because=("No shift of the assembly is free before Friday.",),
        ),
    )  # fmt: skip


async def log_in(page: Page) -> None:
    """Fill in the form, and send it."""
    await page.get_by_label("Name").fill("boris")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Log in").click()


async def said(record: Database, question: str) -> list[tuple[str, str, str]]:
    """What stands: who said what, and why."""
    return [(row.person, row.choice, row.reason) for row in await rows(record, AnswerRow, question_id=question)]


async def assert_readable(page: Page) -> None:
    """Nothing is wider than the window, and nobody is kept out by how the page is made."""
    await page.wait_for_load_state()
    assert await page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]  # type: ignore[index]
    found = await Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


async def test_what_is_refused_keeps_nobody_out(page: Page, api: RunningApi) -> None:
    """Somebody else's page sends a form of ours: what he reads then is a page as all are."""
    await page.route("**/elsewhere", lambda route: route.fulfill(content_type="text/html", body=ELSEWHERE % api.url))
    await page.goto("http://elsewhere.example/elsewhere")
    await page.get_by_role("button").click()

    await assert_readable(page)
    assert "is not this installation" in await page.get_by_role("alert").inner_text()
    await page.get_by_role("link", name="What waits for you").click()
    await page.wait_for_url(f"{api.url}/login?*")


async def test_from_the_link_in_a_mail_to_an_answer(page: Page, api: RunningApi, record: Database) -> None:
    question = await asked(record, "SO-1")

    await page.goto(f"{api.url}/questions/{question}")
    await assert_readable(page)
    await log_in(page)
    await page.locator("summary", has_text="Deliver it later").click()
    await assert_readable(page)
    await draw(page)
    form = page.locator("details[open]")
    await form.get_by_label("Why").fill("The customer agreed by telephone.")
    await form.get_by_role("button", name="Answer: Deliver it later").click()

    assert page.url == f"{api.url}/questions/{question}"
    assert "Boris answered Deliver it later" in await page.locator("dl").first.inner_text()
    assert await said(record, question) == [("boris", "accept_later", "The customer agreed by telephone.")]
    await page.get_by_role("link", name="Lockstep").click()
    await page.get_by_role("button", name="Log out").click()
    assert page.url == f"{api.url}/login"


async def draw(page: Page) -> None:
    """Keep a picture of the page for the README, where one is wanted."""
    if os.environ.get("RECORD_PICTURES"):
        PICTURE.parent.mkdir(exist_ok=True)
        await page.set_viewport_size({"width": 860, "height": 900})
        await page.screenshot(path=PICTURE, clip={"x": 0, "y": 0, "width": 860, "height": 1150}, full_page=True)


async def test_on_a_phone_long_and_hostile_words_break_nothing(
    browser: Browser, api: RunningApi, record: Database
) -> None:
    question = await asked(record, "SO-2")
    context = await browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True)
    page = await context.new_page()
    await page.goto(f"{api.url}/questions/{question}")
    await assert_readable(page)
    await log_in(page)

    for words in ("W" * 500, HOSTILE):
        await page.get_by_label("Say something about the case").fill(words)
        await page.get_by_role("button", name="Comment").click()
    await page.get_by_label("Say something about the case").fill(f"@nobody.here {HOSTILE}")
    await page.get_by_role("button", name="Comment").click()
    await page.evaluate("document.querySelectorAll('details').forEach(one => { one.name = ''; one.open = true })")

    assert await page.get_by_label("Say something about the case").input_value() == f"@nobody.here {HOSTILE}"
    assert HOSTILE in await page.locator("#comments li").last.inner_text()
    assert "hacked" not in await page.title()
    boxes = [await one.bounding_box() for one in await page.get_by_role("button").all()]
    assert min(box["height"] for box in boxes if box) >= 44
    for light in LIGHT:
        await page.emulate_media(color_scheme=light)
        await assert_readable(page)
    for place in (f"/cases/{question.removesuffix('-2-1')}", "/"):
        await page.goto(api.url + place)
        await assert_readable(page)
    await context.close()


async def test_with_the_keyboard_alone(page: Page, api: RunningApi, record: Database) -> None:
    question = await asked(record, "SO-4")
    await page.goto(f"{api.url}/questions/{question}")

    for key in ("Tab", "Tab"):
        await page.keyboard.press(key)
    await page.keyboard.type("boris")
    await page.keyboard.press("Tab")
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"**/questions/{question}")
    await tab_to(page, "Keep the order as it was")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await page.keyboard.type("No room.")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.get_by_text("Nothing is asked here any more.").wait_for()

    assert await said(record, question) == [("boris", "reject", "No room.")]


async def tab_to(page: Page, words: str) -> None:
    """Go on with the key until what has the focus says so."""
    for _ in range(40):
        await page.keyboard.press("Tab")
        if words in await page.evaluate("document.activeElement.innerText || ''"):
            return
    raise AssertionError(f"Nothing with {words} is reached by the keyboard.")


async def test_who_comes_second_reads_who_was_first_and_keeps_his_words(
    page: Page, api: RunningApi, record: Database
) -> None:
    question = await asked(record, "SO-5")
    await page.goto(f"{api.url}/questions/{question}")
    await log_in(page)
    await page.locator("summary", has_text="Keep the order as it was").click()
    form = page.locator("details[open]")
    await form.get_by_label("Why").fill("They want it.")
    await answer(record, question, "reject", "petra", reason="No.", at=datetime.now(UTC))

    await form.get_by_role("button", name="Answer: Keep the order as it was").click()

    assert "Petra answered reject at" in await page.get_by_role("alert").inner_text()
    assert "They want it." in await page.locator("#answer").inner_text()
    await assert_readable(page)


async def test_signs_with_the_password_once_more(page: Page, api: RunningApi, record: Database) -> None:
    question = await asked(record, "SO-3", signed=MEANING)
    await page.goto(f"{api.url}/questions/{question}")
    await log_in(page)
    await page.locator("summary", has_text="Deliver all of it as asked").click()
    form = page.locator("details[open]")
    button = form.get_by_role("button", name=f"Sign “{MEANING}” and answer: Deliver all of it as asked")
    await form.get_by_label("Why").fill("Looked at it.")
    await form.get_by_label("Your password once more").fill("not it at all, really")
    await button.click()
    assert "Prove anew who you are" in await page.get_by_role("alert").inner_text()
    assert await form.get_by_label("Why").input_value() == "Looked at it."
    await assert_readable(page)

    await form.get_by_label("Your password once more").fill(PASSWORD)
    await button.click()
    await page.get_by_text("Nothing is asked here any more.").wait_for()

    assert await said(record, question) == [("boris", "accept_as_asked", "Looked at it.")]


async def test_a_picture_is_sent_with_an_answer_from_a_phone_by_the_keyboard(
    page: Page, api: RunningApi, record: Database, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    line = next(fact for fact in small_plant(now) if isinstance(fact, OrderLine))
    await tell(record, line.model_copy(update={"order": "SO-6"}), at=now)
    question = await asked(record, "SO-6")
    await with_a_picture(record, question)
    for name, content in (
        ("seal.jpg", JPEG),
        ("large.txt", b"12;5\n" * 2_500_000),
        ("tag.jpg", JPEG[:-2] + b"x\xff\xd9"),
    ):
        (tmp_path / name).write_bytes(content)
    await page.set_viewport_size(PHONE)
    await page.goto(f"{api.url}/questions/{question}")
    await log_in(page)
    await page.get_by_label("Attach a document or picture").set_input_files(tmp_path / "seal.jpg")
    await page.get_by_role("button", name="Attach", exact=True).click()
    await page.get_by_role("link", name="seal.jpg").wait_for()

    await page.goto(f"{api.url}/questions/{question}")
    await tab_to(page, "Deliver all of it as asked")
    await page.keyboard.press("Enter")
    form = page.locator("details[open]")
    await form.get_by_label("Or a file").set_input_files(tmp_path / "large.txt")
    await form.get_by_label("Why").fill("The seal is whole.")
    await assert_readable(page)
    await form.get_by_role("button", name="Answer:").press("Enter")
    assert "An attachment may have 10 MB here." in await page.get_by_role("alert").inner_text()
    assert await form.get_by_label("Why").input_value() == "The seal is whole."
    await assert_readable(page)

    await form.get_by_label("What is attached already").select_option(label="seal.jpg")
    await form.get_by_label("Or a file").set_input_files(tmp_path / "tag.jpg")
    await form.get_by_role("button", name="Answer:").press("Enter")
    await page.get_by_text("Nothing is asked here any more.").wait_for()

    assert await said(record, question) == [("boris", "accept_as_asked", "The seal is whole.")]
    assert await page.locator("li", has_text="as planner").get_by_role("link", name="tag.jpg").count() == 1
    await assert_readable(page)
    async with page.expect_download() as saving:
        await page.get_by_role("link", name="tag.jpg").first.click()
    assert (await saving.value).suggested_filename == "tag.jpg"


async def test_a_waiver_is_agreed_to_by_signature_on_a_phone(page: Page, api: RunningApi, record: Database) -> None:
    now = datetime.now(UTC)
    await tell(record, *small_plant(now), at=now)
    await sign_waivers(record, MEANING, now)
    short = WaiverDraft(
        site=SITE, predicate="materials_ready", subject="J-2", reason=HOSTILE, expires_at=now + timedelta(hours=2)
    )
    waiver = (await Waivers(record).ask(short, person("anna"), Channel.API, now)).id
    await page.set_viewport_size(PHONE)
    await page.goto(api.url)
    await log_in(page)
    await assert_readable(page)
    await page.get_by_role("link", name="Waive materials ready of J-2?").click()
    await page.locator("summary", has_text="Refuse it").click()
    await assert_readable(page)
    button = page.get_by_role("button", name=f"Sign “{MEANING}” and agree")
    await page.get_by_label("Your password once more").fill("not it at all, really")
    await button.click()
    assert "Prove anew who you are" in await page.get_by_role("alert").inner_text()
    await assert_readable(page)

    await page.get_by_label("Your password once more").fill(PASSWORD)
    await button.click()
    await page.get_by_text("boris as planner, signed").wait_for()

    assert page.url == f"{api.url}/waivers/{waiver}"
    for light in LIGHT:
        await page.emulate_media(color_scheme=light)
        await assert_readable(page)
    assert [[one["person"] for one in row.waived_by] for row in await rows(record, WaiverRow)] == [["boris"]]
