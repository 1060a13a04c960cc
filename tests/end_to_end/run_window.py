# SPDX-License-Identifier: Apache-2.0
"""Run Kinora in a real Blender window and take pictures of it.

    python tests/end_to_end/run_window.py dist/kinora-0.1.0-linux-x64.zip PICTURES

Needs an X display (Xvfb will do), ImageMagick's `import`, Blender as `blender` or in --blender,
and a backend that the add-on finds. Blender's settings are those of an empty folder of its own.
"""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

DRIVER = Path(__file__).with_name("drive_window.py")
EXPECTED = {"characters": 1, "characters after Ctrl+Z": 0, "characters after redo": 1}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("archive", type=Path, help="the zip that build_addon.py made")
    parser.add_argument("pictures", type=Path, help="the folder for the pictures")
    parser.add_argument("--blender", default="blender", help="the command that runs Blender")
    parser.add_argument("--shape", default="a tall muscular woman")
    parser.add_argument("--appearance", default="a red jacket, blue jeans and boots, short hair")
    parser.add_argument("--motion", default="walks and waves")
    options = parser.parse_args()
    options.pictures.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as settings:
        environment = {"BLENDER_USER_RESOURCES": settings} | dict(os.environ)
        prompts = [options.shape, options.appearance, options.motion]
        command = [
            *shlex.split(options.blender),
            *("--factory-startup", "-p", "0", "0", "1280", "800", "--enable-event-simulate"),
            *("--python", str(DRIVER), "--", str(options.archive.resolve()), *prompts),
        ]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        return follow(process, options.pictures)


def follow(process: subprocess.Popen[str], pictures: Path) -> int:
    """Obey the driver's lines; 0 if it ended well and saw what a user should see."""
    seen: dict[str, int] = {}
    is_well = False
    for line in process.stdout or ():
        word, _, text = line.strip().partition(" ")
        if word not in ("SHOT", "FACT", "DONE"):
            continue
        sys.stdout.write(line)
        if word == "SHOT":
            shot = pictures / f"window_{text}.png"
            subprocess.run(["import", "-window", "root", str(shot)], check=True)
        elif word == "FACT":
            what, _, value = text.partition(": ")
            seen[what] = value.count("'") // 2
        else:
            is_well = text == "well"
    process.wait()
    wrong = [what for what, count in EXPECTED.items() if seen.get(what) != count]
    for what in wrong:
        sys.stdout.write(f"WRONG {what}\n")
    return 0 if is_well and not wrong else 1


if __name__ == "__main__":
    sys.exit(main())
