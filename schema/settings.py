"""Settings: where the database and the files are; from the environment only."""

from functools import cache
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).parents[1]


class Settings(BaseSettings):
    """What `SKYLEDGER_…` variables say; secrets come from nowhere else."""

    model_config = SettingsConfigDict(env_prefix="SKYLEDGER_")

    home: Path = Field(default=ROOT / ".skyledger", description="Folder of the embedded server and the store.")
    database_url: SecretStr | None = Field(default=None, description="A PostgreSQL 15 or later of your own.")
    reader_url: SecretStr | None = Field(default=None, description="The same, as a login that may only read views.")
    worker_url: SecretStr | None = Field(default=None, description="The same, as a login for workers.")
    store: Path | None = Field(default=None, description="Root of the files; `store` below the home by default.")
    task_modules: tuple[str, ...] = Field(default=(), description="Modules with tasks of your own, as a JSON list.")
    role_prefix: str = Field(
        default="skyledger", pattern="^[a-z_]+$", description="First part of the three roles' names."
    )

    @property
    def store_root(self) -> Path:
        """Folder under which every registered file lies."""
        return (self.store or self.home / "store").absolute()


@cache
def settings() -> Settings:
    """Read the environment once."""
    return Settings()
