"""`scripts/sbom`: every package of the lock with its version, licence and needs, as CycloneDX 1.6 (JSON)."""

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any, Final, cast

from _environment import VENV, Lock
from _processes import ROOT, guarded

_PINNED: Final = re.compile(r"^([\w.-]+)(?:\[[\w,-]+\])?==([^\s;\\]+)")
_VIA: Final = re.compile(r"^    #   (?:via )?([\w.-]+)|^    # via ([\w.-]+)")
_CLASSIFIER: Final = "License :: OSI Approved :: "
_BY_CLASSIFIER: Final = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0-only",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
    "zlib/libpng License": "Zlib",
}
_IN_ITS_SOURCE: Final = {
    "axe-playwright-python": "MIT",
    "colorama": "BSD-3-Clause",
    "currencyconverter": "Apache-2.0",
}
"""Packages whose licence stands in a file of their source alone, or that this system does not install."""


def main() -> int:
    """Write the list for the packages that an installation runs with; `--develop` adds those of tests and checks."""
    return guarded("scripts/sbom", write)


def write() -> int:
    """To standard output; the same lock gives the same bytes."""
    lock = Lock.DEVELOP if "--develop" in sys.argv[1:] else Lock.RUN
    text = (ROOT / lock.value).read_text(encoding="utf-8")
    print(json.dumps(bill_of(text, licences(VENV)), indent=1))
    return 0


def bill_of(lock: str, licence_of: Mapping[str, str]) -> dict[str, Any]:
    """The bill of materials of a lock file. licence_of: by name in small letters, what is not there has none told."""
    packages = list(pinned(lock))
    needs = needed_by(lock)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": "tacoord",
                "name": "tacoord",
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            }
        },
        "components": [
            _component(name, version, licence_of.get(name)) for name, version in packages
        ],
        "dependencies": [
            {"ref": ref, "dependsOn": sorted(_refs(needs.get(who, set()), packages))}
            for who, ref in (("tacoord", "tacoord"), *((n, _purl(n, v)) for n, v in packages))
        ],
    }


def pinned(lock: str) -> Iterator[tuple[str, str]]:
    """Name (in small letters) and version of each package of a lock file, in its order.

    A package stands there twice where an older Python needs an older version.
    """
    for line in lock.splitlines():
        if found := _PINNED.match(line):
            yield found[1].lower(), found[2]


def needed_by(lock: str) -> dict[str, set[str]]:
    """Who needs what, as the lock file notes it: the names of packages by the name of who asks for them."""
    found: dict[str, set[str]] = {}
    package = ""
    for line in lock.splitlines():
        if pin := _PINNED.match(line):
            package = pin[1].lower()
        elif (via := _VIA.match(line)) and package:
            found.setdefault((via[1] or via[2]).lower(), set()).add(package)
    return found


def licences(environment: Path) -> dict[str, str]:
    """The licence of each installed package, as it tells it itself, by its name in small letters."""
    folders = [str(each) for each in environment.glob("lib/python*/site-packages")]
    told = {
        re.sub(r"[-_.]+", "-", each.name).lower(): said
        for each in distributions(path=folders)
        if (said := licence_of(each))
    }
    return {**_IN_ITS_SOURCE, **told}


def licence_of(package: Distribution) -> str | None:
    """The licence as SPDX writes it where the package says so, else as near to it as its words come."""
    metadata = cast(Any, package.metadata)  # an e-mail message, which its type does not say
    told = metadata.get("License-Expression")
    if told:
        return str(told)
    classifiers = metadata.get_all("Classifier") or []
    names = [each.removeprefix(_CLASSIFIER) for each in classifiers if each.startswith(_CLASSIFIER)]
    if names:
        return " OR ".join(_known(names))
    words = str(metadata.get("License") or "").strip()
    return words.splitlines()[0] if words else None


def _known(names: Iterable[str]) -> list[str]:
    return [_BY_CLASSIFIER.get(name, name) for name in names]


def _component(name: str, version: str, licence: str | None) -> dict[str, Any]:
    reference = _purl(name, version)
    told: dict[str, Any] = {
        "type": "library",
        "bom-ref": reference,
        "name": name,
        "version": version,
        "purl": reference,
    }
    if licence is not None:
        told["licenses"] = [{"expression": licence}] if _is_spdx(licence) else [_named(licence)]
    return told


def _named(licence: str) -> dict[str, Any]:
    return {"license": {"name": licence}}


def _is_spdx(licence: str) -> bool:
    """Whether this looks like an expression of SPDX: identifiers, joined by AND, OR and WITH."""
    return bool(re.fullmatch(r"\(*[\w.+-]+\)*(?: (?:AND|OR|WITH) \(*[\w.+-]+\)*)*", licence))


def _refs(names: set[str], packages: Iterable[tuple[str, str]]) -> list[str]:
    return [_purl(name, version) for name, version in packages if name in names]


def _purl(name: str, version: str) -> str:
    return f"pkg:pypi/{name}@{version}"
