"""Reads all records page by page, as scripts do."""

import json
import subprocess

import requests


def read_all(client, url, token, dumps):
    """Reads all pages of both APIs and compares the records with the dumps."""
    get = {"requests": Requests, "curl": Curl}[client](token).get
    provisionr, permission_assist = ([json.loads(line) for line in open(dump, encoding="utf-8")] for dump in dumps)

    found, next_url = [], f"{url}/api/v1/directory/identities?filter[trashed]=with&per_page=37"
    while next_url:
        page = get(next_url)
        found += page["data"]
        assert page["total"] == len(provisionr), page["total"]
        next_url = page["next_page_url"]
    assert found == provisionr, f"{len(found)} records, not those of the dump in its order"

    found, number = [], 1
    while True:
        page = get(f"{url}/api/identities?page={number}")
        if not page["items"]:
            break
        found += page["items"]
        number += 1
    assert number == page["totalPages"] + 1, number
    by_id = {record["id"]: record for record in permission_assist}
    assert len(found) == len(by_id), f"{len(found)} records instead of {len(by_id)}"
    assert {record["id"]: record for record in found} == by_id, "the records differ from those of the dump"
    names = [(record.get("lastName") or "", record.get("firstName") or "") for record in found]
    assert names == sorted(names, key=lambda name: [part.lower() for part in name]), "not sorted"

    for path, record in (("v1/directory/identities", provisionr[7]), ("identities", permission_assist[7])):
        assert get(f"{url}/api/{path}/{record['id']}") == record, path


class Requests:
    """The client of Python scripts."""

    def __init__(self, token):
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {token}"

    def get(self, url):
        response = self.session.get(url, timeout=60)
        response.raise_for_status()
        return response.json()


class Curl:
    """The client of shell scripts."""

    def __init__(self, token):
        self.command = ["curl", "--silent", "--show-error", "--fail", "--globoff", "--compressed", "--max-time", "60"]
        self.command += ["--header", f"Authorization: Bearer {token}"]

    def get(self, url):
        return json.loads(subprocess.check_output([*self.command, url]))
