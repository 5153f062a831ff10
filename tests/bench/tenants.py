"""Many small tenants on one machine: what a night of all of them costs, and what they cost while nobody asks.

Every tenant has all three products, with a few people each, from files of its own. The tenants' files are
copies of one that the command line made, as docs/operating.md allows. The nights are those of `serve`:
the schedule begins them, `limits.sync.runs` at once, none spread.
"""

import datetime
import os
import pathlib
import shutil
import subprocess
import time
import urllib.request

from cost import bytes_below, processor_seconds, put_section, resident
from pair import SCHEMAS, free_port, machine, run

PEOPLE = 10
IDLE_SECONDS = 60
NIGHT_SECONDS_MOST = 3_600
LOOK_SECONDS = 1
TITLE = "Many tenants"


class Many:
    """A data folder with many tenants."""

    def __init__(self, program, data, count, say):
        self.program, self.data, self.count, self.say = program, data, count, say
        self.settings = data / "server.toml"

    def command(self, *words):
        return run(self.program, "--config", self.settings, *words, capture_output=True, text=True).stdout

    def make(self):
        """One tenant by commands, its exports by `demo`; the others as copies of its file and exports."""
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir(parents=True)
        self.probe = free_port()
        self.settings.write_text(
            f'data = "{self.data}"\nlisten = ["127.0.0.1:0"]\nprobe = "127.0.0.1:{self.probe}"\n'
            '[limits.sync]\nspread = "0s"\n[log]\nfilter = "warn"\n'
        )
        model = self.data / "model"
        run(self.program, "--data", model, "demo", "--no-serve", "--people", PEOPLE, stdout=subprocess.DEVNULL)
        first = self.name(0)
        self.command("tenant", "add", first, *(word for product in SCHEMAS for word in ("--product", product)))
        for product in SCHEMAS:
            self.command("tenant", "source", first, product, f"file://{self.exports(first)}/{product}")
        self.command("tenant", "allow", first, "127.0.0.1")
        file = self.data / "tenants" / f"{first}.toml"
        self.text = file.read_text()
        for number in range(self.count):
            shutil.copytree(model / "demo-exports", self.exports(self.name(number)))
        shutil.rmtree(model)

    def name(self, number):
        return f"tenant{number:05}"

    def exports(self, tenant):
        return self.data / "exports" / tenant

    def schedule(self, at):
        """All tenants' files, with a night at a time in UTC."""
        for number in range(self.count):
            text = self.text.replace(self.name(0), self.name(number))
            text += f'\n[schedule]\ntime = "{at:%H:%M}"\nzone = "UTC"\n'
            path = self.data / "tenants" / f"{self.name(number)}.toml"
            path.write_text(text)
            path.chmod(0o600)

    def change(self):
        """Every export is another one: each file gets a row less."""
        for path in (self.data / "exports").rglob("*.csv"):
            lines = path.read_text().splitlines(keepends=True)
            if len(lines) > 2 and '"' not in lines[-1]:
                path.write_text("".join(lines[:-1]))

    def serve(self):
        self.process = subprocess.Popen(
            [self.program, "--config", self.settings, "serve"],
            stdout=subprocess.PIPE,
            stderr=open(self.data / "serve.log", "w"),
            text=True,
        )
        begun = time.monotonic()
        for line in self.process.stdout:
            if line.startswith("serving on "):
                return time.monotonic() - begun
        raise SystemExit(f"syllabase does not serve: {(self.data / 'serve.log').read_text()}")

    def stop(self):
        self.process.terminate()
        self.process.wait(60)

    def runs(self):
        """Runs that have ended, of all tenants and products."""
        found = 0
        for number in range(self.count):
            for product in SCHEMAS:
                folder = self.data / "snapshots" / self.name(number) / product / "runs"
                found += sum(1 for path in folder.glob("*.json")) if folder.is_dir() else 0
        return found

    def night(self, what, expected):
        """Lets one night come and pass."""
        # A whole minute from now: the schedule knows minutes, and nobody is to be late for it.
        at = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=75)
        at = at.replace(second=0, microsecond=0)
        self.schedule(at)
        start = self.serve()
        pid = self.process.pid
        while datetime.datetime.now(datetime.UTC) < at:
            time.sleep(0.2)
        used, begun = processor_seconds(pid), time.monotonic()
        while (ended := self.runs()) < expected:
            if time.monotonic() - begun > NIGHT_SECONDS_MOST:
                raise SystemExit(f"after an hour {ended} of {expected} runs have ended")
            time.sleep(LOOK_SECONDS)
        wall, used = time.monotonic() - begun, processor_seconds(pid) - used
        size, files = bytes_below(self.data / "snapshots")
        line = {"what": what, "wall": wall, "processor": used, "memory": resident(pid, "VmHWM"),
                "start": start, "bytes": size, "files": files}  # fmt: skip
        self.say(f"night, {line}")
        self.stop()
        return line

    def idle(self):
        """What the server costs while nobody is connected and no night comes."""
        at = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=12)
        self.schedule(at)
        start = self.serve()
        pid = self.process.pid
        time.sleep(30)
        used, begun = processor_seconds(pid), time.monotonic()
        time.sleep(IDLE_SECONDS)
        used, wall = processor_seconds(pid) - used, time.monotonic() - begun
        handles = len(list(pathlib.Path(f"/proc/{pid}/fd").iterdir()))
        memory = resident(pid)
        begun = time.monotonic()
        with urllib.request.urlopen(f"http://127.0.0.1:{self.probe}/metrics") as answer:
            size = len(answer.read())
        line = {"start": start, "processor": used / wall * 60, "memory": memory, "handles": handles,
                "metrics": time.monotonic() - begun, "metrics_bytes": size}  # fmt: skip
        self.say(f"idle, {line}")
        self.stop()
        return line


