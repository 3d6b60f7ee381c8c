"""The dependency audit of `make check`: nothing in the lock is known to be vulnerable, and it holds names only.

An audit that cannot see is no audit: it first has to find fault with a pin that is known to be bad.  Where it does not,
because its advisory service is out of reach, it says that it has not run, and fails nothing.
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

KNOWN_BAD = "pyyaml==5.3"  # CVE-2020-14343
PATIENCE = 90.0  # seconds
LOCKS = (Path("requirements.lock"), Path("requirements-dev.lock"))
ADDRESS = re.compile(r"\b[a-z+]+://|^\s*-{1,2}(i|f|index-url|extra-index-url|find-links)\b| @ ", re.MULTILINE)
SECRET = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}\b")


class OutOfReach(Exception):
    """The audit could not ask anybody; the message says why."""


def main() -> int:
    findings = [*_addresses(), *_secrets()]
    try:
        if not _vulnerable(_written(KNOWN_BAD)):
            raise OutOfReach(f"it did not report {KNOWN_BAD}, which is known to be bad")
        vulnerable = _vulnerable(LOCKS[0])
        print(f"dependency audit: {len(vulnerable) or 'no'} known vulnerabilities in {LOCKS[0]}")
        findings += vulnerable
    except OutOfReach as why:
        print(f"dependency audit: not run ({why})")
    for finding in findings:
        print(finding, file=sys.stderr)
    return 1 if findings else 0


def _addresses() -> list[str]:
    return [f"{lock} holds an address or an index option." for lock in LOCKS if ADDRESS.search(lock.read_text())]


def _secrets() -> list[str]:
    tracked = subprocess.run(["git", "ls-files", "-z"], capture_output=True, text=True, check=True).stdout.split("\0")
    found = []
    for name in filter(None, tracked):
        path = Path(name)
        if path.is_file() and SECRET.search(path.read_text(errors="ignore")):
            found.append(f"{name} seems to hold a secret.")
    return found


def _written(pin: str) -> Path:
    file = Path(tempfile.mkdtemp(prefix="veo-audit-")) / "requirements.txt"
    file.write_text(pin + "\n")
    return file


def _vulnerable(requirements: Path) -> list[str]:
    """One line for each vulnerability. Raises OutOfReach."""
    command = [sys.executable, "-m", "pip_audit", "--no-deps", "--disable-pip", "--progress-spinner", "off"]
    try:
        asked = subprocess.run(
            [*command, "--timeout", "15", "--format", "json", "--requirement", str(requirements)],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        packages = json.loads(asked.stdout)["dependencies"]
    except subprocess.TimeoutExpired:
        raise OutOfReach(f"no answer within {PATIENCE:g} s") from None
    except (json.JSONDecodeError, KeyError):
        words = asked.stderr.strip().splitlines() or ["it said nothing"]
        raise OutOfReach(words[-1]) from None
    skipped = [package["name"] for package in packages if "skip_reason" in package]
    if skipped:
        raise OutOfReach(f"{len(skipped)} of {len(packages)} packages were skipped, {skipped[0]} first")
    return [
        f"{package['name']} {package['version']} is vulnerable: {fault['id']}, "
        f"mended in {', '.join(fault['fix_versions']) or 'no version yet'}"
        for package in packages
        for fault in package["vulns"]
    ]


if __name__ == "__main__":
    sys.exit(main())
