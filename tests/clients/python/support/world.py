"""The emulator that a case has to itself, and what it says of itself."""

import base64
import importlib.util
import json
import os
import pathlib
import subprocess

import requests

DESCRIPTION = pathlib.Path(os.environ["STEAD_EMULATOR"])
EMULATOR = json.loads(DESCRIPTION.read_text())
AUTHORITY = EMULATOR["authority"]
PUBLIC_URL = EMULATOR["public_url"]

# Where a case may keep files of its own.
FOLDER = DESCRIPTION.parent


def application(name):
    """One of the emulator's applications, by its short name."""
    return EMULATOR["applications"][name]


def scope_of(name):
    """What a request for an API's only scope says."""
    resource = application(name)
    return f"{resource['audience']}/{resource['scopes'][0]}"


def person(username):
    """One of the emulator's users."""
    return next(user for user in EMULATOR["users"] if user["username"] == username)


def stead(*words):
    """Runs the binary against the emulator, and answers what it printed."""
    ran = subprocess.run([os.environ["STEAD"], "--config", EMULATOR["config"], *words], capture_output=True, text=True)
    if ran.returncode != 0:
        raise RuntimeError(f"stead {' '.join(words)}: {ran.stderr.strip() or ran.stdout.strip()}")
    return ran.stdout


def administer(method, path, **body):
    """Asks the admin API: to put an application on file, say."""
    door = EMULATOR["admin"]
    answer = requests.request(
        method, f"{door['url']}/admin/v1/{EMULATOR['tenant_name']}/{path}", json=body,
        headers={"authorization": f"Bearer {pathlib.Path(door['token_file']).read_text().strip()}"})
    assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"


def configured(library, name, *options):
    """The configuration that `stead client-config` prints for a library, pasted into a module and imported."""
    text = stead("client-config", "--library", library, "--application", name, *options)
    module = "_".join([library, name, *options]).replace("-", "_")
    path = FOLDER / f"{module}.py"
    path.write_text(text)
    spec = importlib.util.spec_from_file_location(module, path)
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def claims_of(token):
    """The claims of a token, unverified."""
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def token_of(answer):
    """The access token of an answer, which has to hold one."""
    assert "access_token" in answer, f"refused: {answer.get('error')}: {answer.get('error_description')}"
    return answer["access_token"]


def shows(answer, **expected):
    """Holds what a library hands on to what it should be: `shows(claims, scp="Rows.Read")`."""
    seen = {name: answer.get(name) for name in expected}
    assert seen == expected, f"{seen} is not {expected}"
