"""The environment: what cannot be used is said in one sentence."""

from collections.abc import Iterator

import pytest

from schema.settings import BadSetting, settings


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """Read the environment anew, before and after."""
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("SKYLEDGER_TASK_MODULES", "foo", r"give a JSON list .* it is for: Modules with tasks"),
        ("SKYLEDGER_TASK_MODULES", "5", r"valid tuple.* as a JSON list"),
        ("SKYLEDGER_CAMERAS", "/data/cameras", r"give a JSON list .* it is for: Folders with cameras"),
        ("SKYLEDGER_ROLE_PREFIX", "Bad-1", r"should match pattern .* it is for: First part of the three roles' names"),
        ("SKYLEDGER_COMPATIBILITY_CLASS", "GPU 1", r"should match pattern .* environments that give equal bits"),
        ("SKYLEDGER_DATABASE_URL", "pass-word", r"give a connection string such as postgresql://user@host/database"),
    ],
)
def test_a_variable_that_cannot_be_used_is_named(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, sentence: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(BadSetting, match=f"^{variable} cannot be used .*{sentence}") as refusal:
        settings()
    assert "\n" not in str(refusal.value)
    assert value != "pass-word" or value not in str(refusal.value)


def test_task_modules_are_a_json_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKYLEDGER_TASK_MODULES", '["a", "b.c"]')
    assert settings().task_modules == ("a", "b.c")
