"""Makes PostgreSQL with PostGIS ready for the tests: installs Debian's packages where this may be done."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

VERSIONS = Path("/usr/lib/postgresql")
EXTENSIONS = Path("/usr/share/postgresql")
POSTGIS = re.compile(r"^postgresql-(\d+)-postgis-3 ", re.MULTILINE)


def programs() -> Path | None:
    """Return the folder of the newest PostgreSQL that has PostGIS, or None."""
    found = sorted(VERSIONS.glob("*/bin/initdb"), key=lambda file: int(file.parts[-3]), reverse=True)
    for initdb in found:
        if (EXTENSIONS / initdb.parts[-3] / "extension" / "postgis.control").is_file():
            return initdb.parent
    return None


def main() -> None:
    """Install PostgreSQL and PostGIS as root on Debian and Ubuntu; elsewhere say which tests are skipped."""
    if os.environ.get("TUZI_TEST_POSTGRES_URL") or programs():
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        sys.stdout.write(
            "→ PostgreSQL/PostGIS 未安裝，略過 PostGIS 圖資庫與 PostgreSQL 目錄的測試。"
            " No PostgreSQL with PostGIS: the tests of the PostGIS store and of the PostgreSQL catalogue are skipped"
            " (set TUZI_TEST_POSTGRES_URL to use a server of yours).\n"
        )
        return
    sys.stdout.write("→ 安裝 PostgreSQL 與 PostGIS … \n")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], env=environment, check=False, capture_output=True)
    command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *_packages(environment)]
    done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
    if done.returncode:
        sys.stdout.write(f"✗ PostgreSQL/PostGIS: {done.stderr.strip().splitlines()[-1:]}\n")


def _packages(environment: dict[str, str]) -> tuple[str, ...]:
    """Return the newest pair of packages that the system offers."""
    command = ["apt-cache", "search", "--names-only", "^postgresql-[0-9]+-postgis-3$"]
    offered = subprocess.run(command, env=environment, check=False, capture_output=True, text=True).stdout
    version = max(map(int, POSTGIS.findall(offered)), default=15)
    return f"postgresql-{version}", f"postgresql-{version}-postgis-3"


if __name__ == "__main__":
    main()
