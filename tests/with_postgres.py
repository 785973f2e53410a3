"""Run a command with DATABASE_URL leading to a PostgreSQL that exists only as long as the command.

usage: with_postgres.py COMMAND [ARGUMENT ...]
"""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path


def main(command: list[str]) -> int:
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not programs:
        print("PostgreSQL is missing: sudo apt-get install postgresql", file=sys.stderr)
        return 1
    programs_folder = programs[-1].parent
    folder = Path(tempfile.mkdtemp(prefix="fachtag-pg-"))
    data = folder / "data"
    try:
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            user = pwd.getpwnam("postgres")
            os.chown(folder, user.pw_uid, user.pw_gid)
        folder.chmod(0o755)
        run(
            programs_folder / "initdb",
            "-D",
            data,
            "-U",
            "fachtag",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "-N",
        )
        options = f"-k {folder} -c listen_addresses='' -c fsync=off -c max_connections=300"
        run(programs_folder / "pg_ctl", "-D", data, "-w", "-o", options, "-l", folder / "log", "start")
        try:
            environment = os.environ | {"DATABASE_URL": f"postgres://fachtag@/{folder}/postgres"}
            return subprocess.run(command, env=environment, check=False).returncode
        finally:
            run(programs_folder / "pg_ctl", "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run(*command: str | Path) -> None:
    as_postgres = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    subprocess.run([*as_postgres, *map(str, command)], check=True, stdout=subprocess.DEVNULL, cwd="/")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
