"""The font of the paper, and the one place its files are named."""

from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "fonts"
REGULAR = FOLDER / "Inter-Regular.ttf"
BOLD = FOLDER / "Inter-SemiBold.ttf"
FACES = (REGULAR, BOLD)
