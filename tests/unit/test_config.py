"""Settings come from the environment or a TOML file; wrong ones are refused by name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from stoat_ferret import config
from stoat_ferret.errors import SettingsRefused


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of the machine that runs the tests."""
    import os

    for name in list(os.environ):
        if name.startswith("STOAT_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))


def test_defaults(tmp_path: Path) -> None:
    """Nothing needs to be set."""
    settings = config.load()
    assert settings.ffmpeg is None
    assert settings.media_roots == ()
    assert settings.data_dir == tmp_path / "share" / "stoat-and-ferret"
    assert settings.cache_dir == settings.data_dir / "cache"
    assert (settings.probe_seconds, settings.stall_seconds, settings.kill_grace_seconds) == (30, 60, 5)


def test_every_setting_is_read() -> None:
    """What can be set has an effect: something outside this module asks for it."""
    text = "".join(path.read_text() for path in Path(config.__file__).parent.rglob("*.py"))
    assert [] == [name for name in config.Settings.model_fields if not re.search(rf"\w\.{name}\b", text)]


def test_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each setting has one variable; roots are separated as in PATH."""
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    monkeypatch.setenv("STOAT_MEDIA_ROOTS", f"{one}:{two}")
    monkeypatch.setenv("STOAT_FFMPEG", "/usr/bin/ffmpeg")
    monkeypatch.setenv("STOAT_LOG_LEVEL", "debug")
    monkeypatch.setenv("STOAT_STALL_SECONDS", "12.5")
    settings = config.load()
    assert settings.media_roots == (one, two)
    assert settings.ffmpeg == Path("/usr/bin/ffmpeg")
    assert settings.log_level == "DEBUG"
    assert settings.stall_seconds == 12.5


def test_file_and_precedence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The environment wins over the file, an argument over both."""
    file = tmp_path / "stoat.toml"
    file.write_text(f'stall_seconds = 7\nprobe_seconds = 8\nffmpeg_nice = 9\nmedia_roots = ["{tmp_path}"]\n')
    monkeypatch.setenv("STOAT_CONFIG", str(file))
    monkeypatch.setenv("STOAT_PROBE_SECONDS", "4")
    settings = config.load(ffmpeg_nice=1)
    assert (settings.stall_seconds, settings.probe_seconds, settings.ffmpeg_nice) == (7, 4, 1)
    assert settings.media_roots == (tmp_path,)


def test_every_wrong_value_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """All at once, each by its variable, each with a hint."""
    monkeypatch.setenv("STOAT_STALL_SECONDS", "soon")
    monkeypatch.setenv("STOAT_LOG_LEVEL", "loud")
    monkeypatch.setenv("STOAT_MEDIA_ROOTS", "/nowhere/at/all")
    monkeypatch.setenv("STOAT_FFMPEG_NICE", "99")
    with pytest.raises(SettingsRefused) as caught:
        config.load()
    assert {problem.path for problem in caught.value.problems} == {
        "STOAT_STALL_SECONDS",
        "STOAT_LOG_LEVEL",
        "STOAT_MEDIA_ROOTS",
        "STOAT_FFMPEG_NICE",
    }
    hints = {problem.path: problem.hint for problem in caught.value.problems}
    assert hints["STOAT_LOG_LEVEL"] == "The least severe message that is logged."
    assert all(hints.values())


def test_a_name_that_is_no_setting_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slip of the pen in the environment is told, with the name that was meant."""
    monkeypatch.setenv("STOAT_FFMPEGG", "/usr/bin/ffmpeg")
    with pytest.raises(SettingsRefused) as caught:
        config.load()
    (problem,) = caught.value.problems
    assert ("settings.unknown", "STOAT_FFMPEGG") == (problem.code, problem.path)
    assert "Did you mean STOAT_FFMPEG?" == problem.hint


@pytest.mark.parametrize("text", ["stall_secs = 1\n", "not toml ="])
def test_bad_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str) -> None:
    """A key that is no setting, and a file that is no TOML."""
    file = tmp_path / "stoat.toml"
    file.write_text(text)
    monkeypatch.setenv("STOAT_CONFIG", str(file))
    with pytest.raises(SettingsRefused):
        config.load()


def test_missing_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """A configuration that was asked for must exist."""
    monkeypatch.setenv("STOAT_CONFIG", "/nowhere/stoat.toml")
    with pytest.raises(SettingsRefused, match="STOAT_CONFIG"):
        config.load()


def test_settings_are_frozen() -> None:
    """Read once; nobody changes them later."""
    with pytest.raises(ValueError, match="frozen"):
        setattr(config.load(), "stall_seconds", 1)  # noqa: B010


def test_the_service_serves_this_machine_alone(tmp_path: Path) -> None:
    """Nothing set, nothing open to the network, and what follows from the data folder follows it."""
    settings = config.load(data_dir=tmp_path)
    assert ("127.0.0.1", 8765) == (settings.host, settings.port)
    assert tmp_path / "projects" == settings.projects_dir
    assert None is settings.api_token
    assert ("docs", "metrics", "webhooks") == settings.features
    assert (15, 5, 30) == (
        settings.job_lease_seconds,
        settings.job_heartbeat_seconds,
        settings.ws_heartbeat_seconds,
    )


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "edit.example"])
def test_the_network_needs_a_token(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    """An address beyond loopback without a token is refused under its name; with one it is served."""
    monkeypatch.setenv("STOAT_HOST", host)
    with pytest.raises(SettingsRefused) as caught:
        config.load()
    (problem,) = caught.value.problems
    assert ("settings.invalid", "STOAT_HOST") == (problem.code, problem.path)
    assert "STOAT_API_TOKEN" in problem.message
    assert "STOAT_API_TOKEN" in (problem.hint or "")

    monkeypatch.setenv("STOAT_API_TOKEN", "0123456789abcdef")
    assert host == config.load().host


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.9.1", "::1", "[::1]"])
def test_loopback(host: str) -> None:
    """All names of this machine for itself."""
    assert host == config.load(host=host).host


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("STOAT_API_TOKEN", "short-secret"),
        ("STOAT_API_TOKEN", "with spaces in the middle"),
        ("STOAT_PORT", "70000"),
        ("STOAT_FEATURES", "docs,magic"),
        ("STOAT_ALLOWED_HOSTS", "http://edit.example"),
        ("STOAT_ALLOWED_ORIGINS", "edit.example"),
        ("STOAT_JOB_HEARTBEAT_SECONDS", "8"),
        ("STOAT_TRACE_ENDPOINT", "localhost:4318"),
        ("STOAT_LOG_FORMAT", "xml"),
        ("STOAT_WORKERS", "0"),
        ("STOAT_RATE_LIMIT", "-1"),
        ("STOAT_DATABASE_URL", ""),
    ],
)
def test_wrong_values_of_the_service(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """Each is refused under its own name, alone, and without telling a secret; an empty one is not set."""
    monkeypatch.setenv(name, value)
    if not value:
        assert None is config.load().database_url
        return
    with pytest.raises(SettingsRefused) as caught:
        config.load()
    (problem,) = caught.value.problems
    assert ("settings.invalid", name) == (problem.code, problem.path)
    assert ("short-secret" in problem.message) is False


def test_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names are separated by commas, also in a file of one line."""
    monkeypatch.setenv("STOAT_ALLOWED_HOSTS", "Edit.example, other.example")
    monkeypatch.setenv("STOAT_FEATURES", "metrics")
    settings = config.load()
    assert ("edit.example", "other.example") == settings.allowed_hosts
    assert ("metrics",) == settings.features


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither printing the settings nor dumping them tells a token."""
    monkeypatch.setenv("STOAT_API_TOKEN", "0123456789abcdef")
    monkeypatch.setenv("STOAT_DATABASE_URL", "postgresql://stoat:opensesame@db/stoat")
    settings = config.load()
    shown = f"{settings!r} {settings.model_dump()} {settings.model_dump_json()}"
    assert [] == [secret for secret in ("0123456789abcdef", "opensesame") if secret in shown]
