"""The schema reference: nothing is missing, and everything is said in words."""

import re

import pytest
import sqlalchemy as sa

from docs.routines import functions, view
from docs.schema_page import schema_page
from docs.tables import columns, rules
from schema.base import metadata
from schema.build import import_tables, script


@pytest.fixture(scope="module")
def page() -> str:
    return schema_page()


def section(page: str, title: str) -> str:
    """Give what stands below a heading of the third level."""
    return page.split(f"### {title}\n", 1)[1].split("\n## ", 1)[0].split("\n### ", 1)[0]


def test_every_table_has_its_section_with_every_column(page: str) -> None:
    import_tables()
    for table in metadata.tables.values():
        listed = re.findall(r"^\| `(\w+)` \|", section(page, table.fullname), re.MULTILINE)
        assert [name.lower() for name in listed] == [column.name for column in table.columns]


def test_every_function_is_listed_with_a_comment(page: str) -> None:
    made = re.findall(r"^create function (\w+\.\w+)", script(), re.MULTILINE)
    assert len(made) > 20
    listed = re.findall(r"^\| `(\w+\.\w+)\([^`]* → [^`]+` \| \w[^|]+\. \|", page, re.MULTILINE)
    assert sorted(listed) == sorted(made)


def test_every_view_is_listed(page: str) -> None:
    made = re.findall(r"^create view (public\.\w+)", script(), re.MULTILINE)
    assert len(made) > 9
    assert re.findall(r"^### (public\.\w+)", page, re.MULTILINE) == made


def test_rights_of_workers_are_said(page: str) -> None:
    assert "Workers may insert." in section(page, "registry.dataset")
    assert "Workers may" not in section(page, "registry.collection")
    assert re.search(r"`work\.claim\([^\n]+\| may call \|", page)
    assert re.search(r"`work\.retry\([^\n]+\|  \|", page)


def test_constraints_and_indexes_are_said_in_words(page: str) -> None:
    member = section(page, "registry.member")
    assert "- Primary key: `member_id`." in member
    assert "- Check: `since <= until`." in member
    assert (
        "- Unique index on `collection_id`, `dataset_type_id`, `coordinate_id`, carrying `dataset_id`, "
        "where `until = 'infinity'`." in member
    )
    assert "- `quantum_id` → `registry.quantum` (quantum_id)." in section(page, "registry.dataset")
    assert "- Index on `ranges` (gist)." in section(page, "registry.region")
    assert "EXCLUDE USING gist" in section(page, "registry.calibration_validity")


def test_a_bar_in_a_comment_does_not_break_the_table() -> None:
    table = sa.Table("t", sa.MetaData(), sa.Column("a", sa.Integer, comment="x | y\nz"), comment="T.")
    assert columns(table).splitlines()[-1] == r"| `a` | integer | yes | x \| y z |"
    assert rules(table) == ""


def test_functions_are_read_from_their_text() -> None:
    script = """
create function s.f(
  p_a bigint[], p_b interval default '60 s'
) returns table (x bigint, y int)
language sql security definer as $$ select 1 $$;
comment on function s.f is 'It''s f.';
create function s.g() returns void language sql as $$ select $$;
comment on function s.g is 'G.';"""
    f, g = functions(script)
    assert (f.name, f.comment, f.definer) == ("s.f", "It's f.", True)
    assert f.signature == "(p_a bigint[], p_b interval default '60 s') → table (x bigint, y int)"
    assert (g.signature, g.definer) == ("() → void", False)


def test_a_view_is_read_from_its_text() -> None:
    found = view("create view public.v as …; comment on view public.v is 'V.'; comment on column public.v.a is 'A.';")
    assert (found.name, found.comment, found.columns) == ("public.v", "V.", {"a": "A."})
