"""What a command costs: wall time, processor time, peak memory; and how a page's section is replaced."""

import os
import pathlib
import subprocess
import time


class Cost:
    """One command that has ended: seconds of wall and processor time, megabytes of memory at most."""

    def __init__(self, wall, processor, memory, output):
        self.wall, self.processor, self.memory, self.output = wall, processor, memory, output


def cost(*command, log=None, **options):
    """Runs a command; one that fails ends the benchmark with what it said."""
    log = pathlib.Path(log or os.devnull)
    begun = time.monotonic()
    with open(log, "w") as errors:
        process = subprocess.Popen(
            [str(word) for word in command], stdout=subprocess.PIPE, stderr=errors, text=True, **options
        )
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.monotonic() - begun
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))} failed: {output}{log.read_text() if log.is_file() else ''}")
    # The kernel counts the largest resident set in kilobytes.
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, output)


def processor_seconds(pid):
    """Seconds of processor time a process has used so far."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident(pid, what="VmRSS"):
    """Megabytes of a process: VmRSS now, VmHWM at most."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(what + ":"):
            return int(line.split()[1]) / 1024
    return 0.0


def bytes_below(folder):
    """Bytes and files below a folder."""
    sizes = [path.stat().st_size for path in pathlib.Path(folder).rglob("*") if path.is_file()]
    return sum(sizes), len(sizes)


def put_section(page, title, lines):
    """Puts a section of the page in the place of the one with its title, or at the end."""
    text = page.read_text() if page.is_file() else "# Benchmarks\n"
    sections = text.rstrip("\n").split("\n## ")
    section = "\n".join([title, "", *lines]).rstrip("\n")
    at = [number for number, other in enumerate(sections) if number and other.split("\n", 1)[0] == title]
    if at:
        sections[at[0]] = section + "\n"
    else:
        sections[-1] = sections[-1].rstrip("\n") + "\n"
        sections.append(section + "\n")
    page.write_text("\n## ".join(section.rstrip("\n") + "\n" for section in sections))
