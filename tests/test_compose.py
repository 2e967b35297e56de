"""The container files are right by their published schema and by our own rules.

No engine starts here: the schema is the one of the Compose specification, which the
package check-jsonschema ships. The start script of the container is plain shell.
"""

import importlib.util
import json
import pathlib
import re

import jsonschema
import pytest
import yaml


@pytest.fixture(scope="module")
def compose(root):
    return yaml.safe_load((root / "docker-compose.yml").read_text("utf-8"))


def test_valid_by_the_compose_schema(compose):
    # Found without importing the package: only its data is wanted.
    package = importlib.util.find_spec("check_jsonschema").submodule_search_locations[0]
    schema_file = pathlib.Path(package, "builtin_schemas/vendor/compose-spec.json")
    schema = json.loads(schema_file.read_text("utf-8"))
    validator = jsonschema.validators.validator_for(schema)
    validator.check_schema(schema)
    problems = [error.message for error in validator(schema).iter_errors(compose)]
    assert not problems
    # The schema refuses something: an unknown key is no silent success.
    broken = compose | {"services": {"odoo": {"imagee": "odoo:19"}}}
    assert list(validator(schema).iter_errors(broken))


def test_reachable_from_this_machine_only(compose):
    published = [
        port
        for service in compose["services"].values()
        for port in service.get("ports", [])
    ]
    assert published
    assert all(str(port).startswith("127.0.0.1:") for port in published), published
    assert not any("network_mode" in s for s in compose["services"].values())


def test_no_secret_inside(compose, root):
    for name, service in compose["services"].items():
        for key, value in service.get("environment", {}).items():
            if "PASSWORD" in key:
                assert re.fullmatch(r"\$\{\w+:\?[^}]+\}", value), f"{name}.{key}"
    example = (root / ".env.example").read_text("utf-8")
    assert not re.findall(r"^\w*PASSWORD=.+$", example, re.M)
    assert "/.env" in (root / ".gitignore").read_text("utf-8").splitlines()
    assert ".env" in (root / ".dockerignore").read_text("utf-8").splitlines()


def test_variables_are_explained(compose, root):
    text = (root / "docker-compose.yml").read_text("utf-8")
    used = set(re.findall(r"\$\{(\w+)", text))
    explained = set(
        re.findall(r"^(\w+)=", (root / ".env.example").read_text("utf-8"), re.M)
    )
    assert used == explained


def test_data_survives_and_order_is_kept(compose):
    database, odoo = compose["services"]["db"], compose["services"]["odoo"]
    assert odoo["depends_on"]["db"]["condition"] == "service_healthy"
    assert "healthcheck" in database and "healthcheck" in odoo
    for service in (database, odoo):
        for volume in service["volumes"]:
            assert volume.split(":")[0] in compose["volumes"]


def test_dockerfile_copies_what_is_there(root):
    text = (root / "Dockerfile").read_text("utf-8")
    assert text.count("FROM ") == 1 and "FROM odoo:19" in text
    copied = [
        source
        for line in re.findall(r"^COPY (.+)$", text, re.M)
        for source in line.split()[:-1]
    ]
    assert copied
    missing = [source for source in copied if not (root / source).exists()]
    assert not missing
    assert text.rstrip().splitlines()[-2] == "USER odoo"


def test_same_configuration_as_native(root):
    assert "config/odoo.conf /etc/odoo/odoo.conf" in (root / "Dockerfile").read_text()
    conf = (root / "config" / "odoo.conf").read_text("utf-8")
    # Natively loopback; the container opens up inside its own network only.
    assert "http_interface = 127.0.0.1" in conf
    assert "list_db = False" in conf
    assert "passw" not in conf
    assert "scripts/container.sh" in (root / "Dockerfile").read_text("utf-8")
