"""Fixtures: a deployment for each engine. Time is not moved here and nothing is mocked; what needs moved time is tested
inside."""

import os

import pytest

from kit import ledger
from kit.deployment import Deployment
from kit.receiver import Receiver
from kit.scene import Scene
from kit.storage import PostgreSQL, SQLite, cluster

SOAK = os.environ.get("LICET_SOAK") == "1"
NO_CLUSTER = "LICET_TEST_POSTGRES names no cluster; scripts/with_postgres.sh starts one"

LAST = "test_nothing_told"

ledger.listen()


def pytest_configure(config):
    # Those that are not taken down yet.
    config.deployments = []


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: item.module.__name__ == LAST)


@pytest.fixture(scope="session")
def kills() -> int:
    """How often a process is killed where killing is the point."""
    return 100 if SOAK else 5


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def engine(request) -> str:
    if request.param == "postgres" and not cluster():
        if os.environ.get("LICET_REQUIRE_POSTGRES") == "1":
            pytest.fail(NO_CLUSTER)
        pytest.skip(NO_CLUSTER)
    return request.param


@pytest.fixture(scope="module")
def make_deployment(engine, tmp_path_factory, pytestconfig):
    """Makes deployments that are not started yet, and takes all of them down at the end."""
    made = []

    def make(storage=None, folder=None, **settings) -> Deployment:
        folder = folder or tmp_path_factory.mktemp(engine)
        (folder / "data").mkdir(exist_ok=True)
        storage = storage or (SQLite(folder / "data") if engine == "sqlite" else PostgreSQL(cluster()))
        deployment = Deployment(folder, storage, **settings)
        made.append(deployment)
        pytestconfig.deployments.append(deployment)
        return deployment

    yield make
    for deployment in made:
        deployment.kill()
    for deployment in made:
        pytestconfig.deployments.remove(deployment)
        ledger.LEDGER.examine(deployment)
    for deployment in made:
        deployment.storage.close()


@pytest.fixture(scope="module")
def deployment(make_deployment) -> Deployment:
    """One that is migrated and serves, for all the tests of a file."""
    deployment = make_deployment()
    deployment.run("migrate")
    deployment.start()
    yield deployment
    deployment.stop()


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def clients_scene(request, tmp_path_factory, pytestconfig):
    """One deployment for all the tests of third-party clients, with one person who answers them all: hashing passwords
    would take most of the time otherwise. It lets clients be wrong as often as the tests are."""
    if request.param == "postgres" and not cluster():
        if os.environ.get("LICET_REQUIRE_POSTGRES") == "1":
            pytest.fail(NO_CLUSTER)
        pytest.skip(NO_CLUSTER)
    folder = tmp_path_factory.mktemp(f"clients-{request.param}")
    (folder / "data").mkdir()
    deployment = Deployment(
        folder, SQLite(folder / "data") if request.param == "sqlite" else PostgreSQL(cluster()),
        LICET_SIGN_IN_ACCOUNT_TRIES="1000", LICET_SIGN_IN_ADDRESS_TRIES="1000")
    pytestconfig.deployments.append(deployment)
    try:
        deployment.run("migrate")
        deployment.start()
        scene = Scene(deployment)
        scene.login = "somebody@people.example"
        scene.browser = scene.person(scene.login)
        scene.app = scene.persons_app(scene.login)
        yield scene
        deployment.stop()
    finally:
        deployment.kill()
        pytestconfig.deployments.remove(deployment)
        ledger.LEDGER.examine(deployment)
        deployment.storage.close()
    log = deployment.log_text()
    assert not any(secret in log for secret in scene.secrets), "a secret is in the log"


@pytest.fixture(scope="module")
def scene(deployment) -> Scene:
    return Scene(deployment)


@pytest.fixture(scope="module")
def receiver(engine):
    """One for each engine's run, so that nothing of one is counted in the other."""
    receiver = Receiver()
    yield receiver
    receiver.close()
