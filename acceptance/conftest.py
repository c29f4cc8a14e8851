"""Fixtures: a deployment for each engine. Time is not moved here and nothing is mocked; what needs moved time is tested
inside."""

import os

import pytest

from kit.deployment import Deployment
from kit.receiver import Receiver
from kit.scene import Scene
from kit.storage import PostgreSQL, SQLite, cluster

SOAK = os.environ.get("LICET_SOAK") == "1"


@pytest.fixture(scope="session")
def kills() -> int:
    """How often a process is killed where killing is the point."""
    return 100 if SOAK else 5


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def engine(request) -> str:
    if request.param == "postgres" and not cluster():
        reason = "LICET_TEST_POSTGRES names no cluster; scripts/with_postgres.sh starts one"
        if os.environ.get("LICET_REQUIRE_POSTGRES") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return request.param


@pytest.fixture(scope="module")
def make_deployment(engine, tmp_path_factory):
    """Makes deployments that are not started yet, and takes all of them down at the end."""
    made = []

    def make(storage=None, folder=None, **settings) -> Deployment:
        folder = folder or tmp_path_factory.mktemp(engine)
        (folder / "data").mkdir(exist_ok=True)
        storage = storage or (SQLite(folder / "data") if engine == "sqlite" else PostgreSQL(cluster()))
        deployment = Deployment(folder, storage, **settings)
        made.append(deployment)
        return deployment

    yield make
    for deployment in made:
        deployment.kill()
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


@pytest.fixture(scope="module")
def scene(deployment) -> Scene:
    return Scene(deployment)


@pytest.fixture(scope="module")
def receiver(engine):
    """One for each engine's run, so that nothing of one is counted in the other."""
    receiver = Receiver()
    yield receiver
    receiver.close()
