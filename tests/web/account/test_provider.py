"""Sign-in with an organisation's own provider: whom it speaks for, and every lie that is not believed."""

import io
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import requests
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from tacoord.cli import COULD_NOT, run
from tacoord.models import AuditEntry, Organisation, Provider, ProviderIdentity, SignIn, User
from tacoord.policy import OPERATOR
from tacoord.services.accounts import openid, second_factor
from tacoord.services.accounts.providers import add_provider
from tests.factories import make_organisation, make_user
from tests.support.provider import TestProvider, a_shared_secret, a_stranger, running


@pytest.fixture
def theirs() -> Iterator[TestProvider]:
    with running() as provider:
        provider.claims = {"email": "amara@harbour.example", "email_verified": True}
        yield provider
    openid._descriptions.clear()


@pytest.fixture
def organisation(store: Session) -> Organisation:
    return make_organisation(store, "Harbour Light", verified=True)


@pytest.fixture
def user(store: Session, organisation: Organisation) -> User:
    made = make_user(store, organisation=organisation, email="amara@harbour.example")
    store.commit()
    return made


@pytest.fixture
def provider(app, store: Session, organisation: Organisation, theirs: TestProvider) -> Provider:
    made = add_provider(
        store,
        organisation,
        issuer=theirs.issuer,
        client_id=theirs.client[0],
        client_secret=theirs.client[1],
        domain="harbour.example",
        key=app.config["SETTINGS"].secret_key,
        by=OPERATOR,
    )
    store.commit()
    return made


def go_there(client: FlaskClient, provider: Provider) -> str:
    """To the provider, as a browser goes; gives the way back."""
    away = client.get(f"/account/provider/{provider.public_id}?next=/projects")
    back = requests.get(away.headers["Location"], allow_redirects=False, timeout=10)
    parts = urlsplit(back.headers["Location"])
    return f"{parts.path}?{parts.query}"


def come_back(client: FlaskClient, provider: Provider) -> str:
    return client.get(go_there(client, provider)).headers["Location"]


def test_a_verified_address_of_the_domain_lets_in_and_is_linked(client, store, provider, user):
    assert provider.name in client.get("/account/sign-in").text
    assert come_back(client, provider) == "/projects"
    assert client.get("/projects").status_code == 200
    assert store.scalars(select(SignIn.method)).all() == ["provider"]
    assert store.scalars(select(ProviderIdentity.user_id)).all() == [user.id]


def test_who_is_linked_is_known_by_the_providers_own_name(client, store, theirs, provider, user):
    come_back(client, provider)
    client.post("/account/sign-out")
    theirs.claims = {}
    assert come_back(client, provider) == "/projects"
    theirs.claims = {"sub": "person-2"}
    client.post("/account/sign-out")
    assert come_back(client, provider) == "/account/sign-in"


@pytest.mark.parametrize(
    "lies",
    [
        {"iss": "https://elsewhere.example"},
        {"aud": "another client"},
        {"aud": ["tacoord", "another client"]},
        {"azp": "another client"},
        {"exp": 1_000_000_000},
        {"exp": None},
        {"iat": 4_000_000_000},
        {"iat": None},
        {"nonce": "of another journey"},
        {"nonce": None},
        {"sub": None},
        {"sub": ""},
        {"sub": "x" * 256},
        {"email_verified": False},
        {"email_verified": None},
        {"email_verified": "true"},
        {"email": None},
        {"email": "amara@elsewhere.example"},
        {"email": "nobody@harbour.example"},
        {"email": ["amara@harbour.example"]},
    ],
)
def test_a_claim_that_does_not_hold_lets_nobody_in(client, theirs, provider, user, lies):
    theirs.lies = lies
    assert come_back(client, provider) == "/account/sign-in"
    assert client.get("/account").status_code == 302


@pytest.mark.parametrize("who", ["stranger", "shared secret", "nobody"])
def test_a_signature_that_is_not_the_providers_lets_nobody_in(client, theirs, provider, user, who):
    if who == "stranger":
        theirs.signer = a_stranger()
    elif who == "shared secret":
        theirs.signer, theirs.algorithm = a_shared_secret(), "HS256"
    else:
        right = theirs.token
        theirs.token = lambda nonce: right(nonce).rpartition(".")[0] + "."
    assert come_back(client, provider) == "/account/sign-in"


