"""People and workspaces of a new data folder."""

from __future__ import annotations

import dataclasses

from openhexa_contract.i18n import mark as _
from openhexa_devapp.services import Services

PASSWORD = "openhexa"  # noqa: S105 - everybody's, as the login page says


@dataclasses.dataclass(frozen=True)
class Person:
    """`about` says in a few words, to be translated, who this is; `roles` by workspace."""

    email: str
    first_name: str
    last_name: str
    about: str
    roles: dict[str, str]


PEOPLE = (
    Person("aissata@example.org", "Aïssata", "Diallo", _("analyst: may edit"), {"sahel-programme": "EDITOR"}),
    Person("ibrahim@example.org", "Ibrahim", "Moussa", _("may only look"), {"sahel-programme": "VIEWER"}),
    Person(
        "fatou@example.org",
        "Fatou",
        "Ndiaye",
        _("administrator, member of two workspaces"),
        {"sahel-programme": "ADMIN", "coastal-clinics": "EDITOR"},
    ),
    Person(
        "Jane.O'Neil+Test@example.org",
        "Jane",
        "O'Neil",
        _("analyst with a difficult address"),
        {"sahel-programme": "EDITOR"},
    ),
)
ADMINISTRATOR = "fatou@example.org"
WORKSPACE = "sahel-programme"
WORKSPACES = (
    ("sahel-programme", "Sahel programme", "Routine data of the countries of the Sahel."),
    ("coastal-clinics", "Coastal clinics", "Visits and stocks of the clinics along the coast."),
)


def seed_people(services: Services) -> None:
    """Add who and what is missing; what is there stays as it is."""
    for person in PEOPLE:
        if services.people.by_email(person.email) is None:
            services.people.add(person.email, person.first_name, person.last_name, PASSWORD)
    for slug, name, description in WORKSPACES:
        services.files.folder(slug)
        if services.workspaces.by_slug(slug) is None:
            creator = services.people.by_email(ADMINISTRATOR)
            services.workspaces.add(slug, name, description, creator["id"] if creator else None)
            _seed_members(services, slug)


def _seed_members(services: Services, slug: str) -> None:
    workspace = services.workspaces.by_slug(slug)
    assert workspace is not None
    for person in PEOPLE:
        row = services.people.by_email(person.email)
        if slug in person.roles and row is not None:
            services.people.join(row["id"], workspace["id"], person.roles[slug])
