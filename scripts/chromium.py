"""Makes Chromium ready for the browser tests: installs Debian's package where this may be done."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

PACKAGES = ("chromium", "fonts-noto-cjk")


def main() -> None:
    """Install Chromium as root on Debian and Ubuntu; elsewhere say that the browser tests are skipped."""
    if shutil.which("chromium"):
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        sys.stdout.write("→ Chromium 未安裝，略過瀏覽器測試。 No Chromium: the browser tests are skipped.\n")
        return
    sys.stdout.write("→ 安裝 Chromium … \n")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], env=environment, check=False, capture_output=True)
    command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *PACKAGES]
    done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
    if done.returncode:
        sys.stdout.write(f"✗ Chromium: {done.stderr.strip().splitlines()[-1:]}\n")


if __name__ == "__main__":
    main()