def test_the_provider_speaks_for_its_own_organisation_alone(client, store, provider):
    make_user(store, email="amara@harbour.example")
    store.commit()
    assert come_back(client, provider) == "/account/sign-in"


@pytest.mark.parametrize("why", ["closed", "moved"])
def test_a_link_that_was_made_before_is_no_way_around(client, store, provider, user, why):
    come_back(client, provider)
    client.post("/account/sign-out")
    if why == "closed":
        user.active = False
    else:
        user.organisation = make_organisation(store)
    store.commit()
    assert come_back(client, provider) == "/account/sign-in"


def test_the_way_back_is_good_once_and_for_the_browser_that_left(client, provider, user):
    back = go_there(client, provider)
    other = client.application.test_client()
    assert other.get(back).headers["Location"] == "/account/sign-in"
    assert client.get(back.replace("state=", "state=x")).headers["Location"] == "/account/sign-in"
    assert client.get(back).headers["Location"] == "/account/sign-in"  # the journey was used up
    back = go_there(client, provider)
    assert client.get(back).headers["Location"] == "/projects"
    assert other.get(back).headers["Location"] == "/account/sign-in"


def test_a_second_factor_of_ones_own_is_still_asked_for(app, client, store, provider, user):
    key = app.config["SETTINGS"].secret_key
    second_factor.begin_authenticator(store, user, key=key)
    store.execute(
        second_factor.Authenticator.__table__.update().values(confirmed_at=user.created_at)
    )
    store.commit()
    assert come_back(client, provider) == "/account/sign-in/second"


def test_a_description_of_another_issuer_is_not_believed(client, theirs, provider, user):
    theirs.issuer = theirs.issuer.replace("127.0.0.1", "localhost")
    assert client.get(f"/account/provider/{provider.public_id}").headers["Location"] == (
        "/account/sign-in"
    )


def test_a_provider_that_does_not_answer_is_said_so(client, store, provider):
    store.get_one(Provider, provider.id).issuer = "http://127.0.0.1:9"
    store.commit()
    answer = client.get(f"/account/provider/{provider.public_id}", follow_redirects=True)
    assert "did not work" in answer.text


def test_the_secret_is_sealed_and_the_trail_knows_of_the_provider(store, theirs, provider):
    assert theirs.client[1] not in provider.client_secret
    entry = store.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.subject_id) == ("provider.added", provider.id)


@pytest.fixture
def commands(database_url, settings, monkeypatch):
    monkeypatch.setenv("TACOORD_HOME", str(settings.home))
    monkeypatch.setenv("TACOORD_SECRET_KEY", settings.secret_key)
    monkeypatch.setenv("TACOORD_DATABASE_URL", database_url)
    monkeypatch.setattr("sys.stdin", io.StringIO("the client's secret\n"))


def test_a_provider_is_added_listed_and_removed_by_command(commands, capsys):
    issuer = "https://login.harbour.example"
    more = ["--organisation", "SECRETARIAT", "--domain", "Harbour.example", "--client-id", "x"]
    assert run(["providers", "add", issuer, *more, "--secret-stdin"]) == 0
    assert capsys.readouterr().out.strip().endswith("/back")
    assert run(["providers", "list"]) == 0
    assert capsys.readouterr().out == f"SECRETARIAT\tharbour.example\t{issuer}\n"
    assert run(["providers", "remove", issuer]) == 0
    assert run(["providers", "remove", issuer]) == COULD_NOT


@pytest.mark.parametrize(
    ("issuer", "domain"),
    [("http://login.example", "harbour.example"), ("https://login.example", "harbour")],
)
def test_a_provider_without_https_or_domain_is_refused(commands, capsys, issuer, domain):
    more = ["--organisation", "SECRETARIAT", "--domain", domain, "--client-id", "x"]
    assert run(["providers", "add", issuer, *more, "--secret-stdin"]) == COULD_NOT
    assert "Traceback" not in capsys.readouterr().err
