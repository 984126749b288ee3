"""Settings: where the database and the files are; from the environment only."""

import json
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import psycopg
from psycopg.conninfo import conninfo_to_dict
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from schema.errors import SkyledgerError

ROOT = Path(__file__).parents[1]
# Environments that are declared bit-compatible share a class. It enters every provenance hash, so it is
# changed by decision, when results differ, and not with every upgrade.
USUAL_CLASS = "cpu-1"


class BadSetting(SkyledgerError):
    """A variable of the environment that says nothing usable; its value may be secret and is not shown."""

    def __init__(self, variable: str, problem: str, meaning: str) -> None:
        self.variable, self.problem, self.meaning = variable, problem, meaning
        super().__init__(f"{variable} cannot be used ({problem}); it is for: {meaning}")


class Settings(BaseSettings):
    """What `SKYLEDGER_…` variables say; secrets come from nowhere else."""

    model_config = SettingsConfigDict(env_prefix="SKYLEDGER_")

    home: Path = Field(default=ROOT / ".skyledger", description="Folder of the embedded server and the store.")
    database_url: SecretStr | None = Field(default=None, description="A PostgreSQL 15 or later of your own.")
    reader_url: SecretStr | None = Field(default=None, description="The same, as a login that may only read views.")
    worker_url: SecretStr | None = Field(default=None, description="The same, as a login for workers.")
    store: Path | None = Field(default=None, description="Root of the files; `store` below the home by default.")
    # NoDecode: its reader is below, so that every bad value is a ValidationError.
    task_modules: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="Modules with tasks of your own, as a JSON list."
    )
    cameras: Annotated[tuple[Path, ...], NoDecode] = Field(
        default=(), description="Folders with cameras of your own, as a JSON list."
    )
    compatibility_class: str = Field(
        default=USUAL_CLASS,
        pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$",
        description="Class of environments that give equal bits, which this one belongs to.",
    )
    role_prefix: str = Field(
        default="skyledger", pattern="^[a-z_]+$", description="First part of the three roles' names."
    )

    @field_validator("database_url", "reader_url", "worker_url")
    @classmethod
    def _url(cls, url: SecretStr | None) -> SecretStr | None:
        """Refuse what libpq does not read; its own message would show a part of the secret."""
        try:
            conninfo_to_dict(url.get_secret_value() if url else "")
        except psycopg.ProgrammingError:
            raise ValueError("give a connection string such as postgresql://user@host/database") from None
        return url

    @field_validator("task_modules", "cameras", mode="before")
    @classmethod
    def _list(cls, value: Any) -> Any:
        """Read the JSON of the environment."""
        try:
            return json.loads(value) if isinstance(value, str) else value
        except ValueError:
            raise ValueError('give a JSON list such as ["my_things"]') from None

    @property
    def store_root(self) -> Path:
        """Folder under which every registered file lies."""
        return (self.store or self.home / "store").absolute()


@cache
def settings() -> Settings:
    """Read the environment once.

    Raises
    ------
    BadSetting
        Raised if a variable cannot be used.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        meaning = Settings.model_fields[name].description or ""
        raise BadSetting(f"SKYLEDGER_{name.upper()}", first["msg"].removeprefix("Value error, "), meaning) from None
