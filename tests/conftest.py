"""Fixtures of the tests that look at the product from outside.

`scripts/test.sh` names the database that these tests copy, and the folders of Odoo.
"""

import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time

import pytest
import requests

ROOT = pathlib.Path(__file__).resolve().parent.parent
START_SECONDS = 90


@pytest.fixture(scope="session")
def root():
    """Folder of the checkout."""
    return ROOT


class Installation:
    """A throw-away database with the addons, and servers that run on it."""

    def __init__(self, database, source):
        self.database = database
        self.source = source
        self.data_dir = pathlib.Path(os.environ["DEALER_DATA_DIR"])
        self.log_dir = pathlib.Path(os.environ["DEALER_LOG_DIR"])

    def _options(self):
        return [
            *("-c", str(ROOT / "config" / "odoo.conf"), "-d", self.database),
            *("--data-dir", str(self.data_dir)),
            *("--addons-path", os.environ["DEALER_ADDONS_PATH"]),
            *("--log-handler", "py.warnings:ERROR", "--db-filter", self.database),
        ]

    def create(self):
        subprocess.run(["createdb", "-T", self.source, self.database], check=True)
        store = self.data_dir / "filestore"
        if (store / self.source).is_dir():
            shutil.copytree(store / self.source, store / self.database)

    def drop(self):
        subprocess.run(
            ["dropdb", "--if-exists", "--force", self.database],
            check=True,
            capture_output=True,
        )
        shutil.rmtree(self.data_dir / "filestore" / self.database, ignore_errors=True)

    def script(self, path):
        """Run a file in an Odoo shell of the database; return what it prints."""
        done = subprocess.run(
            [sys.executable, "-m", "odoo", "shell", *self._options(), "--no-http"],
            input=pathlib.Path(path).read_text("utf-8"),
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr[-4000:]
        return done.stdout

    def query(self, statement):
        """Rows of a statement, as lists of texts."""
        done = subprocess.run(
            ["psql", "-XAtq", "-F", "\t", "-d", self.database, "-c", statement],
            check=True,
            capture_output=True,
            text=True,
        )
        return [line.split("\t") for line in done.stdout.splitlines()]

    @contextlib.contextmanager
    def serve(self, *options):
        """Run a server on a free loopback port; give its address."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        log = self.log_dir / f"server-{self.database}.log"
        command = [sys.executable, "-m", "odoo", "server", *self._options()]
        command += ["--http-interface=127.0.0.1", f"--http-port={port}"]
        command += ["--max-cron-threads=0", f"--logfile={log}", *options]
        log.unlink(missing_ok=True)
        with subprocess.Popen(command) as process:
            address = f"http://127.0.0.1:{port}"
            try:
                self._wait(process, address, log)
                yield address
            finally:
                process.terminate()
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    process.kill()

    @staticmethod
    def _wait(process, address, log):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            assert process.poll() is None, f"the server stopped, see {log}"
            with contextlib.suppress(requests.ConnectionError, requests.Timeout):
                if requests.get(f"{address}/web/login", timeout=30).ok:
                    return
            time.sleep(0.3)
        pytest.fail(f"the server did not answer in {START_SECONDS} s, see {log}")


@pytest.fixture
def installation():
    """A fresh copy of the database with all addons installed."""
    source = os.environ.get("DEALER_PRISTINE_DB")
    if not source:
        pytest.skip("needs the database that `make test` prepares")
    copy = Installation(f"{source}_{os.getpid()}", source)
    copy.drop()
    copy.create()
    yield copy
    copy.drop()
