"""Settings: what is printed at start, what is refused, and what stays unsaid."""

import base64
import os

import pytest
import requests
import yaml

from kit.deployment import CommandFailed

KEY = base64.b64encode(bytes(range(32))).decode()
METRICS_TOKEN = "planted-metrics-token-4711"


@pytest.fixture(scope="module")
def secretive(make_deployment):
    deployment = make_deployment(LICET_SEALING_KEY=KEY, LICET_METRICS_TOKEN=METRICS_TOKEN)
    if deployment.storage.name == "postgres":
        # Trust authentication takes any password: this one is here to be looked for.
        deployment.settings["LICET_DATABASE"] = deployment.storage.url.replace("//licet@", "//licet:planted-word-0815@")
    deployment.run("migrate")
    deployment.start()
    yield deployment
    deployment.stop()


def test_the_settings_printed_at_start_hold_no_secret(secretive):
    """D2: the start says where to go and with which settings, without the key, the token or the database's password."""
    said = secretive.log_text() + "".join(secretive.said)
    assert secretive.base in said
    for secret in (KEY, METRICS_TOKEN, "planted-word-0815"):
        assert secret not in said
    assert not (secretive.data / "sealing.key").exists(), "a key that is given is not written down"


def test_metrics_are_for_those_who_may(secretive):
    """D2: metrics are told to this machine or with the token, and to nobody who comes through a proxy without it."""
    get = lambda **headers: requests.get(secretive.url("/metrics"), headers=headers, timeout=10)
    assert get().status_code == 200
    proxied = {"X-Forwarded-For": "203.0.113.9"}
    assert get(**proxied).status_code in (401, 403, 404)
    assert get(**proxied, Authorization="Bearer wrong").status_code in (401, 403, 404)
    assert get(**proxied, Authorization=f"Bearer {METRICS_TOKEN}").status_code == 200


def test_a_key_made_at_first_start_is_for_its_owner_only(make_deployment):
    """F8: without a given key one is made, readable by its owner alone, and kept."""
    deployment = make_deployment()
    deployment.run("migrate")
    deployment.start()
    key = deployment.data / "sealing.key"
    assert key.exists() and key.stat().st_mode & 0o777 == 0o600
    first = key.read_bytes()
    deployment.stop()
    deployment.start()
    assert key.read_bytes() == first
    assert first.strip().decode("latin-1") not in deployment.log_text()
    deployment.stop()


@pytest.mark.parametrize(("name", "value"), [
    ("LICET_APPROVAL_MINUTES", "0"), ("LICET_APPROVAL_MINUTES", "61"), ("LICET_LISTEN_PORT", "70000"),
    ("LICET_PUBLIC_URL", "not an address"), ("LICET_SEALING_KEY", "c2hvcnQ="), ("LICET_TRUSTED_PROXIES", "10.0.0.0/99"),
    ("LICET_LOG_LEVEL", "shouting"), ("LICET_REFRESH_WINDOW_SECONDS", "301"),
    ("LICET_KEY_SET_HOSTS", "https://keys.example"), ("LICET_KEY_SET_HOSTS", "keys.example:443"),
])
def test_a_setting_out_of_range_is_refused_by_name(make_deployment, name, value):
    """C4: 1 to 60 minutes, and every other setting in its range: `check` and `serve` name the setting and do not start."""
    deployment = make_deployment(**{name: value})
    key = name.removeprefix("LICET_").lower()
    for command in ("check", "serve"):
        said = deployment.run(command, fails=True, timeout=30).lower().replace(".", "_")
        assert key in said, said
        assert "c2hvcnq=" not in said


def test_settings_come_from_a_file_too_and_the_environment_wins(make_deployment, tmp_path):
    """C4: licet.yaml beside the environment."""
    deployment = make_deployment()
    config = tmp_path / "licet.yaml"
    config.write_text(yaml.safe_dump({"approval_minutes": 61}), "utf-8")
    said = deployment.run("check", "--config", str(config), fails=True)
    assert "approval" in said.lower()
    deployment.settings["LICET_APPROVAL_MINUTES"] = "60"
    deployment.run("check", "--config", str(config))


def test_a_second_migration_does_nothing(make_deployment):
    """F8: migrations are applied once; run again they change nothing."""
    deployment = make_deployment()
    deployment.run("migrate")
    lines = deployment.storage.trail()
    deployment.run("migrate")
    assert deployment.storage.trail() == lines


def test_the_binary_says_its_version(make_deployment):
    """A command without a deployment works anywhere."""
    try:
        assert make_deployment().run("--version").strip()
    except CommandFailed as failed:
        pytest.fail(str(failed))


def test_seed_twice_is_the_same_as_once(make_deployment):
    """A1, A5: the demonstration is made once and kept; its people can sign in."""
    deployment = make_deployment(LICET_LOG_LEVEL="info")
    deployment.run("seed")
    counts = "SELECT (SELECT count(*) FROM person), (SELECT count(*) FROM application), (SELECT count(*) FROM organization)"
    first = deployment.storage.query(counts)
    assert all(number > 0 for number in first[0])
    deployment.run("seed")
    assert deployment.storage.query(counts) == first
    assert os.path.isdir(deployment.data)
