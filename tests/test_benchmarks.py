"""The benchmarks are run by `make bench`; here only that they still run at all."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_the_cheapest_benchmark_runs_from_end_to_end() -> None:
    """A join alone is measured on a whole Usher in its own process, and meets what is required."""
    command = [sys.executable, "-m", "tests.benchmarks", "requests", "--quick"]

    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=50)

    assert "one alone" in run.stdout
    assert "NOT MET" not in run.stdout
    assert run.stderr == ""
