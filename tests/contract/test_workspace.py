"""What every member of the workspace has: a place under the import contracts, a README that names its settings."""

import tomllib
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from pydantic_settings import BaseSettings

ROOT = Path(__file__).parents[2]
MEMBERS = sorted(path.parent for path in [*ROOT.glob("libs/*/pyproject.toml"), *ROOT.glob("services/*/pyproject.toml")])
SERVICES = [member for member in MEMBERS if member.parent.name == "services"]


def module_of(member: Path) -> str:
    [source] = [path for path in (member / "src").iterdir() if (path / "__init__.py").exists()]
    return source.name


def name_of(member: Path) -> str:
    return member.name


def test_every_member_is_under_the_import_contracts() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    assert sorted(contracts["root_packages"]) == sorted(map(module_of, MEMBERS))
    independent = next(c for c in contracts["contracts"] if c["type"] == "independence")
    assert sorted(independent["modules"]) == sorted(map(module_of, SERVICES))


@pytest.mark.parametrize("service", SERVICES, ids=name_of)
def test_every_service_is_started_with_the_suite(service: Path) -> None:
    declared = tomllib.loads((service / "pyproject.toml").read_text())["project"]["entry-points"]["aik.processes"]
    assert declared.keys() <= {entry.name for entry in entry_points(group="aik.processes")}


@pytest.mark.parametrize("member", MEMBERS, ids=name_of)
def test_a_readme_names_every_setting(member: Path) -> None:
    readme = (member / "README.md").read_text() + (ROOT / "libs/aik_service/README.md").read_text()
    assert [name for name in variables(module_of(member)) if name not in readme] == []


def variables(module: str) -> list[str]:
    """The environment variables that the settings of this module read."""
    try:
        settings = import_module(f"{module}.settings")
    except ModuleNotFoundError:
        return []
    classes = [c for c in vars(settings).values() if isinstance(c, type) and issubclass(c, BaseSettings)]
    return sorted(
        str(field.validation_alias or f"{c.model_config.get('env_prefix', '')}{name.upper()}")
        for c in classes
        for name, field in c.model_fields.items()
    )


def pins(lock: Path) -> set[str]:
    """name==version of each package, by the Pythons that it is for."""
    return {line.rstrip(" \\") for line in lock.read_text().splitlines() if "==" in line.split(" ")[0]}


@pytest.mark.parametrize("service", SERVICES, ids=name_of)
def test_an_image_has_the_versions_that_are_tested(service: Path) -> None:
    assert pins(service / "requirements.lock") <= pins(ROOT / "requirements.lock")


@pytest.mark.parametrize("service", SERVICES, ids=name_of)
def test_an_image_has_those_of_our_packages_that_its_service_depends_on(service: Path) -> None:
    """The lock is written by `make lock`: a dependency that is new since then would be missing."""
    wanted = {f"./services/{service.name}"}
    for package in dependencies(service):
        wanted |= {f"./{path.relative_to(ROOT)}" for path in MEMBERS if package == path.name.replace("_", "-")}
    lines = (service / "requirements.lock").read_text().splitlines()
    assert {line.split(" ")[0] for line in lines if line.startswith("./")} == wanted


def dependencies(member: Path) -> set[str]:
    return set(tomllib.loads((member / "pyproject.toml").read_text())["project"]["dependencies"])
