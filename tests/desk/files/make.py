"""Lists of guests as a real LibreOffice writes them, for tests/desk/test_guestlist.py. Run by hand where LibreOffice is
installed: `python -m tests.desk.files.make`; what it writes is stored with the tests."""

import csv
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).parent
HEAD = ["Vorname", "Nachname", "E-Mail", "Organisation", "Workshop", "Teilnahme", "Einwilligung: Aufnahmen"]

# Semicolons, UTF-8, German, numbers as numbers, formulae as formulae.
READ = "CSV:59,34,76,1,,1031,false,true,false,false,false,-1,true"

# With semicolons, in Windows-1252, as Excel's “CSV (Trennzeichen-getrennt)” is.
SHAPES = {"xlsx": "xlsx:Calc MS Excel 2007 XML", "csv": "csv:Text - txt - csv (StarCalc):59,34,1"}


def right() -> list[list[str]]:
    """Three hundred people; one stands there twice, and some cells are formulae, which LibreOffice computes."""
    found = [
        [f"Jürgen {n}", "Weiß", f"weiss{n}@example.org", "Große Kreisstadt", f"{n % 3 + 1}", "", "ja"]
        for n in range(300)
    ]
    found[20] = list(found[10])
    found[50][4] = "=1+1"
    found[60][1] = '=HYPERLINK("http://example.org";"Müßig")'
    found[100][6] = "=1=1"
    found[110][3] = 'Amt für „Übergänge“; "Wege"'
    found[120][3] = '=""'
    return found


def wrong() -> list[list[str]]:
    """The same list with what organisers have to put right."""
    found = right()
    found[30] = [*found[10][:4], "3", *found[10][5:]]
    found[40][4] = "9"
    found[70][4] = "=1/0"
    found[80][2] = "weiss80@"
    found[90][6] = "nein"
    return found


def main() -> None:
    for name, rows in (("right", right()), ("wrong", wrong())):
        for ending, shape in SHAPES.items():
            with TemporaryDirectory() as folder:
                made = _converted(rows, shape, Path(folder)).read_bytes()
            (HERE / f"libreoffice-{name}.{ending}").write_bytes(made)


def _converted(rows: list[list[str]], shape: str, folder: Path) -> Path:
    typed, made = folder / "typed.csv", folder / "made"
    with typed.open("w", newline="") as file:
        csv.writer(file, delimiter=";").writerows([HEAD, *rows])
    profile = f"-env:UserInstallation=file://{folder}/profile"
    command = ["soffice", profile, "--headless", "--convert-to", shape, "--outdir", str(made), f"--infilter={READ}"]
    subprocess.run([*command, str(typed)], check=True, timeout=120)
    [found] = made.iterdir()
    return found


if __name__ == "__main__":
    main()