def page(nights, many, idle, one):
    count = many.count
    lines = [
        f"{count:,} tenants with three products each ({count * 3:,} runs a night), demo data of {PEOPLE} people:"
        f" {nights[0]['files'] / count:.0f} files and {nights[0]['bytes'] / count / 1e6:.1f} MB a tenant after the first night.",
        "",
        "| night | seconds | runs/s | processor seconds | memory at most, MB | files in all | disk in all, MB |",
        "|---|---|---|---|---|---|---|",
    ]
    for line in nights:
        lines.append(
            f"| {line['what']} | {line['wall']:.0f} | {count * 3 / line['wall']:.0f} | {line['processor']:.0f}"
            f" | {line['memory']:.0f} | {line['files']:,} | {line['bytes'] / 1e6:,.0f} |"
        )
    lines += [
        "",
        "Nobody connected, no night at hand:",
        "",
        "| tenants | processor seconds a minute | memory, MB | open files | from start to serving, s | /metrics, s |",
        "|---|---|---|---|---|---|",
    ]
    for tenants, line in ((1, one), (count, idle)):
        lines.append(
            f"| {tenants:,} | {line['processor']:.2f} | {line['memory']:.0f} | {line['handles']}"
            f" | {line['start']:.2f} | {line['metrics']:.3f} |"
        )
    each = count - 1
    lines += [
        "",
        f"A tenant more: {(idle['processor'] - one['processor']) / each * 1e3:.2f} ms of processor a minute,"
        f" {(idle['memory'] - one['memory']) / each * 1024:.0f} KB of memory,"
        f" {(idle['handles'] - one['handles']) / each:.2f} open files.",
    ]
    return lines


def measure(program, work, out, count, say):
    """Measures, and puts the section into the page."""
    many = Many(program, work / "many", count, say)
    say(f"making {count} tenants")
    many.make()
    nights = [many.night("the first: all is loaded", count * 3), many.night("nothing changed", count * 6)]
    many.change()
    nights.append(many.night("every CSV file changed", count * 9))
    idle = many.idle()
    alone = Many(program, work / "one", 1, say)
    alone.make()
    alone.night("one tenant", 3)
    one = alone.idle()
    version = run(program, "--version", capture_output=True, text=True).stdout.strip()
    load = os.getloadavg()[1]
    busy = f" The machine was busy with other work (load {load:.0f})." if load > os.cpu_count() * 1.5 else ""
    head = [
        f"Made by `make bench BENCH='--only tenants'` on {datetime.date.today():%d %B %Y}: {machine()}. {version}"
        f" (release build).{busy}",
        "",
    ]
    put_section(out, TITLE, head + page(nights, many, idle, one))
    say(f"written: {out}")
    shutil.rmtree(many.data)
    shutil.rmtree(alone.data)
