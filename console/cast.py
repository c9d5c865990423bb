"""The people of a sample plant, who play a story: each calls the API with his own token."""

from __future__ import annotations

from collections.abc import Collection

from console.client import Client
from domain.roles import Role
from domain.words import in_words
from runtime.development import DevelopmentFile


class NobodyThere(Exception):
    """The story needs somebody whom the plant does not have."""


class Cast:
    """Everybody at a site."""

    def __init__(self, file: DevelopmentFile, site: str) -> None:
        self._file = file
        self._site = site
        self._clients: dict[str, Client] = {}

    def somebody(self, role: Role, but_not: Collection[str] = ()) -> str:
        """A person who holds *role*, and few others. Raises NobodyThere."""
        fitting = [person for person in self._file.people if role in self.roles(person) and person not in but_not]
        if not fitting:
            raise NobodyThere(f"Nobody else at {self._site} is {in_words(role)}.")
        return min(fitting, key=lambda person: len(self.roles(person)))

    def outsider(self, roles: Collection[Role]) -> str:
        """A person who holds none of *roles*. Raises NobodyThere."""
        for person in self._file.people:
            held = self.roles(person)
            if held and not set(held) & set(roles):
                return person
        raise NobodyThere(f"Everybody at {self._site} may answer.")

    def roles(self, person: str) -> tuple[str, ...]:
        """What *person* is at the site."""
        return self._file.people[person].roles.get(self._site, ())

    def name(self, person: str) -> str:
        """What *person* is called."""
        return self._file.people[person].name

    def client(self, person: str) -> Client:
        """The API as *person* calls it."""
        if person not in self._clients:
            self._clients[person] = Client(self._file.api_url, self._file.people[person].token)
        return self._clients[person]
